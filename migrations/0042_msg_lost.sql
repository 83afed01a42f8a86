-- What restoring an older state of the database has lost: in that conversation the revs between the two, which clients
-- may have seen. Written by the operator's restored.sql, read by message/sync.
CREATE TABLE msg.lost (
    conversation_id uuid NOT NULL,
    after_rev       bigint NOT NULL, -- as far as the restored state goes
    until_rev       bigint NOT NULL, -- where it goes on from, above any rev that was ever given
    PRIMARY KEY (conversation_id, after_rev),
    CHECK (after_rev < until_rev)
);

-- What message/sync finds changes by, and the message service's outbox.

-- The latest change (edit or removal) of each message that has changed; its creation is no change.
-- last_seq: how many messages the conversation had by then; so, as all revs between two changes
-- are creations, it tells which seqs were created after any rev (services/message/store_sync.c).
CREATE TABLE msg.changes (
    conversation_id uuid NOT NULL,
    rev             bigint NOT NULL,
    seq             bigint NOT NULL,
    last_seq        bigint NOT NULL,
    PRIMARY KEY (conversation_id, rev),
    CHECK (seq <= last_seq AND last_seq < rev)
);

-- Of what was changed before: whatever has a rev up to there was created by then.
INSERT INTO msg.changes (conversation_id, rev, seq, last_seq)
SELECT conversation_id, rev, seq, last_seq
FROM (SELECT *, max(seq) OVER (PARTITION BY conversation_id ORDER BY rev) AS last_seq
      FROM msg.messages) m
WHERE edited_at IS NOT NULL OR removed_at IS NOT NULL;

-- What tincan-message has still to tell everyone, or may have to tell again: shared/service/outbox.h.
-- One row a batch of posts, or a change; not its events, but what they are made from again.
CREATE TABLE msg.outbox (
    id               uuid PRIMARY KEY,
    created_at       timestamptz NOT NULL DEFAULT now(),
    adopted_at       timestamptz, -- when it was last published by another than its writer
    acked_seq        bigint,      -- in the stream, of its last event; NULL: not all are acknowledged
    msg_id           text,        -- of that event
    verb             text NOT NULL,
    conversation_ids uuid[] NOT NULL,
    closed           boolean[] NOT NULL,
    seqs             bigint[] NOT NULL,
    revs             bigint[] NOT NULL
);

-- Orphans are looked for each second.
CREATE INDEX outbox_open ON msg.outbox (created_at) WHERE acked_seq IS NULL;

-- Groups that were removed a moment ago: something let in before may still be on its way.
CREATE TABLE msg.removed_groups (
    group_id   uuid PRIMARY KEY,
    removed_at timestamptz NOT NULL DEFAULT now()
);

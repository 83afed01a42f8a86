-- Messages and each conversation's head. Written by the message service only.

-- Numbers a conversation's messages and changes. One that is removed keeps its head, as a
-- tombstone: else a late message would begin at 1 again.
CREATE TABLE msg.heads (
    conversation_id uuid PRIMARY KEY,
    group_id        uuid NOT NULL,
    last_seq        bigint NOT NULL,
    last_rev        bigint NOT NULL,
    removed_at      timestamptz,
    CHECK (0 <= last_seq AND last_seq <= last_rev)
) WITH (fillfactor = 50); -- changes with every message: in its page, without touching an index

-- What a removed group takes with it.
CREATE INDEX heads_by_group ON msg.heads (group_id);

-- id is made of nonce, author and conversation, so its index is what keeps a retry from doubling.
CREATE TABLE msg.messages (
    conversation_id uuid NOT NULL,
    seq             bigint NOT NULL CHECK (seq > 0),
    rev             bigint NOT NULL CHECK (rev >= seq),
    id              uuid NOT NULL,
    author_id       uuid NOT NULL,
    body            text CHECK (body <> ''),
    nonce           uuid,
    created_at      timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    edited_at       timestamptz,
    removed_at      timestamptz,
    PRIMARY KEY (conversation_id, seq),
    UNIQUE (conversation_id, id),
    CHECK ((body IS NULL) = (removed_at IS NOT NULL)) -- a removed body is gone
);

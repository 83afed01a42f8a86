-- What tincan-auth has still to tell everyone, or may have to tell again: shared/service/outbox.h.

CREATE TABLE auth.outbox (
    id         uuid PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now(),
    adopted_at timestamptz, -- when it was last published by another than its writer
    acked_seq  bigint,      -- in the stream, of its last event; NULL: not all are acknowledged
    msg_id     text,        -- of that event
    subjects   text[] NOT NULL,    -- of its events, in their order
    says       integer[] NOT NULL, -- which of the payloads each one has: many may say the same
    payloads   text[] NOT NULL,
    CHECK (cardinality(subjects) = cardinality(says))
);

-- Orphans are looked for each second.
CREATE INDEX outbox_open ON auth.outbox (created_at) WHERE acked_seq IS NULL;

-- The conversations of groups, and who is listed in the closed ones. Written by tincan-conversation only.

-- A group that has, or had, conversations. Its row is what two who create at once wait for, and what
-- a create that comes after the group's end finds closed.
CREATE TABLE conv.groups (
    group_id      uuid PRIMARY KEY,
    conversations bigint NOT NULL CHECK (conversations >= 0), -- not counting removed ones
    removed_at    timestamptz
);

-- `version` guards `participants` too: whoever changes them raises it from the one that he has read.
CREATE TABLE conv.conversations (
    id         uuid PRIMARY KEY,
    version    bigint NOT NULL DEFAULT 1,
    group_id   uuid NOT NULL REFERENCES conv.groups,
    name       text NOT NULL,
    topic      text NOT NULL,
    owner_id   uuid NOT NULL,
    closed     boolean NOT NULL, -- the audience: its participants, or else the group
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    removed_at timestamptz, -- then the row is a tombstone
    CHECK ((removed_at IS NULL) = (name <> '')),
    CHECK (removed_at IS NULL OR topic = '')
);

-- conversation/list walks a group's by age; a group's end takes all of them.
CREATE INDEX conversations_by_age ON conv.conversations (group_id, created_at, id)
    WHERE removed_at IS NULL;

-- `member_since` is the membership that the listing holds for: who has left the group and come back
-- has another one, and this listing gives him no right.
CREATE TABLE conv.participants (
    conversation_id uuid NOT NULL REFERENCES conv.conversations,
    user_id         uuid NOT NULL,
    member_since    bigint NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

-- A user's audiences, and what he falls out of when he leaves a group.
CREATE INDEX participants_by_user ON conv.participants (user_id, conversation_id);

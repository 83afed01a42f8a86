-- Groups, who is in them, and who asks to be.

-- The words of a text, for finding groups by them: runs of letters and digits of any script. Case is
-- folded by way of upper case, so that "Straße" and "STRASSE" are one word; the final sigma, which
-- depends on what follows, is not kept apart.
CREATE FUNCTION grp.words(name text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT coalesce(array_agg(DISTINCT
            left(replace(lower(upper(word COLLATE "und-x-icu") COLLATE "und-x-icu"), 'ς', 'σ'), 500)), '{}')
        FROM regexp_split_to_table(
            normalize(name, NFC) COLLATE "und-x-icu", '[^[:alnum:]]+') AS word
        WHERE word <> '');

-- What finds the texts of which each of these words begins a word; NULL when there are none.
CREATE FUNCTION grp.beginnings(query text) RETURNS tsquery
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (SELECT string_agg('''' || word || ''':*', ' & ')::tsquery
            FROM unnest(grp.words(query)) AS word);

CREATE TABLE grp.groups (
    id           uuid PRIMARY KEY,
    version      bigint NOT NULL DEFAULT 1,
    name         text NOT NULL,
    description  text NOT NULL,
    visibility   text NOT NULL CHECK (visibility IN ('public', 'private', 'hidden')),
    owner_id     uuid NOT NULL, -- one of its members
    member_count integer NOT NULL CHECK (member_count >= 1), -- changes with the rows of members
    created_at   timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    name_key     text COLLATE "C" NOT NULL
                 GENERATED ALWAYS AS (left(lower(name COLLATE "und-x-icu"), 500)) STORED,
    words        tsvector NOT NULL GENERATED ALWAYS AS (array_to_tsvector(grp.words(name))) STORED
);

CREATE INDEX groups_listed ON grp.groups (name_key, id) WHERE visibility <> 'hidden';
CREATE INDEX groups_by_word ON grp.groups USING gin (words);

-- No foreign key: the rows of a removed group go later, in chunks, and count for nothing till then.
CREATE TABLE grp.members (
    group_id  uuid NOT NULL,
    user_id   uuid NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- names this membership, with microseconds
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX members_by_user ON grp.members (user_id, group_id);
-- By the id's text, which only paging asks for: a look for one member, if it could use this index,
-- might be led through all of the group's.
CREATE INDEX members_by_time ON grp.members ((group_id::text COLLATE "C"), joined_at);

CREATE TABLE grp.requests (
    group_id     uuid NOT NULL,
    user_id      uuid NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX requests_by_time ON grp.requests ((group_id::text COLLATE "C"), requested_at);

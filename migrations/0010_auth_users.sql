-- Users, their sessions, and how often somebody has tried. Only the auth service comes here.

CREATE TABLE auth.users (
    id           uuid PRIMARY KEY,
    username     text COLLATE "C" NOT NULL UNIQUE CHECK (username ~ '^[a-z0-9_.-]{3,32}$'),
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 10000),
    password     text NOT NULL, -- Argon2id, with its parameters and salt
    created_at   timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now())
);

-- A token that works. Its SHA-256 is all that we know of it.
CREATE TABLE auth.sessions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES auth.users (id),
    token_hash bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    expires_at timestamptz NOT NULL
);

-- Who deletes a user wants his sessions, and a log-in sweeps the expired ones.
CREATE INDEX sessions_by_user ON auth.sessions (user_id);
CREATE INDEX sessions_by_expiry ON auth.sessions (expires_at);

-- Attempts within a minute of the first one. A crash may forget them, and they cost no WAL.
CREATE UNLOGGED TABLE auth.attempts (
    what  text COLLATE "C" PRIMARY KEY, -- "name ann", "address 192.0.2.7", ...
    since timestamptz NOT NULL,
    count integer NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX attempts_by_age ON auth.attempts (since);

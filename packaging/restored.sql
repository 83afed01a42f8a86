-- After an older state of the database was restored, before any service runs again, as the database's owner:
--
--     psql -v ON_ERROR_STOP=1 -f restored.sql "$TINCAN_DATABASE_URL"
--
-- Clients may have seen changes that are lost now, and what comes next would get the same numbers again: a client that was
-- away meanwhile could not tell the one from the other. So every conversation goes on from a rev that nobody has seen (the
-- present time in microseconds), and remembers which ones were lost: message/sync tells whoever asks from among those to
-- begin anew. The versions of groups and conversations go on from there too. A schema that is not in this database is
-- passed over.

DO $$
DECLARE
    next bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
BEGIN
    IF to_regclass('grp.groups') IS NOT NULL THEN
        UPDATE grp.groups SET version = next;
    END IF;
    IF to_regclass('conv.conversations') IS NOT NULL THEN
        UPDATE conv.conversations SET version = next WHERE removed_at IS NULL;
    END IF;
    IF to_regclass('msg.heads') IS NULL THEN
        RETURN;
    END IF;
    -- One that has no message yet may have had some that are lost.
    IF to_regclass('conv.conversations') IS NOT NULL THEN
        INSERT INTO msg.heads (conversation_id, group_id, last_seq, last_rev)
        SELECT id, group_id, 0, 0 FROM conv.conversations WHERE removed_at IS NULL
        ON CONFLICT DO NOTHING;
    END IF;
    INSERT INTO msg.lost (conversation_id, after_rev, until_rev)
    SELECT conversation_id, last_rev, next FROM msg.heads WHERE removed_at IS NULL;
    -- So that message/sync knows that nothing was created between.
    INSERT INTO msg.changes (conversation_id, rev, seq, last_seq)
    SELECT conversation_id, last_rev + 1, 0, last_seq FROM msg.heads WHERE removed_at IS NULL;
    UPDATE msg.heads SET last_rev = next WHERE removed_at IS NULL;
END
$$;

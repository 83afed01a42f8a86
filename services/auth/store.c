/* The schema auth (migrations/0010_auth_users.sql): users, sessions, and counted attempts. */

#include "services/auth/store.h"

#include <stdlib.h>
#include <string.h>

#include "services/auth/auth.h"
#include "shared/base/id.h"
#include "shared/base/mem.h"
#include "shared/service/db.h"

/* A time as the wire wants it; by way of a float, as in services/message/store_private.h. */
#define MS(time) "(date_part('epoch', " time ") * 1000)::bigint"

/* What read_user expects, in this order. */
#define USER_COLUMNS "u.id, u.username, u.display_name, " MS("u.created_at")

/* When a session ends that is used now and lives `days`, a parameter such as "$3". */
#define EXPIRY(days)                                                                               \
    "date_trunc('milliseconds', now()) + make_interval(hours => 24 * " days "::int)"

#define A_MINUTE "interval '1 minute'"
#define RETRY_AFTER_MS "ceil(extract(epoch FROM a.since + " A_MINUTE " - now()) * 1000)::bigint"

/* When the first count is below its limit again of those in $1 (what) and $2 (limits). */
#define EXHAUSTED                                                                                  \
    "SELECT max(" RETRY_AFTER_MS ") AS ms FROM unnest($1::text[], $2::bigint[]) AS k (what, most)" \
    " JOIN auth.attempts a ON a.what = k.what"                                                     \
    " WHERE a.count >= k.most AND a.since > now() - " A_MINUTE

static const struct tc_stmt find_users_stmt = {
    .name = "auth_find_users",
    .sql =
        "SELECT k.place, " USER_COLUMNS " FROM unnest($1::uuid[]) WITH ORDINALITY AS k (id, place)"
        " JOIN auth.users u ON u.id = k.id"
        " UNION ALL"
        " SELECT k.place, " USER_COLUMNS
        " FROM unnest($2::text[]) WITH ORDINALITY AS k (username, place)"
        " JOIN auth.users u ON u.username = k.username",
};

/* In one order, so that two who count the same things do not wait for each other in a ring. */
static const struct tc_stmt count_stmt = {
    .name = "auth_count",
    .untold = true,
    .sql = "WITH counted AS ("
           "  INSERT INTO auth.attempts AS a (what, since, count)"
           "  SELECT what, now(), 1 FROM unnest($1::text[]) AS k (what) ORDER BY what"
           "  ON CONFLICT (what) DO UPDATE SET"
           "   count = CASE WHEN a.since > now() - " A_MINUTE " THEN a.count + 1 ELSE 1 END,"
           "   since = CASE WHEN a.since > now() - " A_MINUTE " THEN a.since ELSE now() END"
           "  RETURNING what, since, count"
           "), swept AS ("
           "  DELETE FROM auth.attempts WHERE what IN ("
           "   SELECT what FROM auth.attempts"
           "   WHERE since < now() - interval '10 minutes' AND what <> ALL ($1::text[])"
           "   ORDER BY since LIMIT 20 FOR UPDATE SKIP LOCKED)"
           ")"
           " SELECT max(" RETRY_AFTER_MS ")"
           " FROM unnest($1::text[], $2::bigint[]) AS k (what, most)"
           " JOIN counted a ON a.what = k.what AND a.count > k.most",
};

static const struct tc_stmt find_account_stmt = {
    .name = "auth_find_account",
    .sql = "SELECT e.ms, u.id, u.password FROM (" EXHAUSTED ") AS e"
           " LEFT JOIN auth.users u ON u.username = $3",
};

static const struct tc_stmt log_in_stmt = {
    .name = "auth_log_in",
    .untold = true,
    .sql =
        "WITH exhausted AS (" EXHAUSTED "), swept AS ("
        "  DELETE FROM auth.sessions WHERE id IN ("
        "   SELECT id FROM auth.sessions WHERE expires_at <= now()"
        "   ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED)"
        "), s AS ("
        "  INSERT INTO auth.sessions (id, user_id, token_hash, expires_at)"
        "  SELECT $4, $3, decode($5, 'hex'), " EXPIRY(
            "$6") "  FROM exhausted WHERE ms IS NULL"
                  "  RETURNING id, user_id, expires_at"
                  ")"
                  " SELECT e.ms, s.id, " MS(
                      "s.expires_at") ", " USER_COLUMNS " FROM auth.users u CROSS JOIN exhausted e "
                                      "LEFT JOIN s ON s.user_id = u.id"
                                      " WHERE u.id = $3",
};

static const struct tc_stmt register_stmt = {
    .name = "auth_register",
    .untold = true,
    .sql = "WITH u AS ("
           "  INSERT INTO auth.users (id, username, display_name, password)"
           "  VALUES ($1, $2, $3, $4) RETURNING *"
           "), s AS ("
           "  INSERT INTO auth.sessions (id, user_id, token_hash, expires_at)"
           "  SELECT $5, id, decode($6, 'hex'), " EXPIRY(
               "$7") " FROM u"
                     "  RETURNING id, expires_at"
                     ")"
                     " SELECT s.id, " MS("s.expires_at") ", " USER_COLUMNS " FROM u, s",
};

/*
 * Each use makes the session live longer, but is written down once an hour
 * only, so that connecting costs no commit. A row that is locked is being
 * written by another process, with the same. Nobody ends a session by its
 * expiry, which this may have read just before: it is deleted.
 */
#define EXPIRY_NOW EXPIRY("$2")
#define EXPIRES_AT MS("coalesce(used.expires_at, found.expires_at)")

static const struct tc_stmt use_sessions_stmt = {
    .name = "auth_use_sessions",
    .untold = true,
    .sql = "WITH found AS ("
           "  SELECT k.place, s.id, s.user_id, s.expires_at"
           "  FROM unnest($1::text[]) WITH ORDINALITY AS k (hash, place)"
           "  JOIN auth.sessions s ON s.token_hash = decode(k.hash, 'hex')"
           "  WHERE s.expires_at > now()"
           "), used AS ("
           "  UPDATE auth.sessions SET expires_at = " EXPIRY_NOW "  WHERE id IN ("
           "   SELECT id FROM auth.sessions WHERE id IN (SELECT id FROM found"
           "    WHERE expires_at NOT BETWEEN " EXPIRY_NOW " - interval '1 hour' AND " EXPIRY_NOW ")"
           "   FOR UPDATE SKIP LOCKED)"
           "  RETURNING id, expires_at"
           ")"
           " SELECT found.place, found.id, " EXPIRES_AT ", " USER_COLUMNS
           " FROM found JOIN auth.users u ON u.id = found.user_id"
           " LEFT JOIN used ON used.id = found.id",
};

static const struct tc_stmt end_session_stmt = {
    .name = "auth_end_session",
    .writes = true,
    .sql = "DELETE FROM auth.sessions WHERE id = $1 AND user_id = $2 RETURNING id",
};

static const struct tc_stmt end_token_stmt = {
    .name = "auth_end_token",
    .writes = true,
    .sql = "DELETE FROM auth.sessions WHERE token_hash = decode($1, 'hex') AND expires_at > now()"
           " RETURNING id, user_id",
};

const struct tc_stmt *const auth_statements[] = {
    &find_users_stmt,   &count_stmt,       &find_account_stmt, &log_in_stmt, &register_stmt,
    &use_sessions_stmt, &end_session_stmt, &end_token_stmt,    NULL,
};

static struct auth_user read_user(const struct tc_rows *rows, size_t row, int column)
{
    return (struct auth_user){
        .id = tc_rows_text(rows, row, column),
        .username = tc_rows_text(rows, row, column + 1),
        .display_name = tc_rows_text(rows, row, column + 2),
        .created_at = tc_rows_int(rows, row, column + 3),
    };
}

/* A session's id and end, and then its user. */
static struct auth_session read_session(const struct tc_rows *rows, size_t row, int column)
{
    return (struct auth_session){
        .id = tc_rows_text(rows, row, column),
        .expires_at = tc_rows_int(rows, row, column + 1),
        .user = read_user(rows, row, column + 2),
    };
}

enum tc_status auth_store_find_users(struct tc_db *db, const char *const *refs, size_t count,
                                     struct auth_user *out)
{
    const char **ids = tc_alloc(2 * (count + 1) * sizeof(*ids));
    const char **names = ids + count;
    for (size_t i = 0; i < count; i++) {
        ids[i] = tc_id_is_valid(refs[i]) ? refs[i] : NULL;
        names[i] = refs[i][0] == '@' ? refs[i] + 1 : NULL;
    }
    struct tc_args args = TC_ARGS(tc_db_array(db, ids, count), tc_db_array(db, names, count));
    free(ids);

    struct tc_rows *rows;
    enum tc_status status = tc_db_run(db, &find_users_stmt, args, &rows);
    if (status != TC_OK)
        return status;
    memset(out, 0, count * sizeof(*out));
    for (size_t row = 0; row < tc_rows_count(rows); row++)
        out[tc_rows_int(rows, row, 0) - 1] = read_user(rows, row, 1);
    return TC_OK;
}

static const char *whats(struct tc_db *db, const struct attempts *attempts)
{
    const char *texts[TC_COUNT(attempts->kinds)];
    for (size_t i = 0; i < attempts->count; i++)
        texts[i] = attempts->kinds[i].what;
    return tc_db_array(db, texts, attempts->count);
}

static const char *limits(struct tc_db *db, const struct attempts *attempts)
{
    int64_t numbers[TC_COUNT(attempts->kinds)];
    for (size_t i = 0; i < attempts->count; i++)
        numbers[i] = attempts->kinds[i].most;
    return tc_db_ints(db, numbers, attempts->count);
}

enum tc_status auth_store_count(struct tc_db *db, const struct attempts *attempts,
                                int64_t *retry_after_ms)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, &count_stmt, TC_ARGS(whats(db, attempts), limits(db, attempts)), &rows);
    if (status != TC_OK)
        return status;
    *retry_after_ms = tc_rows_int(rows, 0, 0);
    return TC_OK;
}

enum tc_status auth_store_find_account(struct tc_db *db, const char *username,
                                       const struct attempts *attempts, struct auth_account *out)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, &find_account_stmt,
                      TC_ARGS(whats(db, attempts), limits(db, attempts), username), &rows);
    if (status != TC_OK)
        return status;
    *out = (struct auth_account){
        .retry_after_ms = tc_rows_int(rows, 0, 0),
        .user_id = tc_rows_text(rows, 0, 1),
        .password = tc_rows_text(rows, 0, 2),
    };
    return TC_OK;
}

enum tc_status auth_store_log_in(struct tc_db *db, const struct auth_login *login,
                                 struct auth_session *out, int64_t *retry_after_ms)
{
    char id[TC_ID_SIZE];
    tc_id_make(id);
    struct tc_rows *rows;
    enum tc_status status = tc_db_run_one(
        db, &log_in_stmt,
        TC_ARGS(whats(db, login->attempts), limits(db, login->attempts), login->user_id, id,
                login->session.token_hash, tc_db_int(db, login->session.days)),
        &rows);
    if (status != TC_OK)
        return status;
    *retry_after_ms = tc_rows_int(rows, 0, 0);
    *out = read_session(rows, 0, 1);
    return TC_OK;
}

enum tc_status auth_store_register(struct tc_db *db, const struct auth_new_user *user,
                                   const struct auth_new_session *session, struct auth_session *out)
{
    char user_id[TC_ID_SIZE], session_id[TC_ID_SIZE];
    tc_id_make(user_id);
    tc_id_make(session_id);
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run_one(db, &register_stmt,
                      TC_ARGS(user_id, user->username, user->display_name, user->password,
                              session_id, session->token_hash, tc_db_int(db, session->days)),
                      &rows);
    if (status != TC_OK)
        return status;
    *out = read_session(rows, 0, 0);
    return TC_OK;
}

enum tc_status auth_store_use_sessions(struct tc_db *db, const char *const *hashes, size_t count,
                                       int64_t days, struct auth_session *out)
{
    struct tc_rows *rows;
    enum tc_status status =
        tc_db_run(db, &use_sessions_stmt,
                  TC_ARGS(tc_db_array(db, hashes, count), tc_db_int(db, days)), &rows);
    if (status != TC_OK)
        return status;
    memset(out, 0, count * sizeof(*out));
    for (size_t row = 0; row < tc_rows_count(rows); row++)
        out[tc_rows_int(rows, row, 0) - 1] = read_session(rows, row, 1);
    return TC_OK;
}

enum tc_status auth_store_end_session(struct tc_db *db, const char *id, const char *user_id)
{
    struct tc_rows *rows;
    return tc_db_run_one(db, &end_session_stmt, TC_ARGS(id, user_id), &rows);
}

enum tc_status auth_store_end_token(struct tc_db *db, const char *token_hash,
                                    struct auth_session *out)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run_one(db, &end_token_stmt, TC_ARGS(token_hash), &rows);
    if (status != TC_OK)
        return status;
    *out = (struct auth_session){
        .id = tc_rows_text(rows, 0, 0),
        .user.id = tc_rows_text(rows, 0, 1),
    };
    return TC_OK;
}

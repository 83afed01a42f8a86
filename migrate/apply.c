/* Applies migrations, once each. */

#include "migrate/apply.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "migrate/database.h"
#include "migrate/scripts.h"
#include "shared/base/buf.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

/* Whoever migrates holds this lock, of any number that nobody else uses, until he disconnects. */
#define TAKE_TURNS                                                                                 \
    "SET lock_timeout = '60s';"                                                                    \
    "SELECT pg_advisory_lock(8467215990172)"

#define TRIES 20

#define REMEMBERED "SELECT checksum FROM public.tincan_migrations WHERE name = $1"
#define REMEMBER "INSERT INTO public.tincan_migrations (name, checksum) VALUES ($1, $2)"

#define CREATE_MEMORY                                                                              \
    "CREATE TABLE IF NOT EXISTS public.tincan_migrations ("                                        \
    " name text PRIMARY KEY,"                                                                      \
    " checksum text NOT NULL,"                                                                     \
    " applied_at timestamptz NOT NULL DEFAULT now())"

static bool fail(const char *event, const struct script *script)
{
    tc_log(TC_ERROR, event, "name=%s", script->name);
    return false;
}

/* Whoever waits for a table has all that come later wait behind him: so not for long. */
static bool begin(struct database *database, int64_t lock_ms)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf sql = {0};
    tc_buf_printf(&sql, "BEGIN; SET LOCAL lock_timeout = %lld; SET LOCAL search_path = pg_catalog",
                  (long long)lock_ms);
    return database_run(database, sql.data);
}

static bool apply_within(struct database *database, const struct script *script, int64_t lock_ms)
{
    const char *const row[] = {script->name, script->checksum};
    if (!begin(database, lock_ms) || !database_run(database, script->sql))
        return false;
    if (!database_in_transaction(database))
        return fail("migration_ends_its_transaction", script);
    return database_run_with(database, REMEMBER, row, 2) && database_run(database, "COMMIT");
}

static void let_others_go_first(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static bool apply_anew(struct database *database, const struct script *script, int64_t lock_ms)
{
    for (int left = TRIES; !apply_within(database, script, lock_ms); left--) {
        bool again = database_was_locked_out(database) && left > 1;
        database_run(database, "ROLLBACK");
        if (!again)
            return fail("migration_failed", script);
        tc_log(TC_WARN, "migration_waits", "name=%s", script->name);
        let_others_go_first(lock_ms);
    }
    tc_log(TC_INFO, "migration_applied", "name=%s", script->name);
    return true;
}

static bool apply_script(struct database *database, const struct script *script, int64_t lock_ms)
{
    char *checksum;
    const char *const key[] = {script->name};
    if (!database_text(database, REMEMBERED, key, 1, &checksum))
        return false;
    if (checksum == NULL)
        return apply_anew(database, script, lock_ms);
    bool same = strcmp(checksum, script->checksum) == 0;
    free(checksum);
    return same || fail("migration_changed_since_applied", script);
}

bool apply_scripts(struct database *database, const struct scripts *scripts, int64_t lock_ms)
{
    if (!database_run(database, TAKE_TURNS) || !database_run(database, CREATE_MEMORY))
        return false;
    for (size_t i = 0; i < scripts->count; i++)
        if (!apply_script(database, &scripts->items[i], lock_ms))
            return false;
    return true;
}

/* Applies migrations, once each. */

#include "migrate/apply.h"

#include <stdlib.h>
#include <string.h>

#include "migrate/database.h"
#include "migrate/scripts.h"
#include "shared/base/log.h"

/* Whoever migrates holds this lock, of any number that nobody else uses, until he disconnects. */
#define TAKE_TURNS                                                                                 \
    "SET lock_timeout = '60s';"                                                                    \
    "SELECT pg_advisory_lock(8467215990172)"

/* A service that holds a table for long makes a migration fail, not the other services wait. */
#define BEGIN                                                                                      \
    "BEGIN;"                                                                                       \
    "SET LOCAL lock_timeout = '5s';"                                                               \
    "SET LOCAL search_path = pg_catalog"

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

static bool apply_within(struct database *database, const struct script *script)
{
    const char *const row[] = {script->name, script->checksum};
    if (!database_run(database, BEGIN) || !database_run(database, script->sql))
        return false;
    if (!database_in_transaction(database))
        return fail("migration_ends_its_transaction", script);
    return database_run_with(database, REMEMBER, row, 2) && database_run(database, "COMMIT");
}

static bool apply_script(struct database *database, const struct script *script)
{
    char *checksum;
    const char *const key[] = {script->name};
    if (!database_text(database, REMEMBERED, key, 1, &checksum))
        return false;
    if (checksum != NULL) {
        bool same = strcmp(checksum, script->checksum) == 0;
        free(checksum);
        return same || fail("migration_changed_since_applied", script);
    }
    if (!apply_within(database, script)) {
        database_run(database, "ROLLBACK");
        return fail("migration_failed", script);
    }
    tc_log(TC_INFO, "migration_applied", "name=%s", script->name);
    return true;
}

bool apply_scripts(struct database *database, const struct scripts *scripts)
{
    if (!database_run(database, TAKE_TURNS) || !database_run(database, CREATE_MEMORY))
        return false;
    for (size_t i = 0; i < scripts->count; i++)
        if (!apply_script(database, &scripts->items[i]))
            return false;
    return true;
}

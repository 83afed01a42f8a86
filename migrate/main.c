/* tincan-migrate: brings PostgreSQL and JetStream up to date, then ends. Running it again changes
 * nothing. */

#include <stddef.h>
#include <stdlib.h>

#include "migrate/apply.h"
#include "migrate/database.h"
#include "migrate/scripts.h"
#include "migrate/stream.h"
#include "shared/base/env.h"
#include "shared/base/log.h"

struct settings {
    const char *database_url;
    const char *migrations_dir;
    const char *auth_password;
    const char *group_password;
    const char *conversation_password;
    const char *message_password;
    int64_t lock_ms;
    struct stream_config stream;
};

static struct settings settings;

#define PASSWORD(member, name, role)                                                               \
    TC_SETTING_TEXT(struct settings, member, name, "",                                             \
                    "password to set for the role " role "; empty: left as it is")

static const struct tc_setting table[] = {
    TC_SETTING_TEXT(struct settings, database_url, "TINCAN_DATABASE_URL", NULL,
                    "the database, as its owner who may create roles"),
    TC_SETTING_TEXT(struct settings, migrations_dir, "TINCAN_MIGRATIONS_DIR", TC_MIGRATIONS_DIR,
                    "where the migrations are"),
    TC_SETTING_NUMBER(struct settings, lock_ms, "TINCAN_LOCK_MS", "5000", 1, 600000,
                      "ms to wait for a table in use before others go first"),
    PASSWORD(auth_password, "TINCAN_AUTH_PASSWORD", "tincan_auth"),
    PASSWORD(group_password, "TINCAN_GROUP_PASSWORD", "tincan_group"),
    PASSWORD(conversation_password, "TINCAN_CONVERSATION_PASSWORD", "tincan_conversation"),
    PASSWORD(message_password, "TINCAN_MESSAGE_PASSWORD", "tincan_message"),
    TC_SETTING_NUMBER(struct settings, stream.days, "TINCAN_EVENTS_DAYS", "7", 1, 3650,
                      "days that the stream keeps an event"),
    TC_SETTING_NUMBER(struct settings, stream.bytes, "TINCAN_EVENTS_BYTES", "4294967296", 0,
                      INT64_MAX, "bytes that the stream keeps; 0: as many as NATS lets it"),
    TC_SETTING_NUMBER(struct settings, stream.replicas, "TINCAN_EVENTS_REPLICAS", "1", 1, 5,
                      "NATS servers that keep the stream"),
    {0},
};

static const struct tc_settings tables[] = {
    {table, &settings}, {tc_bus_settings_table, &settings.stream.bus}, {0}};

static const struct tc_program program = {
    .name = "tincan-migrate",
    .summary = "Brings TinCan's database and stream of events up to date.",
    .settings = tables,
};

static bool set_password(struct database *database, const char *role, const char *password)
{
    return password[0] == '\0' || database_set_password(database, role, password);
}

static bool set_passwords(struct database *database)
{
    return set_password(database, "tincan_auth", settings.auth_password) &&
           set_password(database, "tincan_group", settings.group_password) &&
           set_password(database, "tincan_conversation", settings.conversation_password) &&
           set_password(database, "tincan_message", settings.message_password);
}

static bool migrate_database(void)
{
    struct scripts scripts;
    if (!scripts_read(settings.migrations_dir, &scripts))
        return false;
    struct database *database = database_connect(settings.database_url);
    bool done = database != NULL && apply_scripts(database, &scripts, settings.lock_ms) &&
                set_passwords(database);
    database_close(&database);
    scripts_free(&scripts);
    return done;
}

int main(int argc, char **argv)
{
    int exit_status;
    if (!tc_program_begin(&program, argc, argv, &exit_status))
        return exit_status;
    if (!migrate_database() || !stream_prepare(&settings.stream))
        return EXIT_FAILURE;
    tc_log(TC_INFO, "up_to_date", "%s", "");
    return EXIT_SUCCESS;
}

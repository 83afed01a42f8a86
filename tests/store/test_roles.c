/* Each service's role reaches its own schema and nothing else: tried, one statement at a time. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "migrate/database.h"
#include "shared/base/buf.h"
#include "shared/base/mem.h"

struct role {
    const char *url;
    const char *schema;
    struct database *database;
};

static struct role roles[] = {
    {"TINCAN_DATABASE_URL_AUTH", "auth", NULL},
    {"TINCAN_DATABASE_URL_GROUP", "grp", NULL},
    {"TINCAN_DATABASE_URL_CONVERSATION", "conv", NULL},
    {"TINCAN_DATABASE_URL_MESSAGE", "msg", NULL},
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

static struct database *owner;

static struct database *connect_to(const char *variable)
{
    const char *url = getenv(variable);
    assert_non_null(url);
    struct database *database = database_connect(url);
    assert_non_null(database);
    return database;
}

/* The statement, with the schema's name in the place of %s. */
static bool may(struct database *database, const char *statement, const char *schema)
{
    char sql[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(sql, sizeof(sql), statement, schema);
#pragma GCC diagnostic pop
    return database_run(database, sql);
}

/* What a table of a later migration would be, without a GRANT of its own. */
static int make_tables(void **state)
{
    (void)state;
    owner = connect_to("TINCAN_DATABASE_URL");
    for (size_t i = 0; i < ROLES; i++) {
        roles[i].database = connect_to(roles[i].url);
        assert_true(may(owner, "CREATE TABLE %s.probe (id serial, a int)", roles[i].schema));
    }
    return 0;
}

static int drop_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROLES; i++) {
        assert_true(may(owner, "DROP TABLE %s.probe", roles[i].schema));
        database_close(&roles[i].database);
    }
    database_close(&owner);
    return 0;
}

static const char *const uses[] = {
    "SELECT a FROM %s.probe", "INSERT INTO %s.probe (a) VALUES (1)", "UPDATE %s.probe SET a = 2",
    "DELETE FROM %s.probe",   "SELECT nextval('%s.probe_id_seq')",
};

static void a_role_uses_its_own_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROLES; i++)
        for (size_t use = 0; use < sizeof(uses) / sizeof(uses[0]); use++)
            assert_true(may(roles[i].database, uses[use], roles[i].schema));
}

static void a_role_reaches_no_other_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROLES; i++)
        for (size_t other = 0; other < ROLES; other++)
            for (size_t use = 0; use < sizeof(uses) / sizeof(uses[0]) && other != i; use++)
                assert_false(may(roles[i].database, uses[use], roles[other].schema));
}

static void a_role_refers_to_no_other_schema(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROLES; i++)
        for (size_t other = 0; other < ROLES; other++)
            if (other != i)
                assert_false(
                    may(roles[i].database, "SELECT '%s.probe'::regclass", roles[other].schema));
}

static const char *const changes[] = {
    "CREATE TABLE %s.mine (a int)",
    "CREATE FUNCTION %s.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER TABLE %s.probe ADD b int",
    "ALTER TABLE %s.probe DISABLE TRIGGER ALL",
    "DROP TABLE %s.probe",
    "DROP SCHEMA %s CASCADE",
    "TRUNCATE %s.probe",
    "CREATE TEMPORARY TABLE %s (a int)",
    "CREATE SCHEMA %s_more",
    "CREATE TABLE public.%s (a int)",
};

static void a_role_changes_no_table_and_makes_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROLES; i++)
        for (size_t schema = 0; schema < ROLES; schema++)
            for (size_t change = 0; change < TC_COUNT(changes); change++)
                assert_false(may(roles[i].database, changes[change], roles[schema].schema));
}

/* What is nobody's but the server's owner's. */
static const char *const powers[] = {
    "SELECT rolpassword FROM pg_authid",
    "SELECT passwd FROM pg_shadow",
    "SELECT stavalues1 FROM pg_statistic",
    "SELECT pg_read_file('PG_VERSION')",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY (SELECT 1) TO '/tmp/tincan-probe'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'tincan'",
    "SET SESSION AUTHORIZATION tincan",
    "SET ROLE tincan",
    "ALTER ROLE tincan PASSWORD 'mine'",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "ALTER SYSTEM SET log_statement = 'all'",
    "CREATE EXTENSION dblink",
    "SELECT lo_import('/etc/passwd')",
};

static void a_role_has_no_power_over_the_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROLES; i++)
        for (size_t power = 0; power < TC_COUNT(powers); power++)
            assert_false(database_run(roles[i].database, powers[power]));
}

static void a_role_is_no_other_one(void **state)
{
    (void)state;
    static const char *const names[ROLES] = {"auth", "group", "conversation", "message"};
    for (size_t i = 0; i < ROLES; i++)
        for (size_t other = 0; other < ROLES; other++)
            if (other != i) {
                assert_false(may(roles[i].database, "SET ROLE tincan_%s", names[other]));
                assert_false(
                    may(roles[i].database, "ALTER ROLE tincan_%s PASSWORD 'x'", names[other]));
            }
}

/* What others ask stays theirs: a statement may hold what its table does. */
static void a_role_does_not_see_what_others_ask(void **state)
{
    (void)state;
    char *seen;
    assert_true(database_text(roles[0].database,
                              "SELECT count(*) FROM pg_stat_activity WHERE usename <> current_user"
                              " AND query <> '<insufficient privilege>' AND usename IS NOT NULL",
                              NULL, 0, &seen));
    assert_string_equal(seen, "0");
    free(seen);
}

/* Which PostgreSQL opens to everybody, and docs/operations.md says how to close. */
static void a_role_enters_no_other_database(void **state)
{
    (void)state;
    assert_true(database_run(owner, "REVOKE ALL ON DATABASE postgres FROM PUBLIC"));
    for (size_t i = 0; i < ROLES; i++) {
        struct tc_buf url = {0};
        const char *own = getenv(roles[i].url);
        tc_buf_printf(&url, "%.*spostgres", (int)(strrchr(own, '/') - own) + 1, own);
        struct database *other = database_connect(url.data);
        tc_buf_free(&url);
        assert_null(other);
    }
    assert_true(database_run(owner, "GRANT CONNECT, TEMPORARY ON DATABASE postgres TO PUBLIC"));
}

static void a_role_does_not_see_the_migrations(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROLES; i++)
        assert_false(database_run(roles[i].database, "SELECT * FROM public.tincan_migrations"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_uses_its_own_schema),
        cmocka_unit_test(a_role_reaches_no_other_schema),
        cmocka_unit_test(a_role_refers_to_no_other_schema),
        cmocka_unit_test(a_role_changes_no_table_and_makes_none),
        cmocka_unit_test(a_role_has_no_power_over_the_server),
        cmocka_unit_test(a_role_is_no_other_one),
        cmocka_unit_test(a_role_does_not_see_what_others_ask),
        cmocka_unit_test(a_role_enters_no_other_database),
        cmocka_unit_test(a_role_does_not_see_the_migrations),
    };
    return cmocka_run_group_tests_name("roles", tests, make_tables, drop_tables);
}

/* Each service's role reaches its own schema and nothing else: tried, one statement at a time. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "migrate/database.h"

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
    "SELECT a FROM %s.probe",
    "INSERT INTO %s.probe (a) VALUES (1)",
    "UPDATE %s.probe SET a = 2",
    "DELETE FROM %s.probe",
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

static void a_role_changes_no_table_and_makes_none(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "CREATE TABLE %s.mine (a int)",
        "ALTER TABLE %s.probe ADD b int",
        "DROP TABLE %s.probe",
        "TRUNCATE %s.probe",
        "CREATE TEMPORARY TABLE %s (a int)",
        "CREATE SCHEMA %s_more",
        "CREATE TABLE public.%s (a int)",
    };
    for (size_t i = 0; i < ROLES; i++)
        for (size_t change = 0; change < sizeof(changes) / sizeof(changes[0]); change++)
            assert_false(may(roles[i].database, changes[change], roles[i].schema));
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
        cmocka_unit_test(a_role_does_not_see_the_migrations),
    };
    return cmocka_run_group_tests_name("roles", tests, make_tables, drop_tables);
}

/* tincan-migrate as a program, against databases made for each test. */

#include "tests/support/unit.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "migrate/database.h"
#include "shared/base/buf.h"

extern char **environ;

/* A database of its own on the server of TINCAN_DATABASE_URL, and a folder for migrations. */
struct bench {
    struct database *server;
    struct database *database;
    char name[64];
    char *url;
    char folder[64];
};

static char *url_of(const char *name)
{
    const char *url = getenv("TINCAN_DATABASE_URL");
    assert_non_null(url);
    struct tc_buf out = {0};
    tc_buf_append(&out, url, (size_t)(strrchr(url, '/') - url) + 1);
    tc_buf_text(&out, name);
    return out.data;
}

static void run(struct database *database, const char *format, const char *name)
{
    struct tc_buf sql = {0};
    tc_buf_printf(&sql, "%s%s", format, name);
    assert_true(database_run(database, sql.data));
    tc_buf_free(&sql);
}

static int make_bench(void **state)
{
    static int number;
    struct bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    snprintf(bench->name, sizeof(bench->name), "migrate_%d_%d", (int)getpid(), number++);
    snprintf(bench->folder, sizeof(bench->folder), "/tmp/tincan-migrations.XXXXXX");
    assert_non_null(mkdtemp(bench->folder));
    bench->server = database_connect(getenv("TINCAN_DATABASE_URL"));
    assert_non_null(bench->server);
    run(bench->server, "CREATE DATABASE ", bench->name);
    bench->url = url_of(bench->name);
    bench->database = database_connect(bench->url);
    assert_non_null(bench->database);
    *state = bench;
    return 0;
}

static void write_script(const struct bench *bench, const char *name, const char *sql)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", bench->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(sql, file);
    assert_int_equal(fclose(file), 0);
}

static int remove_bench(void **state)
{
    struct bench *bench = *state;
    static const char *const names[] = {"0001_public_one.sql", "0002_public_two.sql"};
    char path[256];
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(path, sizeof(path), "%s/%s", bench->folder, names[i]);
        unlink(path);
    }
    rmdir(bench->folder);
    database_close(&bench->database);
    run(bench->server, "DROP DATABASE ", bench->name);
    database_close(&bench->server);
    free(bench->url);
    free(bench);
    return 0;
}

static pid_t begin_migrate(const struct bench *bench, const char *folder)
{
    char *program = getenv("TINCAN_MIGRATE");
    assert_non_null(program);
    char *arguments[] = {program, NULL};
    setenv("TINCAN_DATABASE_URL", bench->url, 1);
    setenv("TINCAN_MIGRATIONS_DIR", folder, 1);
    pid_t pid;
    assert_int_equal(posix_spawn(&pid, program, NULL, NULL, arguments, environ), 0);
    return pid;
}

static bool succeeds(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_in_range(WEXITSTATUS(status), 0, 1); /* and not a sanitizer's */
    return WEXITSTATUS(status) == 0;
}

static bool migrate(const struct bench *bench, const char *folder)
{
    char *server = strdup(getenv("TINCAN_DATABASE_URL"));
    bool done = succeeds(begin_migrate(bench, folder));
    setenv("TINCAN_DATABASE_URL", server, 1);
    free(server);
    return done;
}

/* What a query of one value says, in memory that the next call reuses. */
static const char *ask(const struct bench *bench, const char *sql)
{
    static char answer[4096];
    char *text = NULL;
    assert_true(database_text(bench->database, sql, NULL, 0, &text));
    snprintf(answer, sizeof(answer), "%s", text != NULL ? text : "");
    free(text);
    return answer;
}

static const char *project_migrations(void)
{
    const char *folder = getenv("TINCAN_PROJECT_MIGRATIONS");
    assert_non_null(folder);
    return folder;
}

/* All relations and what has been applied when. */
#define EVERYTHING                                                                                 \
    "SELECT md5(string_agg(x, ',' ORDER BY x)) FROM ("                                             \
    " SELECT oid::text || relname || relacl::text AS x FROM pg_class"                              \
    " WHERE relnamespace::regnamespace::text !~ '^pg_'"                                            \
    " UNION ALL SELECT name || checksum || applied_at FROM public.tincan_migrations) AS "          \
    "everything"

static void migrating_again_changes_nothing(void **state)
{
    struct bench *bench = *state;
    assert_true(migrate(bench, project_migrations()));
    char before[64];
    snprintf(before, sizeof(before), "%s", ask(bench, EVERYTHING));
    assert_true(migrate(bench, project_migrations()));
    assert_string_equal(ask(bench, EVERYTHING), before);
}

static void migrate_twice_at_once(const struct bench *bench)
{
    char *server = strdup(getenv("TINCAN_DATABASE_URL"));
    pid_t one = begin_migrate(bench, project_migrations());
    pid_t other = begin_migrate(bench, project_migrations());
    setenv("TINCAN_DATABASE_URL", server, 1);
    free(server);
    assert_true(succeeds(one));
    assert_true(succeeds(other));
}

static void two_at_once_apply_everything_once(void **state)
{
    struct bench *bench = *state;
    migrate_twice_at_once(bench);
    assert_string_equal(ask(bench, "SELECT count(*) FROM pg_namespace"
                                   " WHERE nspname IN ('auth', 'grp', 'conv', 'msg')"),
                        "4");

    char before[64];
    snprintf(before, sizeof(before), "%s", ask(bench, EVERYTHING));
    migrate_twice_at_once(bench);
    assert_string_equal(ask(bench, EVERYTHING), before);
}

/* Of the one who migrates: when his transaction began, while he waits for a lock in it. */
static void await_waiting(struct bench *bench, const char *not_since, char out[64])
{
    struct tc_buf sql = {0};
    tc_buf_printf(&sql,
                  "SELECT xact_start FROM pg_stat_activity WHERE datname = '%s'"
                  " AND application_name = 'tincan-migrate' AND wait_event_type = 'Lock'",
                  bench->name);
    snprintf(out, 64, "%s", not_since);
    while (strcmp(out, not_since) == 0) {
        char *since = NULL;
        assert_true(database_text(bench->server, sql.data, NULL, 0, &since));
        if (since != NULL)
            snprintf(out, 64, "%s", since);
        free(since);
    }
    tc_buf_free(&sql);
}

static void a_script_lets_others_go_first_and_tries_again(void **state)
{
    struct bench *bench = *state;
    write_script(bench, "0001_public_one.sql", "CREATE TABLE public.one (a int);");
    assert_true(migrate(bench, bench->folder));
    write_script(bench, "0002_public_two.sql", "ALTER TABLE public.one ADD b int;");
    assert_true(database_run(bench->database, "BEGIN; LOCK TABLE public.one"));

    char *server = strdup(getenv("TINCAN_DATABASE_URL"));
    setenv("TINCAN_LOCK_MS", "50", 1);
    pid_t pid = begin_migrate(bench, bench->folder);
    unsetenv("TINCAN_LOCK_MS");
    setenv("TINCAN_DATABASE_URL", server, 1);
    free(server);
    char first[64], second[64];
    await_waiting(bench, "", first);
    await_waiting(bench, first, second);
    assert_true(database_run(bench->database, "COMMIT"));
    assert_true(succeeds(pid));
    assert_string_equal(ask(bench, "SELECT count(*) FROM public.tincan_migrations"), "2");
}

static void a_script_that_has_changed_is_refused(void **state)
{
    struct bench *bench = *state;
    write_script(bench, "0001_public_one.sql", "CREATE TABLE public.one (a int);");
    assert_true(migrate(bench, bench->folder));
    write_script(bench, "0001_public_one.sql", "CREATE TABLE public.one (a bigint);");
    write_script(bench, "0002_public_two.sql", "CREATE TABLE public.two (a int);");
    assert_false(migrate(bench, bench->folder));
    assert_string_equal(ask(bench, "SELECT to_regclass('public.two')"), "");
}

static void a_script_that_fails_changes_nothing_and_can_be_mended(void **state)
{
    struct bench *bench = *state;
    write_script(bench, "0001_public_one.sql", "CREATE TABLE public.one (a int);");
    write_script(bench, "0002_public_two.sql", "CREATE TABLE public.two (a int); SELECT 1 / 0;");
    assert_false(migrate(bench, bench->folder));
    assert_string_equal(ask(bench, "SELECT to_regclass('public.two')"), "");
    assert_string_equal(ask(bench, "SELECT string_agg(name, ',') FROM public.tincan_migrations"),
                        "0001_public_one.sql");

    write_script(bench, "0002_public_two.sql", "CREATE TABLE public.two (a int);");
    assert_true(migrate(bench, bench->folder));
    assert_string_equal(ask(bench, "SELECT to_regclass('public.two')"), "two");
}

static void a_script_may_not_end_its_transaction(void **state)
{
    struct bench *bench = *state;
    write_script(bench, "0001_public_one.sql", "CREATE TABLE public.one (a int); COMMIT;");
    assert_false(migrate(bench, bench->folder));
    assert_string_equal(ask(bench, "SELECT count(*) FROM public.tincan_migrations"), "0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(migrating_again_changes_nothing, make_bench, remove_bench),
        cmocka_unit_test_setup_teardown(two_at_once_apply_everything_once, make_bench,
                                        remove_bench),
        cmocka_unit_test_setup_teardown(a_script_that_has_changed_is_refused, make_bench,
                                        remove_bench),
        cmocka_unit_test_setup_teardown(a_script_that_fails_changes_nothing_and_can_be_mended,
                                        make_bench, remove_bench),
        cmocka_unit_test_setup_teardown(a_script_lets_others_go_first_and_tries_again, make_bench,
                                        remove_bench),
        cmocka_unit_test_setup_teardown(a_script_may_not_end_its_transaction, make_bench,
                                        remove_bench),
    };
    return cmocka_run_group_tests_name("migrate", tests, NULL, NULL);
}

/* Settings, read from the environment by table. */

#include "shared/base/env.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "shared/base/log.h"
#include "shared/base/mem.h"

struct common {
    const char *log_level;
    int64_t core_dumps;
};

static struct common common;

static const struct tc_setting common_settings[] = {
    TC_SETTING_TEXT(struct common, log_level, "TINCAN_LOG_LEVEL", "info",
                    "debug, info, warn or error: the lines that are logged"),
    TC_SETTING_NUMBER(struct common, core_dumps, "TINCAN_CORE_DUMPS", "0", 0, 1,
                      "1: a crash may leave a core file, with all that was in memory"),
    {0},
};

static void print_table(const struct tc_setting *table)
{
    for (; table->name != NULL; table++) {
        printf("  %-36s %s", table->name, table->help);
        if (table->fallback == NULL)
            puts(" (required)");
        else
            printf(" [%s]\n", table->fallback);
    }
}

static void print_help(const struct tc_program *program)
{
    printf("usage: %s [--help | --version]\n\n%s\n\nSettings, from the environment:\n",
           program->name, program->summary);
    print_table(common_settings);
    for (const struct tc_settings *group = program->settings; group->table != NULL; group++)
        print_table(group->table);
}

static bool read_number(const struct tc_setting *row, const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < row->low || value > row->high) {
        fprintf(stderr, "%s must be a whole number from %lld to %lld, and is \"%s\"\n", row->name,
                (long long)row->low, (long long)row->high, text);
        return false;
    }
    *out = value;
    return true;
}

static bool read_table(const struct tc_setting *row, void *into)
{
    for (; row->name != NULL; row++) {
        const char *text = getenv(row->name);
        if (text == NULL || text[0] == '\0')
            text = row->fallback;
        if (text == NULL) {
            fprintf(stderr, "%s must be set: %s\n", row->name, row->help);
            return false;
        }
        char *place = (char *)into + row->offset;
        if (!row->number)
            memcpy(place, &text, sizeof(text));
        else if (!read_number(row, text, (int64_t *)(void *)place))
            return false;
    }
    return true;
}

static bool read_arguments(const struct tc_program *program, int argc, char **argv,
                           int *exit_status)
{
    if (argc == 1)
        return true;
    *exit_status = EXIT_SUCCESS;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help(program);
    } else if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", program->name, TC_VERSION);
    } else {
        fprintf(stderr, "%s: unknown argument \"%s\" (see --help)\n", program->name, argv[1]);
        *exit_status = EXIT_FAILURE;
    }
    return false;
}

/*
 * Who is woken waits for his turn instead of interrupting whoever woke him.
 * Else on a busy core each message runs through all threads and processes by
 * itself, and nothing that is made for many at once gets more than one.
 */
static void be_patient(void)
{
    sched_setscheduler(0, SCHED_BATCH,
                       &(struct sched_param){0}); /* where it is not allowed: slower */
}

/* The soft limit of open files is for programs that use select(). */
static void take_all_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Passwords, tokens and messages are in memory, and are to be nowhere else. */
static void leave_no_core(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); /* to set it lower is always allowed */
}

bool tc_program_begin(const struct tc_program *program, int argc, char **argv, int *exit_status)
{
    if (!read_arguments(program, argc, argv, exit_status))
        return false;

    be_patient();
    tc_mem_keep_freed();
    take_all_files();
    *exit_status = EXIT_FAILURE;
    if (!read_table(common_settings, &common))
        return false;
    enum tc_level level;
    if (!tc_level_parse(common.log_level, &level)) {
        fprintf(stderr, "TINCAN_LOG_LEVEL must be debug, info, warn or error\n");
        return false;
    }
    tc_log_open(program->name, level);
    if (common.core_dumps == 0)
        leave_no_core();
    for (const struct tc_settings *group = program->settings; group->table != NULL; group++)
        if (!read_table(group->table, group->into))
            return false;
    return true;
}

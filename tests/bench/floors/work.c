/* Floors that work by themselves: begun, timed, reported. */

#include "tests/bench/floors/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double began, used; /* when, and how much CPU by then; in seconds */

static double read_clock(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void work_die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

const char *work_text(char **argv, const char *name, const char *otherwise)
{
    size_t len = strlen(name);
    for (char **arg = argv + 1; *arg != NULL; arg++)
        if (strncmp(*arg, name, len) == 0 && (*arg)[len] == '=')
            return *arg + len + 1;
    return otherwise;
}

int64_t work_number(char **argv, const char *name, int64_t otherwise)
{
    const char *text = work_text(argv, name, NULL);
    return text != NULL ? strtoll(text, NULL, 10) : otherwise;
}

int64_t work_next(struct work_list *list)
{
    if (list->at == NULL || *list->at == '\0')
        list->at = list->text;
    char *end;
    int64_t number = strtoll(list->at, &end, 10);
    if (end == list->at || number < 1)
        work_die(list->text, "not a list of numbers");
    list->at = *end == ',' ? end + 1 : end;
    return number;
}

void work_begin(void)
{
    fprintf(stderr, "ready\n");
    while (getchar() != '\n')
        if (feof(stdin) != 0)
            exit(EXIT_FAILURE);
    used = read_clock(CLOCK_PROCESS_CPUTIME_ID);
    began = read_clock(CLOCK_MONOTONIC);
}

double work_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC) - began;
}

void work_end(int64_t count, const char *more)
{
    printf("{\"count\":%lld,\"seconds\":%.6f,\"cpu_seconds\":%.6f%s}\n", (long long)count,
           work_seconds(), read_clock(CLOCK_PROCESS_CPUTIME_ID) - used, more);
    exit(fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static int by_value(const void *left, const void *right)
{
    const double *l = left, *r = right;
    return (*l > *r) - (*l < *r);
}

double work_quantile(double *values, size_t count, double share)
{
    if (count == 0)
        work_die("quantile", "nothing was counted");
    qsort(values, count, sizeof(*values), by_value);
    return values[(size_t)((double)(count - 1) * share)];
}

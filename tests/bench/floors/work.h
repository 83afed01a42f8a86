/* What the floors that work by themselves have in common: their arguments, the wait for the start,
 * and the one JSON object that they print. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* An argument name=value, or what it is without one. */
int64_t work_number(char **argv, const char *name, int64_t otherwise);
const char *work_text(char **argv, const char *name, const char *otherwise);

/* A list of numbers, 12,40,33, in a circle: the next one of it. */
struct work_list {
    const char *text;
    const char *at;
};
int64_t work_next(struct work_list *list);

/* Says that all is prepared, and waits to be told to begin. */
void work_begin(void);

/* Seconds since then. */
double work_seconds(void);

/*
 * Prints {"count":…,"seconds":…,"cpu_seconds":…} and ends. The last is what this process has used
 * since it began; servers' is for others to read. `more`: further members, "" for none.
 */
_Noreturn void work_end(int64_t count, const char *more);

/* The value at this share (0.99) of the sorted numbers. */
double work_quantile(double *values, size_t count, double share);

_Noreturn void work_die(const char *what, const char *why);

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A setting: an environment variable, where its value goes, and what it is for. */
struct tc_setting {
    const char *name;     /* of the variable */
    const char *fallback; /* when it is not set; NULL: it must be set */
    const char *help;
    size_t offset; /* in the struct that is filled: const char * or int64_t */
    bool number;
    int64_t low, high;
};

#define TC_SETTING_TEXT(type, member, variable, value, about)                                      \
    {                                                                                              \
        .name = variable, .fallback = value, .help = about, .offset = offsetof(type, member)       \
    }
#define TC_SETTING_NUMBER(type, member, variable, value, min, max, about)                          \
    {                                                                                              \
        .name = variable, .fallback = value, .help = about, .offset = offsetof(type, member),      \
        .number = true, .low = min, .high = max                                                    \
    }

/* A table of settings (ends with an empty row) and the struct that it fills. */
struct tc_settings {
    const struct tc_setting *table;
    void *into;
};

/* A program, as --help and --version show it. */
struct tc_program {
    const char *name;                   /* "tincan-group" */
    const char *summary;                /* one sentence */
    const struct tc_settings *settings; /* ends with an empty row */
};

/*
 * Begins a program: answers --help and --version, refuses other arguments,
 * reads all settings and opens the log (TINCAN_LOG_LEVEL). From then on whoever
 * of its threads is woken interrupts nobody (SCHED_BATCH), and it may open as many files as its
 * hard limit allows. Returns true to go on; else the program ends with *exit_status, and standard
 * error has a line that names the argument or setting at fault. Values are borrowed from the
 * environment.
 */
bool tc_program_begin(const struct tc_program *program, int argc, char **argv, int *exit_status);

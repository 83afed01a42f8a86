#pragma once

#include <stdbool.h>
#include <stdint.h>

struct cJSON;

/* How a command ends, and its exit status. docs/tincan.md tells of them. */
enum outcome {
    DONE = 0,
    REFUSED = 1,     /* the server said no */
    USAGE = 2,       /* the command line makes no sense */
    NO_SESSION = 3,  /* nobody is logged in, or not any more */
    NOT_FOUND = 4,   /* what was named is not there */
    UNAVAILABLE = 5, /* no answer, or not now: it may have been done, and may be tried again */
};

/* Why something failed. */
struct fault {
    enum outcome outcome;
    char message[256]; /* a sentence */
    char field[128];   /* what it is about; "" if nothing special */
    char code[32];     /* the protocol's; "" if it comes from this side */
    int64_t retry_after_ms;
};

/* Both give false, to be returned. */
bool fault_set(struct fault *fault, enum outcome outcome, const char *field, const char *format,
               ...) __attribute__((format(printf, 4, 5)));
bool fault_read(struct fault *fault, const struct cJSON *error); /* an Error of the protocol */

/* One line on standard error: "tincan: name: may not be empty (invalid_field)". */
void fault_print(const struct fault *fault);

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/id.h"
#include "shared/base/status.h"

struct tc_buf;

#define TC_TYPE_SIZE 64
#define TC_CORRELATION_SIZE (64 * 4 + 1)

/* What a client's frame says on its outside; protocol §2. Read in one pass, without a tree. */
struct tc_envelope {
    char type[TC_TYPE_SIZE];
    char id[TC_CORRELATION_SIZE];     /* "" when there is none, or none that can be used */
    char conversation_id[TC_ID_SIZE]; /* of data, "" when there is none or it is no id */
    bool has_data;
    bool
        tainted; /* data holds U+0000, a lone surrogate, or nests too deep: the row's bad_request */
};

/*
 * Reads a frame that is known to be UTF-8. TC_BAD_REQUEST: it is not a JSON
 * object, or a member of the envelope is bad; *fault is a sentence that says
 * which, and out->id is set if it could be read.
 */
enum tc_status tc_envelope_read(const char *frame, size_t len, struct tc_envelope *out,
                                const char **fault);

/* An error as clients see it: {"code","message","field"?,"retry_after_ms"?}. */
struct tc_error {
    enum tc_status status;
    const char *message;      /* NULL: the status's own */
    const char *field;        /* NULL: none */
    long long retry_after_ms; /* 0: none */
};
void tc_error_write(const struct tc_error *error, struct tc_buf *out, const char *key);

/* A whole failed answer: {"type","re"?,"error"}; id is "" for none. */
void tc_failure_write(const char *type, const char *id, const struct tc_error *error,
                      struct tc_buf *out);

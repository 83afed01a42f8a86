/* Members of JSON objects, found without a tree: for the few answers that the edge itself reads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A value as it stands in somebody else's text. */
struct field {
    const char *json;
    size_t size;
};

/* The value of a key; false if it is not there, or this is no JSON object. */
bool field_find(struct field object, const char *key, struct field *out);

/* A value that is a string, or an id; out is "" if it is not, or does not fit. */
bool field_text(struct field value, char *out, size_t size);
bool field_id(struct field value, char *out); /* TC_ID_SIZE */

bool field_is_json(struct field value);

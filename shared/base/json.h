#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;

#define TC_JSON_DEPTH 64 /* how deep a client's JSON may nest */

/*
 * Writing JSON straight into a buffer. A key is NULL inside an array and for
 * the outermost value; commas come by themselves.
 */
void tc_json_object(struct tc_buf *out, const char *key);
void tc_json_end_object(struct tc_buf *out);
void tc_json_array(struct tc_buf *out, const char *key);
void tc_json_end_array(struct tc_buf *out);
void tc_json_text(struct tc_buf *out, const char *key, const char *text); /* UTF-8 */
void tc_json_int(struct tc_buf *out, const char *key, int64_t number);
void tc_json_bool(struct tc_buf *out, const char *key, bool yes);
void tc_json_time(struct tc_buf *out, const char *key, int64_t ms); /* RFC 3339 */
void tc_json_raw(struct tc_buf *out, const char *key, const char *json, size_t len);

/*
 * Reading JSON in one pass without building a tree: a cursor over bytes that
 * are already known to be UTF-8. It is strict (RFC 8259), and two more things
 * are seen on the way: `malformed` ends everything; `tainted` says that what
 * was read is JSON, but holds U+0000, a lone surrogate, or nests deeper than
 * TC_JSON_DEPTH, which TinCan takes nowhere.
 */
struct tc_json_cursor {
    const char *at;
    const char *end;
    unsigned depth;
    bool malformed;
    bool tainted;
};

struct tc_json_cursor tc_json_read(const char *json, size_t len);

/* What the next value begins with: one of { [ " t f n - 0…9; '\0' at the end or when malformed. */
char tc_json_peek(struct tc_json_cursor *in);

/* Steps into an object, then from key to key; false behind the last one, where the object ends. */
bool tc_json_enter(struct tc_json_cursor *in);
bool tc_json_key(struct tc_json_cursor *in, bool first, char *key, size_t size);

/* The same with an array, from element to element. */
bool tc_json_enter_array(struct tc_json_cursor *in);
bool tc_json_element(struct tc_json_cursor *in, bool first);

/*
 * Reads a string, unescaped, with a NUL behind it. What does not fit into size
 * is read all the same and leaves out empty: returns false.
 */
bool tc_json_string(struct tc_json_cursor *in, char *out, size_t size);

/* Passes over one value of any kind. */
void tc_json_skip(struct tc_json_cursor *in);

/* Whether nothing but white space is left. */
bool tc_json_at_end(struct tc_json_cursor *in);

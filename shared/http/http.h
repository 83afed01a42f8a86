/*
 * HTTP/1.1 requests, from bytes, strictly: what two readers could take in two ways is refused. And
 * answers, to bytes. Pure: no socket, no clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEADERS_MAX 64

struct tc_buf;

/* Characters that belong to somebody else; no NUL ends them. */
struct http_text {
    const char *data;
    size_t size;
};

struct http_header {
    struct http_text name, value; /* the value without the white space around it */
};

struct http_request {
    struct http_text method; /* one of GET HEAD POST PUT PATCH DELETE OPTIONS */
    struct http_text path;   /* before any '?'; nothing is decoded */
    struct http_text query;  /* after it */
    struct http_text host;   /* "" only in HTTP/1.0 */
    struct http_text body;
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    size_t head_size; /* of all that comes before the body */
    size_t content_length;
    bool has_content_length;
    bool keep_alive;       /* the client would like to ask again */
    bool expects_continue; /* it waits for a "100 Continue" before it sends the body */
    int minor_version;     /* 0 or 1 */
};

struct http_limits {
    size_t head_bytes, body_bytes;
};

/*
 * Reads the head at the beginning of data, into views of it. Returns 200 when it is whole and good,
 * 0 when more is needed, else the status to refuse it with: 400, 411, 413, 414, 431, 501, 505. The
 * body is left to the caller: content_length bytes from head_size on.
 */
int http_parse(const char *data, size_t size, const struct http_limits *limits,
               struct http_request *out);

bool http_text_is(struct http_text text, const char *expected);
bool http_text_is_nocase(struct http_text text, const char *expected);
bool http_text_is_token(struct http_text text);

/* The value of the first header of that name, in any case; NULL if there is none. */
const struct http_text *http_header(const struct http_request *request, const char *name);
size_t http_header_count(const struct http_request *request, const char *name);

/* The next item of a comma list, without white space, empty ones left out; false at the end. */
bool http_list_next(struct http_text *list, struct http_text *item);

/* Whether a list, spread over any number of headers of that name, has the item (in any case). */
bool http_header_has(const struct http_request *request, const char *name, const char *item);

struct http_response {
    int status;
    const char *content_type; /* NULL: none */
    const char *headers;      /* further lines, each ended by CRLF; NULL: none */
    const void *body;
    size_t body_size;
    bool keep_alive;
    bool head_only; /* to a HEAD: everything but the body */
};

/* Appends the answer. unix_s is for its Date. */
void http_response_write(const struct http_response *response, int64_t unix_s, struct tc_buf *out);

/*
 * HTTP/1.1 requests, from bytes, strictly: what two readers could understand in two ways is
 * refused. And answers, to bytes. Pure: no socket, no clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define HTTP_HEADERS_MAX 64
#define HTTP_PROTOCOLS_MAX 8
#define HTTP_ACCEPT_SIZE 29

/* Characters that are somebody else's; not ended by a NUL. */
struct http_text {
    const char *data;
    size_t size;
};

struct http_header {
    struct http_text name, value; /* the value without white space around it */
};

struct http_request {
    struct http_text method; /* one of GET HEAD POST PUT PATCH DELETE OPTIONS */
    struct http_text path;   /* before any '?'; not decoded */
    struct http_text query;  /* after it */
    struct http_text host;   /* "" in HTTP/1.0 without */
    struct http_text body;
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t header_count;
    size_t head_size; /* all up to the body */
    size_t content_length;
    bool has_content_length;
    bool keep_alive;       /* the client would send another one */
    bool expects_continue; /* it waits for "100 Continue" */
    int minor_version;     /* 0 or 1 */
};

/*
 * Reads the head at the beginning of data; the views point into it. Returns 200 when it is complete
 * and good, 0 when more bytes are needed, else the status to refuse it with (400, 413, 414, 431,
 * 501, 505). The body is the caller's to collect: content_length bytes from data + head_size.
 */
struct http_limits {
    size_t head_bytes, body_bytes;
};
int http_parse(const char *data, size_t size, const struct http_limits *limits,
               struct http_request *out);

bool http_text_is(struct http_text text, const char *expected);

/* The first header of that name (any case), or NULL; and how many there are. */
const struct http_text *http_header(const struct http_request *request, const char *name);
size_t http_header_count(const struct http_request *request, const char *name);

/* Whether the request is an RFC 6455 opening handshake: 101, or the status to refuse it with (400;
 * 426, whose answer must have the lines HTTP_UPGRADE_REQUIRED). */
#define HTTP_UPGRADE_REQUIRED "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
int http_upgrade_status(const struct http_request *request);

/* The offered subprotocols, in order; false if there are too many or one is no token. */
struct http_protocols {
    struct http_text items[HTTP_PROTOCOLS_MAX];
    size_t count;
};
bool http_protocols(const struct http_request *request, struct http_protocols *out);

/* The Sec-WebSocket-Accept for the request's key: 28 characters and a NUL. */
void http_accept_value(const struct http_request *request, char out[HTTP_ACCEPT_SIZE]);

struct http_response {
    int status;
    const char *content_type; /* NULL: none */
    const char *headers;      /* further lines, each ended by CRLF; NULL: none */
    const void *body;
    size_t body_size;
};

/* Writes the head into buf and returns its size, or what would have been needed (as snprintf). */
size_t http_response_head(const struct http_response *response, bool keep_alive, char *buf,
                          size_t size);
const char *http_reason(int status);

/* As much of HTTP as it takes to log in, and to get to the WebSocket. */

#include "cli/http.h"

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/fault.h"
#include "cli/stream.h"
#include "cli/url.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "shared/base/mem.h"

#define CHUNK 4096
#define ANSWER_MAX (1024 * 1024)
#define POST_MS 10000
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/* What came: the head, whose lines end in NULs once it has been read, and what follows it. */
struct answer {
    struct tc_buf bytes;
    size_t head; /* its size, with the empty line */
    int status;
};

static bool read_more(struct stream *stream, struct tc_buf *in, int64_t deadline_ms)
{
    size_t size = CHUNK;
    tc_buf_reserve(in, CHUNK + 1);
    if (in->len > ANSWER_MAX ||
        stream_read(stream, in->data + in->len, &size, deadline_ms) != STREAM_DATA)
        return false;
    in->len += size;
    in->data[in->len] = '\0';
    return true;
}

static bool read_head(struct stream *stream, int64_t deadline_ms, struct answer *out)
{
    const char *end;
    while (out->bytes.len == 0 || (end = strstr(out->bytes.data, "\r\n\r\n")) == NULL)
        if (!read_more(stream, &out->bytes, deadline_ms))
            return false;
    out->head = (size_t)(end - out->bytes.data) + 4;
    if (strncmp(out->bytes.data, "HTTP/1.1 ", 9) != 0)
        return false;
    out->status = (int)strtol(out->bytes.data + 9, NULL, 10);
    return out->status >= 100;
}

/* Copies the value of a header; "" if there is none or it does not fit. */
static void header_of(const struct answer *answer, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);
    const char *end = answer->bytes.data + answer->head - 2;
    out[0] = '\0';
    for (const char *line = strstr(answer->bytes.data, "\r\n") + 2; line < end;
         line = strstr(line, "\r\n") + 2) {
        if (strncasecmp(line, name, length) != 0 || line[length] != ':')
            continue;
        const char *value = line + length + 1 + strspn(line + length + 1, " \t");
        size_t bytes = strcspn(value, "\r\n");
        if (bytes < size)
            snprintf(out, size, "%.*s", (int)bytes, value);
    }
}

static bool read_body(struct stream *stream, int64_t deadline_ms, struct answer *answer)
{
    char length[24];
    header_of(answer, "Content-Length", length, sizeof(length));
    size_t size = strtoul(length, NULL, 10);
    while (answer->bytes.len - answer->head < size)
        if (!read_more(stream, &answer->bytes, deadline_ms))
            return false;
    return true;
}

static bool lost(const struct url *url, struct fault *fault)
{
    return fault_set(fault, UNAVAILABLE, url->authority, "the connection was lost");
}

/* The JSON of a body, NULL if it is none. */
static cJSON *json_of(const struct answer *answer)
{
    return cJSON_ParseWithLength(answer->bytes.data + answer->head,
                                 answer->bytes.len - answer->head);
}

static bool refuse(const struct url *url, const struct answer *answer, struct fault *fault)
{
    cJSON *body = json_of(answer);
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(body, "error");
    if (cJSON_IsObject(error))
        fault_read(fault, error);
    else
        fault_set(fault, answer->status >= 500 ? UNAVAILABLE : REFUSED, url->authority,
                  "answered %d: this is no TinCan", answer->status);
    cJSON_Delete(body);
    return false;
}

static bool exchange(struct stream *stream, const struct url *url, const struct tc_buf *request,
                     struct answer *answer, cJSON **out, struct fault *fault)
{
    int64_t deadline_ms = tc_mono_ms() + POST_MS;
    if (!stream_write(stream, request->data, request->len) ||
        !read_head(stream, deadline_ms, answer) || !read_body(stream, deadline_ms, answer))
        return lost(url, fault);
    if (answer->status < 200 || answer->status > 299)
        return refuse(url, answer, fault);
    *out = answer->status == 204 ? NULL : json_of(answer);
    return true;
}

bool http_post(const struct url *url, const char *path, const char *token, const char *json,
               cJSON **out, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf request = {0};
    TC_CLEANUP(stream_free)
    struct stream *stream = stream_open(url, tc_mono_ms() + POST_MS, fault);
    if (stream == NULL)
        return false;
    tc_buf_printf(&request, "POST %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", path,
                  url->authority);
    if (token != NULL)
        tc_buf_printf(&request, "Authorization: Bearer %s\r\n", token);
    if (json != NULL)
        tc_buf_text(&request, "Content-Type: application/json\r\n");
    tc_buf_printf(&request, "Content-Length: %zu\r\n\r\n%s", json != NULL ? strlen(json) : 0,
                  json != NULL ? json : "");
    struct answer answer = {0};
    bool done = exchange(stream, url, &request, &answer, out, fault);
    tc_buf_free(&answer.bytes);
    return done;
}

/* What a server answers to the key, RFC 6455 §4.2.2. */
static void accept_of(const char *key, char out[32])
{
    char text[64];
    unsigned char hash[EVP_MAX_MD_SIZE];
    int size = snprintf(text, sizeof(text), "%s" GUID, key);
    EVP_Digest(text, (size_t)size, hash, NULL, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)out, hash, 20);
}

static bool is_upgraded(const struct answer *answer, const char *key)
{
    char accept[64], protocol[32], expected[32];
    header_of(answer, "Sec-WebSocket-Accept", accept, sizeof(accept));
    header_of(answer, "Sec-WebSocket-Protocol", protocol, sizeof(protocol));
    accept_of(key, expected);
    return strcmp(accept, expected) == 0 && strcmp(protocol, "tincan.v1") == 0;
}

static bool shake_hands(struct stream *stream, const struct url *url, const char *token,
                        int64_t deadline_ms, struct answer *answer, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf request = {0};
    unsigned char random[16];
    char key[32];
    tc_random(random, sizeof(random));
    EVP_EncodeBlock((unsigned char *)key, random, sizeof(random));
    tc_buf_printf(&request,
                  "GET /ws HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n"
                  "Sec-WebSocket-Protocol: tincan.v1\r\nAuthorization: Bearer %s\r\n\r\n",
                  url->authority, key, token);
    if (!stream_write(stream, request.data, request.len) || !read_head(stream, deadline_ms, answer))
        return lost(url, fault);
    if (answer->status != 101)
        return read_body(stream, deadline_ms, answer) ? refuse(url, answer, fault)
                                                      : lost(url, fault);
    if (!is_upgraded(answer, key))
        return fault_set(fault, REFUSED, url->authority, "this is no TinCan");
    return true;
}

bool http_upgrade(struct stream *stream, const struct url *url, const char *token,
                  int64_t deadline_ms, struct tc_buf *rest, struct fault *fault)
{
    struct answer answer = {0};
    bool done = shake_hands(stream, url, token, deadline_ms, &answer, fault);
    if (done)
        tc_buf_append(rest, answer.bytes.data + answer.head, answer.bytes.len - answer.head);
    tc_buf_free(&answer.bytes);
    return done;
}

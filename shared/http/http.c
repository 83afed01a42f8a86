/* The request's head, from its first byte to the empty line. Of the body only how long it is. */

#include "shared/http/http.h"

#include <string.h>
#include <strings.h>

#include "shared/base/mem.h"

enum { MORE = 0, GOOD = 200, DIGITS_MAX = 18 };

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

static const char token_marks[] = "!#$%&'*+-.^_`|~";
static const char target_refused[] = "\"#<>\\^`{|}";
static const char host_refused[] = "\"#<>\\^`{|}/?@, \t";

/* ---- Characters ---- */

static bool is_alphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_visible_but(struct http_text text, const char *refused)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c < 0x21 || c > 0x7E || strchr(refused, c))
            return false;
    }
    return text.size > 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct http_text trim(struct http_text text)
{
    while (text.size > 0 && is_space(text.data[0]))
        text = (struct http_text){text.data + 1, text.size - 1};
    while (text.size > 0 && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* Cuts off and returns what stands before the first `mark`; false if there is none. */
static bool cut(struct http_text *text, char mark, struct http_text *out)
{
    const char *at = text->size ? memchr(text->data, mark, text->size) : NULL;
    if (!at)
        return false;
    *out = (struct http_text){text->data, (size_t)(at - text->data)};
    text->size -= out->size + 1;
    text->data = at + 1;
    return true;
}

bool http_text_is(struct http_text text, const char *expected)
{
    return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

bool http_text_is_nocase(struct http_text text, const char *expected)
{
    return text.size == strlen(expected) && strncasecmp(text.data, expected, text.size) == 0;
}

bool http_text_is_token(struct http_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (!is_alphanumeric(c) && (c == '\0' || !strchr(token_marks, c)))
            return false;
    }
    return text.size > 0;
}

/* ---- Where the head ends ---- */

/* No byte but text, tabs and CRLF is let in, so that nobody can see other lines than we do. */
static bool is_good_byte(const char *data, size_t size, size_t at)
{
    unsigned char c = (unsigned char)data[at];
    if (c == '\r')
        return at + 1 == size || data[at + 1] == '\n';
    if (c == '\n')
        return at > 0 && data[at - 1] == '\r';
    return c == '\t' || (c >= 0x20 && c != 0x7F);
}

static int find_head(const char *data, size_t size, size_t limit, size_t *head_size)
{
    bool has_line = false;
    for (size_t i = 0; i < size && i < limit; i++) {
        if (!is_good_byte(data, size, i))
            return 400;
        if (data[i] != '\n')
            continue;
        if (i < 2)
            return 400;
        has_line = true;
        if (i >= 3 && data[i - 2] == '\n') {
            *head_size = i + 1;
            return GOOD;
        }
    }
    if (size < limit)
        return MORE;
    return has_line ? 431 : 414;
}

/* ---- The request line ---- */

static bool is_known_method(struct http_text method)
{
    for (size_t i = 0; i < TC_COUNT(methods); i++)
        if (http_text_is(method, methods[i]))
            return true;
    return false;
}

static int read_version(struct http_text version, struct http_request *out)
{
    if (version.size != 8 || memcmp(version.data, "HTTP/", 5) != 0 || version.data[6] != '.')
        return 400;
    char major = version.data[5], minor = version.data[7];
    if (major < '0' || major > '9' || minor < '0' || minor > '9')
        return 400;
    out->minor_version = minor - '0';
    return major == '1' && minor <= '1' ? GOOD : 505;
}

/* "http://host/path", which proxies get and servers must take; its host is then the one. */
static bool read_absolute(struct http_text target, struct http_request *out)
{
    static const char scheme[] = "http://";
    size_t size = sizeof scheme - 1;
    if (target.size <= size || strncasecmp(target.data, scheme, size) != 0)
        return false;
    struct http_text rest = {target.data + size, target.size - size};
    size_t host_size = 0;
    while (host_size < rest.size && rest.data[host_size] != '/')
        host_size++;
    out->host = (struct http_text){rest.data, host_size};
    out->path = (struct http_text){rest.data + host_size, rest.size - host_size};
    if (out->path.size == 0)
        out->path = (struct http_text){"/", 1};
    return true;
}

static bool read_target(struct http_text target, struct http_request *out)
{
    if (!is_visible_but(target, target_refused))
        return false;
    out->path = target;
    bool is_star = http_text_is(target, "*") && http_text_is(out->method, "OPTIONS");
    if (target.data[0] != '/' && !is_star && !read_absolute(target, out))
        return false;
    struct http_text path;
    out->query = out->path;
    if (cut(&out->query, '?', &path))
        out->path = path;
    else
        out->query = (struct http_text){"", 0};
    return true;
}

static int read_request_line(struct http_text line, struct http_request *out)
{
    struct http_text target;
    if (!cut(&line, ' ', &out->method) || !cut(&line, ' ', &target))
        return 400;
    if (!http_text_is_token(out->method))
        return 400;
    int status = read_version(line, out);
    if (status != GOOD)
        return status;
    if (!is_known_method(out->method))
        return 501;
    return read_target(target, out) ? GOOD : 400;
}

/* ---- The headers ---- */

const struct http_text *http_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (http_text_is_nocase(request->headers[i].name, name))
            return &request->headers[i].value;
    return NULL;
}

size_t http_header_count(const struct http_request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += http_text_is_nocase(request->headers[i].name, name);
    return count;
}

bool http_list_next(struct http_text *list, struct http_text *item)
{
    while (list->size > 0) {
        if (!cut(list, ',', item)) {
            *item = *list;
            list->size = 0;
        }
        *item = trim(*item);
        if (item->size > 0)
            return true;
    }
    return false;
}

bool http_header_has(const struct http_request *request, const char *name, const char *item)
{
    for (size_t i = 0; i < request->header_count; i++) {
        struct http_text list = request->headers[i].value, found;
        if (!http_text_is_nocase(request->headers[i].name, name))
            continue;
        while (http_list_next(&list, &found))
            if (http_text_is_nocase(found, item))
                return true;
    }
    return false;
}

static int read_headers(struct http_text lines, struct http_request *out)
{
    struct http_text line;
    while (cut(&lines, '\n', &line) && line.size > 1) {
        if (out->header_count == HTTP_HEADERS_MAX)
            return 431;
        struct http_header *header = &out->headers[out->header_count++];
        line.size--; /* the CR */
        if (!cut(&line, ':', &header->name) || !http_text_is_token(header->name))
            return 400;
        header->value = trim(line);
    }
    return GOOD;
}

/* ---- What they say together ---- */

static bool read_host(struct http_request *out)
{
    size_t count = http_header_count(out, "host");
    if (count == 0) {
        if (out->host.size == 0)
            out->host = (struct http_text){"", 0};
        return out->minor_version == 0;
    }
    struct http_text host = *http_header(out, "host");
    if (count > 1 || !is_visible_but(host, host_refused))
        return false;
    bool differs = out->host.data && (out->host.size != host.size ||
                                      strncasecmp(out->host.data, host.data, host.size) != 0);
    out->host = host;
    return !differs;
}

static int read_length(struct http_text digits, size_t limit, size_t *out)
{
    uint64_t length = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return 400;
        if (i < DIGITS_MAX)
            length = length * 10 + (uint64_t)(digits.data[i] - '0');
    }
    *out = (size_t)length;
    if (digits.size == 0)
        return 400;
    return digits.size > DIGITS_MAX || length > limit ? 413 : GOOD;
}

static int read_framing(const struct http_limits *limits, struct http_request *out)
{
    size_t lengths = http_header_count(out, "content-length");
    const struct http_text *encoding = http_header(out, "transfer-encoding");
    if (encoding && (lengths > 0 || out->minor_version == 0))
        return 400;
    if (encoding)
        return http_text_is_nocase(*encoding, "chunked") ? 411 : 501;
    out->has_content_length = lengths > 0;
    if (lengths > 1)
        return 400;
    if (lengths == 0)
        return GOOD;
    return read_length(*http_header(out, "content-length"), limits->body_bytes,
                       &out->content_length);
}

static bool read_expect(struct http_request *out)
{
    const struct http_text *expect = http_header(out, "expect");
    if (!expect || out->minor_version == 0)
        return true;
    out->expects_continue = out->content_length > 0;
    return http_header_count(out, "expect") == 1 && http_text_is_nocase(*expect, "100-continue");
}

int http_parse(const char *data, size_t size, const struct http_limits *limits,
               struct http_request *out)
{
    size_t head_size = 0;
    int status = find_head(data, size, limits->head_bytes, &head_size);
    if (status != GOOD)
        return status;
    *out = (struct http_request){.head_size = head_size, .body = {data + head_size, 0}};
    struct http_text rest = {data, head_size}, line = {NULL, 0};
    cut(&rest, '\r', &line);
    status = read_request_line(line, out);
    if (status == GOOD)
        status = read_headers((struct http_text){rest.data + 1, rest.size - 1}, out);
    if (status == GOOD && !read_host(out))
        status = 400;
    if (status == GOOD)
        status = read_framing(limits, out);
    if (status == GOOD && !read_expect(out))
        status = 400;
    out->keep_alive = out->minor_version == 1 && !http_header_has(out, "connection", "close");
    return status;
}

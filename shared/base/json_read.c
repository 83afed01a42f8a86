/* JSON, read in one pass without a tree. Pure: bytes in, answers out. */

#include "shared/base/json.h"

#include <string.h>

struct tc_json_cursor tc_json_read(const char *json, size_t len)
{
    return (struct tc_json_cursor){.at = json, .end = json + len};
}

static char fail(struct tc_json_cursor *in)
{
    in->malformed = true;
    in->at = in->end;
    return '\0';
}

char tc_json_peek(struct tc_json_cursor *in)
{
    while (in->at < in->end &&
           (*in->at == ' ' || *in->at == '\t' || *in->at == '\n' || *in->at == '\r'))
        in->at++;
    return in->at < in->end ? *in->at : '\0';
}

bool tc_json_at_end(struct tc_json_cursor *in)
{
    return tc_json_peek(in) == '\0' && in->at == in->end && !in->malformed;
}

static bool take(struct tc_json_cursor *in, char expected)
{
    if (tc_json_peek(in) != expected || in->at == in->end) {
        fail(in);
        return false;
    }
    in->at++;
    return true;
}

static int hex4(const char *at)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* The code point of \uXXXX, a surrogate pair taken together; in->at stands behind the u. */
static unsigned unicode_escape(struct tc_json_cursor *in)
{
    int first = in->end - in->at >= 4 ? hex4(in->at) : -1;
    if (first < 0) {
        fail(in);
        return 0;
    }
    in->at += 4;
    if (first >= 0xd800 && first <= 0xdbff && in->end - in->at >= 6 && in->at[0] == '\\' &&
        in->at[1] == 'u') {
        int second = hex4(in->at + 2);
        if (second >= 0xdc00 && second <= 0xdfff) {
            in->at += 6;
            return 0x10000u + ((unsigned)(first - 0xd800) << 10) + (unsigned)(second - 0xdc00);
        }
    }
    if (first == 0 || (first >= 0xd800 && first <= 0xdfff))
        in->tainted = true;
    return (unsigned)first;
}

static size_t encode_utf8(unsigned point, char out[4])
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t len = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = len - 1; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(lead[len] | point);
    return len;
}

/* What stands behind a backslash, as bytes; how many. */
static size_t escape(struct tc_json_cursor *in, char out[4])
{
    static const char plain[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    char c = in->at < in->end ? *in->at++ : '\0';
    if (c == 'u')
        return encode_utf8(unicode_escape(in), out);
    const char *found = c != '\0' ? strchr(plain, c) : NULL;
    if (found == NULL) {
        fail(in);
        return 0;
    }
    out[0] = meaning[found - plain];
    return 1;
}

/* A string, whose decoded bytes go to out as far as they fit; returns how many there were. */
static size_t string(struct tc_json_cursor *in, char *out, size_t size)
{
    size_t len = 0;
    if (!take(in, '"'))
        return 0;
    while (in->at < in->end && *in->at != '"') {
        char bytes[4] = {*in->at++};
        size_t count = 1;
        if ((unsigned char)bytes[0] < 0x20)
            fail(in);
        else if (bytes[0] == '\\')
            count = escape(in, bytes);
        if (count > 0 && len + count <= size)
            memcpy(out + len, bytes, count);
        len += count;
    }
    take(in, '"');
    return len;
}

bool tc_json_string(struct tc_json_cursor *in, char *out, size_t size)
{
    size_t len = string(in, out, size - 1);
    bool fits = len < size && !in->malformed;
    out[fits ? len : 0] = '\0';
    return fits;
}

static void digits(struct tc_json_cursor *in)
{
    if (in->at == in->end || *in->at < '0' || *in->at > '9')
        fail(in);
    while (in->at < in->end && *in->at >= '0' && *in->at <= '9')
        in->at++;
}

static void number(struct tc_json_cursor *in)
{
    if (*in->at == '-')
        in->at++;
    if (in->at < in->end && *in->at == '0')
        in->at++;
    else
        digits(in);
    if (in->at < in->end && *in->at == '.') {
        in->at++;
        digits(in);
    }
    if (in->at < in->end && (*in->at == 'e' || *in->at == 'E')) {
        in->at++;
        if (in->at < in->end && (*in->at == '+' || *in->at == '-'))
            in->at++;
        digits(in);
    }
}

static void literal(struct tc_json_cursor *in, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0)
        fail(in);
    else
        in->at += len;
}

static void scalar(struct tc_json_cursor *in, char first)
{
    switch (first) {
    case '"':
        string(in, NULL, 0);
        return;
    case 't':
        literal(in, "true");
        return;
    case 'f':
        literal(in, "false");
        return;
    case 'n':
        literal(in, "null");
        return;
    default:
        if (first == '-' || (first >= '0' && first <= '9'))
            number(in);
        else
            fail(in);
    }
}

/*
 * Below the depth that is taken anywhere only brackets are counted: what is
 * there is refused in any case, and must not cost a stack.
 */
static void skip_abyss(struct tc_json_cursor *in)
{
    size_t open = 0;
    in->tainted = true;
    do {
        char c = tc_json_peek(in);
        if (c == '"') {
            string(in, NULL, 0);
            continue;
        }
        if (c == '{' || c == '[')
            open++;
        if (c == '}' || c == ']')
            open--;
        if (in->at == in->end)
            fail(in);
        else
            in->at++;
    } while (open > 0 && !in->malformed);
}

void tc_json_skip(struct tc_json_cursor *in)
{
    char first = tc_json_peek(in);
    if (first != '{' && first != '[') {
        scalar(in, first);
        return;
    }
    if (in->depth >= TC_JSON_DEPTH) {
        skip_abyss(in);
        return;
    }

    char last = first == '{' ? '}' : ']';
    in->at++;
    in->depth++;
    bool more = tc_json_peek(in) != last;
    while (more && !in->malformed) {
        if (first == '{') {
            tc_json_peek(in);
            string(in, NULL, 0);
            take(in, ':');
        }
        tc_json_skip(in);
        more = tc_json_peek(in) == ',';
        if (more)
            in->at++;
    }
    take(in, last);
    in->depth--;
}

static bool enter(struct tc_json_cursor *in, char bracket)
{
    if (!take(in, bracket))
        return false;
    in->depth++;
    return true;
}

/* To the next member or element, over the comma; false behind the last. */
static bool next(struct tc_json_cursor *in, bool first, char end)
{
    if (tc_json_peek(in) == end && in->at < in->end) {
        in->at++;
        in->depth--;
        return false;
    }
    return (first || take(in, ',')) && !in->malformed;
}

bool tc_json_enter(struct tc_json_cursor *in)
{
    return enter(in, '{');
}

bool tc_json_key(struct tc_json_cursor *in, bool first, char *key, size_t size)
{
    if (!next(in, first, '}'))
        return false;
    tc_json_peek(in);
    tc_json_string(in, key, size);
    take(in, ':');
    return !in->malformed;
}

bool tc_json_enter_array(struct tc_json_cursor *in)
{
    return enter(in, '[');
}

bool tc_json_element(struct tc_json_cursor *in, bool first)
{
    return next(in, first, ']');
}

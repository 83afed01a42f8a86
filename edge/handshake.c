/* RFC 6455, section 4.2. */

#include "edge/handshake.h"

#include <openssl/evp.h>
#include <string.h>

#include "shared/base/buf.h"

enum { KEY_SIZE = 24, SHA1_SIZE = 20 };

static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static bool is_base64(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' ||
           c == '/';
}

/* Sixteen bytes in base64: 22 characters that carry them, and two that fill up. */
static bool is_key(struct http_text key)
{
    if (key.size != KEY_SIZE || memcmp(key.data + KEY_SIZE - 2, "==", 2) != 0)
        return false;
    for (size_t i = 0; i < KEY_SIZE - 2; i++)
        if (!is_base64(key.data[i]))
            return false;
    return true;
}

int handshake_status(const struct http_request *request)
{
    if (!http_text_is(request->method, "GET"))
        return 405;
    if (!http_header_has(request, "upgrade", "websocket") ||
        !http_header_has(request, "connection", "upgrade"))
        return 426;
    if (request->minor_version == 0 || request->content_length > 0)
        return 400;
    const struct http_text *version = http_header(request, "sec-websocket-version");
    if (!version || !http_text_is(*version, "13"))
        return 426;
    const struct http_text *key = http_header(request, "sec-websocket-key");
    bool once = http_header_count(request, "sec-websocket-key") == 1 &&
                http_header_count(request, "sec-websocket-version") == 1;
    return once && is_key(*key) ? 101 : 400;
}

static bool add_protocols(struct http_text list, struct handshake_protocols *out)
{
    struct http_text item;
    while (http_list_next(&list, &item)) {
        if (out->count == HANDSHAKE_PROTOCOLS_MAX || !http_text_is_token(item))
            return false;
        out->items[out->count++] = item;
    }
    return true;
}

bool handshake_protocols(const struct http_request *request, struct handshake_protocols *out)
{
    out->count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        if (http_text_is_nocase(header->name, "sec-websocket-protocol") &&
            !add_protocols(header->value, out))
            return false;
    }
    return true;
}

void handshake_accept(const struct http_request *request, char out[HANDSHAKE_ACCEPT_SIZE])
{
    char text[KEY_SIZE + sizeof guid];
    unsigned char digest[SHA1_SIZE];
    memcpy(text, http_header(request, "sec-websocket-key")->data, KEY_SIZE);
    memcpy(text + KEY_SIZE, guid, sizeof guid);
    EVP_Digest(text, sizeof text - 1, digest, NULL, EVP_sha1(), NULL);
    EVP_EncodeBlock((unsigned char *)out, digest, SHA1_SIZE);
}

void handshake_write(const char *accept, const char *protocol, struct tc_buf *out)
{
    tc_buf_printf(out,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n",
                  accept);
    if (protocol)
        tc_buf_printf(out, "Sec-WebSocket-Protocol: %s\r\n", protocol);
    tc_buf_text(out, "\r\n");
}

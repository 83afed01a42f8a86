/* haproxy.org's proxy-protocol.txt, section 2.2: a signature, what it is, how long, addresses. */

#include "edge/proxy.h"

#include <string.h>

enum { SIGNATURE = 12, FIXED = 16, V4_SIZE = 12, V6_SIZE = 36, MAX = PROXY_HEADER_MAX };
enum { VERSION_LOCAL = 0x20, VERSION_PROXY = 0x21 }; /* version 2, and the command */
enum { FAMILY_UNKNOWN = 0x00, TCP_OVER_V4 = 0x11, TCP_OVER_V6 = 0x21 };

static const unsigned char signature[SIGNATURE] = "\r\n\r\n\0\r\nQUIT\n";

/* The addresses of a PROXY command: the client's comes first. */
static bool read_client(const unsigned char *fixed, size_t length, struct proxy_header *out)
{
    const unsigned char *client = fixed + FIXED;
    switch (fixed[13]) {
    case FAMILY_UNKNOWN:
        return true;
    case TCP_OVER_V4:
        if (length < V4_SIZE)
            return false;
        out->client = address_of_v4(client);
        break;
    case TCP_OVER_V6:
        if (length < V6_SIZE)
            return false;
        memcpy(out->client.bytes, client, sizeof out->client.bytes);
        break;
    default:
        return false;
    }
    out->has_client = true;
    return true;
}

enum proxy_verdict proxy_parse(const unsigned char *data, size_t size, struct proxy_header *out)
{
    *out = (struct proxy_header){0};
    if (memcmp(data, signature, size < SIGNATURE ? size : SIGNATURE) != 0)
        return PROXY_BAD;
    if (size < FIXED)
        return PROXY_NEEDS_MORE;
    size_t length = (size_t)data[14] << 8 | data[15];
    if ((data[12] != VERSION_LOCAL && data[12] != VERSION_PROXY) || FIXED + length > MAX)
        return PROXY_BAD;
    if (size < FIXED + length)
        return PROXY_NEEDS_MORE;
    out->size = FIXED + length;
    return data[12] == VERSION_LOCAL || read_client(data, length, out) ? PROXY_GOOD : PROXY_BAD;
}

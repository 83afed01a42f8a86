/* Every address has 16 bytes here, so a network of IPv4 is one of IPv6 with a longer prefix. */

#include "edge/address.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "shared/base/mem.h"

enum { MAPPED = 12, BITS = 128, BITS_V4 = 32 };

static const unsigned char mapped[MAPPED] = {[10] = 0xff, [11] = 0xff};

struct network {
    struct address address;
    unsigned bits;
};

struct networks {
    size_t count;
    struct network items[];
};

struct address address_of_v4(const unsigned char bytes[4])
{
    struct address address;
    memcpy(address.bytes, mapped, MAPPED);
    memcpy(address.bytes + MAPPED, bytes, 4);
    return address;
}

bool address_of(const struct sockaddr *from, struct address *out)
{
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)from;
        *out = address_of_v4((const unsigned char *)&v4->sin_addr);
    } else if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)from;
        memcpy(out->bytes, &v6->sin6_addr, sizeof out->bytes);
    } else {
        return false;
    }
    return true;
}

bool address_is_v4(const struct address *address)
{
    return memcmp(address->bytes, mapped, MAPPED) == 0;
}

void address_write(const struct address *address, char out[ADDRESS_TEXT_SIZE])
{
    bool v4 = address_is_v4(address);
    inet_ntop(v4 ? AF_INET : AF_INET6, address->bytes + (v4 ? MAPPED : 0), out, ADDRESS_TEXT_SIZE);
}

static bool read_bits(const char *text, unsigned most, unsigned *out)
{
    char *end;
    unsigned long bits = strtoul(text, &end, 10);
    *out = (unsigned)bits;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && bits <= most;
}

static bool read_network(char *text, struct network *out)
{
    unsigned char v4[4];
    char *slash = strchr(text, '/');
    if (slash)
        *slash = '\0';
    bool short_one = inet_pton(AF_INET, text, v4) == 1;
    if (short_one)
        out->address = address_of_v4(v4);
    else if (inet_pton(AF_INET6, text, out->address.bytes) != 1)
        return false;
    unsigned most = short_one ? BITS_V4 : BITS, bits = most;
    if (slash && !read_bits(slash + 1, most, &bits))
        return false;
    out->bits = BITS - most + bits;
    return true;
}

struct networks *networks_read(const char *list)
{
    size_t size = strlen(list); /* more than there are networks in it */
    struct networks *networks = tc_alloc(sizeof *networks + size * sizeof(struct network));
    char *copy = tc_strdup(list), *rest = copy;
    bool good = true;
    for (char *one; good && (one = strtok_r(rest, ", ", &rest)) != NULL;)
        good = read_network(one, &networks->items[networks->count++]);
    free(copy);
    if (!good)
        networks_free(&networks);
    return networks;
}

static bool has(const struct network *network, const struct address *address)
{
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8, mask = 0xffU << (8 - rest) & 0xffU;
    if (memcmp(network->address.bytes, address->bytes, whole) != 0)
        return false;
    return rest == 0 || ((network->address.bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

bool networks_have(const struct networks *networks, const struct address *address)
{
    for (size_t i = 0; i < networks->count; i++)
        if (has(&networks->items[i], address))
            return true;
    return false;
}

void networks_free(struct networks **networks)
{
    free(*networks);
    *networks = NULL;
}

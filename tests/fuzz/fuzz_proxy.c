/* The PROXY header under libFuzzer: a good one is so only as a whole, and needs nothing behind it.
 */

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edge/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const uint8_t *data, const struct proxy_header *header)
{
    char text[ADDRESS_TEXT_SIZE];
    struct proxy_header again;
    assert(header->size >= 16 && header->size <= PROXY_HEADER_MAX);
    unsigned char *exact = malloc(header->size);
    memcpy(exact, data, header->size);
    assert(proxy_parse(exact, header->size, &again) == PROXY_GOOD);
    assert(again.has_client == header->has_client);
    assert(proxy_parse(exact, header->size - 1, &again) == PROXY_NEEDS_MORE);
    if (header->has_client)
        address_write(&header->client, text);
    free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_header header;
    enum proxy_verdict verdict = proxy_parse(data, size, &header);
    if (verdict == PROXY_GOOD)
        check(data, &header);
    assert(verdict != PROXY_NEEDS_MORE || size < PROXY_HEADER_MAX);
    return 0;
}

/* The request parser and the handshake under libFuzzer: a head that is good is so only as a whole,
 * and all that is read of it lies within it; wherever what comes is cut, it comes to the same. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "edge/handshake.h"
#include "shared/http/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {.head_bytes = 8192, .body_bytes = 16384};

static void check_request(const char *data, const struct http_request *request)
{
    assert(request->head_size >= 4 && request->content_length <= limits.body_bytes);
    assert(memcmp(data + request->head_size - 4, "\r\n\r\n", 4) == 0);
    assert(request->path.size > 0 && !memchr(request->path.data, ' ', request->path.size));
    for (size_t i = 0; i < request->header_count; i++) {
        const struct http_header *header = &request->headers[i];
        assert(header->name.data >= data);
        assert(header->value.data + header->value.size <= data + request->head_size);
        assert(http_text_is_token(header->name));
    }
    struct handshake_protocols offered;
    char accept[HANDSHAKE_ACCEPT_SIZE];
    handshake_protocols(request, &offered);
    if (handshake_status(request) == 101)
        handshake_accept(request, accept);
}

/* What is refused before all of it has come is refused as a whole, and what is good needs no more.
 */
static void check_pieces(const char *data, size_t size, int status, size_t head_size)
{
    struct http_request request;
    for (size_t at = size > 200 ? size - 200 : 0; at < size; at++) {
        char *piece = malloc(at ? at : 1);
        memcpy(piece, data, at);
        int early = http_parse(piece, at, &limits, &request);
        assert(early == 0 || early == status);
        assert(early != 200 || at >= head_size);
        free(piece);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    struct http_request request = {0};
    int status = http_parse(copy, size, &limits, &request);
    if (status == 200)
        check_request(copy, &request);
    check_pieces(copy, size, status, request.head_size);
    free(copy);
    return 0;
}

/* Upgrade and frames. A client masks what it sends; servers may not send more than one frame a
 * message here. */

#include "tests/bench/client/websocket.h"

#include <string.h>

#include "tests/bench/client/fail.h"

#define FIN 0x80
#define MASKED 0x80
#define CLOSE 8
#define PING 9
#define PONG 10
#define HEAD_SIZE 8 /* of a masked frame of up to 65,535 bytes */

static const unsigned char mask[4] = {0x37, 0xfa, 0x21, 0x3d};

void websocket_upgrade(struct load *load, struct link *link, const char *path, const char *headers)
{
    tc_buf_printf(&link->out,
                  "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                  path, headers);
    load_send(load, link);
}

static size_t read_answer(struct link *link, const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    if (memcmp(bytes, "HTTP/1.1 101", 12) != 0)
        fail("connection %u: the upgrade was refused: %.40s", link->index, bytes);
    link->state = LINK_UPGRADED;
    return (size_t)(end + 4 - bytes);
}

/* A whole frame at the front: its size, and where its payload begins. 0: not yet. */
static size_t frame_size(const unsigned char *bytes, size_t size, size_t *head)
{
    size_t length = size >= 2 ? bytes[1] & 0x7f : 0;
    *head = length == 126 ? 4 : length == 127 ? 10 : 2;
    if (size < *head)
        return 0;
    if (length >= 126) {
        length = 0;
        for (size_t i = 2; i < *head; i++)
            length = length << 8 | bytes[i];
    }
    return size - *head >= length ? *head + length : 0;
}

static void take_frame(struct load *load, struct link *link, char *frame, size_t head, size_t size,
                       const struct websocket_reader *reader)
{
    int opcode = frame[0] & 0x0f;
    if (opcode == CLOSE)
        fail("connection %u: closed with code %d", link->index,
             size >= head + 2 ? (unsigned char)frame[head] << 8 | (unsigned char)frame[head + 1]
                              : 0);
    if ((frame[0] & FIN) == 0 || (opcode != PING && opcode > WEBSOCKET_BINARY))
        fail("connection %u: a frame that begins with %02x", link->index, (unsigned char)frame[0]);
    if (opcode == PING) {
        size_t begin = websocket_begin(link);
        tc_buf_append(&link->out, frame + head, size - head);
        websocket_end(load, link, begin, PONG);
    } else {
        reader->message(load, link, frame + head, size - head);
    }
}

size_t websocket_read(struct load *load, struct link *link, char *bytes, size_t size,
                      const struct websocket_reader *reader)
{
    size_t used = 0;
    if (link->state == LINK_GREETED) {
        used = read_answer(link, bytes, size);
        if (used == 0)
            return 0;
        if (reader->upgraded != NULL)
            reader->upgraded(load, link);
    }
    size_t head, frame;
    while (link->state != LINK_CLOSED &&
           (frame = frame_size((unsigned char *)bytes + used, size - used, &head)) > 0) {
        take_frame(load, link, bytes + used, head, frame, reader);
        used += frame;
    }
    return used;
}

size_t websocket_begin(struct link *link)
{
    static const char room[HEAD_SIZE];
    size_t begin = link->out.len;
    tc_buf_append(&link->out, room, sizeof(room));
    return begin;
}

void websocket_end(struct load *load, struct link *link, size_t begin, int opcode)
{
    unsigned char *frame = (unsigned char *)link->out.data + begin;
    unsigned char *payload = frame + HEAD_SIZE;
    size_t size = link->out.len - begin - HEAD_SIZE;
    if (size < 126) {
        memmove(payload - 2, payload, size);
        tc_buf_cut(&link->out, link->out.len - 2);
        payload -= 2;
        frame[1] = (unsigned char)(MASKED | size);
    } else {
        frame[1] = MASKED | 126;
        frame[2] = (unsigned char)(size >> 8);
        frame[3] = (unsigned char)size;
    }
    frame[0] = (unsigned char)(FIN | opcode);
    memcpy(payload - sizeof(mask), mask, sizeof(mask));
    for (size_t i = 0; i < size; i++)
        payload[i] ^= mask[i & 3];
    load_send(load, link);
}

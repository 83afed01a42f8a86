/* Frames from a server, and to it. */

#include "cli/websocket.h"

#include <string.h>

#include "cli/stream.h"
#include "shared/base/id.h"
#include "shared/base/mem.h"

#define CHUNK 16384
#define MESSAGE_MAX ((size_t)16 * 1024 * 1024)

enum { CONTINUATION = 0, TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };
enum { FIN = 0x80, RESERVED = 0x70, OPCODE = 0x0f, MASKED = 0x80, LENGTH = 0x7f };
enum { LENGTH_16 = 126, LENGTH_64 = 127, ABNORMAL = 1006, PROTOCOL_ERROR = 1002 };

enum websocket_parse websocket_parse(const unsigned char *bytes, size_t size,
                                     struct websocket_frame *out)
{
    if (size < 2)
        return WEBSOCKET_PART;
    unsigned length = bytes[1] & LENGTH;
    size_t more = length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
    *out = (struct websocket_frame){bytes[0] & OPCODE, bytes[0] & FIN, 2 + more, length};
    bool control = out->opcode & 0x8;
    if ((bytes[0] & RESERVED) || (bytes[1] & MASKED) || (control && (more > 0 || !out->final)))
        return WEBSOCKET_BAD;
    if (size < out->head)
        return WEBSOCKET_PART;
    uint64_t wide = more > 0 ? 0 : length;
    for (size_t i = 0; i < more; i++)
        wide = wide << 8 | bytes[2 + i];
    out->size = (size_t)wide;
    if (wide > MESSAGE_MAX)
        return WEBSOCKET_BAD;
    return size - out->head < out->size ? WEBSOCKET_PART : WEBSOCKET_WHOLE;
}

void websocket_write(struct tc_buf *out, unsigned opcode, const unsigned char mask[4],
                     const char *payload, size_t size)
{
    size_t more = size > UINT16_MAX ? 8 : size >= LENGTH_16 ? 2 : 0;
    tc_buf_byte(out, (char)(FIN | opcode));
    tc_buf_byte(out, (char)(MASKED | (more == 8 ? LENGTH_64 : more == 2 ? LENGTH_16 : size)));
    for (size_t i = more; i > 0; i--)
        tc_buf_byte(out, (char)(size >> (8 * (i - 1))));
    tc_buf_append(out, mask, 4);
    tc_buf_reserve(out, size);
    for (size_t i = 0; i < size; i++)
        tc_buf_byte(out, (char)((unsigned char)payload[i] ^ mask[i % 4]));
}

void websocket_done(struct websocket *socket)
{
    stream_free(&socket->stream);
    tc_buf_free(&socket->in);
    tc_buf_free(&socket->message);
}

static bool send_frame(struct websocket *socket, unsigned opcode, const char *payload, size_t size)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf frame = {0};
    unsigned char mask[4];
    tc_random(mask, sizeof(mask));
    websocket_write(&frame, opcode, mask, payload, size);
    return stream_write(socket->stream, frame.data, frame.len);
}

bool websocket_send(struct websocket *socket, const char *text, size_t size)
{
    return socket->close_code == 0 && send_frame(socket, TEXT, text, size);
}

static enum websocket_event end(struct websocket *socket, uint16_t code)
{
    socket->close_code = code;
    return WEBSOCKET_END;
}

static enum websocket_event take_close(struct websocket *socket, const unsigned char *payload,
                                       size_t size)
{
    send_frame(socket, CLOSE, (const char *)payload, size < 2 ? 0 : 2);
    return end(socket, size < 2 ? ABNORMAL : (uint16_t)(payload[0] << 8 | payload[1]));
}

/* WEBSOCKET_LATE: it was no message, or none that ends here. */
static enum websocket_event take(struct websocket *socket, const struct websocket_frame *frame,
                                 struct tc_buf *out)
{
    const char *payload = socket->in.data + frame->head;
    if (frame->opcode == CLOSE)
        return take_close(socket, (const unsigned char *)payload, frame->size);
    if (frame->opcode == PING)
        send_frame(socket, PONG, payload, frame->size);
    if (frame->opcode != TEXT && frame->opcode != CONTINUATION)
        return WEBSOCKET_LATE;
    if (socket->message.len + frame->size > MESSAGE_MAX)
        return end(socket, PROTOCOL_ERROR);
    tc_buf_append(&socket->message, payload, frame->size);
    if (!frame->final)
        return WEBSOCKET_LATE;
    tc_buf_append(out, socket->message.data, socket->message.len);
    tc_buf_clear(&socket->message);
    return WEBSOCKET_MESSAGE;
}

static void use_up(struct tc_buf *in, size_t size)
{
    memmove(in->data, in->data + size, in->len - size);
    tc_buf_cut(in, in->len - size);
}

static enum websocket_event read_more(struct websocket *socket, int64_t deadline_ms)
{
    size_t size = CHUNK;
    tc_buf_reserve(&socket->in, CHUNK);
    char *end_of_in = socket->in.data + socket->in.len;
    enum stream_result result = stream_read(socket->stream, end_of_in, &size, deadline_ms);
    if (result == STREAM_DATA)
        socket->in.len += size;
    return result == STREAM_DATA   ? WEBSOCKET_MESSAGE
           : result == STREAM_LATE ? WEBSOCKET_LATE
                                   : end(socket, ABNORMAL);
}

enum websocket_event websocket_read(struct websocket *socket, int64_t deadline_ms,
                                    struct tc_buf *out)
{
    tc_buf_clear(out);
    if (socket->close_code != 0)
        return WEBSOCKET_END;
    for (;;) {
        struct websocket_frame frame;
        enum websocket_parse parse =
            websocket_parse((unsigned char *)socket->in.data, socket->in.len, &frame);
        if (parse == WEBSOCKET_BAD)
            return end(socket, PROTOCOL_ERROR);
        enum websocket_event event;
        if (parse == WEBSOCKET_WHOLE) {
            event = take(socket, &frame, out);
            use_up(&socket->in, frame.head + frame.size);
            if (event != WEBSOCKET_LATE)
                return event;
        } else if ((event = read_more(socket, deadline_ms)) != WEBSOCKET_MESSAGE) {
            return event;
        }
    }
}

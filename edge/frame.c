/* What RFC 6455 says of single frames: making them, and reading them one event at a time. */

#include "edge/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "edge/utf8.h"
#include "shared/base/mem.h"

enum {
    FIN = 0x80,
    RESERVED = 0x70,
    OPCODE = 0x0F,
    MASKED = 0x80,
    LENGTH = 0x7F,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
    CONTROL_MAX = 125,
    MASK_SIZE = 4,
    HEADER_MAX = 14,
};

enum { PROTOCOL_ERROR = 1002, NO_CODE = 1005, NOT_UTF8 = 1007, TOO_BIG = 1009 };

/* ---- Making frames ---- */

static size_t all_frames;

size_t frame_bytes(void)
{
    return all_frames;
}

struct frame *frame_create_raw(size_t size)
{
    assert(size <= UINT32_MAX);
    struct frame *frame = tc_realloc(NULL, sizeof *frame + size);
    frame->references = 1;
    frame->size = (uint32_t)size;
    all_frames += sizeof *frame + size;
    return frame;
}

static size_t put_big_endian(unsigned char *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (unsigned char)(value >> (8 * (bytes - 1 - i)));
    return bytes;
}

static size_t put_header(unsigned char *out, enum frame_opcode opcode, size_t size)
{
    out[0] = (unsigned char)(FIN | opcode);
    if (size < LENGTH_16) {
        out[1] = (unsigned char)size;
        return 2;
    }
    bool wide = size > UINT16_MAX;
    out[1] = wide ? LENGTH_64 : LENGTH_16;
    return 2 + put_big_endian(out + 2, size, wide ? 8 : 2);
}

struct frame *frame_create(enum frame_opcode opcode, const void *payload, size_t size)
{
    unsigned char header[HEADER_MAX];
    size_t header_size = put_header(header, opcode, size);
    struct frame *frame = frame_create_raw(header_size + size);
    memcpy(frame->bytes, header, header_size);
    if (size > 0)
        memcpy(frame->bytes + header_size, payload, size);
    return frame;
}

struct frame *frame_create_close(uint16_t code)
{
    unsigned char payload[2];
    put_big_endian(payload, code, sizeof payload);
    return frame_create(FRAME_CLOSE, payload, code == NO_CODE ? 0 : sizeof payload);
}

struct frame *frame_ref(struct frame *frame)
{
    frame->references++;
    return frame;
}

void frame_unref(struct frame **frame)
{
    struct frame *old = *frame;
    *frame = NULL;
    if (!old || --old->references > 0)
        return;
    all_frames -= sizeof *old + old->size;
    free(old);
}

/* ---- Reading them ---- */

static bool is_control(const struct frame_parser *parser)
{
    return parser->header[0] & 0x08;
}

static bool is_final(const struct frame_parser *parser)
{
    return parser->header[0] & FIN;
}

static void fail(struct frame_parser *parser, uint16_t code, struct frame_event *out)
{
    frame_parser_done(parser);
    parser->done = true;
    *out = (struct frame_event){.type = FRAME_FAILED, .code = code};
}

static size_t length_bytes(const struct frame_parser *parser)
{
    unsigned length = parser->header[1] & LENGTH;
    return length == LENGTH_64 ? 8 : length == LENGTH_16 ? 2 : 0;
}

static bool take_header(struct frame_parser *parser, unsigned char **data, size_t *size,
                        size_t wanted)
{
    size_t count = wanted - parser->header_size;
    if (count > *size)
        count = *size;
    memcpy(parser->header + parser->header_size, *data, count);
    parser->header_size = (uint8_t)(parser->header_size + count);
    *data += count;
    *size -= count;
    return parser->header_size == wanted;
}

/* What the first two bytes give away. */
static bool is_good_start(const struct frame_parser *parser)
{
    unsigned opcode = parser->header[0] & OPCODE;
    if ((parser->header[0] & RESERVED) || !(parser->header[1] & MASKED))
        return false;
    if (is_control(parser))
        return opcode <= FRAME_PONG && is_final(parser) && length_bytes(parser) == 0;
    bool continues = parser->message_opcode != 0;
    return opcode <= FRAME_BINARY && continues == (opcode == FRAME_CONTINUATION);
}

/* The payload's length; 0 or what to close with. */
static uint16_t read_length(const struct frame_parser *parser, uint64_t *out)
{
    size_t bytes = length_bytes(parser);
    uint64_t length = bytes ? 0 : parser->header[1] & LENGTH;
    for (size_t i = 0; i < bytes; i++)
        length = length << 8 | parser->header[2 + i];
    *out = length;
    if ((bytes == 2 && length < LENGTH_16) || (bytes == 8 && length <= UINT16_MAX) ||
        length > INT64_MAX)
        return PROTOCOL_ERROR;
    bool fits = length + parser->message_size <= parser->message_limit;
    return fits || is_control(parser) ? 0 : TOO_BIG;
}

static void begin_payload(struct frame_parser *parser, uint32_t length)
{
    parser->in_payload = true;
    parser->left = length;
    parser->mask_at = 0;
    unsigned opcode = parser->header[0] & OPCODE;
    if (!is_control(parser) && opcode != FRAME_CONTINUATION)
        parser->message_opcode = (uint8_t)opcode;
}

/* True when the header is complete and good; else more is needed, or out says what is wrong. */
static bool read_header(struct frame_parser *parser, unsigned char **data, size_t *size,
                        struct frame_event *out)
{
    if (parser->header_size < 2 && !take_header(parser, data, size, 2))
        return false;
    if (!is_good_start(parser)) {
        fail(parser, PROTOCOL_ERROR, out);
        return false;
    }
    if (!take_header(parser, data, size, 2 + length_bytes(parser) + MASK_SIZE))
        return false;
    uint64_t length;
    uint16_t code = read_length(parser, &length);
    if (code != 0) {
        fail(parser, code, out);
        return false;
    }
    begin_payload(parser, (uint32_t)length);
    return true;
}

static void unmask(struct frame_parser *parser, unsigned char *data, size_t size)
{
    const unsigned char *mask = parser->header + parser->header_size - MASK_SIZE;
    unsigned char turned[8];
    for (unsigned i = 0; i < sizeof turned; i++)
        turned[i] = mask[(parser->mask_at + i) % MASK_SIZE];
    uint64_t key;
    memcpy(&key, turned, sizeof key);
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= size; at += sizeof word) {
        memcpy(&word, data + at, sizeof word);
        word ^= key;
        memcpy(data + at, &word, sizeof word);
    }
    for (; at < size; at++)
        data[at] ^= turned[at % sizeof turned];
    parser->mask_at = (uint8_t)((parser->mask_at + size) % MASK_SIZE);
}

/* Grows with what has come, not with what was announced. */
static void append_message(struct frame_parser *parser, const unsigned char *data, size_t size)
{
    uint32_t wanted = parser->message_size + (uint32_t)size;
    if (wanted > parser->message_capacity) {
        uint64_t capacity = (uint64_t)parser->message_capacity * 2;
        capacity = capacity < wanted ? wanted : capacity;
        capacity = capacity > parser->message_limit ? parser->message_limit : capacity;
        parser->message = tc_realloc(parser->message, capacity);
        parser->message_capacity = (uint32_t)capacity;
    }
    memcpy(parser->message + parser->message_size, data, size);
}

static void end_message(struct frame_parser *parser, unsigned char *data, struct frame_event *out)
{
    if (parser->message_opcode == FRAME_TEXT && parser->utf8 != UTF8_COMPLETE) {
        fail(parser, NOT_UTF8, out);
        return;
    }
    *out = (struct frame_event){.type = FRAME_MESSAGE,
                                .opcode = parser->message_opcode,
                                .data = data,
                                .size = parser->message_size};
    parser->message_opcode = 0;
    parser->message_size = 0;
}

static void take_data(struct frame_parser *parser, unsigned char *data, size_t size,
                      struct frame_event *out)
{
    if (parser->message_opcode == FRAME_TEXT && !utf8_check(&parser->utf8, data, size)) {
        fail(parser, NOT_UTF8, out);
        return;
    }
    bool last = parser->left == 0 && is_final(parser);
    bool whole = last && parser->message_size == 0;
    if (!whole && size > 0)
        append_message(parser, data, size);
    parser->message_size += (uint32_t)size;
    if (last)
        end_message(parser, whole ? data : parser->message, out);
}

static bool is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static void end_close(struct frame_parser *parser, struct frame_event *out)
{
    parser->done = true;
    out->code = NO_CODE;
    if (out->size == 0)
        return;
    unsigned code = out->size == 1 ? 0u : (unsigned)(out->data[0] << 8 | out->data[1]);
    out->code = (uint16_t)code;
    uint8_t utf8 = UTF8_COMPLETE;
    if (!is_close_code(out->code))
        fail(parser, PROTOCOL_ERROR, out);
    else if (!utf8_check(&utf8, out->data + 2, out->size - 2) || utf8 != UTF8_COMPLETE)
        fail(parser, NOT_UTF8, out);
}

static void take_control(struct frame_parser *parser, unsigned char *data, size_t size,
                         struct frame_event *out)
{
    bool last = parser->left == 0;
    if (parser->control_size > 0 || !last) {
        if (!parser->control)
            parser->control = tc_alloc(CONTROL_MAX);
        memcpy(parser->control + parser->control_size, data, size);
        data = parser->control;
    }
    parser->control_size = (uint8_t)(parser->control_size + size);
    if (!last)
        return;
    *out = (struct frame_event){.type = FRAME_CONTROL,
                                .opcode = parser->header[0] & OPCODE,
                                .data = data,
                                .size = parser->control_size};
    parser->control_size = 0;
    if (out->opcode == FRAME_CLOSE)
        end_close(parser, out);
}

static void read_payload(struct frame_parser *parser, unsigned char **data, size_t *size,
                         struct frame_event *out)
{
    unsigned char *piece = *data;
    size_t count = *size < parser->left ? *size : parser->left;
    *data += count;
    *size -= count;
    unmask(parser, piece, count);
    parser->left -= (uint32_t)count;
    parser->in_payload = parser->left > 0;
    if (!parser->in_payload)
        parser->header_size = 0;
    if (is_control(parser))
        take_control(parser, piece, count, out);
    else
        take_data(parser, piece, count, out);
}

/* What the last event lent out is not needed any more. */
static void give_back(struct frame_parser *parser)
{
    if (parser->message && parser->message_size == 0) {
        free(parser->message);
        parser->message = NULL;
        parser->message_capacity = 0;
    }
    if (parser->control && parser->control_size == 0) {
        free(parser->control);
        parser->control = NULL;
    }
}

void frame_parse(struct frame_parser *parser, unsigned char **data, size_t *size,
                 struct frame_event *out)
{
    *out = (struct frame_event){.type = FRAME_NEEDS_MORE};
    give_back(parser);
    while (out->type == FRAME_NEEDS_MORE && !parser->done) {
        if (!parser->in_payload && !read_header(parser, data, size, out))
            return;
        if (*size == 0 && parser->left > 0)
            return;
        read_payload(parser, data, size, out);
    }
    if (parser->done && out->type == FRAME_NEEDS_MORE)
        *size = 0;
}

void frame_parser_done(struct frame_parser *parser)
{
    free(parser->message);
    free(parser->control);
    parser->message = parser->control = NULL;
    parser->message_size = parser->message_capacity = 0;
}

/*
 * RFC 6455 frames, from and to bytes: what a server reads and writes, without extensions. Pure: no
 * socket, no clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_opcode {
    FRAME_CONTINUATION = 0x0,
    FRAME_TEXT = 0x1,
    FRAME_BINARY = 0x2,
    FRAME_CLOSE = 0x8,
    FRAME_PING = 0x9,
    FRAME_PONG = 0xA,
};

/* One frame as it goes to clients, header and payload: made once, never changed, counted by whoever
 * holds it (on one thread). */
struct frame {
    uint32_t references;
    uint32_t size;
    unsigned char bytes[];
};

struct frame *frame_create(enum frame_opcode opcode, const void *payload, size_t size);
struct frame *frame_create_close(uint16_t code); /* 0: without a code */
struct frame *frame_create_raw(size_t size);     /* bytes for the caller to fill: HTTP answers */
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame **frame);

/* What a client sends, as it comes. Zeroed is the beginning, with the limit set. */
struct frame_parser {
    unsigned char *message; /* what is put together of a message; NULL when none is */
    uint32_t message_size, message_capacity, message_limit;
    uint32_t left;          /* payload bytes of this frame still to come */
    unsigned char *control; /* a control frame's payload that came in parts, else NULL */
    unsigned char header[14];
    uint8_t header_size; /* bytes of it that are here */
    uint8_t control_size;
    uint8_t mask_at;        /* which byte of the mask is next */
    uint8_t message_opcode; /* 0: no message is under way */
    uint8_t utf8;           /* state of the check of a text message */
    bool in_payload;
    bool failed;
};

enum frame_event_type {
    FRAME_EVENT_NONE,
    FRAME_EVENT_MESSAGE,
    FRAME_EVENT_CONTROL,
    FRAME_EVENT_FAILED
};

struct frame_event {
    enum frame_event_type type;
    enum frame_opcode opcode; /* text or binary; close, ping or pong */
    unsigned char *data;      /* unmasked; in the input, or the parser's until the next call */
    size_t size;
    uint16_t code; /* FAILED: what to close with. CLOSE: what the peer gave, 1005 if nothing */
};

/*
 * The next event of *data, *size, which move past what was used; the bytes are unmasked in place.
 * NONE: all was used, and more is needed. After FAILED or a close nothing further may be given.
 */
void frame_parse(struct frame_parser *parser, unsigned char **data, size_t *size,
                 struct frame_event *out);

/* Gives back what the parser holds. */
void frame_parser_done(struct frame_parser *parser);

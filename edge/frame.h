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

/* One frame as it goes to clients, header and payload: made once, never changed after, counted by
 * those who hold it (on one thread). */
struct frame {
    uint32_t references;
    uint32_t size;
    unsigned char bytes[];
};

struct frame *frame_create(enum frame_opcode opcode, const void *payload, size_t size);
struct frame *frame_create_close(uint16_t code);
struct frame *frame_create_raw(size_t size); /* bytes for the maker to fill: HTTP answers */
struct frame *frame_ref(struct frame *frame);
void frame_unref(struct frame **frame);

/* What all frames take that there are. */
size_t frame_bytes(void);

/* What a client sends, as it comes. Begin with zeroes and a limit; end with frame_parser_done. */
struct frame_parser {
    uint32_t message_limit;
    uint32_t message_size, message_capacity;
    unsigned char *message; /* what is there of one that comes in parts, else NULL */
    unsigned char *control; /* likewise a control frame's payload */
    uint32_t left;          /* payload bytes of this frame still to come */
    unsigned char header[14];
    uint8_t header_size; /* how much of it is here */
    uint8_t mask_at;     /* the byte of the mask that is next */
    uint8_t control_size;
    uint8_t message_opcode; /* 0: no message is under way */
    uint8_t utf8;
    bool in_payload, done;
};

enum frame_event_type { FRAME_NEEDS_MORE, FRAME_MESSAGE, FRAME_CONTROL, FRAME_FAILED };

struct frame_event {
    enum frame_event_type type;
    enum frame_opcode opcode; /* text or binary; close, ping or pong */
    unsigned char *data;      /* unmasked; in the input, or the parser's until the next call */
    size_t size;
    uint16_t code; /* of FRAME_FAILED: what to close with; of a close: the peer's, 1005 if none */
};

/*
 * The next event in *data, *size, which move past what was used up; unmasks in place. Needing more
 * means that all of it was. After a failure or a close all that follows is swallowed.
 */
void frame_parse(struct frame_parser *parser, unsigned char **data, size_t *size,
                 struct frame_event *out);

void frame_parser_done(struct frame_parser *parser);

/* The frame parser under libFuzzer. The first byte says how many of the next ones say how to cut
 * the rest, over and over: the events must be the same as in one piece. */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "edge/frame.h"
#include "edge/utf8.h"
#include "shared/base/buf.h"

enum { LIMIT = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_event(struct tc_buf *story, const struct frame_event *event)
{
    uint8_t utf8 = UTF8_COMPLETE;
    if (event->type == FRAME_MESSAGE && event->opcode == FRAME_TEXT)
        assert(utf8_check(&utf8, event->data, event->size) && utf8 == UTF8_COMPLETE);
    assert(event->size <= LIMIT);
    tc_buf_printf(story, "%d %d %d %zu ", event->type, event->opcode, event->code, event->size);
    tc_buf_append(story, event->data, event->size);
}

/* The lengths of pieces, as the input begins with them. */
struct cuts {
    const uint8_t *lengths;
    size_t count, at;
};

static size_t next_length(struct cuts *cuts, size_t most)
{
    size_t length = cuts->count > 0 ? (size_t)cuts->lengths[cuts->at++ % cuts->count] + 1 : most;
    return length < most ? length : most;
}

static struct tc_buf read_in_pieces(const uint8_t *bytes, size_t size, struct cuts cuts)
{
    struct frame_parser parser = {.message_limit = LIMIT};
    struct tc_buf story = {0};
    tc_buf_text(&story, "");
    for (size_t at = 0; at < size;) {
        size_t left = next_length(&cuts, size - at);
        unsigned char *piece = malloc(left), *data = piece;
        memcpy(piece, bytes + at, left);
        at += left;
        struct frame_event event;
        for (;;) {
            frame_parse(&parser, &data, &left, &event);
            if (event.type == FRAME_NEEDS_MORE)
                break;
            write_event(&story, &event);
        }
        assert(left == 0);
        free(piece);
    }
    frame_parser_done(&parser);
    return story;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size < (size_t)data[0] % 16 + 2)
        return 0;
    struct cuts cuts = {.lengths = data + 1, .count = data[0] % 16};
    const uint8_t *bytes = data + 1 + cuts.count;
    size -= 1 + cuts.count;
    struct tc_buf whole = read_in_pieces(bytes, size, (struct cuts){0});
    struct tc_buf cut = read_in_pieces(bytes, size, cuts);
    assert(whole.len == cut.len && memcmp(whole.data, cut.data, cut.len) == 0);
    tc_buf_free(&whole);
    tc_buf_free(&cut);
    return 0;
}

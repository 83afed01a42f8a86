/* The frame parser under libFuzzer. The first byte says how to cut the rest: the events must be the
 * same as in one piece. */

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

static struct tc_buf read_in_steps(const uint8_t *bytes, size_t size, size_t step)
{
    struct frame_parser parser = {.message_limit = LIMIT};
    struct tc_buf story = {0};
    tc_buf_text(&story, "");
    for (size_t at = 0; at < size; at += step) {
        size_t left = size - at < step ? size - at : step;
        unsigned char *piece = malloc(left), *data = piece;
        memcpy(piece, bytes + at, left);
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
    if (size < 2)
        return 0;
    struct tc_buf whole = read_in_steps(data + 1, size - 1, size);
    struct tc_buf cut = read_in_steps(data + 1, size - 1, (size_t)data[0] + 1);
    assert(whole.len == cut.len && memcmp(whole.data, cut.data, cut.len) == 0);
    tc_buf_free(&whole);
    tc_buf_free(&cut);
    return 0;
}

/* TinCan's edge, and the world that tests/bench/seed.js has made for it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "tests/bench/client/body.h"
#include "tests/bench/client/fail.h"
#include "tests/bench/client/protocols.h"
#include "tests/bench/client/websocket.h"

static bool starts(const char *bytes, size_t size, const char *text)
{
    return size >= strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}

static void tincan_greet(struct load *load, struct link *link)
{
    char headers[256];
    snprintf(headers, sizeof(headers),
             "Sec-WebSocket-Protocol: tincan.v1\r\n"
             "Authorization: Bearer bench-%04x-%032x\r\n",
             (unsigned)load->options.world, link->index);
    websocket_upgrade(load, link, "/ws", headers);
}

/* A repeat is answered and nobody else is told; of its first, made while all warmed up, others are.
 */
static void take_created(struct load *load, struct link *link, const char *frame, size_t size)
{
    bool is_answer = starts(frame, size, "{\"type\":\"message/created\",\"re\"");
    if (!is_answer && strcmp(load->options.nonce, "same") == 0)
        return;
    if (!body_take(load, link, frame, size))
        fail("connection %u: a message without a stamp: %.*s", link->index, (int)size, frame);
}

static void take(struct load *load, struct link *link, char *frame, size_t size)
{
    static const char *const answers[] = {"{\"type\":\"message/sync-response\",\"re\":\"~",
                                          "{\"type\":\"message/list-response\",\"re\":\"~"};
    if (starts(frame, size, "{\"type\":\"message/created\"")) {
        take_created(load, link, frame, size);
        return;
    }
    if (starts(frame, size, "{\"type\":\"session/ready\"")) {
        load_link_joined(load, link);
        return;
    }
    for (int i = 0; i < 2; i++)
        if (starts(frame, size, answers[i]) && memmem(frame, size, "\"data\":", 7) != NULL) {
            load->work->answered(load, link);
            return;
        }
    fail("connection %u: %.*s", link->index, size < 300 ? (int)size : 300, frame);
}

static size_t tincan_read(struct load *load, struct link *link, char *bytes, size_t size)
{
    static const struct websocket_reader reader = {.message = take};
    return websocket_read(load, link, bytes, size, &reader);
}

static void write_nonce(const struct load *load, const struct stamp *stamp, struct tc_buf *out)
{
    static int64_t begin_ms;
    if (begin_ms == 0)
        begin_ms = tc_now_ms();
    bool same = strcmp(load->options.nonce, "same") == 0;
    uint32_t parts[2] = {same ? 0 : stamp->number, stamp->sender};
    uint8_t random[10] = {0};
    memcpy(random, parts, sizeof(parts));
    char nonce[TC_ID_SIZE];
    tc_id_compose(same ? begin_ms : tc_now_ms(), random, nonce);
    tc_buf_printf(out, "\"nonce\":\"%s\",", nonce);
}

/* The id of a request holds the stamp too: it comes back in the answer, before the body. */
static void begin_request(struct tc_buf *out, const char *type, const struct stamp *stamp)
{
    char id[STAMP_SIZE + 1] = {0};
    stamp_write(stamp, id);
    tc_buf_printf(out, "{\"type\":\"%s\",\"id\":\"%s\",\"data\":{", type, id);
}

static void write_conversation(const struct load *load, uint32_t room, struct tc_buf *out)
{
    tc_buf_printf(out, "01900000-%04x-7003-8000-%012x", (unsigned)load->options.world, room);
}

static void tincan_post(struct load *load, struct link *link, const struct stamp *stamp)
{
    struct tc_buf *out = &link->out;
    size_t begin = websocket_begin(link);
    begin_request(out, "message/create", stamp);
    tc_buf_text(out, "\"conversation_id\":\"");
    write_conversation(load, room_of(load, link), out);
    tc_buf_text(out, "\",");
    if (strcmp(load->options.nonce, "none") != 0)
        write_nonce(load, stamp, out);
    tc_buf_text(out, "\"body\":\"");
    body_write(load, stamp, out);
    tc_buf_text(out, "\"}}");
    websocket_end(load, link, begin, WEBSOCKET_TEXT);
}

static void begin_question(const struct load *load, struct link *link, const char *type)
{
    begin_request(&link->out, type, &(struct stamp){.ns = load->now_ns, .sender = link->index});
}

/* In how many rooms a user is, and the i-th of them. */
static uint32_t rooms_of_each(const struct load *load)
{
    return (uint32_t)(load->options.rooms * load->options.members / load->options.users);
}

static uint32_t nth_room(const struct load *load, const struct link *link, uint32_t i)
{
    return room_of(load, link) + i * (uint32_t)(load->options.users / load->options.members);
}

/* All that it takes part in, as a client that has missed nothing there. */
static void tincan_sync(struct load *load, struct link *link)
{
    size_t begin = websocket_begin(link);
    begin_question(load, link, "message/sync");
    tc_buf_text(&link->out, "\"after\":{");
    for (uint32_t i = 0; i < rooms_of_each(load); i++) {
        tc_buf_text(&link->out, i > 0 ? ",\"" : "\"");
        write_conversation(load, nth_room(load, link, i), &link->out);
        tc_buf_printf(&link->out, "\":%lld", (long long)load->options.rev);
    }
    tc_buf_text(&link->out, "}}}");
    websocket_end(load, link, begin, WEBSOCKET_TEXT);
}

/* A page of one of its conversations: the newest, or the one before a message. */
static void tincan_ask(struct load *load, struct link *link)
{
    uint32_t i = (uint32_t)random() % rooms_of_each(load);
    size_t begin = websocket_begin(link);
    begin_question(load, link, "message/list");
    tc_buf_text(&link->out, "\"conversation_id\":\"");
    write_conversation(load, nth_room(load, link, i), &link->out);
    tc_buf_text(&link->out, "\",");
    if (load->options.before > 0)
        tc_buf_printf(&link->out, "\"before\":%lld,", (long long)load->options.before);
    tc_buf_text(&link->out, "\"limit\":50}}");
    websocket_end(load, link, begin, WEBSOCKET_TEXT);
}

const struct protocol protocol_tincan = {
    .name = "tincan",
    .greet = tincan_greet,
    .read = tincan_read,
    .post = tincan_post,
    .sync = tincan_sync,
    .ask = tincan_ask,
};

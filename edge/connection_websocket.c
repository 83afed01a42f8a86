/* A connection after the upgrade: messages up, frames down, pings, and the closing handshake. */

#include "edge/connection_parts.h"

/* ---- What comes ---- */

static void tell(struct connection *c, const struct frame_event *event)
{
    const struct connection_ops *ops = &c->set->ops;
    const char *data = (const char *)event->data;
    if (event->opcode == FRAME_TEXT)
        ops->text(c->set->user, connection_id_of(c), data, event->size);
    else
        ops->binary(c->set->user, connection_id_of(c), data, event->size);
}

/* Our last word. Whether the peer's is still awaited depends on the phase that follows. */
static void say_close(struct connection *c, uint16_t code)
{
    c->code = code;
    connection_queue(c, frame_create_close(code));
}

static void on_end(struct connection *c, uint16_t code)
{
    if (c->phase == PHASE_OPEN)
        say_close(c, code);
    connection_enter(c, PHASE_FLUSHING);
}

static void too_slow(struct connection *c)
{
    connection_drop_unbegun(c);
    say_close(c, CODE_TOO_SLOW);
    connection_enter(c, PHASE_CLOSING);
}

/* 4001, if that can still be said. */
void connection_shed(struct connection *c)
{
    connection_drop_unbegun(c);
    frame_parser_done(&c->parser);
    tc_buf_free(&c->held);
    connection_count_kept(c);
    if (c->phase == PHASE_OPEN && c->unsent == 0) {
        on_end(c, CODE_TOO_SLOW);
        return;
    }
    uint16_t code = c->phase == PHASE_OPEN ? CODE_TOO_SLOW : c->code;
    connection_abandon(c);
    connection_retire(c);
    c->code = code;
}

/* A tick may bring more than the limit to a client that would take it: so it is asked first. */
static bool has_room(struct connection *c, size_t size, uint32_t limit)
{
    if (c->unsent == 0 || c->unsent + size <= limit)
        return true;
    connection_flush(c);
    return c->phase == PHASE_OPEN && (c->unsent == 0 || c->unsent + size <= limit);
}

static bool send_frame(struct connection *c, struct frame *frame)
{
    if (!has_room(c, frame->size, c->set->limits.unsent_bytes)) {
        if (c->phase == PHASE_OPEN)
            too_slow(c);
        return false;
    }
    connection_queue(c, frame_ref(frame));
    return true;
}

static void send_pong(struct connection *c, const struct frame_event *ping)
{
    struct frame *pong = frame_create(FRAME_PONG, ping->data, ping->size);
    send_frame(c, pong);
    frame_unref(&pong);
}

static void on_event(struct connection *c, const struct frame_event *event)
{
    if (event->type == FRAME_FAILED ||
        (event->type == FRAME_CONTROL && event->opcode == FRAME_CLOSE))
        on_end(c, event->code);
    else if (c->phase != PHASE_OPEN)
        return;
    else if (event->type == FRAME_MESSAGE)
        tell(c, event);
    else if (event->type == FRAME_CONTROL && event->opcode == FRAME_PING)
        send_pong(c, event);
}

size_t connection_websocket_input(struct connection *c, unsigned char *data, size_t size)
{
    size_t left = size;
    struct frame_event event;
    do {
        frame_parse(&c->parser, &data, &left, &event);
        on_event(c, &event);
    } while (event.type != FRAME_NEEDS_MORE && c->phase <= PHASE_CLOSING && connection_reads(c));
    return size - left;
}

/* ---- What goes ---- */

bool connection_send(struct connections *set, struct connection_id id, struct frame *frame)
{
    struct connection *c = connection_find(set, id);
    return c && c->phase == PHASE_OPEN && send_frame(c, frame);
}

bool connection_send_signal(struct connections *set, struct connection_id id, struct frame *frame)
{
    struct connection *c = connection_find(set, id);
    if (!c || c->phase != PHASE_OPEN || !has_room(c, frame->size, set->limits.signal_bytes))
        return false;
    connection_queue(c, frame_ref(frame));
    return true;
}

void connection_close(struct connections *set, struct connection_id id, uint16_t code)
{
    struct connection *c = connection_find(set, id);
    if (!c)
        return;
    if (c->phase < PHASE_OPEN)
        connection_retire(c);
    if (c->phase != PHASE_OPEN)
        return;
    say_close(c, code);
    connection_enter(c, PHASE_CLOSING);
}

/* ---- Silence ---- */

/* xorshift: it only has to spread the pings of connections that came together. */
static uint32_t ping_after(struct connections *set)
{
    uint32_t spread = set->limits.ping_ms / 5;
    set->random ^= set->random << 13;
    set->random ^= set->random >> 7;
    set->random ^= set->random << 17;
    return set->limits.ping_ms + (spread ? (uint32_t)(set->random % spread) : 0);
}

void connection_websocket_expire(struct connection *c)
{
    const struct connection_limits *limits = &c->set->limits;
    if (c->paused)
        c->heard = connections_now(c->set);
    uint32_t silent = connections_now(c->set) - c->heard;
    if (silent >= limits->idle_ms) {
        say_close(c, CODE_IDLE);
        connection_enter(c, PHASE_CLOSING);
        return;
    }
    if (silent >= limits->ping_ms && !c->pinged) {
        c->pinged = true;
        send_frame(c, c->set->ping);
    }
    uint32_t until = c->pinged ? limits->idle_ms : ping_after(c->set);
    if (c->phase == PHASE_OPEN)
        connection_due_in(c, until > silent ? until - silent : 0);
}

/* The first ping too, or clients that came together would all be asked together. */
void connection_websocket_begin(struct connection *c)
{
    c->parser = (struct frame_parser){.message_limit = c->set->limits.message_bytes};
    c->heard = connections_now(c->set);
    connection_enter(c, PHASE_OPEN);
    connection_due_in(c, ping_after(c->set));
}

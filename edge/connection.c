/* A connection's socket and phases: what wakes it, what it reads, when it is over. */

#include "edge/connection.h"

#include <errno.h>
#include <sys/socket.h>

#include "edge/connection_parts.h"
#include "edge/poller.h"

enum { NEVER_MS = 1000 * 60 * 60 };

static uint32_t time_for(const struct connection *c, enum connection_phase phase)
{
    const struct connection_limits *limits = &c->set->limits;
    if (phase <= PHASE_HEAD)
        return limits->head_ms;
    if (phase == PHASE_BODY)
        return limits->body_ms;
    if (phase == PHASE_OPEN)
        return limits->ping_ms;
    return phase == PHASE_ANSWER ? NEVER_MS : limits->close_ms;
}

void connection_enter(struct connection *c, enum connection_phase phase)
{
    c->phase = (uint8_t)phase;
    connection_due_in(c, time_for(c, phase));
    connection_touch(c);
}

void connection_retire(struct connection *c)
{
    if (c->phase == PHASE_OPEN)
        c->code = CODE_LOST;
    connection_enter(c, PHASE_DEAD);
}

/* Who does not take answers may not ask on, be it in one request after the other. */
bool connection_reads(const struct connection *c)
{
    if (c->ended || c->phase == PHASE_ANSWER || (c->phase == PHASE_OPEN && c->paused))
        return false;
    return c->unsent <= c->set->limits.signal_bytes;
}

/* ---- What comes ---- */

static size_t use_up(struct connection *c, unsigned char *data, size_t size)
{
    size_t used = 0, step = 1;
    while (used < size && step > 0 && connection_reads(c)) {
        if (c->phase < PHASE_OPEN)
            step = connection_http_input(c, (char *)data + used, size - used);
        else if (c->phase <= PHASE_CLOSING)
            step = connection_websocket_input(c, data + used, size - used);
        else
            step = size - used;
        used += step;
    }
    return used;
}

/* What is held goes before what has just come. */
static void take_held(struct connection *c, const unsigned char *more, size_t more_size)
{
    struct tc_buf held = c->held;
    c->held = (struct tc_buf){0};
    if (more_size > 0)
        tc_buf_append(&held, more, more_size);
    size_t size = held.len, used = use_up(c, (unsigned char *)held.data, size);
    c->stalled = used < size && !connection_reads(c);
    if (used == 0) {
        c->held = held;
        return;
    }
    if (used < size)
        tc_buf_append(&c->held, held.data + used, size - used);
    tc_buf_free(&held);
}

/* Whole requests and messages are used where they lie; only a rest is copied. */
static void take_fresh(struct connection *c, unsigned char *data, size_t size)
{
    size_t used = use_up(c, data, size);
    if (used < size)
        tc_buf_append(&c->held, data + used, size - used);
    c->stalled = used < size && !connection_reads(c);
}

void connection_take(struct connection *c, unsigned char *data, size_t size)
{
    if (c->held.len > 0)
        take_held(c, data, size);
    else
        take_fresh(c, data, size);
    connection_count_kept(c);
}

void connection_hear_end(struct connection *c)
{
    c->ended = true;
    bool has_answer = c->unsent > 0 || connection_is_tls(c); /* TLS ends with a word, too */
    if (has_answer && c->phase < PHASE_OPEN)
        connection_enter(c, PHASE_FLUSHING);
    else if (c->phase == PHASE_FLUSHING)
        connection_touch(c);
    else
        connection_retire(c);
}

static void ask_for(struct connection *c, uint32_t interest)
{
    if (poller_change(c->set->poller, c->fd, connection_name(c), c->interest, interest))
        c->interest = (uint8_t)interest;
    else
        connection_retire(c); /* it would be deaf */
}

static void read_some(struct connection *c)
{
    unsigned char *input = c->set->input;
    ssize_t size = recv(c->fd, input, sizeof c->set->input, MSG_DONTWAIT);
    if (size > 0) {
        c->heard = connections_now(c->set);
        c->pinged = false;
        if (c->line)
            connection_line_input(c, input, (size_t)size);
        else
            connection_take(c, input, (size_t)size);
    } else if (size == 0) {
        connection_hear_end(c);
    } else if (errno != EAGAIN && errno != EINTR) {
        connection_retire(c);
    }
}

/* One who is not read from meanwhile is not asked about any more, once he has something. */
void connection_on_ready(struct connection *c, uint32_t events)
{
    if ((events & EPOLLOUT) && c->blocked) {
        c->blocked = false;
        c->heard = connections_now(c->set);
        connection_touch(c);
    }
    if (!(events & EPOLLIN) || c->phase == PHASE_DEAD)
        return;
    if (connection_reads(c))
        read_some(c);
    else
        ask_for(c, c->interest & ~(unsigned)EPOLLIN);
}

void connection_start(struct connection *c, const struct entrance *entrance)
{
    bool proxied = entrance && entrance->proxied;
    if (proxied || (entrance && entrance->tls))
        connection_line_open(c, entrance);
    connection_enter(c, proxied ? PHASE_PROXY : PHASE_HEAD);
    connection_arrive(c);
    if (entrance && entrance->peer && !proxied)
        connection_come_from(c, entrance->peer);
}

/* ---- The end of a tick ---- */

static void finish_sending(struct connection *c)
{
    if (connection_is_tls(c) && connection_tls_end(c))
        return;
    if (c->ended || shutdown(c->fd, SHUT_WR) != 0)
        connection_retire(c);
    else
        connection_enter(c, PHASE_LINGERING);
}

static void tell_closed(struct connection *c)
{
    c->told = false;
    c->set->ops.closed(c->set->user, connection_id_of(c), c->code);
    c->context = NULL;
}

/* Reading is asked for when it is wanted, and not asked for only when it was in vain. */
static void watch(struct connection *c)
{
    uint32_t reading = connection_reads(c) ? EPOLLIN : c->interest & (unsigned)EPOLLIN;
    ask_for(c, reading | (c->blocked ? EPOLLOUT : 0));
}

void connection_use_held(struct connection *c)
{
    if (!c->stalled || !connection_reads(c))
        return;
    take_held(c, NULL, 0);
    connection_count_kept(c);
}

void connection_look_after(struct connection *c)
{
    if ((c->stalled && connection_reads(c)) || connection_has_to_send(c))
        connection_touch(c);
    if (c->phase == PHASE_FLUSHING && c->unsent == 0)
        finish_sending(c);
    if (c->told && c->phase > PHASE_OPEN)
        tell_closed(c);
    if (c->phase == PHASE_DEAD)
        connection_destroy(c);
    else
        watch(c);
}

/* An answer over a slow line may take its time, as long as some of it goes. */
static bool is_still_going(const struct connection *c)
{
    uint32_t quiet = connections_now(c->set) - c->heard;
    return c->code == 0 && c->unsent > 0 && quiet < c->set->limits.close_ms;
}

void connection_expire(struct connection *c)
{
    if (c->phase == PHASE_ANSWER)
        connection_due_in(c, NEVER_MS);
    else if (c->phase == PHASE_OPEN)
        connection_websocket_expire(c);
    else if (is_still_going(c))
        connection_due_in(c, c->set->limits.close_ms);
    else if ((c->phase == PHASE_HEAD || c->phase == PHASE_BODY) && c->held.len > 0)
        connection_http_refuse(c, 408);
    else
        connection_retire(c);
}

/* ---- Asked from above ---- */

void connection_set_context(struct connections *set, struct connection_id id, void *context)
{
    struct connection *c = connection_find(set, id);
    if (c)
        c->context = context;
}

void *connection_context(struct connections *set, struct connection_id id)
{
    struct connection *c = connection_find(set, id);
    return c ? c->context : NULL;
}

static bool peer_of(const struct connection *c, struct address *out)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    return getpeername(c->fd, (struct sockaddr *)&peer, &size) == 0 &&
           address_of((const struct sockaddr *)&peer, out);
}

void connection_address(struct connections *set, struct connection_id id,
                        char out[ADDRESS_TEXT_SIZE])
{
    struct connection *c = connection_find(set, id);
    struct address peer;
    out[0] = '\0';
    if (c && c->line && c->line->has_client)
        address_write(&c->line->client, out);
    else if (c && peer_of(c, &peer))
        address_write(&peer, out);
}

void connection_pause(struct connections *set, struct connection_id id)
{
    struct connection *c = connection_find(set, id);
    if (!c || c->paused)
        return;
    c->paused = true;
    connection_touch(c);
}

void connection_resume(struct connections *set, struct connection_id id)
{
    struct connection *c = connection_find(set, id);
    if (!c || !c->paused)
        return;
    c->paused = false;
    c->heard = connections_now(set);
    connection_touch(c);
}

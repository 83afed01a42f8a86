/* A session from its first frame to its last. */

#include "edge/session.h"

#include <stdlib.h>
#include <string.h>

#include "edge/edge.h"
#include "edge/frame.h"
#include "edge/held.h"
#include "edge/router.h"
#include "edge/users.h"
#include "edge/verify.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

#define LEVEL 1 /* of protocol version 1: grows with each addition */

static void read_or_not(struct edge *edge, struct session *session)
{
    /* What stands behind a log-out is not done, unless that fails. */
    bool pause = !session->greeted || session->ending || session->leaving ||
                 session->in_flight >= edge->limits.in_flight;
    if (pause == session->paused)
        return;
    session->paused = pause;
    if (pause)
        connection_pause(edge->connections, session->connection);
    else
        connection_resume(edge->connections, session->connection);
}

static char *write_welcome(const struct verified *verified)
{
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_raw(&out, "user", verified->user, verified->user_size);
    tc_json_raw(&out, "session", verified->session, verified->session_size);
    return out.data; /* goes on in session/ready */
}

void session_open(struct edge *edge, struct connection_id connection,
                  const unsigned char token_hash[TOKEN_HASH_SIZE], const struct verified *verified)
{
    struct user *user = users_enter(edge, verified->user_id);
    struct session *session = tc_alloc(sizeof(*session));
    session->user = user;
    session->connection = connection;
    session->since_ms = tc_mono_ms();
    session->verified = true;
    session->welcome = write_welcome(verified);
    memcpy(session->id, verified->session_id, TC_ID_SIZE);
    memcpy(session->token_hash, token_hash, TOKEN_HASH_SIZE);
    list_init(&session->typing);
    list_init(&session->verify_link);
    list_append(&user->sessions, &session->of_user);
    user->session_count++;
    connection_set_context(edge->connections, connection, session);
    read_or_not(edge, session);
    session_advance(edge, session);
}

struct session *session_of(struct edge *edge, struct connection_id connection)
{
    return connection_context(edge->connections, connection);
}

void session_close(struct edge *edge, struct session *session)
{
    struct user *user = session->user;
    router_leave(edge, session);
    connection_set_context(edge->connections, session->connection, NULL);
    list_remove(&session->of_user);
    list_remove(&session->verify_link);
    user->session_count--;
    free(session->welcome);
    free(session->trace);
    free(session);
    users_leave(edge, user);
}

static void send_ready(struct edge *edge, struct session *session)
{
    struct tc_buf out = {0};
    tc_json_object(&out, NULL);
    tc_json_text(&out, "type", "session/ready");
    tc_json_raw(&out, "data", session->welcome, strlen(session->welcome));
    tc_limits_write(&edge->limits, &out, "limits");
    tc_json_int(&out, "level", LEVEL);
    tc_json_time(&out, "server_time", tc_now_ms());
    tc_json_end_object(&out);
    tc_json_end_object(&out);
    free(session->welcome);
    session->welcome = NULL;
    session_send_text(edge, session, &out);
    tc_buf_free(&out);
}

void session_resync(struct edge *edge, struct session *session)
{
    static const char text[] = "{\"type\":\"session/resync\"}";
    if (!session->live)
        return;
    struct frame *frame = frame_create(FRAME_TEXT, text, sizeof(text) - 1);
    session_send(edge, session, frame);
    frame_unref(&frame);
    edge->metrics.resyncs++;
}

void session_advance(struct edge *edge, struct session *session)
{
    if (session->live || !session->verified || !session->user->live)
        return;
    session->live = true;
    if (session->greeted) {
        session_resync(edge, session);
        return;
    }
    session->greeted = true;
    send_ready(edge, session);
    read_or_not(edge, session);
}

void session_suspend(struct session *session)
{
    session->live = session->verified = false;
}

void session_send(struct edge *edge, struct session *session, struct frame *frame)
{
    connection_send(edge->connections, session->connection, frame);
}

void session_send_text(struct edge *edge, struct session *session, const struct tc_buf *text)
{
    struct frame *frame = frame_create(FRAME_TEXT, text->data, text->len);
    session_send(edge, session, frame);
    frame_unref(&frame);
}

/* What is held back for him tells of something new, which he will ask about where he goes. */
static void close_if_answered(struct edge *edge, struct session *session)
{
    if (!session->ending || session->in_flight > 0)
        return;
    held_flush(edge, session->user);
    connection_close(edge->connections, session->connection, 1001);
}

void session_dismiss(struct edge *edge, struct session *session)
{
    session->ending = true;
    read_or_not(edge, session);
    close_if_answered(edge, session);
}

void session_count_in_flight(struct edge *edge, struct session *session, int change)
{
    session->in_flight += (uint32_t)change;
    read_or_not(edge, session);
    close_if_answered(edge, session);
}

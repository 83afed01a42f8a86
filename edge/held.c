/* Each user's queue of what may not go yet. */

#include "edge/held.h"

#include <stdlib.h>

#include "edge/edge.h"
#include "edge/frame.h"
#include "edge/session.h"
#include "edge/users.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"

#define HELD_MS 2000
#define HELD_MAX 256 /* of a user; then all of it goes at once */

struct held {
    struct list link;
    struct frame *frame;
    struct connection_id who; /* an answer's asker; an event's exception */
    bool is_answer;
    uint64_t need;
    int64_t since_ms;
};

static void send_event(struct edge *edge, struct user *user, const struct held *held)
{
    for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next) {
        struct session *session = list_entry(link, struct session, of_user);
        if (session->live && !connection_is(session->connection, held->who))
            session_send(edge, session, held->frame);
    }
}

static void send_answer(struct edge *edge, const struct held *held)
{
    struct session *session = session_of(edge, held->who);
    if (session != NULL)
        session_send(edge, session, held->frame);
}

static void destroy(struct user *user, struct held *held)
{
    list_remove(&held->link);
    user->held_count--;
    frame_unref(&held->frame);
    free(held);
    if (user->held_count == 0)
        list_remove(&user->held_link);
}

static void send_first(struct edge *edge, struct user *user)
{
    struct held *first = list_entry(user->held.next, struct held, link);
    if (first->is_answer)
        send_answer(edge, first);
    else
        send_event(edge, user, first);
    if (first->need > user->heard && first->need > user->owes_resync)
        user->owes_resync = first->need;
    destroy(user, first);
}

static void resync_if_owed(struct edge *edge, struct user *user)
{
    if (user->owes_resync == 0 || user->owes_resync > user->heard)
        return;
    user->owes_resync = 0;
    for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next)
        session_resync(edge, list_entry(link, struct session, of_user));
}

void held_release(struct edge *edge, struct user *user)
{
    int64_t now_ms = tc_mono_ms();
    while (!list_is_empty(&user->held)) {
        const struct held *first = list_entry(user->held.next, struct held, link);
        bool may_go = first->need <= user->heard || now_ms - first->since_ms >= HELD_MS ||
                      user->held_count > HELD_MAX;
        if (!may_go)
            break;
        send_first(edge, user);
    }
    resync_if_owed(edge, user);
}

void held_flush(struct edge *edge, struct user *user)
{
    while (!list_is_empty(&user->held))
        send_first(edge, user);
    user->owes_resync = 0;
}

void held_drop(struct user *user)
{
    while (!list_is_empty(&user->held))
        destroy(user, list_entry(user->held.next, struct held, link));
}

static void hold(struct edge *edge, struct user *user, const struct held *what)
{
    struct held *held = tc_memdup(what, sizeof(*what));
    frame_ref(held->frame);
    held->since_ms = tc_mono_ms();
    list_append(&user->held, &held->link);
    if (user->held_count++ == 0)
        list_append(&edge->held_users, &user->held_link);
    held_release(edge, user);
}

void held_event(struct edge *edge, struct user *user, struct frame *frame,
                struct connection_id except, uint64_t need)
{
    hold(edge, user, &(struct held){.frame = frame, .who = except, .need = need});
}

void held_answer(struct edge *edge, struct user *user, struct frame *frame,
                 struct connection_id asker, uint64_t need)
{
    hold(edge, user, &(struct held){.frame = frame, .who = asker, .is_answer = true, .need = need});
}

void held_sweep(struct edge *edge)
{
    struct list *next;
    for (struct list *link = edge->held_users.next; link != &edge->held_users; link = next) {
        next = link->next;
        held_release(edge, list_entry(link, struct user, held_link));
    }
}

void held_init(struct user *user)
{
    list_init(&user->held);
    list_init(&user->held_link);
}

/* The users of this edge, by id; their coming and going, and what is done for them now and then. */

#include "edge/users.h"

#include <stdio.h>
#include <stdlib.h>

#include "edge/edge.h"
#include "edge/frame.h"
#include "edge/hearing.h"
#include "edge/held.h"
#include "edge/session.h"
#include "edge/verify.h"
#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"

#define LOOK_MS 1000                /* each user is looked at */
#define CHECK_MS (10 * 60 * 1000)   /* each user is verified and asked about again … */
#define CHECK_JITTER_MS (2 * 60000) /* … so much earlier or later */
#define BEGIN_MS 10000              /* how long a session may take to begin */
#define AWAY_MS 10000               /* how long a user without one is kept */

struct users {
    struct tc_table *by_id;
    struct list away; /* in the order in which they went */
    size_t away_count;
    int64_t looked_ms;
};

static int64_t next_check(int64_t now_ms)
{
    return now_ms + CHECK_MS - CHECK_JITTER_MS + rand() % (2 * CHECK_JITTER_MS);
}

static void look_at_session(struct edge *edge, struct session *session, int64_t now_ms)
{
    if (!session->verified && tc_bus_is_up(edge->bus))
        verify_again(edge, session);
    if (!session->greeted && now_ms - session->since_ms > BEGIN_MS)
        connection_close(edge->connections, session->connection, 4003);
}

static void look_at(struct edge *edge, struct user *user, int64_t now_ms)
{
    bool check = now_ms >= user->check_at_ms;
    if (check) {
        user->check_at_ms = next_check(now_ms);
        hearing_want(edge, user);
    }
    for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next) {
        struct session *session = list_entry(link, struct session, of_user);
        if (check)
            verify_again(edge, session);
        look_at_session(edge, session, now_ms);
    }
}

static void forget(struct edge *edge, struct user *user)
{
    tc_table_remove(edge->users->by_id, user->id);
    hearing_forget(user);
    held_drop(user);
    audiences_drop_all(edge->audiences, &user->listener);
    tc_bus_unsubscribe(&user->sub);
    free(user);
}

/* Of those who are away, who went by then. */
static void forget_away(struct edge *edge, int64_t until_ms)
{
    struct users *users = edge->users;
    while (!list_is_empty(&users->away)) {
        struct user *first = list_entry(users->away.next, struct user, away_link);
        if (first->away_ms > until_ms)
            return;
        list_remove(&first->away_link);
        users->away_count--;
        forget(edge, first);
    }
}

void users_sweep(struct edge *edge, int64_t now_ms)
{
    forget_away(edge, now_ms - AWAY_MS);
    if (now_ms - edge->users->looked_ms < LOOK_MS)
        return;
    edge->users->looked_ms = now_ms;
    size_t at = 0;
    for (struct user *user; (user = users_next(edge->users, &at)) != NULL;)
        look_at(edge, user, now_ms);
}

void users_end(struct edge *edge)
{
    forget_away(edge, INT64_MAX);
    size_t at = 0;
    for (struct user *user; (user = users_next(edge->users, &at)) != NULL; at = 0) {
        session_close(edge, list_entry(user->sessions.next, struct session, of_user));
        forget_away(edge, INT64_MAX);
    }
}

struct users *users_create(void)
{
    struct users *users = tc_alloc(sizeof(*users));
    users->by_id = tc_table_create();
    list_init(&users->away);
    return users;
}

void users_free(struct users **users)
{
    if (*users == NULL)
        return;
    tc_table_free(&(*users)->by_id);
    free(*users);
    *users = NULL;
}

size_t users_count(const struct users *users)
{
    return tc_table_count(users->by_id) - users->away_count;
}

size_t users_away(const struct users *users)
{
    return users->away_count;
}

struct user *users_find(const struct users *users, const char *id)
{
    return tc_table_get(users->by_id, id);
}

struct user *users_next(const struct users *users, size_t *at)
{
    return tc_table_next(users->by_id, at);
}

static struct user *create(struct edge *edge, const char *id)
{
    struct user *user = tc_alloc(sizeof(*user));
    snprintf(user->id, sizeof(user->id), "%s", id);
    list_init(&user->sessions);
    list_init(&user->away_link);
    hearing_init(user);
    held_init(user);
    user->check_at_ms = next_check(tc_mono_ms());
    char subject[TC_SUBJECT_SIZE];
    snprintf(subject, sizeof(subject), "tincan.*.user.%s.>", id);
    user->sub = tc_bus_subscribe(edge->bus, subject, NULL);
    tc_table_set(edge->users->by_id, id, user);
    hearing_want(edge, user);
    return user;
}

struct user *users_enter(struct edge *edge, const char *id)
{
    struct user *user = users_find(edge->users, id);
    if (user == NULL)
        return create(edge, id);
    if (!list_is_empty(&user->away_link)) {
        list_remove(&user->away_link);
        edge->users->away_count--;
    }
    return user;
}

void users_leave(struct edge *edge, struct user *user)
{
    if (user->session_count > 0)
        return;
    if (!user->live) {
        forget(edge, user);
        return;
    }
    user->away_ms = tc_mono_ms();
    list_append(&edge->users->away, &user->away_link);
    edge->users->away_count++;
}

static void advance_all(struct edge *edge, struct user *user)
{
    for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next)
        session_advance(edge, list_entry(link, struct session, of_user));
}

void user_is_live(struct edge *edge, struct user *user)
{
    if (!user->live) {
        user->live = true;
        advance_all(edge, user);
    }
    held_release(edge, user);
}

static void lose(struct edge *edge, struct user *user)
{
    held_flush(edge, user);
    hearing_forget(user);
    user->live = false;
    for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next)
        session_suspend(list_entry(link, struct session, of_user));
}

void users_lose(struct edge *edge)
{
    forget_away(edge, INT64_MAX);
    size_t at = 0;
    for (struct user *user; (user = users_next(edge->users, &at)) != NULL;)
        lose(edge, user);
}

void users_return(struct edge *edge)
{
    size_t at = 0;
    for (struct user *user; (user = users_next(edge->users, &at)) != NULL;) {
        hearing_want(edge, user);
        for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next)
            verify_again(edge, list_entry(link, struct session, of_user));
    }
}

void user_send(struct edge *edge, struct user *user, struct frame *frame)
{
    for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next) {
        struct session *session = list_entry(link, struct session, of_user);
        if (session->live)
            session_send(edge, session, frame);
    }
}

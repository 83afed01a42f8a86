/* The fan-out, and what an event means to the edge itself: read off its subject. */

#include "edge/delivery.h"

#include <string.h>

#include "edge/edge.h"
#include "edge/ended.h"
#include "edge/frame.h"
#include "edge/hearing.h"
#include "edge/held.h"
#include "edge/requests.h"
#include "edge/router.h"
#include "edge/session.h"
#include "edge/users.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"

/* One event that is being delivered. */
struct delivery {
    struct edge *edge;
    struct tc_event_subject subject;
    struct frame *frame;
    enum request_fate fate;
    struct connection_id asker; /* who has made it happen, where the answer says it already */
    void *request;              /* while that waits for its answer */
    const char *typist;         /* of a signal: whose connections do not get it; or NULL */
};

static bool is(const struct delivery *delivery, const char *entity, const char *verb)
{
    return strcmp(delivery->subject.entity, entity) == 0 &&
           strcmp(delivery->subject.verb, verb) == 0;
}

static bool is_for_asker(const struct delivery *delivery, const struct session *session)
{
    return connection_is(session->connection, delivery->asker);
}

static void send_to(struct delivery *delivery, struct session *session)
{
    struct edge *edge = delivery->edge;
    if (!session->live)
        return;
    if (is_for_asker(delivery, session)) {
        if (delivery->fate == REQUEST_WAITING)
            router_hold(delivery->request, delivery->frame);
        return;
    }
    edge->metrics.deliveries++;
    if (!delivery->subject.signal)
        connection_send(edge->connections, session->connection, delivery->frame);
    else if (!connection_send_signal(edge->connections, session->connection, delivery->frame))
        edge->metrics.signals_dropped++;
}

static void send_to_user(struct delivery *delivery, struct user *user)
{
    if (delivery->typist != NULL && strcmp(delivery->typist, user->id) == 0)
        return;
    for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next)
        send_to(delivery, list_entry(link, struct session, of_user));
}

static void send_to_audience(struct delivery *delivery, const struct audience *audience)
{
    size_t count;
    const struct audience_entry *entries = audience_listeners(audience, &count);
    for (size_t i = 0; i < count; i++)
        send_to_user(delivery, list_entry(entries[i].listener, struct user, listener));
}

static void outdate_all(const struct audience *audience)
{
    size_t count;
    const struct audience_entry *entries = audience_listeners(audience, &count);
    for (size_t i = 0; i < count; i++)
        hearing_outdate(list_entry(entries[i].listener, struct user, listener));
}

static void deliver_to_group(struct delivery *delivery)
{
    struct edge *edge = delivery->edge;
    const char *group_id = delivery->subject.owner;
    const struct audience *audience = audiences_group(edge->audiences, group_id);
    bool is_end = !delivery->subject.signal && is(delivery, "conversation", "removed");
    if (is_end)
        ended_add(edge->ended, delivery->subject.about, tc_mono_ms());
    else if (ended_has(edge->ended, delivery->subject.about))
        return; /* of a conversation that its members have been told is gone */
    if (audience == NULL)
        return;
    send_to_audience(delivery, audience);
    if (!delivery->subject.signal && is(delivery, "group", "removed")) {
        outdate_all(audience);
        audiences_end_group(edge->audiences, group_id);
    }
}

static void deliver_to_closed(struct delivery *delivery)
{
    struct edge *edge = delivery->edge;
    const char *conversation_id = delivery->subject.about;
    const struct audience *audience = audiences_closed(edge->audiences, conversation_id);
    if (audience == NULL)
        return;
    send_to_audience(delivery, audience);
    if (!delivery->subject.signal && is(delivery, "conversation", "removed")) {
        outdate_all(audience);
        audiences_end_closed(edge->audiences, conversation_id);
    }
}

/* It is told twice where its user is: over his own subject too. */
static void end_session(struct delivery *delivery, struct user *user)
{
    ended_add(delivery->edge->ended, delivery->subject.about, tc_mono_ms());
    if (user == NULL)
        return;
    for (struct list *link = user->sessions.next; link != &user->sessions; link = link->next) {
        const struct session *session = list_entry(link, struct session, of_user);
        if (strcmp(session->id, delivery->subject.about) == 0)
            connection_close(delivery->edge->connections, session->connection,
                             session->leaving ? 1000 : 4501);
    }
}

/* At once; and he is asked about, since a late or doubled event may tell of an earlier leave. */
static void take_away(struct delivery *delivery, struct user *user)
{
    struct edge *edge = delivery->edge;
    const char *about = delivery->subject.about;
    if (is(delivery, "group", "left") || is(delivery, "group", "removed"))
        audiences_drop_group(edge->audiences, &user->listener, about);
    else if (is(delivery, "conversation", "removed"))
        audiences_drop_closed(edge->audiences, &user->listener, about);
    else
        return;
    hearing_outdate(user);
    hearing_want(edge, user);
}

static bool adds(const struct delivery *delivery)
{
    return is(delivery, "group", "joined") || is(delivery, "group", "created") ||
           is(delivery, "conversation", "created");
}

/* To all of the user's connections, when he hears what it tells of and all before it is told. */
static void deliver_later(struct delivery *delivery, struct user *user, uint64_t need)
{
    struct session *asking = session_of(delivery->edge, delivery->asker);
    if (asking != NULL && asking->user == user) {
        send_to(delivery, asking);
        if (need > 0 && delivery->fate == REQUEST_WAITING)
            router_expect(delivery->request, need);
    }
    held_event(delivery->edge, user, delivery->frame, delivery->asker, need);
}

static void deliver_to_own(struct delivery *delivery)
{
    struct user *user = users_find(delivery->edge->users, delivery->subject.owner);
    if (!delivery->subject.signal && is(delivery, "session", "revoked")) {
        end_session(delivery, user);
        return;
    }
    if (user == NULL)
        return;
    if (delivery->subject.signal) {
        send_to_user(delivery, user);
        return;
    }
    take_away(delivery, user);
    uint64_t need = adds(delivery) ? hearing_want(delivery->edge, user) : 0;
    if (need > 0 || user->held_count > 0)
        deliver_later(delivery, user, need);
    else
        send_to_user(delivery, user);
}

/* The asking connection does not get what its answer says, unless the request has failed. */
static void find_asker(struct delivery *delivery, const char *origin)
{
    struct connection_id asker = {0};
    delivery->fate = requests_fate(delivery->edge->requests, origin, &asker, &delivery->request);
    if (delivery->fate == REQUEST_WAITING || delivery->fate == REQUEST_OVER)
        delivery->asker = asker;
}

void delivery_event(struct edge *edge, struct tc_msg *msg)
{
    struct delivery delivery = {.edge = edge};
    if (!tc_subject_parse_event(tc_msg_subject(msg), &delivery.subject))
        return;
    edge->metrics.events++;
    const char *origin = tc_msg_header(msg, TC_HEADER_ORIGIN);
    find_asker(&delivery, origin);
    tc_log(TC_DEBUG, "event", "subject=%s request=%s", tc_msg_subject(msg),
           tc_request_name(origin));
    if (delivery.subject.signal)
        delivery.typist = tc_msg_header(msg, TC_HEADER_USER);
    delivery.frame = frame_create(FRAME_TEXT, tc_msg_data(msg), tc_msg_len(msg));
    switch (delivery.subject.audience) {
    case TC_TO_GROUP:
        deliver_to_group(&delivery);
        break;
    case TC_TO_CLOSED:
        deliver_to_closed(&delivery);
        break;
    case TC_TO_USER:
        deliver_to_own(&delivery);
        break;
    }
    frame_unref(&delivery.frame);
}

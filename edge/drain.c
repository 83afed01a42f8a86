/* Closing connections, some each tick. */

#include "edge/drain.h"

#include <stdlib.h>
#include <uv.h>

#include "edge/connections.h"
#include "edge/edge.h"
#include "edge/requests.h"
#include "edge/session.h"
#include "edge/users.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

#define TICK_MS 50
#define ANSWERS_MS 1500 /* after the drain time, for the last answers … */
#define GRACE_MS 2000   /* … and close frames */

struct drain {
    struct edge *edge;
    void (*done)(struct edge *edge);
    uv_timer_t timer;
    int64_t began_ms;
    size_t sessions, closed;
};

/* How many sessions should be closed by now. */
static size_t quota(const struct drain *drain, int64_t now_ms)
{
    int64_t total_ms = drain->edge->settings.drain_ms, elapsed_ms = now_ms - drain->began_ms;
    if (elapsed_ms >= total_ms)
        return SIZE_MAX;
    return (size_t)((double)drain->sessions * (double)elapsed_ms / (double)total_ms) + 1;
}

/* Up to so many of them; those who are still to be answered are closed then, or now. */
static void dismiss(struct drain *drain, size_t until, bool now)
{
    struct edge *edge = drain->edge;
    size_t at = 0;
    for (struct user *user; (user = users_next(edge->users, &at)) != NULL;) {
        struct list *all = &user->sessions;
        for (struct list *link = all->next; link != all; link = link->next) {
            struct session *session = list_entry(link, struct session, of_user);
            if (!session->ending && drain->closed < until) {
                drain->closed++;
                session_dismiss(edge, session);
            }
            if (now)
                connection_close(edge->connections, session->connection, 1001);
        }
    }
}

static void on_tick(uv_timer_t *timer)
{
    struct drain *drain = timer->data;
    struct edge *edge = drain->edge;
    int64_t now_ms = tc_mono_ms(), last_ms = drain->began_ms + edge->settings.drain_ms;
    dismiss(drain, quota(drain, now_ms), now_ms >= last_ms + ANSWERS_MS);
    bool busy = connections_count(edge->connections) > 0 || requests_count(edge->requests) > 0;
    if (busy && now_ms < last_ms + GRACE_MS)
        return;
    uv_timer_stop(timer);
    tc_log(TC_INFO, "drained", "sessions=%zu ms=%lld", drain->closed,
           (long long)(now_ms - drain->began_ms));
    drain->done(edge);
}

struct drain *drain_begin(struct edge *edge, void (*done)(struct edge *edge))
{
    struct drain *drain = tc_alloc(sizeof(*drain));
    drain->edge = edge;
    drain->done = done;
    drain->began_ms = tc_mono_ms();
    size_t at = 0;
    for (struct user *user; (user = users_next(edge->users, &at)) != NULL;)
        drain->sessions += user->session_count;
    edge->draining = true;
    connections_drain(edge->connections);
    if (uv_timer_init(edge->loop, &drain->timer) != 0)
        abort();
    drain->timer.data = drain;
    uv_timer_start(&drain->timer, on_tick, 0, TICK_MS);
    return drain;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void drain_free(struct drain **drain)
{
    if (*drain == NULL)
        return;
    uv_close((uv_handle_t *)&(*drain)->timer, on_closed);
    *drain = NULL;
}

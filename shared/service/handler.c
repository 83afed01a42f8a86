/*
 * The handler thread: lets in all that has queued up, and runs a share of it
 * through the route tables. While a statement is under way requests gather, and
 * the next share of their kind takes them all: that is the whole policy of batching.
 */

#include "shared/service/handler.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/service/ask.h"
#include "shared/service/db_private.h"
#include "shared/service/decode.h"
#include "shared/service/facts.h"
#include "shared/service/gather.h"
#include "shared/service/listeners.h"
#include "shared/service/outbox_private.h"
#include "shared/service/pending.h"
#include "shared/service/tally.h"

#define UPKEEP_MS 10000
#define RENEW_MS 250
#define IDLE_MS 250 /* how often a lost database is tried while nobody asks */

static struct handler *self; /* the process's one; for tc_request_work */
static atomic_int with_workers;

enum tc_status tc_request_work(struct tc_request *req, void (*run)(void *arg), void *arg,
                               tc_handler *then)
{
    req->work = run;
    req->work_arg = arg;
    req->work_then = then;
    if (self == NULL || self->workload == NULL)
        return TC_INTERNAL;
    atomic_fetch_add(&with_workers, 1);
    if (queue_add(self->workload, ORDINARY, req))
        return TC_LATER;
    atomic_fetch_sub(&with_workers, 1);
    tally_work_refused(self->tally);
    return TC_UNAVAILABLE;
}

void *tc_request_work_arg(const struct tc_request *req)
{
    return req->work_arg;
}

void worker_run(struct handler *handler)
{
    for (struct tc_request *req; (req = queue_take_one(handler->workload)) != NULL;) {
        if (!tc_request_is_late(req))
            req->work(req->work_arg);
        queue_return(handler->inbox, req);
    }
}

/* Sends what there is to send, and lets go of the request. */
static void conclude(struct handler *handler, struct tc_request *req)
{
    if (!req->finished)
        tc_request_finish(req, TC_INTERNAL);
    request_send(req, handler->bus, handler->outbox);
    if (req->listener != NULL)
        listeners_answer(handler->bus, req);
    int64_t took_us = tc_mono_us() - req->began_us;
    tally_end(handler->tally, req, (uint64_t)took_us);
    request_log(req, took_us / 1000);
    request_free(&req);
}

/* What the handlers have changed becomes so, or not; then all may know. */
static void settle(struct handler *handler, struct tc_request **reqs, size_t count)
{
    outbox_settle(handler->outbox, reqs, count);
    tc_db_release(handler->db);
    tc_log_gather();
    for (size_t i = 0; i < count; i++)
        conclude(handler, reqs[i]);
    tc_log_release();
    outbox_release(handler->outbox);
}

static void run_one(struct handler *handler, struct tc_request *req, tc_handler *run)
{
    ask_for(req);
    enum tc_status status = run(req, handler->db);
    ask_for(NULL);
    if (status == TC_LATER) {
        tc_db_release(handler->db);
        return; /* a worker has it, and may be done with it by now */
    }
    tc_request_finish(req, status);
    settle(handler, &req, 1);
}

static void run_batch(struct handler *handler, struct tc_request **reqs, size_t count)
{
    tally_batch(handler->tally, reqs[0]->route, count);
    reqs[0]->route->batch(reqs, count, handler->db);
    ask_for(NULL);
    settle(handler, reqs, count);
}

/* What has come back from a worker. Late is late: whatever it found out, nobody waits for it. */
static void resume(struct handler *handler, struct tc_request *req)
{
    atomic_fetch_sub(&with_workers, 1);
    req->work = NULL;
    if (tc_request_is_late(req)) {
        tc_request_finish(req, TC_UNAVAILABLE);
        conclude(handler, req);
        return;
    }
    run_one(handler, req, req->work_then);
}

/* Nobody waits for an answer to it, or may be told; a stream need not bring it again. */
static void discard(struct handler *handler, struct tc_request *req)
{
    char quoted[TC_QUOTE_SIZE];
    if (!tc_request_is_late(req))
        tc_log(TC_WARN, req->listener != NULL ? "event_unreadable" : "request_unreadable",
               "subject=%s", tc_log_quote(tc_msg_subject(req->msg), quoted));
    else if (req->listener == NULL)
        tally_late(handler->tally);
    listeners_discard(handler->bus, req);
    request_free(&req);
}

/* What is to be run goes to the others that wait; listeners run at once: what they revoke must not
 * be used by a request. */
static void let_in(struct handler *handler, struct tc_request *req)
{
    if (req->work != NULL)
        resume(handler, req);
    else if (!request_decode(req, handler->service))
        discard(handler, req);
    else if (req->finished)
        conclude(handler, req);
    else if (req->listener != NULL)
        run_one(handler, req, req->listener->handler);
    else
        pending_add(&handler->pending, req);
}

static void let_in_all(struct handler *handler, struct tc_request *list)
{
    users_forget_if_many();
    outbox_await_room(handler->outbox);
    struct tc_request *next;
    for (struct tc_request *req = list; req != NULL; req = next) {
        next = req->next;
        req->next = NULL;
        let_in(handler, req);
    }
}

/* A share may take its time, and who asks gives up meanwhile. */
static bool is_given_up(struct handler *handler, struct tc_request *req)
{
    if (!tc_request_is_late(req))
        return false;
    discard(handler, req);
    return true;
}

static size_t without_given_up(struct handler *handler, struct tc_request **reqs, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!is_given_up(handler, reqs[i]))
            reqs[kept++] = reqs[i];
    return kept;
}

static void run_each(struct handler *handler, struct tc_request **reqs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!is_given_up(handler, reqs[i]))
            run_one(handler, reqs[i], reqs[i]->route->handler);
}

static void run_share(struct handler *handler)
{
    struct tc_request *reqs[TC_BATCH_MAX];
    size_t count = pending_take_share(&handler->pending, reqs);
    count = without_given_up(handler, reqs, count);
    if (count == 0)
        return;
    ask_for(reqs[0]);
    if ((reqs[0]->route->flags & TC_ACCESS) != 0)
        gather_access(reqs, count);
    if (reqs[0]->route->batch != NULL)
        run_batch(handler, reqs, count);
    else
        run_each(handler, reqs, count);
    ask_for(NULL); /* whoever was given up has asked for nothing, and is gone */
}

static void keep_up(struct handler *handler)
{
    int64_t now = tc_mono_ms();
    if (now - handler->kept_up_at < UPKEEP_MS || !tc_db_is_up(handler->db))
        return;
    handler->kept_up_at = now;
    outbox_measure(handler->outbox);
    if (handler->service->upkeep == NULL)
        return;
    handler->service->upkeep(handler->db);
    tc_db_release(handler->db);
}

/* Seldom and many at once, so that hardly a request meets one that has ended and waits for it. */
static void renew_facts(struct handler *handler)
{
    int64_t now = tc_mono_ms();
    if (now - handler->renewed_at < RENEW_MS)
        return;
    handler->renewed_at = now;
    facts_renew(&facts_access);
    facts_renew(&facts_members);
}

static struct tc_request *take(struct handler *handler)
{
    if (handler->pending.count >= handler->most)
        return queue_take_urgent(handler->inbox);
    return queue_take_all(handler->inbox, handler->pending.count == 0 ? IDLE_MS : 0);
}

void handler_run(struct handler *handler)
{
    self = handler;
    for (;;) {
        struct tc_request *list = take(handler);
        if (list != NULL)
            let_in_all(handler, list);
        atomic_store(&handler->waiting, handler->pending.count);
        if (handler->pending.count > 0)
            run_share(handler);
        else if (list == NULL && queue_is_closed(handler->inbox) && atomic_load(&with_workers) == 0)
            break;
        else if (list == NULL)
            tc_db_is_up(handler->db);
        renew_facts(handler);
        if (handler->reader)
            continue;
        outbox_tend(handler->outbox);
        listeners_tend(handler->listeners);
        keep_up(handler);
    }
    pending_free(&handler->pending);
    self = NULL;
}

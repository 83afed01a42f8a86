/*
 * The outbox at work: rows written with the changes, events published and
 * counted, orphans adopted, and what the stream has lost told again.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/monitor/metrics.h"
#include "shared/service/db_private.h"
#include "shared/service/facts.h"
#include "shared/service/outbox_private.h"
#include "shared/service/request_private.h"
#include "shared/service/stream.h"
#include "shared/service/window.h"

#define WINDOW_SIZE 16384
#define ROOM_OF_A_TURN 4096
#define TEND_MS 1000
#define FORGET_MS 10000
#define GIVE_UP_MS 10000 /* an event that JetStream has not acknowledged by then is an orphan */
#define NOTE_MAX 1000    /* rows that are noted as acknowledged in one statement */

struct outbox {
    const struct tc_outbox *plan; /* NULL: the usual one */
    struct tc_db *db;
    struct tc_bus *bus;
    struct window *window;
    int64_t tended_at, forgot_at;
    unsigned losses;                                        /* of NATS, that have been made good */
    struct tc_counter adopted, rows_waiting, oldest_row_ms; /* of the service's table */
    bool compared; /* with the stream, since the last loss */
};

static struct outbox *self; /* the process's one, for tc_outbox_rebuilt */

struct outbox *outbox_create(const struct tc_outbox *plan, struct tc_db *db, struct tc_bus *bus)
{
    struct outbox *outbox = tc_alloc(sizeof(*outbox));
    *outbox = (struct outbox){.plan = plan, .db = db, .bus = bus};
    outbox->window = window_create(WINDOW_SIZE);
    return self = outbox;
}

void outbox_free(struct outbox **outbox)
{
    if (*outbox == NULL)
        return;
    window_free(&(*outbox)->window);
    free(*outbox);
    *outbox = self = NULL;
}

/* A request's events that are kept; the others are signals. */
static bool is_kept(const struct request_event *event)
{
    return (event->flags & TC_EVENT_SIGNAL) == 0;
}

/* What goes into a row of the usual kind: all events of the requests that have ended well. */
struct draft {
    const char **subjects, **payloads;
    int64_t *says; /* which payload, from 1 */
    size_t count, payload_count;
};

static size_t count_events(struct tc_request **reqs, size_t count)
{
    size_t events = 0;
    for (size_t i = 0; i < count; i++)
        events += reqs[i]->event_count;
    return events;
}

static void draft_events(struct tc_request *req, const char *row_id, struct draft *draft)
{
    request_close_part(req);
    size_t last = SIZE_MAX; /* where the payload before this one began */
    for (size_t i = 0; i < req->event_count; i++) {
        struct request_event *event = &req->events[i];
        if (!is_kept(event))
            continue;
        if (event->begin != last)
            draft->payloads[draft->payload_count++] = tc_arena_text(
                &req->arena, req->payloads.data + event->begin, event->end - event->begin);
        last = event->begin;
        draft->says[draft->count] = (int64_t)draft->payload_count;
        draft->subjects[draft->count++] = event->subject;
        snprintf(event->msg_id, sizeof(event->msg_id), "%s.%zu", row_id, draft->count);
        tc_request_in_outbox(req, row_id);
    }
}

static bool has_ended_well(const struct tc_request *req)
{
    return req->finished && req->status == TC_OK;
}

/* With what was changed, or alone if nothing was. */
static enum tc_status store(struct tc_db *db, const struct tc_stmt *stmt, struct tc_args args)
{
    struct tc_rows *none;
    return db_is_open(db) ? db_commit(db, stmt, args) : tc_db_run(db, stmt, args, &none);
}

static enum tc_status commit(struct outbox *outbox, struct tc_request **reqs, size_t count)
{
    char row_id[TC_ID_SIZE];
    tc_id_make(row_id);
    size_t most = count_events(reqs, count);
    struct draft draft = {
        .subjects = tc_alloc(most * sizeof(char *)),
        .payloads = tc_alloc(most * sizeof(char *)),
        .says = tc_alloc(most * sizeof(int64_t)),
    };
    for (size_t i = 0; i < count; i++)
        if (has_ended_well(reqs[i]))
            draft_events(reqs[i], row_id, &draft);
    struct tc_db *db = outbox->db;
    enum tc_status status = store(db, draft.count > 0 ? &outbox_store_stmt : NULL,
                                  TC_ARGS(row_id, tc_db_array(db, draft.subjects, draft.count),
                                          tc_db_ints(db, draft.says, draft.count),
                                          tc_db_array(db, draft.payloads, draft.payload_count)));
    free(draft.subjects);
    free(draft.payloads);
    free(draft.says);
    return status;
}

static bool has_news(const struct tc_request *req)
{
    size_t kept = 0;
    for (size_t i = 0; i < req->event_count; i++)
        kept += is_kept(&req->events[i]);
    return kept > 0 && has_ended_well(req);
}

void outbox_settle(struct outbox *outbox, struct tc_request **reqs, size_t count)
{
    bool due = db_is_open(outbox->db);
    size_t well = 0;
    for (size_t i = 0; i < count; i++) {
        due = due || (outbox->plan == NULL && has_news(reqs[i]));
        well += has_ended_well(reqs[i]);
    }
    if (!due)
        return;
    if (well == 0) {
        db_undo(outbox->db);
        return;
    }
    enum tc_status status = commit(outbox, reqs, count);
    for (size_t i = 0; i < count && status != TC_OK; i++)
        if (has_ended_well(reqs[i]))
            tc_request_finish(reqs[i], status);
}

void outbox_publish(struct outbox *outbox, const struct tc_outbox_event *event,
                    const struct tc_header *more, size_t count)
{
    if (event->row_id[0] == '\0') {
        tc_log(TC_ERROR, "event_outside_outbox", "subject=%s", event->subject);
        return;
    }
    char reply[TC_SUBJECT_SIZE];
    uint64_t number = window_add(outbox->window, event->row_id, event->msg_id);
    snprintf(reply, sizeof(reply), "%s.ack-%llx", tc_bus_inbox(outbox->bus),
             (unsigned long long)number);
    struct tc_header headers[3] = {{"Nats-Msg-Id", event->msg_id}};
    for (size_t i = 0; i < count; i++)
        headers[1 + i] = more[i];
    /* Should it fail, nothing acknowledges it, and it is an orphan. */
    tc_bus_publish(outbox->bus, &(struct tc_outgoing){
                                    .subject = event->subject,
                                    .reply = reply,
                                    .headers = headers,
                                    .header_count = 1 + count,
                                    .data = event->payload,
                                    .len = event->len,
                                });
}

void outbox_release(struct outbox *outbox)
{
    window_release(outbox->window);
}

bool outbox_on_message(struct outbox *outbox, struct tc_msg *msg)
{
    const char *tail = strstr(tc_msg_subject(msg), ".ack-");
    if (tail == NULL)
        return false;
    uint64_t seq;
    if (stream_read_ack(msg, &seq))
        window_acknowledge(outbox->window, strtoull(tail + strlen(".ack-"), NULL, 16), seq);
    tc_msg_free(&msg);
    return true;
}

static void note(struct outbox *outbox, const struct window_row *rows, size_t count)
{
    const char **ids = tc_alloc(count * sizeof(*ids));
    const char **msg_ids = tc_alloc(count * sizeof(*msg_ids));
    int64_t *seqs = tc_alloc(count * sizeof(*seqs));
    for (size_t i = 0; i < count; i++, rows = rows->next) {
        ids[i] = rows->id;
        msg_ids[i] = rows->msg_id;
        seqs[i] = (int64_t)rows->seq;
    }
    struct tc_db *db = outbox->db;
    struct tc_rows *none;
    tc_db_run(db, &outbox_acknowledge_stmt,
              TC_ARGS(tc_db_array(db, ids, count), tc_db_ints(db, seqs, count),
                      tc_db_array(db, msg_ids, count)),
              &none);
    tc_db_release(db);
    free(ids);
    free(msg_ids);
    free(seqs);
}

/* If it fails the rows are orphans: published again, and known by their message ids. */
static void note_done(struct outbox *outbox)
{
    struct window_row *done = window_take_done(outbox->window);
    while (done != NULL) {
        struct window_row *rest = done;
        size_t count = 0;
        for (; rest != NULL && count < NOTE_MAX; rest = rest->next)
            count++;
        note(outbox, done, count);
        while (done != rest) {
            struct window_row *next = done->next;
            free(done);
            done = next;
        }
    }
}

void tc_outbox_rebuilt(const struct tc_outbox_event *event)
{
    tc_counter_add(&self->adopted, 1);
    if (event->payload != NULL) {
        outbox_publish(self, event, NULL, 0);
        return;
    }
    uint64_t number = window_add(self->window, event->row_id, event->msg_id);
    window_acknowledge(self->window, number, 0);
}

static void rebuild_usual(const struct tc_rows *rows)
{
    for (size_t i = 0; i < tc_rows_count(rows); i++) {
        char msg_id[WINDOW_MSG_ID_SIZE];
        snprintf(msg_id, sizeof(msg_id), "%s.%s", tc_rows_text(rows, i, 0),
                 tc_rows_text(rows, i, 1));
        const char *payload = tc_rows_text(rows, i, 3);
        tc_outbox_rebuilt(&(struct tc_outbox_event){
            .row_id = tc_rows_text(rows, i, 0),
            .subject = tc_rows_text(rows, i, 2),
            .msg_id = msg_id,
            .payload = payload,
            .len = strlen(payload),
        });
    }
}

static void adopt(struct outbox *outbox)
{
    const struct tc_stmt *stmt = outbox->plan != NULL ? outbox->plan->adopt : &outbox_adopt_stmt;
    struct tc_rows *orphans;
    if (tc_db_run(outbox->db, stmt, TC_NO_ARGS, &orphans) != TC_OK)
        return;
    if (tc_rows_count(orphans) > 0) {
        tc_log(TC_INFO, "outbox_adopted", "events=%zu", tc_rows_count(orphans));
        if (outbox->plan != NULL)
            outbox->plan->rebuild(orphans);
        else
            rebuild_usual(orphans);
        outbox_release(outbox);
    }
    tc_db_release(outbox->db);
}

/* After a loss: has the stream still got the last that it acknowledged? */
static void compare_with_stream(struct outbox *outbox)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run(outbox->db, &outbox_newest_stmt, TC_NO_ARGS, &rows);
    bool has = true;
    if (status == TC_OK && tc_rows_count(rows) > 0)
        status = stream_has(outbox->bus, tc_rows_int(rows, 0, 0), tc_rows_text(rows, 0, 1), &has);
    if (status == TC_OK && !has) {
        tc_log(TC_WARN, "stream_lost_its_tail", "seq=%lld", (long long)tc_rows_int(rows, 0, 0));
        status = tc_db_run(outbox->db, &outbox_reopen_stmt, TC_NO_ARGS, &rows);
    }
    outbox->compared = status == TC_OK;
    tc_db_release(outbox->db);
}

/* What was under way when NATS was lost may have arrived or not: its rows are orphans. */
static void make_good_losses(struct outbox *outbox)
{
    if (outbox->losses == service_losses())
        return;
    outbox->losses = service_losses();
    outbox->compared = false;
    window_give_up(outbox->window, 0);
}

void outbox_tend(struct outbox *outbox)
{
    int64_t now = tc_mono_ms();
    make_good_losses(outbox);
    if (now - outbox->tended_at < TEND_MS || !tc_db_is_up(outbox->db))
        return;
    outbox->tended_at = now;
    note_done(outbox);
    if (!tc_bus_is_up(outbox->bus))
        return;
    if (!outbox->compared)
        compare_with_stream(outbox);
    window_give_up(outbox->window, GIVE_UP_MS);
    adopt(outbox);
    if (now - outbox->forgot_at < FORGET_MS)
        return;
    outbox->forgot_at = now;
    struct tc_rows *none;
    tc_db_run(outbox->db, &outbox_forget_stmt, TC_NO_ARGS, &none);
    tc_db_release(outbox->db);
}

void outbox_await_room(struct outbox *outbox)
{
    while (!window_await_room(outbox->window, ROOM_OF_A_TURN, 100)) {
        make_good_losses(outbox);
        window_give_up(outbox->window, GIVE_UP_MS);
    }
}

void outbox_measure(struct outbox *outbox)
{
    struct tc_rows *rows;
    if (tc_db_run(outbox->db, &outbox_waiting_stmt, TC_NO_ARGS, &rows) == TC_OK) {
        tc_counter_set(&outbox->rows_waiting, (uint64_t)tc_rows_int(rows, 0, 0));
        tc_counter_set(&outbox->oldest_row_ms, (uint64_t)tc_rows_int(rows, 0, 1));
    }
    tc_db_release(outbox->db);
}

void outbox_write(struct outbox *outbox, struct tc_buf *out)
{
    tc_metric_gauge(out, "tincan_service_outbox_window_events", window_used(outbox->window),
                    "Events published here and not acknowledged yet.");
    tc_metric_gauge(out, "tincan_service_outbox_rows", tc_counter_get(&outbox->rows_waiting),
                    "Rows of the service's outbox that are not acknowledged.");
    tc_metric_head(out, "tincan_service_outbox_oldest_seconds", "gauge",
                   "How long the oldest of those rows has been there.");
    tc_buf_printf(out, "tincan_service_outbox_oldest_seconds %.3f\n",
                  (double)tc_counter_get(&outbox->oldest_row_ms) / 1e3);
    tc_metric_counter(out, "tincan_service_outbox_adopted_total", tc_counter_get(&outbox->adopted),
                      "Events published again for whoever had not come to it.");
}

/* Asking what users hear: queue, ask, subscribe, barrier. */

#include "edge/hearing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "edge/edge.h"
#include "edge/fields.h"
#include "edge/requests.h"
#include "edge/users.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"

#define BATCH_USERS 500
#define BATCHES_MAX 4 /* at a time: while they are under way, users gather for the next */
#define RETRY_MS 100
#define RETRY_MAX_MS 2000
#define BARRIER_MS 2000 /* one that has not come back is sent again */
#define BARRIER_TOKEN ".barrier-"

struct hearing {
    struct edge *edge;
    uv_prepare_t tick; /* before each wait of the loop */
    struct list queued, at_barrier, retrying;
    uint64_t batches, barriers; /* the last number given out */
    size_t under_way;
    bool barrier_due; /* somebody waits for number barriers + 1 */
    int64_t barrier_ms;
};

/* Users who were asked about in one request; they may be gone when it is answered. */
struct batch {
    struct hearing *hearing;
    uint64_t number;
    size_t count;
    char ids[BATCH_USERS][TC_ID_SIZE];
};

static void enter(struct user *user, enum hearing_phase phase, struct list *list)
{
    list_remove(&user->hearing_link);
    user->phase = phase;
    if (list != NULL)
        list_append(list, &user->hearing_link);
}

static void retry_later(struct hearing *hearing, struct user *user)
{
    user->retry_ms = user->retry_ms == 0 ? RETRY_MS : user->retry_ms * 2;
    if (user->retry_ms > RETRY_MAX_MS)
        user->retry_ms = RETRY_MAX_MS;
    user->retry_at_ms = tc_mono_ms() + user->retry_ms + rand() % RETRY_MS;
    enter(user, HEARING_RETRIES, &hearing->retrying);
}

static void keep_groups(struct edge *edge, struct user *user, struct field groups)
{
    struct tc_json_cursor in = tc_json_read(groups.json, groups.size);
    bool more = tc_json_peek(&in) == '[' && tc_json_enter_array(&in);
    for (bool first = true; more && tc_json_element(&in, first); first = false) {
        char id[TC_ID_SIZE];
        tc_json_peek(&in);
        const char *begin = in.at;
        tc_json_skip(&in);
        if (field_id((struct field){begin, (size_t)(in.at - begin)}, id))
            audiences_keep_group(edge->audiences, &user->listener, id);
    }
}

static void keep_closed(struct edge *edge, struct user *user, struct field closed)
{
    struct tc_json_cursor in = tc_json_read(closed.json, closed.size);
    bool more = tc_json_peek(&in) == '[' && tc_json_enter_array(&in);
    for (bool first = true; more && tc_json_element(&in, first); first = false) {
        struct field id, group_id;
        char conversation[TC_ID_SIZE], group[TC_ID_SIZE];
        tc_json_peek(&in);
        const char *begin = in.at;
        tc_json_skip(&in);
        struct field item = {begin, (size_t)(in.at - begin)};
        if (field_find(item, "conversation_id", &id) && field_id(id, conversation) &&
            field_find(item, "group_id", &group_id) && field_id(group_id, group))
            audiences_keep_closed(edge->audiences, &user->listener, conversation, group);
    }
}

static struct user *asked_user(struct batch *batch, const char *id)
{
    struct user *user = users_find(batch->hearing->edge->users, id);
    bool is_asked = user != NULL && user->phase == HEARING_ASKED && user->batch == batch->number;
    return is_asked ? user : NULL;
}

static void apply(struct batch *batch, struct field item)
{
    struct hearing *hearing = batch->hearing;
    struct edge *edge = hearing->edge;
    struct field id, groups, closed;
    char user_id[TC_ID_SIZE];
    if (!field_find(item, "user_id", &id) || !field_id(id, user_id) ||
        !field_find(item, "groups", &groups) || !field_find(item, "closed", &closed))
        return;
    struct user *user = asked_user(batch, user_id);
    if (user == NULL)
        return;
    if (user->stale) {
        enter(user, HEARING_QUEUED, &hearing->queued);
        return;
    }
    audiences_begin(edge->audiences, &user->listener);
    keep_groups(edge, user, groups);
    keep_closed(edge, user, closed);
    if (audiences_end(edge->audiences, &user->listener) > 0 && user->taken && !user->again)
        user->owes_resync = user->asks;
    user->taken = false;
    user->barrier = hearing->barriers + 1;
    hearing->barrier_due = true;
    enter(user, HEARING_BARRIER, &hearing->at_barrier);
}

/* Returns how many users the answer told about. */
static size_t apply_all(struct batch *batch, struct field answer)
{
    struct field users;
    if (!field_is_json(answer) || !field_find(answer, "users", &users))
        return 0;
    size_t count = 0;
    struct tc_json_cursor in = tc_json_read(users.json, users.size);
    bool more = tc_json_peek(&in) == '[' && tc_json_enter_array(&in);
    for (bool first = true; more && tc_json_element(&in, first); first = false, count++) {
        tc_json_peek(&in);
        const char *begin = in.at;
        tc_json_skip(&in);
        apply(batch, (struct field){begin, (size_t)(in.at - begin)});
    }
    return count;
}

static void on_answer(void *ctx, enum tc_status status, struct tc_msg *answer)
{
    struct batch *batch = ctx;
    struct hearing *hearing = batch->hearing;
    hearing->under_way--;
    size_t told = 0;
    if (status == TC_OK)
        told = apply_all(batch, (struct field){tc_msg_data(answer), tc_msg_len(answer)});
    else
        tc_log(TC_WARN, "audiences_unknown", "users=%zu status=%s", batch->count,
               tc_status_name(status));
    for (size_t i = 0; i < batch->count; i++) {
        struct user *user = asked_user(batch, batch->ids[i]);
        if (user != NULL && told > 0)
            enter(user, HEARING_QUEUED, &hearing->queued); /* the answer was full */
        else if (user != NULL)
            retry_later(hearing, user);
    }
    free(batch);
}

static struct batch *next_batch(struct hearing *hearing, struct tc_buf *question)
{
    struct batch *batch = tc_alloc(sizeof(*batch));
    batch->hearing = hearing;
    batch->number = ++hearing->batches;
    tc_json_object(question, NULL);
    tc_json_array(question, "user_ids");
    while (!list_is_empty(&hearing->queued) && batch->count < BATCH_USERS) {
        struct user *user = list_entry(hearing->queued.next, struct user, hearing_link);
        enter(user, HEARING_ASKED, NULL);
        user->batch = batch->number;
        user->asks++;
        user->stale = user->again = false;
        memcpy(batch->ids[batch->count++], user->id, TC_ID_SIZE);
        tc_json_text(question, NULL, user->id);
    }
    tc_json_end_array(question);
    tc_json_end_object(question);
    return batch;
}

static void ask(struct hearing *hearing)
{
    struct tc_buf question = {0};
    struct batch *batch = next_batch(hearing, &question);
    hearing->under_way++;
    hearing->edge->metrics.asks++;
    requests_ask(hearing->edge->requests, &(struct request){
                                              .subject = "tincan.internal.conversation.audiences",
                                              .data = question.data,
                                              .len = question.len,
                                              .done = on_answer,
                                              .ctx = batch,
                                          });
    tc_buf_free(&question);
}

static void send_barrier(struct hearing *hearing)
{
    char subject[TC_SUBJECT_SIZE];
    snprintf(subject, sizeof(subject), "%s" BARRIER_TOKEN "%llu", tc_bus_inbox(hearing->edge->bus),
             (unsigned long long)hearing->barriers + 1);
    if (tc_bus_publish(hearing->edge->bus, &(struct tc_outgoing){.subject = subject}) != TC_OK)
        return;
    hearing->barriers++;
    hearing->barrier_due = false;
    hearing->barrier_ms = tc_mono_ms();
}

static void on_tick(uv_prepare_t *tick)
{
    struct hearing *hearing = tick->data;
    while (!list_is_empty(&hearing->queued) && hearing->under_way < BATCHES_MAX)
        ask(hearing);
    if (hearing->barrier_due)
        send_barrier(hearing);
}

static void reach(struct edge *edge, struct user *user)
{
    enter(user, HEARING_RESTS, NULL);
    user->heard = user->asks;
    user->retry_ms = 0;
    if (user->again)
        hearing_want(edge, user);
    user_is_live(edge, user);
}

bool hearing_barrier(struct edge *edge, const char *subject)
{
    const char *inbox = tc_bus_inbox(edge->bus);
    size_t len = strlen(inbox);
    if (strncmp(subject, inbox, len) != 0 ||
        strncmp(subject + len, BARRIER_TOKEN, sizeof(BARRIER_TOKEN) - 1) != 0)
        return false;
    uint64_t number = strtoull(subject + len + sizeof(BARRIER_TOKEN) - 1, NULL, 10);
    struct list *waiting = &edge->hearing->at_barrier;
    while (!list_is_empty(waiting)) {
        struct user *user = list_entry(waiting->next, struct user, hearing_link);
        if (user->barrier > number)
            break;
        reach(edge, user);
    }
    return true;
}

void hearing_sweep(struct edge *edge, int64_t now_ms)
{
    struct hearing *hearing = edge->hearing;
    struct list *next;
    for (struct list *link = hearing->retrying.next; link != &hearing->retrying; link = next) {
        next = link->next;
        struct user *user = list_entry(link, struct user, hearing_link);
        if (user->retry_at_ms <= now_ms)
            enter(user, HEARING_QUEUED, &hearing->queued);
    }
    if (!list_is_empty(&hearing->at_barrier) && now_ms - hearing->barrier_ms > BARRIER_MS)
        hearing->barrier_due = true;
}

void hearing_init(struct user *user)
{
    list_init(&user->hearing_link);
}

uint64_t hearing_want(struct edge *edge, struct user *user)
{
    if (user->phase == HEARING_RESTS)
        enter(user, HEARING_QUEUED, &edge->hearing->queued);
    else if (user->phase == HEARING_ASKED || user->phase == HEARING_BARRIER)
        user->again = true;
    return user->asks + 1;
}

void hearing_outdate(struct user *user)
{
    user->taken = true;
    if (user->phase == HEARING_ASKED)
        user->stale = true;
}

void hearing_forget(struct user *user)
{
    enter(user, HEARING_RESTS, NULL);
    user->again = user->stale = user->taken = false;
    user->retry_ms = 0;
}

struct hearing *hearing_create(struct edge *edge)
{
    struct hearing *hearing = tc_alloc(sizeof(*hearing));
    hearing->edge = edge;
    list_init(&hearing->queued);
    list_init(&hearing->at_barrier);
    list_init(&hearing->retrying);
    if (uv_prepare_init(edge->loop, &hearing->tick) != 0)
        abort();
    hearing->tick.data = hearing;
    /* After the bus's own: libuv calls the last one to start first, so what is sent here leaves
     * before the loop waits. */
    uv_prepare_start(&hearing->tick, on_tick);
    return hearing;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void hearing_close(struct hearing **hearing)
{
    if (*hearing == NULL)
        return;
    uv_close((uv_handle_t *)&(*hearing)->tick, on_closed);
    *hearing = NULL;
}

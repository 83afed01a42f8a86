/* Events while they come without a gap; what was missed by message/sync. Protocol §5. */

#include "cli/follow.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/fault.h"
#include "cli/stream.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

#define PAGE 200
#define SYNC_SOON_MS 5000 /* after the beginning … */
#define SYNC_MS 60000     /* … and from then on */

static int64_t number_of(const cJSON *object, const char *name)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsNumber(number) ? (int64_t)number->valuedouble : 0;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text != NULL ? text : "";
}

static cJSON *ask_heads(struct follow *follow, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf data = {0};
    tc_json_object(&data, NULL);
    tc_json_array(&data, "conversation_ids");
    tc_json_text(&data, NULL, follow->conversation_id);
    tc_json_end_array(&data);
    tc_json_end_object(&data);
    return client_ask(follow->client, "message/heads", &data, fault);
}

static cJSON *ask_list(struct follow *follow, int64_t before, long limit, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf data = {0};
    tc_json_object(&data, NULL);
    tc_json_text(&data, "conversation_id", follow->conversation_id);
    tc_json_int(&data, "before", before);
    tc_json_int(&data, "limit", limit < PAGE ? limit : PAGE);
    tc_json_end_object(&data);
    return client_ask(follow->client, "message/list", &data, fault);
}

/* Shows the `count` messages below `before`, the oldest page first. */
static bool show_below(struct follow *follow, int64_t before, long count, struct fault *fault)
{
    if (count <= 0 || before <= 1)
        return true;
    cJSON *page = ask_list(follow, before, count, fault), *message;
    if (page == NULL)
        return false;
    const cJSON *messages = cJSON_GetObjectItemCaseSensitive(page, "messages");
    int size = cJSON_GetArraySize(messages);
    int64_t first = number_of(cJSON_GetArrayItem(messages, 0), "seq");
    bool done = size == 0 || show_below(follow, first, count - size, fault);
    if (done)
        cJSON_ArrayForEach(message, messages) show_message(&follow->show, message);
    cJSON_Delete(page);
    return done;
}

bool follow_begin(struct follow *follow, long count, struct fault *fault)
{
    follow->show.client = follow->client;
    cJSON *heads = ask_heads(follow, fault);
    if (heads == NULL)
        return false;
    const cJSON *head = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(heads, "heads"), 0);
    int64_t last = number_of(head, "last_seq");
    bool there = head != NULL;
    follow->rev = number_of(head, "last_rev");
    follow->sync_ms = tc_mono_ms() + SYNC_SOON_MS;
    cJSON_Delete(heads);
    if (!there)
        return fault_set(fault, NOT_FOUND, follow->conversation_id,
                         "there is no such conversation, or you take no part in it");
    return show_below(follow, last + 1, count, fault);
}

static cJSON *ask_sync(struct follow *follow, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf data = {0};
    tc_json_object(&data, NULL);
    tc_json_object(&data, "after");
    tc_json_int(&data, follow->conversation_id, follow->rev);
    tc_json_end_object(&data);
    tc_json_int(&data, "limit", PAGE);
    tc_json_end_object(&data);
    return client_ask(follow->client, "message/sync", &data, fault);
}

static bool gone(struct fault *fault)
{
    return fault_set(fault, NOT_FOUND, "",
                     "the conversation is gone, or you take no part any more");
}

/* All that has changed since follow->rev. */
static bool sync_now(struct follow *follow, struct fault *fault)
{
    bool more = true, there = true;
    while (more && there) {
        cJSON *answer = ask_sync(follow, fault), *message;
        if (answer == NULL)
            return false;
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(answer, "conversations");
        const cJSON *news = cJSON_GetArrayItem(list, 0);
        there = !cJSON_HasObjectItem(news, "gone");
        more = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(news, "more"));
        cJSON_ArrayForEach(message, cJSON_GetObjectItemCaseSensitive(news, "messages"))
            show_message(&follow->show, message);
        if (there && news != NULL)
            follow->rev = number_of(news, "rev");
        cJSON_Delete(answer);
    }
    follow->sync_ms = tc_mono_ms() + SYNC_MS;
    return there || gone(fault);
}

bool follow_message(struct follow *follow, const cJSON *message, struct fault *fault)
{
    int64_t rev = number_of(message, "rev");
    if (strcmp(text_of(message, "conversation_id"), follow->conversation_id) != 0 ||
        rev <= follow->rev)
        return true;
    if (rev > follow->rev + 1)
        return sync_now(follow, fault);
    follow->rev = rev;
    show_message(&follow->show, message);
    return true;
}

static bool take(struct follow *follow, const cJSON *frame, struct fault *fault)
{
    const char *type = text_of(frame, "type");
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(frame, "data");
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(data, "message");
    if (message != NULL)
        return follow_message(follow, message, fault);
    if (strcmp(type, "session/resync") == 0)
        return sync_now(follow, fault);
    bool ours = strcmp(text_of(data, "conversation_id"), follow->conversation_id) == 0;
    return strcmp(type, "conversation/removed") != 0 || !ours || gone(fault);
}

/* All that has come by now. */
static bool take_all(struct follow *follow, struct fault *fault)
{
    cJSON *frame;
    bool fine = true;
    while (fine && (frame = client_next(follow->client, tc_mono_ms(), fault)) != NULL) {
        fine = take(follow, frame, fault);
        cJSON_Delete(frame);
    }
    if (fine && !follow->client->connected) {
        fine = fault->outcome == UNAVAILABLE && sync_now(follow, fault);
        follow->sync_ms = tc_mono_ms() + SYNC_SOON_MS;
    }
    return fine;
}

/* Whether it is the input where there is something to read. */
static bool wait_for_either(const struct follow *follow, int input, int64_t most_ms)
{
    if (!follow->client->connected)
        return false;
    struct pollfd wait[2] = {
        {.fd = stream_fd(follow->client->socket.stream), .events = POLLIN},
        {.fd = input, .events = POLLIN},
    };
    return poll(wait, 2, (int)most_ms) > 0 && wait[1].revents != 0;
}

bool follow_until(struct follow *follow, int input, struct fault *fault)
{
    for (;;) {
        if (!take_all(follow, fault))
            return false;
        int64_t left_ms = follow->sync_ms - tc_mono_ms();
        if (left_ms > 0 && wait_for_either(follow, input, left_ms))
            return true;
        if (left_ms <= 0 && !sync_now(follow, fault))
            return false;
    }
}

void follow_done(struct follow *follow)
{
    show_done(&follow->show);
}

/* Brings the stream of events to what it should be: looks, and if need be creates or updates it. */

#include "migrate/stream.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "shared/base/buf.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"

#define PATIENCE_MS 15000
#define AGAIN_MS 500         /* a cluster that has no leader yet answers 503, or nothing */
#define STREAM_MISSING 10059 /* JetStream's err_code */
#define NANOSECONDS_A_DAY (INT64_C(86400) * 1000 * 1000 * 1000)

enum step { LOOKING, CREATING, UPDATING };

struct asking {
    uv_loop_t loop;
    uv_timer_t patience, again;
    uv_async_t answered;
    struct tc_bus *bus;
    _Atomic(struct tc_msg *) answer;
    enum step step;
    struct tc_buf wanted; /* JSON: what is ours to say about the stream, without the last brace */
    struct tc_buf others; /* what somebody else has said about it, to be kept */
    char why[TC_QUOTE_SIZE]; /* it has not worked yet; empty: no answer */
    bool done;
};

static void want(const struct stream_config *config, struct tc_buf *out)
{
    tc_buf_printf(out,
                  "{\"name\":\"TINCAN_EVENTS\",\"subjects\":[\"tincan.event.>\"],"
                  "\"retention\":\"limits\",\"storage\":\"file\",\"discard\":\"old\","
                  "\"no_ack\":false,\"max_consumers\":-1,\"max_msgs\":-1,"
                  "\"max_msgs_per_subject\":-1,\"duplicate_window\":120000000000,"
                  "\"max_age\":%" PRId64 ",\"max_bytes\":%" PRId64 ",\"num_replicas\":%" PRId64,
                  config->days * NANOSECONDS_A_DAY, config->bytes == 0 ? -1 : config->bytes,
                  config->replicas);
}

static void ask(struct asking *asking)
{
    static const char *const subjects[] = {
        [LOOKING] = "$JS.API.STREAM.INFO.TINCAN_EVENTS",
        [CREATING] = "$JS.API.STREAM.CREATE.TINCAN_EVENTS",
        [UPDATING] = "$JS.API.STREAM.UPDATE.TINCAN_EVENTS",
    };
    char reply[128];
    snprintf(reply, sizeof(reply), "%s.%d", tc_bus_inbox(asking->bus), (int)asking->step);
    struct tc_buf json = {0};
    if (asking->step != LOOKING) {
        tc_buf_append(&json, asking->wanted.data, asking->wanted.len);
        tc_buf_append(&json, asking->others.data, asking->others.len);
        tc_buf_byte(&json, '}');
    }
    tc_bus_publish(asking->bus, &(struct tc_outgoing){.subject = subjects[asking->step],
                                                      .reply = reply,
                                                      .data = json.data,
                                                      .len = json.len});
    tc_buf_free(&json);
}

static void take_step(struct asking *asking, enum step step)
{
    asking->step = step;
    ask(asking);
}

static void finish(struct asking *asking, bool done)
{
    asking->done = done;
    tc_bus_close(&asking->bus);
    uv_close((uv_handle_t *)&asking->patience, NULL);
    uv_close((uv_handle_t *)&asking->again, NULL);
    uv_close((uv_handle_t *)&asking->answered, NULL);
}

static void succeed(struct asking *asking)
{
    static const char *const events[] = {
        [LOOKING] = "stream_as_wanted",
        [CREATING] = "stream_created",
        [UPDATING] = "stream_updated",
    };
    tc_log(TC_INFO, events[asking->step], "name=TINCAN_EVENTS");
    finish(asking, true);
}

static void fail(struct asking *asking, const char *why)
{
    char quoted[TC_QUOTE_SIZE];
    tc_log(TC_ERROR, "stream_failed", "name=TINCAN_EVENTS reason=%s", tc_log_quote(why, quoted));
    finish(asking, false);
}

/* Whether a stream has what is wanted: JetStream leaves out what is false. */
static bool is_as(const cJSON *config, const cJSON *wanted)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, wanted)
    {
        const cJSON *found = cJSON_GetObjectItemCaseSensitive(config, member->string);
        if (found == NULL ? !cJSON_IsFalse(member) : !cJSON_Compare(found, member, true))
            return false;
    }
    return true;
}

/* Placement, a description, whatever an operator has set beside what is ours stays. */
static void keep_others(struct asking *asking, const cJSON *config, const cJSON *wanted)
{
    const cJSON *member;
    tc_buf_clear(&asking->others);
    cJSON_ArrayForEach(member, config)
    {
        if (cJSON_HasObjectItem(wanted, member->string))
            continue;
        char *value = cJSON_PrintUnformatted(member);
        tc_buf_printf(&asking->others, ",\"%s\":%s", member->string, value);
        free(value);
    }
}

static void compare(struct asking *asking, const cJSON *config)
{
    struct tc_buf text = {0};
    tc_buf_printf(&text, "%s}", asking->wanted.data);
    cJSON *wanted = cJSON_ParseWithLength(text.data, text.len);
    keep_others(asking, config, wanted);
    bool same = is_as(config, wanted);
    cJSON_Delete(wanted);
    tc_buf_free(&text);
    if (same)
        succeed(asking);
    else
        take_step(asking, UPDATING);
}

static void judge_error(struct asking *asking, const cJSON *error)
{
    const char *why = cJSON_GetStringValue(cJSON_GetObjectItem(error, "description"));
    double code = cJSON_GetNumberValue(cJSON_GetObjectItem(error, "code"));
    double err_code = cJSON_GetNumberValue(cJSON_GetObjectItem(error, "err_code"));
    why = why != NULL ? why : "JetStream does not say why";
    if (asking->step == LOOKING && err_code == STREAM_MISSING)
        take_step(asking, CREATING);
    else if (code == 503)
        snprintf(asking->why, sizeof(asking->why), "%s", why); /* `again` asks once more */
    else
        fail(asking, why);
}

static void judge(struct asking *asking, const cJSON *answer)
{
    const cJSON *error = cJSON_GetObjectItem(answer, "error");
    const cJSON *config = cJSON_GetObjectItem(answer, "config");
    if (error != NULL)
        judge_error(asking, error);
    else if (!cJSON_IsObject(config))
        fail(asking, "this is no answer of JetStream");
    else if (asking->step == LOOKING)
        compare(asking, config);
    else
        succeed(asking);
}

/* A question may have been asked twice: what answers an earlier step comes too late. */
static bool is_of_this_step(const struct asking *asking, const struct tc_msg *msg)
{
    const char *dot = strrchr(tc_msg_subject(msg), '.');
    return dot != NULL && dot[1] == '0' + (char)asking->step;
}

static void on_answered(uv_async_t *async)
{
    struct asking *asking = async->data;
    TC_CLEANUP(tc_msg_free) struct tc_msg *msg = atomic_exchange(&asking->answer, NULL);
    if (msg == NULL || asking->bus == NULL || !is_of_this_step(asking, msg))
        return;
    if (tc_msg_is_no_responders(msg)) {
        fail(asking, "this NATS server has no JetStream");
        return;
    }
    cJSON *answer = cJSON_ParseWithLength(tc_msg_data(msg), tc_msg_len(msg));
    judge(asking, answer);
    cJSON_Delete(answer);
}

/* On a thread of nats.c: hands the answer over to the loop. */
static void on_message(void *ctx, struct tc_msg *msg)
{
    struct asking *asking = ctx;
    struct tc_msg *unread = atomic_exchange(&asking->answer, msg);
    tc_msg_free(&unread);
    uv_async_send(&asking->answered);
}

static void on_up(void *ctx)
{
    ask(ctx);
}

static void on_lost(void *ctx)
{
    (void)ctx; /* on_up asks again */
}

static void on_again(uv_timer_t *timer)
{
    ask(timer->data);
}

static void on_patience_over(uv_timer_t *timer)
{
    struct asking *asking = timer->data;
    fail(asking, asking->why[0] != '\0' ? asking->why : "no answer from NATS");
}

static void begin(struct asking *asking)
{
    uv_loop_init(&asking->loop);
    uv_timer_init(&asking->loop, &asking->patience);
    uv_timer_init(&asking->loop, &asking->again);
    uv_async_init(&asking->loop, &asking->answered, on_answered);
    asking->patience.data = asking->again.data = asking->answered.data = asking;
    uv_timer_start(&asking->patience, on_patience_over, PATIENCE_MS, 0);
    uv_timer_start(&asking->again, on_again, AGAIN_MS, AGAIN_MS);
}

bool stream_prepare(const struct stream_config *config)
{
    struct asking asking = {.step = LOOKING};
    want(config, &asking.wanted);
    begin(&asking);
    asking.bus = tc_bus_open(&(struct tc_bus_config){.loop = &asking.loop,
                                                     .settings = &config->bus,
                                                     .name = "tincan-migrate",
                                                     .on_message = on_message,
                                                     .on_up = on_up,
                                                     .on_lost = on_lost,
                                                     .ctx = &asking});
    uv_run(&asking.loop, UV_RUN_DEFAULT);
    uv_loop_close(&asking.loop);
    struct tc_msg *unread = atomic_load(&asking.answer);
    tc_msg_free(&unread);
    tc_buf_free(&asking.wanted);
    tc_buf_free(&asking.others);
    return asking.done;
}

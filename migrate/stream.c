/* Asks JetStream for the stream of events: create, and if it is there already, update. */

#include "migrate/stream.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>
#include <uv.h>

#include "shared/base/buf.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"

#define PATIENCE_MS 15000
#define NAME_IN_USE 10058 /* JetStream's err_code: it exists, configured otherwise */
#define NANOSECONDS_A_DAY (INT64_C(86400) * 1000 * 1000 * 1000)

struct asking {
    const struct stream_config *config;
    uv_loop_t loop;
    uv_timer_t patience;
    uv_async_t answered;
    struct tc_bus *bus;
    _Atomic(struct tc_msg *) answer;
    bool updating;
    bool done;
};

static void ask(struct asking *asking)
{
    char reply[128];
    snprintf(reply, sizeof(reply), "%s.stream", tc_bus_inbox(asking->bus));
    struct tc_buf json = {0};
    tc_buf_printf(&json,
                  "{\"name\":\"TINCAN_EVENTS\",\"subjects\":[\"tincan.event.>\"],"
                  "\"retention\":\"limits\",\"storage\":\"file\",\"discard\":\"old\","
                  "\"max_consumers\":-1,\"max_msgs\":-1,\"max_bytes\":-1,\"max_age\":%" PRId64 ","
                  "\"duplicate_window\":120000000000,\"num_replicas\":%" PRId64 "}",
                  asking->config->days * NANOSECONDS_A_DAY, asking->config->replicas);
    tc_bus_publish(asking->bus,
                   &(struct tc_outgoing){.subject = asking->updating
                                                        ? "$JS.API.STREAM.UPDATE.TINCAN_EVENTS"
                                                        : "$JS.API.STREAM.CREATE.TINCAN_EVENTS",
                                         .reply = reply,
                                         .data = json.data,
                                         .len = json.len});
    tc_buf_free(&json);
}

static void finish(struct asking *asking, bool done)
{
    asking->done = done;
    tc_bus_close(&asking->bus);
    uv_close((uv_handle_t *)&asking->patience, NULL);
    uv_close((uv_handle_t *)&asking->answered, NULL);
}

static void fail(struct asking *asking, const char *why)
{
    char quoted[TC_QUOTE_SIZE];
    tc_log(TC_ERROR, "stream_failed", "reason=%s", tc_log_quote(why, quoted));
    finish(asking, false);
}

static void on_up(void *ctx)
{
    ask(ctx);
}

static void on_lost(void *ctx)
{
    (void)ctx; /* on_up asks again */
}

/* On a thread of nats.c: hands the answer over to the loop. */
static void on_message(void *ctx, struct tc_msg *msg)
{
    struct asking *asking = ctx;
    struct tc_msg *unread = atomic_exchange(&asking->answer, msg);
    tc_msg_free(&unread);
    uv_async_send(&asking->answered);
}

static void judge(struct asking *asking, const cJSON *answer)
{
    const cJSON *error = cJSON_GetObjectItem(answer, "error");
    const cJSON *code = cJSON_GetObjectItem(error, "err_code");
    const cJSON *description = cJSON_GetObjectItem(error, "description");
    if (cJSON_IsObject(answer) && error == NULL) {
        finish(asking, true);
    } else if (cJSON_IsNumber(code) && code->valueint == NAME_IN_USE && !asking->updating) {
        asking->updating = true;
        ask(asking);
    } else {
        fail(asking, cJSON_IsString(description) ? description->valuestring
                                                 : "this is no answer of JetStream");
    }
}

static void on_answered(uv_async_t *async)
{
    struct asking *asking = async->data;
    TC_CLEANUP(tc_msg_free) struct tc_msg *msg = atomic_exchange(&asking->answer, NULL);
    if (msg == NULL)
        return;
    if (tc_msg_is_no_responders(msg)) {
        fail(asking, "this NATS server has no JetStream");
        return;
    }
    cJSON *answer = cJSON_ParseWithLength(tc_msg_data(msg), tc_msg_len(msg));
    judge(asking, answer);
    cJSON_Delete(answer);
}

static void on_patience_over(uv_timer_t *timer)
{
    fail(timer->data, "no answer from NATS");
}

bool stream_prepare(const struct stream_config *config)
{
    struct asking asking = {.config = config};
    uv_loop_init(&asking.loop);
    uv_timer_init(&asking.loop, &asking.patience);
    uv_async_init(&asking.loop, &asking.answered, on_answered);
    asking.patience.data = asking.answered.data = &asking;
    uv_timer_start(&asking.patience, on_patience_over, PATIENCE_MS, 0);
    asking.bus = tc_bus_open(&(struct tc_bus_config){.loop = &asking.loop,
                                                     .urls = config->nats_url,
                                                     .name = "tincan-migrate",
                                                     .on_message = on_message,
                                                     .on_up = on_up,
                                                     .on_lost = on_lost,
                                                     .ctx = &asking});
    uv_run(&asking.loop, UV_RUN_DEFAULT);
    uv_loop_close(&asking.loop);
    struct tc_msg *unread = atomic_load(&asking.answer);
    tc_msg_free(&unread);
    return asking.done;
}

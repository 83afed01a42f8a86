/* JetStream, as much of it as a service needs, over plain requests. */

#include "shared/service/stream.h"

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"
#include "shared/service/number.h"
#include "shared/service/service.h"

#define API_MS 1000
#define ACK_WAIT_NS INT64_C(10000000000) /* what a dead process had, another gets then */
#define AGAIN "-NAK {\"delay\": 1000000000}"

bool stream_read_ack(struct tc_msg *msg, uint64_t *seq)
{
    cJSON *ack = cJSON_ParseWithLength(tc_msg_data(msg), tc_msg_len(msg));
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(ack, "seq");
    int64_t told = tc_number(number);
    if (told > 0)
        *seq = (uint64_t)told;
    cJSON_Delete(ack);
    return told > 0;
}

/* On TC_OK the caller deletes *answer. */
static enum tc_status call(struct tc_bus *bus, const char *subject, const struct tc_buf *question,
                           cJSON **answer)
{
    TC_CLEANUP(tc_msg_free) struct tc_msg *reply = NULL;
    enum tc_status status = tc_bus_ask(
        bus,
        &(struct tc_outgoing){.subject = subject, .data = question->data, .len = question->len},
        API_MS, &reply);
    if (status != TC_OK)
        return status;
    *answer = cJSON_ParseWithLength(tc_msg_data(reply), tc_msg_len(reply));
    return cJSON_IsObject(*answer) ? TC_OK : TC_UNAVAILABLE;
}

/* The stored headers come in base64: a block of lines, as on the wire. */
static bool names(const char *base64, const char *msg_id)
{
    size_t len = strlen(base64);
    unsigned char *block = tc_alloc(len + 1);
    EVP_DecodeBlock(block, (const unsigned char *)base64, (int)len);
    char line[128];
    snprintf(line, sizeof(line), "Nats-Msg-Id: %s\r\n", msg_id);
    bool found = strstr((const char *)block, line) != NULL;
    free(block);
    return found;
}

enum tc_status stream_has(struct tc_bus *bus, int64_t seq, const char *msg_id, bool *out)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf question = {0};
    tc_json_object(&question, NULL);
    tc_json_int(&question, "seq", seq);
    tc_json_end_object(&question);
    cJSON *answer = NULL;
    enum tc_status status = call(bus, "$JS.API.STREAM.MSG.GET." STREAM_NAME, &question, &answer);
    if (status == TC_OK) {
        const cJSON *message = cJSON_GetObjectItemCaseSensitive(answer, "message");
        const cJSON *headers = cJSON_GetObjectItemCaseSensitive(message, "hdrs");
        *out = cJSON_IsString(headers) && names(headers->valuestring, msg_id);
    }
    cJSON_Delete(answer);
    return status;
}

/* "group" and "tincan.event.group.*.*.group.removed": group-event-group-any-any-group-removed */
static void durable_name(const char *service, const struct tc_listener *listener,
                         char out[STREAM_SUBJECT_SIZE])
{
    size_t len = (size_t)snprintf(out, STREAM_SUBJECT_SIZE, "%s", service);
    for (const char *c = listener->subject + strlen("tincan"); *c != '\0'; c++) {
        const char *part = *c == '.' ? "-" : *c == '*' ? "any" : (const char[]){*c, '\0'};
        len += (size_t)snprintf(out + len, STREAM_SUBJECT_SIZE - len, "%s", part);
    }
}

void stream_deliver_subject(const char *service, const struct tc_listener *listener,
                            char out[STREAM_SUBJECT_SIZE])
{
    char durable[STREAM_SUBJECT_SIZE];
    durable_name(service, listener, durable);
    snprintf(out, STREAM_SUBJECT_SIZE, "tincan.deliver.%.160s", durable);
}

static void write_consumer(struct tc_buf *out, const char *durable, const char *service,
                           const struct tc_listener *listener)
{
    char deliver[STREAM_SUBJECT_SIZE];
    stream_deliver_subject(service, listener, deliver);
    tc_json_object(out, NULL);
    tc_json_text(out, "stream_name", STREAM_NAME);
    tc_json_object(out, "config");
    tc_json_text(out, "durable_name", durable);
    tc_json_text(out, "deliver_subject", deliver);
    tc_json_text(out, "deliver_group", service);
    tc_json_text(out, "deliver_policy", "all");
    tc_json_text(out, "ack_policy", "explicit");
    tc_json_int(out, "ack_wait", ACK_WAIT_NS);
    tc_json_int(out, "max_deliver", -1);
    tc_json_int(out, "max_ack_pending", 256);
    tc_json_text(out, "filter_subject", listener->subject);
    tc_json_text(out, "replay_policy", "instant");
    tc_json_end_object(out);
    tc_json_end_object(out);
}

enum tc_status stream_consume(struct tc_bus *bus, const char *service,
                              const struct tc_listener *listener)
{
    char durable[STREAM_SUBJECT_SIZE], subject[TC_SUBJECT_SIZE + STREAM_SUBJECT_SIZE];
    durable_name(service, listener, durable);
    snprintf(subject, sizeof(subject), "$JS.API.CONSUMER.DURABLE.CREATE." STREAM_NAME ".%s",
             durable);
    TC_CLEANUP(tc_buf_free) struct tc_buf question = {0};
    write_consumer(&question, durable, service, listener);
    cJSON *answer = NULL;
    enum tc_status status = call(bus, subject, &question, &answer);
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(answer, "error");
    if (status == TC_OK && error != NULL) {
        const cJSON *text = cJSON_GetObjectItemCaseSensitive(error, "description");
        char quoted[TC_QUOTE_SIZE];
        tc_log(TC_WARN, "consumer_refused", "durable=%s reason=%s", durable,
               tc_log_quote(cJSON_IsString(text) ? text->valuestring : "?", quoted));
        status = TC_UNAVAILABLE;
    }
    cJSON_Delete(answer);
    return status;
}

void stream_answer(struct tc_bus *bus, const struct tc_msg *msg, enum stream_verdict verdict)
{
    static const char *const words[] = {
        [STREAM_DONE] = "+ACK", [STREAM_AGAIN] = AGAIN, [STREAM_NEVER] = "+TERM"};
    const char *reply = msg != NULL ? tc_msg_reply(msg) : NULL;
    if (reply == NULL || strncmp(reply, "$JS.ACK.", 8) != 0)
        return;
    tc_bus_publish(bus, &(struct tc_outgoing){.subject = reply,
                                              .data = words[verdict],
                                              .len = strlen(words[verdict])});
}

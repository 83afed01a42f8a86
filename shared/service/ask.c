/* Internal requests to services below this one. */

#include "shared/service/ask.h"

#include <stdio.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/service/service.h"

#define ASK_MS 1000

static struct tc_bus *bus;

void ask_through(struct tc_bus *connection)
{
    bus = connection;
}

/* {"error":{"code":…}} or whatever was answered; the status is in a header. */
static enum tc_status read_answer(struct tc_msg *reply, cJSON **answer)
{
    const char *status = tc_msg_header(reply, TC_HEADER_STATUS);
    if (status != NULL)
        return tc_status_parse(status);
    cJSON *json = cJSON_ParseWithLength(tc_msg_data(reply), tc_msg_len(reply));
    if (!cJSON_IsObject(json)) {
        cJSON_Delete(json);
        return TC_INTERNAL;
    }
    *answer = json;
    return TC_OK;
}

enum tc_status tc_ask(const char *verb, const struct tc_buf *question, cJSON **answer)
{
    static int64_t silent_until; /* after a time-out nobody is made to wait for another one */
    if (tc_mono_ms() < silent_until)
        return TC_UNAVAILABLE;

    char subject[TC_SUBJECT_SIZE];
    snprintf(subject, sizeof(subject), "tincan.internal.%s", verb);
    int64_t began = tc_mono_ms();
    TC_CLEANUP(tc_msg_free) struct tc_msg *reply = NULL;
    enum tc_status status = tc_bus_ask(
        bus,
        &(struct tc_outgoing){.subject = subject, .data = question->data, .len = question->len},
        ASK_MS, &reply);
    if (status == TC_OK)
        status = read_answer(reply, answer);
    else if (tc_mono_ms() - began >= ASK_MS)
        silent_until = tc_mono_ms() + ASK_MS;
    if (status != TC_OK)
        tc_log(TC_WARN, "ask_failed", "verb=%s status=%s", verb, tc_status_name(status));
    return status;
}

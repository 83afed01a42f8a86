/* $SRV: subjects, and the answers' JSON. */

#include "shared/monitor/discovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/bus/subjects.h"

#define ROOT "$SRV."

enum verb { PING, INFO, STATS };

static const struct {
    const char *name, *type;
} verbs[] = {
    {"PING", "io.nats.micro.v1.ping_response"},
    {"INFO", "io.nats.micro.v1.info_response"},
    {"STATS", "io.nats.micro.v1.stats_response"},
};

struct tc_discovery {
    struct tc_discovery_config config;
    char id[TC_ID_SIZE];
};

struct tc_discovery *tc_discovery_create(const struct tc_discovery_config *config)
{
    struct tc_discovery *discovery = tc_alloc(sizeof(*discovery));
    discovery->config = *config;
    tc_id_make(discovery->id);
    return discovery;
}

void tc_discovery_free(struct tc_discovery **discovery)
{
    free(*discovery);
    *discovery = NULL;
}

void tc_discovery_listen(struct tc_discovery *discovery, struct tc_bus *bus,
                         void (*on_message)(void *ctx, struct tc_msg *msg), void *ctx)
{
    const char *name = discovery->config.name;
    for (size_t i = 0; i < TC_COUNT(verbs); i++) {
        char subject[TC_SUBJECT_SIZE];
        snprintf(subject, sizeof(subject), ROOT "%s", verbs[i].name);
        tc_bus_listen(bus, subject, NULL, on_message, ctx);
        snprintf(subject, sizeof(subject), ROOT "%s.%s", verbs[i].name, name);
        tc_bus_listen(bus, subject, NULL, on_message, ctx);
        snprintf(subject, sizeof(subject), ROOT "%s.%s.%s", verbs[i].name, name, discovery->id);
        tc_bus_listen(bus, subject, NULL, on_message, ctx);
    }
}

bool tc_discovery_is_asked(const struct tc_msg *msg)
{
    return strncmp(tc_msg_subject(msg), ROOT, sizeof(ROOT) - 1) == 0;
}

static enum verb verb_of(const struct tc_msg *msg)
{
    const char *verb = tc_msg_subject(msg) + sizeof(ROOT) - 1;
    return verb[0] == 'P' ? PING : verb[0] == 'I' ? INFO : STATS;
}

static void write_answer(const struct tc_discovery *discovery, enum verb verb, struct tc_buf *out)
{
    const struct tc_discovery_config *config = &discovery->config;
    tc_json_object(out, NULL);
    tc_json_text(out, "type", verbs[verb].type);
    tc_json_text(out, "name", config->name);
    tc_json_text(out, "id", discovery->id);
    tc_json_text(out, "version", TC_VERSION);
    tc_json_object(out, "metadata");
    tc_json_text(out, "url", config->url);
    tc_json_end_object(out);
    if (verb == INFO)
        tc_json_text(out, "description", config->summary);
    if (verb == STATS) {
        char began[TC_TIME_SIZE];
        tc_time_format(config->began_ms, began);
        tc_json_text(out, "started", began);
    }
    if (verb != PING) {
        tc_json_array(out, "endpoints");
        config->write_endpoints(config->ctx, verb == STATS, out);
        tc_json_end_array(out);
    }
    tc_json_end_object(out);
}

/* An inbox, and none of TinCan's own: nobody is to have us answer there in another's place. */
static bool is_an_askers(const char *reply)
{
    static const char inbox[] = "_INBOX.", ours[] = "_INBOX.tincan-";
    return strncmp(reply, inbox, sizeof(inbox) - 1) == 0 &&
           strncmp(reply, ours, sizeof(ours) - 1) != 0;
}

void tc_discovery_answer(const struct tc_discovery *discovery, struct tc_bus *bus,
                         const struct tc_msg *msg)
{
    const char *reply = tc_msg_reply(msg);
    if (reply == NULL || !is_an_askers(reply))
        return;
    struct tc_buf out = {0};
    write_answer(discovery, verb_of(msg), &out);
    tc_bus_publish(bus, &(struct tc_outgoing){.subject = reply, .data = out.data, .len = out.len});
    tc_buf_free(&out);
}

void tc_endpoint_write(const struct tc_endpoint *endpoint, bool stats, struct tc_buf *out)
{
    char name[64];
    snprintf(name, sizeof(name), "%s", endpoint->name);
    for (char *c = name; (c = strpbrk(c, "/.")) != NULL;)
        *c = '-';
    tc_json_object(out, NULL);
    tc_json_text(out, "name", name);
    tc_json_text(out, "subject", endpoint->subject);
    tc_json_text(out, "queue_group", endpoint->queue);
    if (stats) {
        uint64_t took_ns = endpoint->took_us * 1000;
        tc_json_int(out, "num_requests", (int64_t)endpoint->requests);
        tc_json_int(out, "num_errors", (int64_t)endpoint->errors);
        tc_json_text(out, "last_error", endpoint->last_error);
        tc_json_int(out, "processing_time", (int64_t)took_ns);
        tc_json_int(out, "average_processing_time",
                    endpoint->requests > 0 ? (int64_t)(took_ns / endpoint->requests) : 0);
    }
    tc_json_end_object(out);
}

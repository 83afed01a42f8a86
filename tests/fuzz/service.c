#include "tests/fuzz/service.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/text.h"
#include "shared/service/access.h"
#include "shared/service/db.h"
#include "shared/service/decode.h"
#include "shared/service/facts.h"
#include "shared/service/gather.h"
#include "shared/service/outbox_private.h"
#include "shared/service/request_private.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AT_ONCE = 3 }; /* requests of one batch */

static const struct tc_service *service;
static struct tc_limits limits;

/* What is left of the input, a part at a time. */
static struct part {
    const char *text;
    size_t size;
} rest, store;

static struct part next_part(void)
{
    const char *end = rest.size > 0 ? memchr(rest.text, 0x1e, rest.size) : NULL;
    struct part part = {rest.text, end != NULL ? (size_t)(end - rest.text) : rest.size};
    size_t used = part.size + (end != NULL);
    rest = (struct part){rest.text + used, rest.size - used};
    return part;
}

/* ---- The store's answers ---- */

unsigned fuzz_number(void)
{
    if (store.size == 0)
        return 0;
    store.size--;
    return (unsigned char)*store.text++;
}

enum tc_status fuzz_status(void)
{
    static const enum tc_status ends[] = {TC_OK,        TC_OK,       TC_OK,        TC_OK,
                                          TC_NOT_FOUND, TC_CONFLICT, TC_FORBIDDEN, TC_UNAVAILABLE};
    return ends[fuzz_number() % TC_COUNT(ends)];
}

bool fuzz_yes(void)
{
    return fuzz_number() % 2 == 1;
}

const char *fuzz_id(void)
{
    static const char *const ids[] = {FUZZ_ANN, FUZZ_BOB, FUZZ_GROUP, FUZZ_ROOM};
    return ids[fuzz_number() % TC_COUNT(ids)];
}

/* ---- What stands in for the rest of a process ---- */

int tc_service_main(const struct tc_service *about, int argc, char **argv)
{
    (void)argc, (void)argv;
    service = about;
    return 0;
}

const struct tc_limits *tc_limits(void)
{
    return &limits;
}

unsigned service_losses(void)
{
    static unsigned losses;
    return ++losses; /* no fact outlives an input */
}

bool tc_db_is_up(struct tc_db *db)
{
    (void)db;
    return fuzz_yes();
}

enum tc_status tc_ask(const char *verb, const struct tc_buf *question, cJSON **answer)
{
    (void)verb;
    struct tc_json_cursor in = tc_json_read(question->data, question->len);
    tc_json_skip(&in);
    assert(tc_json_at_end(&in));
    struct part part = next_part();
    bool good = part.size > 0 && tc_utf8_valid(part.text, part.size);
    cJSON *json = good ? cJSON_ParseWithLength(part.text, part.size) : NULL;
    if (!cJSON_IsObject(json)) {
        cJSON_Delete(json);
        return part.size > 0 ? TC_INTERNAL : TC_UNAVAILABLE;
    }
    *answer = json;
    return TC_OK;
}

enum tc_status tc_request_work(struct tc_request *req, void (*run)(void *arg), void *arg,
                               tc_handler *then)
{
    req->work_arg = arg;
    run(arg);
    return then(req, NULL);
}

void *tc_request_work_arg(const struct tc_request *req)
{
    return req->work_arg;
}

/* ---- The bus: what leaves must be such that nobody else has to doubt it ---- */

struct tc_msg {
    char *subject, *data;
    size_t size;
    const char *user;
};

const char *tc_msg_subject(const struct tc_msg *msg)
{
    return msg->subject;
}

const char *tc_msg_reply(const struct tc_msg *msg)
{
    (void)msg;
    return "_INBOX.fuzz.1";
}

const char *tc_msg_data(const struct tc_msg *msg)
{
    return msg->data;
}

size_t tc_msg_len(const struct tc_msg *msg)
{
    return msg->size;
}

const char *tc_msg_header(struct tc_msg *msg, const char *name)
{
    if (strcmp(name, TC_HEADER_USER) == 0)
        return msg->user;
    return strcmp(name, TC_HEADER_SESSION) == 0   ? FUZZ_ROOM
           : strcmp(name, TC_HEADER_ADDRESS) == 0 ? "2001:db8::1"
                                                  : NULL;
}

void tc_msg_free(struct tc_msg **msg)
{
    if (*msg == NULL)
        return;
    free((*msg)->subject);
    free((*msg)->data);
    free(*msg);
    *msg = NULL;
}

static void check_payload(const char *data, size_t size)
{
    struct tc_json_cursor in = tc_json_read(data, size);
    tc_json_skip(&in);
    assert(tc_json_at_end(&in) && tc_utf8_valid(data, size));
}

static void check_event(const char *subject, const char *data, size_t size)
{
    struct tc_event_subject parsed;
    assert(tc_subject_parse_event(subject, &parsed));
    assert(strpbrk(subject, "*> \t\r\n") == NULL);
    check_payload(data, size);
}

enum tc_status tc_bus_publish(struct tc_bus *bus, const struct tc_outgoing *message)
{
    (void)bus;
    if (strcmp(message->subject, "_INBOX.fuzz.1") != 0)
        check_event(message->subject, message->data, message->len);
    else if (message->len > 0) /* of what answers nothing, nothing is */
        check_payload(message->data, message->len);
    return TC_OK;
}

void tc_bus_make_room(struct tc_bus *bus)
{
    (void)bus;
}

void outbox_publish(struct outbox *outbox, const struct tc_outbox_event *event,
                    const struct tc_header *more, size_t count)
{
    (void)outbox, (void)more, (void)count;
    check_event(event->subject, event->payload, event->len);
}

void tc_outbox_rebuilt(const struct tc_outbox_event *event)
{
    (void)event;
}

/* ---- One input ---- */

static struct tc_msg *message_of(struct part subject, struct part payload, const char *user)
{
    struct tc_msg *msg = tc_alloc(sizeof(*msg));
    msg->subject = tc_alloc(subject.size + 1);
    memcpy(msg->subject, subject.text, subject.size);
    msg->data = tc_alloc(payload.size + 1); /* as nats.c has it: a NUL follows */
    if (payload.size > 0)
        memcpy(msg->data, payload.text, payload.size);
    msg->size = payload.size;
    msg->user = user;
    return msg;
}

static void end(struct tc_request *req)
{
    assert(req->finished && req->status != TC_LATER);
    request_send(req, NULL, NULL);
    request_free(&req);
}

static void serve(struct tc_request **reqs, size_t count)
{
    const struct tc_route *route = reqs[0]->route;
    if ((route->flags & TC_ACCESS) != 0)
        gather_access(reqs, count);
    if (route->batch != NULL)
        route->batch(reqs, count, NULL);
    else
        for (size_t i = 0; i < count; i++)
            tc_request_finish(reqs[i], route->handler(reqs[i], NULL));
    for (size_t i = 0; i < count; i++) {
        if (!reqs[i]->finished)
            tc_request_finish(reqs[i], TC_INTERNAL);
        end(reqs[i]);
    }
}

/* The same, asked by two users, by one of them twice. */
static void run_requests(struct part subject, struct part payload)
{
    static const char *const users[AT_ONCE] = {FUZZ_ANN, FUZZ_BOB, FUZZ_ANN};
    struct tc_request *reqs[AT_ONCE];
    size_t count = 0;
    for (size_t i = 0; i < AT_ONCE; i++) {
        struct tc_request *req = request_create(message_of(subject, payload, users[i]), NULL);
        if (!request_decode(req, service))
            request_free(&req);
        else if (req->finished)
            end(req);
        else
            reqs[count++] = req;
    }
    if (count > 0)
        serve(reqs, count);
}

/* Whether NATS would bring the subject to who listens to the pattern. */
static bool matches(const char *pattern, const char *subject)
{
    while (*pattern != '\0' && *subject != '\0') {
        size_t want = strcspn(pattern, "."), have = strcspn(subject, ".");
        bool any = want == 1 && *pattern == '*' && have > 0;
        if (!any && (want != have || memcmp(pattern, subject, want) != 0))
            return false;
        if (pattern[want] != subject[have])
            return false;
        pattern += want + (pattern[want] == '.');
        subject += have + (subject[have] == '.');
    }
    return *pattern == *subject;
}

static void run_listeners(struct part subject, struct part payload)
{
    for (const struct tc_listener *const *table = service->listeners;
         table != NULL && *table != NULL; table++)
        for (const struct tc_listener *row = *table; row->subject != NULL; row++) {
            struct tc_request *req = request_create(message_of(subject, payload, NULL), row);
            if (matches(row->subject, tc_msg_subject(req->msg)) && request_decode(req, service)) {
                tc_request_finish(req, row->handler(req, NULL));
                request_send(req, NULL, NULL);
            }
            request_free(&req);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    rest = (struct part){(const char *)data, size};
    struct part subject = next_part();
    store = next_part();
    struct part payload = next_part();
    if (memchr(subject.text, '\0', subject.size) != NULL)
        return 0;
    run_requests(subject, payload);
    run_listeners(subject, payload);
    users_forget_if_many();
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    tc_log_open("fuzz", TC_ERROR + 1);
    for (const struct tc_setting *row = tc_limit_settings; row->name != NULL; row++) {
        int64_t value = atoll(row->fallback);
        memcpy((char *)&limits + row->offset, &value, sizeof(value));
    }
    return service_begin(*argc, *argv);
}

/* Requests, answers and events on one WebSocket. */

#include "cli/client.h"

#include <cjson/cJSON.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fault.h"
#include "cli/http.h"
#include "cli/stream.h"
#include "cli/when.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

#define CONNECT_MS 10000
#define ANSWER_MS 8000 /* the server answers after 5 s at the latest */
#define PAUSE_FIRST_MS 100
#define PAUSE_MAX_MS 10000

static void disconnect(struct client *client)
{
    client->connected = false;
    websocket_done(&client->socket);
}

void client_done(struct client *client)
{
    disconnect(client);
    cJSON_Delete(client->heard);
    client->heard = NULL;
}

/* Close codes: protocol §2. */
static bool lost(struct client *client, struct fault *fault)
{
    unsigned code = client->socket.close_code;
    disconnect(client);
    if (code >= 4500)
        return fault_set(fault, NO_SESSION, "", "the session has ended: log in again");
    if (code == 1002 || code == 1003 || code == 1007 || code == 1009)
        return fault_set(fault, REFUSED, "", "the server did not understand this (close code %u)",
                         code);
    return fault_set(fault, UNAVAILABLE, client->url.authority, "the connection was lost");
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text != NULL ? text : "";
}

/* The next frame, or NULL as client_next has it. */
static cJSON *read_frame(struct client *client, int64_t deadline_ms, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf text = {0};
    enum websocket_event event = websocket_read(&client->socket, deadline_ms, &text);
    cJSON *frame = event == WEBSOCKET_MESSAGE ? cJSON_ParseWithLength(text.data, text.len) : NULL;
    if (event == WEBSOCKET_LATE || frame != NULL)
        return frame;
    lost(client, fault);
    return NULL;
}

static bool read_ready(struct client *client, const cJSON *frame, struct fault *fault)
{
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(frame, "data");
    const cJSON *user = cJSON_GetObjectItemCaseSensitive(data, "user");
    const cJSON *limits = cJSON_GetObjectItemCaseSensitive(data, "limits");
    const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(limits, "frame_bytes");
    int64_t server_ms;
    if (strcmp(text_of(frame, "type"), "session/ready") != 0 || !cJSON_IsNumber(bytes) ||
        !when_parse(text_of(data, "server_time"), &server_ms))
        return fault_set(fault, REFUSED, client->url.authority, "this is no TinCan");
    client->clock_ms = server_ms - tc_now_ms();
    client->frame_bytes = (int64_t)bytes->valuedouble;
    snprintf(client->user_id, sizeof(client->user_id), "%s", text_of(user, "id"));
    return true;
}

static bool begin(struct client *client, int64_t deadline_ms, struct fault *fault)
{
    struct stream *stream = stream_open(&client->url, deadline_ms, fault);
    if (stream == NULL)
        return false;
    client->socket = (struct websocket){.stream = stream};
    if (!http_upgrade(stream, &client->url, client->token, deadline_ms, &client->socket.in, fault))
        return false;
    client->connected = true;
    cJSON *ready = read_frame(client, deadline_ms, fault);
    if (ready == NULL)
        return client->connected
                   ? fault_set(fault, UNAVAILABLE, client->url.authority, "is not ready in time")
                   : false;
    bool fine = read_ready(client, ready, fault);
    cJSON_Delete(ready);
    return fine;
}

bool client_connect(struct client *client, struct fault *fault)
{
    if (client->connected)
        return true;
    if (client->heard == NULL)
        client->heard = cJSON_CreateArray();
    bool done = begin(client, tc_mono_ms() + CONNECT_MS, fault);
    if (!done)
        disconnect(client);
    return done;
}

/* The answer to `id`; what else comes is kept for client_next. */
static cJSON *await_answer(struct client *client, const char *id, struct fault *fault)
{
    int64_t deadline_ms = tc_mono_ms() + ANSWER_MS;
    for (;;) {
        cJSON *frame = read_frame(client, deadline_ms, fault);
        if (frame == NULL && client->connected) {
            fault_set(fault, UNAVAILABLE, client->url.authority, "no answer came");
            disconnect(client);
        }
        if (frame == NULL || strcmp(text_of(frame, "re"), id) == 0)
            return frame;
        cJSON_AddItemToArray(client->heard, frame);
    }
}

static bool send_request(struct client *client, const char *type, const char *id,
                         const struct tc_buf *data, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf frame = {0};
    tc_json_object(&frame, NULL);
    tc_json_text(&frame, "type", type);
    tc_json_text(&frame, "id", id);
    tc_json_raw(&frame, "data", data->data, data->len);
    tc_json_end_object(&frame);
    if ((int64_t)frame.len > client->frame_bytes)
        return fault_set(fault, REFUSED, "body", "is too long");
    return websocket_send(&client->socket, frame.data, frame.len) || lost(client, fault);
}

static cJSON *attempt(struct client *client, const char *type, const struct tc_buf *data,
                      struct fault *fault)
{
    char id[24];
    snprintf(id, sizeof(id), "%lu", ++client->asked);
    if (!client_connect(client, fault) || !send_request(client, type, id, data, fault))
        return NULL;
    cJSON *answer = await_answer(client, id, fault);
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(answer, "error");
    cJSON *result = NULL;
    if (error != NULL)
        fault_read(fault, error);
    else if (answer != NULL)
        result = cJSON_DetachItemFromObjectCaseSensitive(answer, "data");
    if (answer != NULL && error == NULL && result == NULL)
        fault_set(fault, REFUSED, client->url.authority, "this is no TinCan");
    cJSON_Delete(answer);
    return result;
}

/* Longer each time, and never all clients at once. */
static void rest(unsigned attempts, int64_t at_least_ms)
{
    unsigned char random;
    tc_random(&random, sizeof(random));
    int64_t most_ms = attempts < 7 ? PAUSE_FIRST_MS << attempts : PAUSE_MAX_MS;
    int64_t pause_ms = most_ms / 2 + most_ms / 2 * random / 255;
    poll(NULL, 0, (int)(pause_ms > at_least_ms ? pause_ms : at_least_ms));
}

/* Once for each time that it goes wrong. */
static void complain(struct client *client, const struct fault *fault)
{
    if (client->complained)
        return;
    fault_print(fault);
    fputs("tincan: trying again\n", stderr);
    client->complained = true;
}

/* Whether to try once more, after a while. */
static bool goes_on(struct client *client, unsigned attempts, int64_t since_ms,
                    const struct fault *fault)
{
    bool patient = client->patience_ms == -1 || tc_mono_ms() - since_ms < client->patience_ms;
    if (fault->outcome != UNAVAILABLE || !patient)
        return false;
    complain(client, fault);
    rest(attempts, fault->retry_after_ms);
    return true;
}

bool client_await(struct client *client, struct fault *fault)
{
    int64_t since_ms = tc_mono_ms();
    for (unsigned attempts = 0; !client_connect(client, fault); attempts++)
        if (!goes_on(client, attempts, since_ms, fault))
            return false;
    return true;
}

cJSON *client_ask(struct client *client, const char *type, const struct tc_buf *data,
                  struct fault *fault)
{
    int64_t since_ms = tc_mono_ms();
    for (unsigned attempts = 0;; attempts++) {
        cJSON *answer = attempt(client, type, data, fault);
        if (answer != NULL)
            client->complained = false;
        if (answer != NULL || !goes_on(client, attempts, since_ms, fault))
            return answer;
    }
}

cJSON *client_next(struct client *client, int64_t deadline_ms, struct fault *fault)
{
    if (cJSON_GetArraySize(client->heard) > 0)
        return cJSON_DetachItemFromArray(client->heard, 0);
    if (client->connected)
        return read_frame(client, deadline_ms, fault);
    fault_set(fault, UNAVAILABLE, client->url.authority, "the connection was lost");
    return NULL;
}

/* Posting. */

#include "cli/post.h"

#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/fault.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/text.h"

/* Its time is the server's, or it would be refused where clocks differ. */
static void make_nonce(const struct client *client, char out[TC_ID_SIZE])
{
    uint8_t random[10];
    tc_random(random, sizeof(random));
    tc_id_compose(tc_now_ms() + client->clock_ms, random, out);
}

struct cJSON *post(struct client *client, const char *conversation_id, const char *body,
                   size_t size, struct fault *fault)
{
    if (memchr(body, '\0', size) != NULL || !tc_utf8_valid(body, size)) {
        fault_set(fault, REFUSED, "body", "is no text: it must be UTF-8, without U+0000");
        return NULL;
    }
    if (!client_await(client, fault))
        return NULL;
    TC_CLEANUP(tc_buf_free) struct tc_buf data = {0};
    char nonce[TC_ID_SIZE];
    make_nonce(client, nonce);
    tc_json_object(&data, NULL);
    tc_json_text(&data, "conversation_id", conversation_id);
    tc_json_text(&data, "body", body);
    tc_json_text(&data, "nonce", nonce);
    tc_json_end_object(&data);
    return client_ask(client, "message/create", &data, fault);
}

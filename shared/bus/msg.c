/* Received messages: nats.c's own, seen through our names. */

#include <nats/nats.h>
#include <string.h>

#include "shared/bus/bus.h"

static natsMsg *inner(const struct tc_msg *msg)
{
    return (natsMsg *)(uintptr_t)msg;
}

const char *tc_msg_subject(const struct tc_msg *msg)
{
    return natsMsg_GetSubject(inner(msg));
}

const char *tc_msg_reply(const struct tc_msg *msg)
{
    return natsMsg_GetReply(inner(msg));
}

const char *tc_msg_data(const struct tc_msg *msg)
{
    const char *data = natsMsg_GetData(inner(msg));
    return data != NULL ? data : "";
}

size_t tc_msg_len(const struct tc_msg *msg)
{
    return (size_t)natsMsg_GetDataLength(inner(msg));
}

const char *tc_msg_header(struct tc_msg *msg, const char *name)
{
    const char *value = NULL;
    return natsMsgHeader_Get(inner(msg), name, &value) == NATS_OK ? value : NULL;
}

bool tc_msg_is_no_responders(const struct tc_msg *msg)
{
    return natsMsg_IsNoResponders(inner(msg));
}

void tc_msg_free(struct tc_msg **msg)
{
    if (*msg == NULL)
        return;
    natsMsg_Destroy(inner(*msg));
    *msg = NULL;
}

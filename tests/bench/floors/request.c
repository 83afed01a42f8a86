/*
 * The least that asking can cost: requests through NATS to one who answers each with as much as he
 * was asked. `request batches=12,40,33 bytes=250 seconds=3`: so many at once, then their answers
 * are waited for. Both ends are this one process: its CPU is that of asking and of answering.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "tests/bench/floors/nats_wire.h"
#include "tests/bench/floors/work.h"

#define SUBJECT "floor.request.00000000-0000-7000-8000-000000000000"

static struct nats_wire *asker, *answerer;
static struct tc_buf out;
static char *payload;

static void ask(int64_t batch)
{
    for (int64_t i = 0; i < batch; i++)
        nats_put(&out, SUBJECT, "_INBOX.floor.answer", NULL, payload);
    nats_send(asker, &out);
}

static void answer(int64_t batch)
{
    struct nats_message request;
    char reply[64];
    while (batch > 0) {
        for (bool wait = true; batch > 0 && nats_next(answerer, wait, &request);
             batch--, wait = false) {
            snprintf(reply, sizeof(reply), "%.*s", (int)request.reply_len, request.reply);
            nats_put(&out, reply, "", NULL, payload);
        }
        nats_send(answerer, &out);
    }
}

static void hear(int64_t batch)
{
    struct nats_message message;
    for (; batch > 0; batch--)
        nats_next(asker, true, &message);
}

int main(int argc, char **argv)
{
    (void)argc;
    struct work_list batches = {.text = work_text(argv, "batches", "128")};
    size_t bytes = (size_t)work_number(argv, "bytes", 250);
    double seconds = (double)work_number(argv, "seconds", 3);
    payload = calloc(1, bytes + 1);
    if (payload == NULL)
        work_die("bytes", "too many");
    memset(payload, 'x', bytes);
    asker = nats_open();
    answerer = nats_open();
    nats_subscribe(asker, "_INBOX.floor.answer");
    nats_subscribe(answerer, SUBJECT);
    work_begin();
    int64_t count = 0;
    while (work_seconds() < seconds) {
        int64_t batch = work_next(&batches);
        ask(batch);
        answer(batch);
        hear(batch);
        count += batch;
    }
    work_end(count, "");
}

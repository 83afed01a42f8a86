/*
 * The least that keeping an event can cost: published to the stream of events under a message id,
 * and acknowledged. `stream batches=12,40,33 bytes=400 seconds=3`: so many at once, then their
 * acknowledgements are waited for.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "tests/bench/floors/nats_wire.h"
#include "tests/bench/floors/work.h"

#define NOBODY "00000000-0000-7000-8000-000000000000" /* no edge listens for that group */
enum { ROOMS = 200 };

static struct nats_wire *wire;
static struct tc_buf out;
static char *payload;

/* A subject for each conversation, as the stream has them. */
static void put_event(int64_t number)
{
    char subject[160], header[160];
    snprintf(subject, sizeof(subject),
             "tincan.event.group." NOBODY ".00000000-0000-7000-8000-%012llx.message.created",
             (unsigned long long)(number % ROOMS));
    snprintf(header, sizeof(header), "NATS/1.0\r\nNats-Msg-Id: floor-%llx-%llx\r\n\r\n",
             (unsigned long long)tc_now_ms(), (unsigned long long)number);
    nats_put(&out, subject, "_INBOX.floor.ack", header, payload);
}

static void await_all(int64_t count)
{
    struct nats_message ack;
    for (; count > 0; count--) {
        nats_next(wire, true, &ack);
        if (memmem(ack.data, ack.len, "\"seq\"", 5) == NULL ||
            memmem(ack.data, ack.len, "duplicate", 9) != NULL)
            work_die("stream", "an event was not kept");
    }
}

int main(int argc, char **argv)
{
    (void)argc;
    struct work_list batches = {.text = work_text(argv, "batches", "128")};
    size_t bytes = (size_t)work_number(argv, "bytes", 400);
    double seconds = (double)work_number(argv, "seconds", 3);
    payload = calloc(1, bytes + 1);
    if (payload == NULL)
        work_die("bytes", "too many");
    memset(payload, 'x', bytes);
    wire = nats_open();
    nats_subscribe(wire, "_INBOX.floor.ack");
    int64_t count = 0;
    put_event(count++);
    nats_send(wire, &out);
    await_all(1);

    work_begin();
    int64_t first = count;
    while (work_seconds() < seconds) {
        int64_t batch = work_next(&batches);
        for (int64_t i = 0; i < batch; i++)
            put_event(count++);
        nats_send(wire, &out);
        await_all(batch);
    }
    work_end(count - first, "");
}

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/status.h"

struct tc_bus;
struct tc_listener;
struct tc_msg;

/*
 * The stream of events, TINCAN_EVENTS, as a service sees it: JetStream's API
 * over plain requests (docs.nats.io, "NATS JetStream wire API"). On the handler
 * thread.
 */
#define STREAM_NAME "TINCAN_EVENTS"

/* A publish acknowledgement: the sequence that the event has got. False: it says no. */
bool stream_read_ack(struct tc_msg *msg, uint64_t *seq);

/* Whether the stream holds, at that sequence, the message of that id. */
enum tc_status stream_has(struct tc_bus *bus, int64_t seq, const char *msg_id, bool *out);

/*
 * A durable consumer for a listener, made if it is not there: each event is
 * delivered to one process of the service, again and again until it is
 * acknowledged. It is delivered on stream_deliver_subject.
 */
enum tc_status stream_consume(struct tc_bus *bus, const char *service,
                              const struct tc_listener *listener);
#define STREAM_SUBJECT_SIZE 192
void stream_deliver_subject(const char *service, const struct tc_listener *listener,
                            char out[STREAM_SUBJECT_SIZE]);

/* How a delivered event was taken. Nothing happens for one that came another way. */
enum stream_verdict {
    STREAM_DONE,
    STREAM_AGAIN, /* a moment later */
    STREAM_NEVER, /* nobody will ever understand it */
};
void stream_answer(struct tc_bus *bus, const struct tc_msg *msg, enum stream_verdict verdict);

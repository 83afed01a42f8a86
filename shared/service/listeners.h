#pragma once

#include "shared/service/service.h"

struct queue;
struct tc_bus;

/*
 * A service's ears: what happens elsewhere comes into its inbox. Caches hear it
 * as it is said; what has to be done once, by one process, comes from the
 * stream, by durable consumers, until it is acknowledged. Private to the
 * skeleton.
 */
struct listeners;

/* Begins to listen; without `durably` for the caches alone. On the bus's thread. */
struct listeners *listeners_open(const struct tc_service *service, struct tc_bus *bus,
                                 struct queue *inbox, bool durably);
void listeners_free(struct listeners **listeners);

/* On the handler's thread, each turn: makes the durable consumers that are not there yet. */
void listeners_tend(struct listeners *listeners);

/* Tells the stream how the event's handler has ended; or that nobody understands the event. */
void listeners_answer(struct tc_bus *bus, const struct tc_request *req);
void listeners_discard(struct tc_bus *bus, const struct tc_request *req);

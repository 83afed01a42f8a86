#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_request;

/*
 * Requests on their way from one thread to another, in two lanes, each in order.
 * What is urgent is taken first, and has room however much clients ask.
 */
struct queue;

enum lane { ORDINARY, URGENT, LANES };

struct queue *queue_create(size_t limit); /* of each lane; 0: none */
void queue_free(struct queue **queue);

/* False when the lane is full or the queue closed: the request is still the caller's. */
bool queue_add(struct queue *queue, enum lane lane, struct tc_request *req);

/* Adds to what is urgent, whatever the limit: for what has been let in once already. */
void queue_return(struct queue *queue, struct tc_request *req);

/* All that is there, as a list; waits up to timeout_ms (-1: for ever) for something. */
struct tc_request *queue_take_all(struct queue *queue, int timeout_ms);
struct tc_request *queue_take_urgent(struct queue *queue); /* all of it; does not wait */
struct tc_request *
queue_take_one(struct queue *queue); /* waits; NULL once it is closed and empty */

size_t queue_count(struct queue *queue); /* NULL: 0 */

/* No more is added, and nobody waits any more. */
void queue_close(struct queue *queue);
bool queue_is_closed(struct queue *queue);

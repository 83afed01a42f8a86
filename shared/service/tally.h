#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tc_buf;
struct tc_request;
struct tc_route;
struct tc_service;

/*
 * What a service has done, counted by operation (shared/monitor/metrics.h). Counting is for the
 * handler's thread, where nothing else is said; reading for any.
 */
struct tally;

struct tally *tally_create(const struct tc_service *service);
void tally_free(struct tally **tally);

/* A request or event that has ended, so many microseconds after it came. */
void tally_end(struct tally *tally, const struct tc_request *req, uint64_t took_us);

/* So many were run together. */
void tally_batch(struct tally *tally, const struct tc_route *route, size_t count);

void tally_late(struct tally *tally);         /* nobody waited for it any more */
void tally_turned_away(struct tally *tally);  /* the queue was full; on nats.c's thread */
void tally_work_refused(struct tally *tally); /* the workers' queue was full */

void tally_write(const struct tally *tally, struct tc_buf *out);

/* The service's operations as $SRV tells of them (shared/monitor/discovery.h). */
void tally_write_endpoints(const struct tally *tally, const struct tc_service *service, bool stats,
                           struct tc_buf *out);

#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "shared/service/pending.h"
#include "shared/service/queue.h"
#include "shared/service/service.h"

struct listeners;
struct outbox;
struct tally;
struct tc_bus;

/* What a handler thread works with. */
struct handler {
    const struct tc_service *service;
    struct tc_bus *bus;
    struct tc_db *db;
    struct outbox *outbox;
    struct listeners *listeners;
    struct tally *tally;
    struct queue *inbox;    /* urgent: events, what processes ask, and whose work is done */
    struct pending pending; /* what is to be run */
    atomic_size_t waiting;  /* how many those are, for any thread to read */
    size_t most;            /* with so many, no more of clients' are let in */
    struct queue *workload; /* for worker threads; NULL: there are none */
    bool reader;            /* changes nothing, not by itself either */
    int64_t kept_up_at;     /* when the service's upkeep was last done */
    int64_t renewed_at;     /* when facts last were */
    atomic_bool draining;   /* it takes no further requests */
};

/* Runs until the inbox is closed and empty. */
void handler_run(struct handler *handler);

/* A worker thread's life: until the workload is closed and empty. */
void worker_run(struct handler *handler);

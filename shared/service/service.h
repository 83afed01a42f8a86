#pragma once

#include <cjson/cJSON.h>

#include "shared/base/env.h"
#include "shared/base/limits.h"
#include "shared/service/request.h"

struct tc_outbox;
struct tc_stmt;

typedef void tc_batch_handler(struct tc_request **reqs, size_t count, struct tc_db *db);

enum tc_route_flags {
    TC_PRIVATE = 1 << 0, /* `op` is "group.members", served on tincan.internal.group.members */
    TC_ACCESS = 1 << 1,  /* wants the asker's access to data.conversation_id (access.h) */
};

#define TC_BATCH_MAX 512

/* One operation. Its row is all that the skeleton knows about it. */
struct tc_route {
    const char *op;          /* "group/create", as in shared/base/operations.h */
    tc_handler *handler;     /* one of the two: for one request, … */
    tc_batch_handler *batch; /* … or for all of the kind that have queued up (`most`) */
    unsigned flags;
    size_t most; /* in one turn, up to TC_BATCH_MAX; 0: the usual number (pending.h) */
};

/* What a service does when something happens elsewhere. */
struct tc_listener {
    const char *subject; /* "tincan.event.group.*.*.group.removed" */
    tc_handler *handler; /* may make events; whatever it answers is dropped */
    bool everywhere;     /* in each process of the service (caches), not in one of them */
};

/* Threads for tc_request_work. */
struct tc_workers {
    int64_t threads; /* 0: one a core */
    int64_t queue;   /* how much work may wait for them */
};

/* A service, as data. All lists end with NULL or an empty row. */
struct tc_service {
    const char *name;                           /* "group": queue group, tincan.internal.<name> */
    const char *summary;                        /* for --help */
    const char *const *entities;                /* what it serves of tincan.rpc.<entity> */
    const struct tc_route *const *routes;       /* tables */
    const struct tc_listener *const *listeners; /* tables; NULL: none */
    const struct tc_stmt *const *statements;
    const struct tc_outbox *outbox;      /* NULL: the usual one (outbox.h) */
    void (*upkeep)(struct tc_db *db);    /* each 10 s, in each process; NULL: nothing */
    const struct tc_settings *settings;  /* of its own; NULL: none */
    const struct tc_workers *workers;    /* its settings may fill it; NULL: none */
    void (*metrics)(struct tc_buf *out); /* of its own, on any thread; NULL: none */
};

/*
 * Runs a service until SIGTERM: reads its settings, connects, prepares,
 * subscribes, answers, drains. Handlers run one at a time, on one thread; to
 * use more cores, start more processes. Returns the exit status for main.
 */
int tc_service_main(const struct tc_service *service, int argc, char **argv);

/* The limits, once the service runs. */
const struct tc_limits *tc_limits(void);

/*
 * An internal request to a service below this one (message → conversation →
 * group → auth, never up: that is what keeps them from waiting for each other).
 * For handlers only; takes up to 1 s, then TC_UNAVAILABLE, and for 1 s more at
 * once. On TC_OK the caller deletes *answer, the object that was answered.
 */
enum tc_status tc_ask(const char *verb, const struct tc_buf *question, cJSON **answer);

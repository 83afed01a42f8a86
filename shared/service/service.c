/*
 * A service's process: the bus thread (this one: NATS, signals, the drain), the
 * handler thread, and the workers of a service that has some.
 */

#include "shared/service/service.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/bus/bus.h"
#include "shared/service/ask.h"
#include "shared/service/db_private.h"
#include "shared/service/decode.h"
#include "shared/service/facts.h"
#include "shared/service/handler.h"
#include "shared/service/listeners.h"
#include "shared/service/outbox_private.h"
#include "shared/service/show.h"
#include "shared/service/statements.h"
#include "shared/service/tally.h"

#define WORKERS_MAX 64

struct common_settings {
    const char *database_url;
    const char *subjects;
    int64_t reader;
    int64_t queue;
    int64_t drain_ms;
};

static const struct tc_setting common_table[] = {
    TC_SETTING_TEXT(struct common_settings, database_url, "TINCAN_DATABASE_URL", NULL,
                    "the PostgreSQL database, as this service's role"),
    TC_SETTING_TEXT(struct common_settings, subjects, "TINCAN_SUBJECTS", "",
                    "subjects of requests to serve instead of the usual ones, separated by commas"),
    TC_SETTING_NUMBER(struct common_settings, reader, "TINCAN_READER", "0", 0, 1,
                      "1: only reads: TINCAN_SUBJECTS and nothing else, from a replica"),
    TC_SETTING_NUMBER(struct common_settings, queue, "TINCAN_QUEUE", "10000", 1, 10000000,
                      "requests that may wait; further ones are unavailable"),
    TC_SETTING_NUMBER(struct common_settings, drain_ms, "TINCAN_DRAIN_MS", "5000", 0, 600000,
                      "how long the end may take, after SIGTERM"),
    {0},
};

/* How far the end of the process has come. */
enum stage {
    RUNNING,
    MUTED,     /* unsubscribed; what was under way is still coming in */
    FINISHING, /* the handler thread is working off what has come in */
    FLUSHING,  /* its answers are on their way to NATS */
    ENDED,
};

struct process {
    const struct tc_service *service;
    uv_loop_t loop;
    uv_signal_t term, interrupt;
    uv_async_t moved; /* the stage has moved on, on another thread */
    uv_timer_t patience;
    atomic_int stage;
    struct tc_bus *bus;
    struct show *show;
    struct handler handler;
    pthread_t handler_thread;
    pthread_t workers[WORKERS_MAX];
    int worker_count;
};

static struct common_settings common;
static struct tc_port_settings port_settings;
static struct tc_bus_settings bus_settings;
static struct tc_limits limits;
static atomic_uint losses;

const struct tc_limits *tc_limits(void)
{
    return &limits;
}

unsigned service_losses(void)
{
    return atomic_load(&losses);
}

/* Whoever is turned away is told so: nobody waits for a time-out. */
static void turn_away(struct process *process, struct tc_request *req)
{
    if (request_decode(req, process->service)) {
        tc_request_finish(req, TC_UNAVAILABLE);
        request_send(req, process->bus, NULL);
    }
    request_free(&req);
}

static void on_request(void *ctx, struct tc_msg *msg)
{
    struct process *process = ctx;
    struct tc_request *req = request_create(msg, NULL);
    if (queue_add(process->handler.inbox, request_is_internal(req) ? URGENT : ORDINARY, req))
        return;
    tally_turned_away(process->handler.tally);
    turn_away(process, req);
}

static void move_on(struct process *process, enum stage stage)
{
    atomic_store(&process->stage, stage);
    uv_async_send(&process->moved);
}

static void on_echo(struct process *process)
{
    int stage = atomic_load(&process->stage);
    if (stage == MUTED)
        move_on(process, FINISHING);
    else if (stage == FLUSHING)
        move_on(process, ENDED);
}

/* Our own inbox: JetStream's acknowledgements, and the echo of what the drain has sent. Others may
 * reach it too. */
static void on_inbox(void *ctx, struct tc_msg *msg)
{
    struct process *process = ctx;
    if (outbox_on_message(process->handler.outbox, msg))
        return;
    on_echo(process);
    tc_msg_free(&msg);
}

/* A message to ourselves: when it is back, all that was sent before has arrived. */
static bool send_echo(struct process *process)
{
    char subject[TC_SUBJECT_SIZE];
    snprintf(subject, sizeof(subject), "%s.echo", tc_bus_inbox(process->bus));
    return tc_bus_publish(process->bus, &(struct tc_outgoing){.subject = subject}) == TC_OK;
}

static void close_all(struct process *process)
{
    uv_close((uv_handle_t *)&process->term, NULL);
    uv_close((uv_handle_t *)&process->interrupt, NULL);
    uv_close((uv_handle_t *)&process->patience, NULL);
    uv_close((uv_handle_t *)&process->moved, NULL);
    show_close(process->show);
    tc_bus_close(&process->bus);
}

static void on_moved(uv_async_t *async)
{
    struct process *process = async->data;
    switch ((enum stage)atomic_load(&process->stage)) {
    case FINISHING:
        queue_close(process->handler.inbox);
        break;
    case FLUSHING:
        pthread_join(process->handler_thread, NULL);
        if (!send_echo(process))
            close_all(process);
        break;
    case ENDED:
        close_all(process);
        break;
    case RUNNING:
    case MUTED:
        break;
    }
}

static void on_patience_ended(uv_timer_t *timer)
{
    (void)timer;
    tc_log(TC_WARN, "drain_cut_short", "%s", "");
    _Exit(EXIT_FAILURE);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct process *process = handle->data;
    (void)number;
    if (atomic_load(&process->stage) != RUNNING)
        return;
    tc_log(TC_INFO, "draining", "%s", "");
    atomic_store(&process->handler.draining, true);
    uv_timer_start(&process->patience, on_patience_ended, (uint64_t)common.drain_ms, 0);
    tc_bus_mute(process->bus);
    atomic_store(&process->stage, MUTED);
    if (!send_echo(process))
        move_on(process, FINISHING);
}

static void on_up(void *ctx)
{
    (void)ctx;
}

static void on_lost(void *ctx)
{
    struct process *process = ctx;
    atomic_fetch_add(&losses, 1);
    if (atomic_load(&process->stage) == MUTED)
        move_on(process, FINISHING); /* the echo will not come */
    if (atomic_load(&process->stage) == FLUSHING)
        move_on(process, ENDED);
}

static void *run_handler(void *arg)
{
    struct process *process = arg;
    handler_run(&process->handler);
    move_on(process, FLUSHING);
    return NULL;
}

static void *run_worker(void *arg)
{
    worker_run(arg);
    return NULL;
}

static void listen_to(struct process *process, const char *subject)
{
    tc_bus_listen(process->bus, subject, process->service->name, on_request, process);
}

static void listen_to_requests(struct process *process)
{
    char subject[TC_SUBJECT_SIZE];
    snprintf(subject, sizeof(subject), "tincan.internal.%s.>", process->service->name);
    if (!common.reader)
        listen_to(process, subject);
    if (common.subjects[0] != '\0') {
        char *list = tc_strdup(common.subjects), *rest = list;
        for (char *one; (one = strtok_r(rest, ", ", &rest)) != NULL;)
            listen_to(process, one);
        free(list);
        return;
    }
    for (const char *const *entity = process->service->entities; *entity != NULL; entity++) {
        snprintf(subject, sizeof(subject), "tincan.rpc.%s.>", *entity);
        listen_to(process, subject);
        snprintf(subject, sizeof(subject), "tincan.as.*.%s.>", *entity);
        listen_to(process, subject);
    }
}

static int count_workers(const struct tc_workers *workers)
{
    if (workers == NULL)
        return 0;
    long count = workers->threads > 0 ? (long)workers->threads : sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > WORKERS_MAX ? WORKERS_MAX : (int)count;
}

static void start_threads(struct process *process)
{
    process->worker_count = count_workers(process->service->workers);
    if (pthread_create(&process->handler_thread, NULL, run_handler, process) != 0)
        abort();
    for (int i = 0; i < process->worker_count; i++)
        if (pthread_create(&process->workers[i], NULL, run_worker, &process->handler) != 0)
            abort();
}

static void watch_signals(struct process *process)
{
    signal(SIGPIPE, SIG_IGN);
    uv_signal_init(&process->loop, &process->term);
    uv_signal_init(&process->loop, &process->interrupt);
    uv_timer_init(&process->loop, &process->patience);
    uv_async_init(&process->loop, &process->moved, on_moved);
    process->term.data = process->interrupt.data = process->moved.data = process;
    uv_signal_start(&process->term, on_signal, SIGTERM);
    uv_signal_start(&process->interrupt, on_signal, SIGINT);
}

/* False: where it is to show itself is taken. */
static bool open_all(struct process *process, const struct tc_service *service, char *name)
{
    process->service = service;
    uv_loop_init(&process->loop);
    process->show = show_open(&process->loop, &port_settings, name, &process->handler);
    if (process->show == NULL)
        return false;
    watch_signals(process);
    process->bus = tc_bus_open(&(struct tc_bus_config){
        .loop = &process->loop,
        .settings = &bus_settings,
        .name = name,
        .on_message = on_inbox,
        .on_up = on_up,
        .on_lost = on_lost,
        .ctx = process,
    });
    ask_through(process->bus);
    struct tc_db *db = tc_db_open(common.database_url, service->statements);
    db_transact(db, outbox_statements(service->outbox));
    struct queue *inbox = queue_create((size_t)common.queue);
    process->handler = (struct handler){
        .service = service,
        .bus = process->bus,
        .db = db,
        .outbox = outbox_create(service->outbox, db, process->bus),
        .inbox = inbox,
        .most = (size_t)common.queue,
        .tally = tally_create(service),
        .listeners = listeners_open(service, process->bus, inbox, common.reader == 0),
        .reader = common.reader != 0,
        .workload = service->workers != NULL ? queue_create((size_t)service->workers->queue) : NULL,
    };
    show_over_nats(process->show);
    return true;
}

static void done(struct process *process)
{
    if (process->handler.workload != NULL)
        queue_close(process->handler.workload);
    for (int i = 0; i < process->worker_count; i++)
        pthread_join(process->workers[i], NULL);
    queue_free(&process->handler.workload);
    queue_free(&process->handler.inbox);
    tc_db_close(&process->handler.db);
    listeners_free(&process->handler.listeners);
    outbox_free(&process->handler.outbox);
    tally_free(&process->handler.tally);
    uv_loop_close(&process->loop);
    tc_bus_end();
    show_free(&process->show);
    tc_log(TC_INFO, "ended", "%s", "");
}

/* One with an outbox of its own writes its rows in the statements themselves. */
static bool says_what_is_told(const struct tc_service *service)
{
    const struct tc_stmt *stmt =
        service->outbox == NULL ? statements_undecided(service->statements) : NULL;
    if (stmt != NULL)
        tc_log(TC_ERROR, "statement_undecided", "name=%s", stmt->name);
    return stmt == NULL;
}

static bool settings_agree(void)
{
    if (common.reader && common.subjects[0] == '\0')
        tc_log(TC_ERROR, "reader_without_subjects", "setting=TINCAN_SUBJECTS");
    return !common.reader || common.subjects[0] != '\0';
}

int tc_service_main(const struct tc_service *service, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof(name), "tincan-%s", service->name);
    const struct tc_settings settings[] = {
        {common_table, &common},
        {tc_port_settings, &port_settings},
        {tc_bus_settings_table, &bus_settings},
        {tc_limit_settings, &limits},
        service->settings != NULL ? *service->settings : (struct tc_settings){0},
        {0},
    };
    int status;
    if (!tc_program_begin(&(struct tc_program){name, service->summary, settings}, argc, argv,
                          &status))
        return status;

    struct process process = {.stage = RUNNING};
    if (!says_what_is_told(service) || !settings_agree() || !open_all(&process, service, name))
        return EXIT_FAILURE;
    listen_to_requests(&process);
    start_threads(&process);
    uv_run(&process.loop, UV_RUN_DEFAULT);
    done(&process);
    return EXIT_SUCCESS;
}

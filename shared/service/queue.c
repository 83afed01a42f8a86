/* A queue between threads. */

#include "shared/service/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "shared/base/mem.h"
#include "shared/service/request_private.h"

struct line {
    struct tc_request *first, **last;
    size_t count;
};

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct line lines[LANES];
    size_t limit;
    bool closed;
};

static void clear(struct line *line)
{
    *line = (struct line){.last = &line->first};
}

static void append(struct line *line, struct tc_request *req)
{
    req->next = NULL;
    *line->last = req;
    line->last = &req->next;
    line->count++;
}

static struct tc_request *take_first(struct line *line)
{
    struct tc_request *first = line->first;
    line->first = first->next;
    if (--line->count == 0)
        clear(line);
    return first;
}

static size_t count_all(const struct queue *queue)
{
    return queue->lines[ORDINARY].count + queue->lines[URGENT].count;
}

struct queue *queue_create(size_t limit)
{
    struct queue *queue = tc_alloc(sizeof(*queue));
    queue->limit = limit;
    for (int lane = 0; lane < LANES; lane++)
        clear(&queue->lines[lane]);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_mutex_init(&queue->lock, NULL);
    pthread_cond_init(&queue->filled, &attributes);
    pthread_condattr_destroy(&attributes);
    return queue;
}

void queue_free(struct queue **queue)
{
    if (*queue == NULL)
        return;
    for (int lane = 0; lane < LANES; lane++)
        while ((*queue)->lines[lane].count > 0) {
            struct tc_request *req = take_first(&(*queue)->lines[lane]);
            request_free(&req);
        }
    pthread_cond_destroy(&(*queue)->filled);
    pthread_mutex_destroy(&(*queue)->lock);
    free(*queue);
    *queue = NULL;
}

static bool add(struct queue *queue, struct line *line, struct tc_request *req, bool always)
{
    pthread_mutex_lock(&queue->lock);
    bool room = queue->limit == 0 || line->count < queue->limit;
    bool take = always || (room && !queue->closed);
    if (take) {
        append(line, req);
        if (count_all(queue) == 1)
            pthread_cond_broadcast(&queue->filled);
        else
            pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
    return take;
}

bool queue_add(struct queue *queue, enum lane lane, struct tc_request *req)
{
    return add(queue, &queue->lines[lane], req, false);
}

void queue_return(struct queue *queue, struct tc_request *req)
{
    add(queue, &queue->lines[URGENT], req, true);
}

/* With the lock held. Only who would wait for ever is woken by the closing. */
static void await_first(struct queue *queue, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    int outcome = timeout_ms == 0 ? ETIMEDOUT : 0;
    while (count_all(queue) == 0 && outcome != ETIMEDOUT && !(queue->closed && timeout_ms < 0))
        outcome = timeout_ms < 0 ? pthread_cond_wait(&queue->filled, &queue->lock)
                                 : pthread_cond_timedwait(&queue->filled, &queue->lock, &until);
}

struct tc_request *queue_take_all(struct queue *queue, int timeout_ms)
{
    pthread_mutex_lock(&queue->lock);
    await_first(queue, timeout_ms);
    struct line *urgent = &queue->lines[URGENT], *ordinary = &queue->lines[ORDINARY];
    *urgent->last = ordinary->first;
    struct tc_request *all = urgent->first;
    clear(urgent);
    clear(ordinary);
    pthread_mutex_unlock(&queue->lock);
    return all;
}

struct tc_request *queue_take_urgent(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    struct tc_request *all = queue->lines[URGENT].first;
    clear(&queue->lines[URGENT]);
    pthread_mutex_unlock(&queue->lock);
    return all;
}

struct tc_request *queue_take_one(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    await_first(queue, -1);
    struct tc_request *one = NULL;
    for (int lane = LANES - 1; lane >= 0 && one == NULL; lane--)
        if (queue->lines[lane].count > 0)
            one = take_first(&queue->lines[lane]);
    pthread_mutex_unlock(&queue->lock);
    return one;
}

size_t queue_count(struct queue *queue)
{
    if (queue == NULL)
        return 0;
    pthread_mutex_lock(&queue->lock);
    size_t count = count_all(queue);
    pthread_mutex_unlock(&queue->lock);
    return count;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    queue->closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->lock);
}

bool queue_is_closed(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    bool closed = queue->closed;
    pthread_mutex_unlock(&queue->lock);
    return closed;
}

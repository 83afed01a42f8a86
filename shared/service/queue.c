/* A queue between threads. */

#include "shared/service/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "shared/base/mem.h"
#include "shared/service/request_private.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct tc_request *first, **last;
    size_t count, limit;
    bool closed;
};

struct queue *queue_create(size_t limit)
{
    struct queue *queue = tc_alloc(sizeof(*queue));
    queue->limit = limit;
    queue->last = &queue->first;
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
    while ((*queue)->first != NULL) {
        struct tc_request *req = (*queue)->first;
        (*queue)->first = req->next;
        request_free(&req);
    }
    pthread_cond_destroy(&(*queue)->filled);
    pthread_mutex_destroy(&(*queue)->lock);
    free(*queue);
    *queue = NULL;
}

static bool add(struct queue *queue, struct tc_request *req, bool always)
{
    pthread_mutex_lock(&queue->lock);
    bool room = queue->limit == 0 || queue->count < queue->limit;
    bool take = always || (room && !queue->closed);
    if (take) {
        req->next = NULL;
        *queue->last = req;
        queue->last = &req->next;
        if (queue->count++ == 0)
            pthread_cond_broadcast(&queue->filled);
        else
            pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->lock);
    return take;
}

bool queue_add(struct queue *queue, struct tc_request *req)
{
    return add(queue, req, false);
}

void queue_return(struct queue *queue, struct tc_request *req)
{
    add(queue, req, true);
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
    int outcome = 0;
    while (queue->first == NULL && outcome != ETIMEDOUT && !(queue->closed && timeout_ms < 0))
        outcome = timeout_ms < 0 ? pthread_cond_wait(&queue->filled, &queue->lock)
                                 : pthread_cond_timedwait(&queue->filled, &queue->lock, &until);
}

struct tc_request *queue_take_all(struct queue *queue, int timeout_ms)
{
    pthread_mutex_lock(&queue->lock);
    await_first(queue, timeout_ms);
    struct tc_request *all = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    queue->count = 0;
    pthread_mutex_unlock(&queue->lock);
    return all;
}

struct tc_request *queue_take_one(struct queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    await_first(queue, -1);
    struct tc_request *one = queue->first;
    if (one != NULL) {
        queue->first = one->next;
        if (queue->first == NULL)
            queue->last = &queue->first;
        queue->count--;
    }
    pthread_mutex_unlock(&queue->lock);
    return one;
}

size_t queue_count(struct queue *queue)
{
    if (queue == NULL)
        return 0;
    pthread_mutex_lock(&queue->lock);
    size_t count = queue->count;
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

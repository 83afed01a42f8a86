/* The window of unacknowledged events. */

#include "shared/service/window.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"

/* An event, at its number modulo the size. */
struct slot {
    struct window_row *row; /* NULL: free */
    uint64_t number;
    char msg_id[WINDOW_MSG_ID_SIZE];
};

struct window {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    struct slot *slots;
    size_t size, used;
    uint64_t next;
    struct tc_table *rows;   /* open ones, by id */
    struct window_row *held; /* by `next`; in `rows` too */
    struct window_row *done; /* by `next` */
};

struct window *window_create(size_t size)
{
    struct window *window = tc_alloc(sizeof(*window));
    pthread_mutex_init(&window->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&window->freed, &attributes);
    pthread_condattr_destroy(&attributes);
    window->slots = tc_alloc(size * sizeof(struct slot));
    window->size = size;
    window->rows = tc_table_create();
    return window;
}

/* Frees the row's slots and the row itself. With the lock held, and not from within a walk. */
static void drop_slots(struct window *window, const struct window_row *row)
{
    for (size_t i = 0; i < window->size && window->used > 0; i++) {
        if (window->slots[i].row != row)
            continue;
        window->slots[i].row = NULL;
        window->used--;
    }
}

struct horizon {
    struct window *window;
    int64_t before;
};

static bool keep_younger(void *value, void *ctx)
{
    struct window_row *row = value;
    const struct horizon *horizon = ctx;
    if (row->held || row->since_ms >= horizon->before)
        return true;
    drop_slots(horizon->window, row);
    free(row);
    return false;
}

void window_give_up(struct window *window, int64_t older_than_ms)
{
    pthread_mutex_lock(&window->lock);
    struct horizon horizon = {window, older_than_ms > 0 ? tc_mono_ms() - older_than_ms : INT64_MAX};
    tc_table_sweep(window->rows, keep_younger, &horizon);
    pthread_cond_broadcast(&window->freed);
    pthread_mutex_unlock(&window->lock);
}

void window_free(struct window **window)
{
    if (*window == NULL)
        return;
    window_release(*window);
    window_give_up(*window, 0);
    for (struct window_row *row = (*window)->done, *next; row != NULL; row = next) {
        next = row->next;
        free(row);
    }
    tc_table_free(&(*window)->rows);
    free((*window)->slots);
    pthread_cond_destroy(&(*window)->freed);
    pthread_mutex_destroy(&(*window)->lock);
    free(*window);
    *window = NULL;
}

bool window_await_room(struct window *window, size_t count, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += timeout_ms % 1000 * 1000000L;
    until.tv_sec += timeout_ms / 1000 + until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;

    pthread_mutex_lock(&window->lock);
    int outcome = 0;
    while (window->size - window->used < count && outcome == 0)
        outcome = pthread_cond_timedwait(&window->freed, &window->lock, &until);
    bool room = window->size - window->used >= count;
    pthread_mutex_unlock(&window->lock);
    return room;
}

static struct window_row *row_of(struct window *window, const char *row_id)
{
    struct window_row *row = tc_table_get(window->rows, row_id);
    if (row == NULL) {
        row = tc_alloc(sizeof(*row));
        memcpy(row->id, row_id, TC_ID_SIZE);
        tc_table_set(window->rows, row_id, row);
    }
    if (!row->held) {
        if (row->open > 0) /* an orphan that is told again: what it waited for will not come */
            drop_slots(window, row);
        row->open = 0;
        row->since_ms = tc_mono_ms();
        row->held = true;
        row->next = window->held;
        window->held = row;
    }
    return row;
}

/* The next number whose slot is free; NULL when all are taken. */
static struct slot *free_slot(struct window *window)
{
    for (size_t i = 0; i < window->size; i++) {
        struct slot *slot = &window->slots[window->next++ % window->size];
        if (slot->row == NULL)
            return slot;
    }
    return NULL;
}

uint64_t window_add(struct window *window, const char *row_id, const char *msg_id)
{
    pthread_mutex_lock(&window->lock);
    struct window_row *row = row_of(window, row_id);
    row->open++; /* for ever, if there is no slot: then the row is given up in the end */
    struct slot *slot = free_slot(window);
    uint64_t number = UINT64_MAX;
    if (slot != NULL) {
        number = window->next - 1;
        slot->row = row;
        slot->number = number;
        strncpy(slot->msg_id, msg_id, sizeof(slot->msg_id) - 1);
        window->used++;
    }
    pthread_mutex_unlock(&window->lock);
    return number;
}

static void close_if_done(struct window *window, struct window_row *row)
{
    if (row->open > 0 || row->held)
        return;
    tc_table_remove(window->rows, row->id);
    row->next = window->done;
    window->done = row;
}

void window_acknowledge(struct window *window, uint64_t number, uint64_t seq)
{
    pthread_mutex_lock(&window->lock);
    struct slot *slot = &window->slots[number % window->size];
    if (slot->row != NULL && slot->number == number) {
        struct window_row *row = slot->row;
        slot->row = NULL;
        window->used--;
        if (seq >= row->seq) {
            row->seq = seq;
            memcpy(row->msg_id, slot->msg_id, sizeof(row->msg_id));
        }
        row->open--;
        close_if_done(window, row);
        pthread_cond_broadcast(&window->freed);
    }
    pthread_mutex_unlock(&window->lock);
}

void window_release(struct window *window)
{
    pthread_mutex_lock(&window->lock);
    while (window->held != NULL) {
        struct window_row *row = window->held;
        window->held = row->next;
        row->held = false;
        close_if_done(window, row);
    }
    pthread_mutex_unlock(&window->lock);
}

struct window_row *window_take_done(struct window *window)
{
    pthread_mutex_lock(&window->lock);
    struct window_row *done = window->done;
    window->done = NULL;
    pthread_mutex_unlock(&window->lock);
    return done;
}

size_t window_used(struct window *window)
{
    pthread_mutex_lock(&window->lock);
    size_t used = window->used;
    pthread_mutex_unlock(&window->lock);
    return used;
}

/* io_uring with nothing around it: a queue of what is to be sent, one system call, and a queue of
 * what became of it. Sends that may not wait are over when that call returns. */

#include "edge/sends.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shared/base/mem.h"

enum { ENTRIES = 256, SEND_FLAGS = MSG_NOSIGNAL | MSG_DONTWAIT };

/* What we share with the kernel; it moves the first head and the second tail. */
struct sends {
    int fd; /* -1: no ring */
    struct io_uring_sqe *asked;
    unsigned *ask_head, *ask_tail, *ask_order, ask_mask;
    struct io_uring_cqe *done;
    unsigned *done_head, *done_tail, done_mask;
    void *rings;
    size_t rings_size, asked_size;
};

static int open_ring(struct io_uring_params *params)
{
    *params =
        (struct io_uring_params){.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN};
    int fd = (int)syscall(SYS_io_uring_setup, ENTRIES, params);
    if (fd >= 0 || errno != EINVAL)
        return fd;
    *params = (struct io_uring_params){0}; /* a kernel before 6.0 */
    return (int)syscall(SYS_io_uring_setup, ENTRIES, params);
}

static void *map(const struct sends *sends, size_t size, off_t what)
{
    return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, sends->fd, what);
}

static size_t rings_size(const struct io_uring_params *params)
{
    size_t ask = params->sq_off.array + params->sq_entries * sizeof(unsigned);
    size_t done = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);
    return ask > done ? ask : done;
}

static unsigned *at(const struct sends *sends, unsigned offset)
{
    return (unsigned *)(void *)((char *)sends->rings + offset);
}

static bool map_ring(struct sends *sends, const struct io_uring_params *params)
{
    if (!(params->features & IORING_FEAT_SINGLE_MMAP))
        return false;
    sends->rings_size = rings_size(params);
    sends->asked_size = params->sq_entries * sizeof(struct io_uring_sqe);
    sends->rings = map(sends, sends->rings_size, IORING_OFF_SQ_RING);
    sends->asked = map(sends, sends->asked_size, IORING_OFF_SQES);
    if (sends->rings == MAP_FAILED || sends->asked == MAP_FAILED)
        return false;
    sends->ask_head = at(sends, params->sq_off.head);
    sends->ask_tail = at(sends, params->sq_off.tail);
    sends->ask_order = at(sends, params->sq_off.array);
    sends->ask_mask = *at(sends, params->sq_off.ring_mask);
    sends->done_head = at(sends, params->cq_off.head);
    sends->done_tail = at(sends, params->cq_off.tail);
    sends->done = (struct io_uring_cqe *)(void *)at(sends, params->cq_off.cqes);
    sends->done_mask = *at(sends, params->cq_off.ring_mask);
    return true;
}

static void close_ring(struct sends *sends)
{
    if (sends->fd < 0)
        return;
    if (sends->rings != NULL && sends->rings != MAP_FAILED)
        munmap(sends->rings, sends->rings_size);
    if (sends->asked != NULL && sends->asked != MAP_FAILED)
        munmap(sends->asked, sends->asked_size);
    close(sends->fd);
    sends->fd = -1;
}

static void send_one(struct send *item)
{
    do
        item->result = sendmsg(item->fd, &item->message, SEND_FLAGS);
    while (item->result < 0 && errno == EINTR);
    if (item->result < 0)
        item->result = -errno;
}

static void ask(struct sends *sends, const struct send *item, unsigned number)
{
    unsigned slot = (*sends->ask_tail + number) & sends->ask_mask;
    const struct iovec *only = item->message.msg_iov;
    bool plain = item->message.msg_iovlen == 1;
    sends->asked[slot] = (struct io_uring_sqe){
        .opcode = plain ? IORING_OP_SEND : IORING_OP_SENDMSG,
        .fd = item->fd,
        .addr = (uintptr_t)(plain ? only->iov_base : (const void *)&item->message),
        .len = plain ? (unsigned)only->iov_len : 1,
        .msg_flags = SEND_FLAGS,
        .user_data = number,
    };
    sends->ask_order[slot] = slot;
}

static size_t take_results(struct sends *sends, struct send *items)
{
    unsigned head = *sends->done_head, tail = __atomic_load_n(sends->done_tail, __ATOMIC_ACQUIRE);
    size_t count = tail - head;
    for (; head != tail; head++) {
        const struct io_uring_cqe *done = &sends->done[head & sends->done_mask];
        items[done->user_data].result = done->res;
    }
    __atomic_store_n(sends->done_head, head, __ATOMIC_RELEASE);
    return count;
}

/* How many the kernel has taken: all, or it can do no more. */
static size_t submit(struct sends *sends, size_t count)
{
    size_t taken = 0;
    while (taken < count) {
        long more = syscall(SYS_io_uring_enter, sends->fd, count - taken, 0, 0, NULL, 0);
        if (more == 0 || (more < 0 && errno != EINTR))
            break;
        taken += more > 0 ? (size_t)more : 0;
    }
    return taken;
}

static void send_together(struct sends *sends, struct send *items, size_t count)
{
    for (unsigned i = 0; i < count; i++)
        ask(sends, &items[i], i);
    __atomic_store_n(sends->ask_tail, *sends->ask_tail + (unsigned)count, __ATOMIC_RELEASE);
    size_t taken = submit(sends, count), known = take_results(sends, items);
    while (known < taken) {
        syscall(SYS_io_uring_enter, sends->fd, 0, taken - known, IORING_ENTER_GETEVENTS, NULL, 0);
        known += take_results(sends, items);
    }
    if (taken == count)
        return;
    close_ring(sends);
    for (size_t i = taken; i < count; i++)
        send_one(&items[i]);
}

void sends_run(struct sends *sends, struct send *items, size_t count)
{
    for (size_t from = 0; from < count; from += ENTRIES) {
        size_t some = count - from < ENTRIES ? count - from : ENTRIES;
        if (sends->fd >= 0 && some > 1)
            send_together(sends, items + from, some);
        else
            for (size_t i = 0; i < some; i++)
                send_one(&items[from + i]);
    }
}

struct sends *sends_create(bool together)
{
    struct sends *sends = tc_alloc(sizeof *sends);
    struct io_uring_params params;
    sends->fd = together ? open_ring(&params) : -1;
    if (sends->fd >= 0 && !map_ring(sends, &params))
        close_ring(sends);
    return sends;
}

bool sends_are_together(const struct sends *sends)
{
    return sends->fd >= 0;
}

void sends_free(struct sends **sends)
{
    if (*sends == NULL)
        return;
    close_ring(*sends);
    free(*sends);
    *sends = NULL;
}

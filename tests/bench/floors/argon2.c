/*
 * The least that looking at passwords can cost: Argon2id with the parameters of the auth service,
 * on so many threads, each with memory of its own that it keeps. `argon2 threads=2 seconds=3`.
 */

#include <argon2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/bench/floors/work.h"

enum { MEMORY_KIB = 19456, PASSES = 2, SALT_BYTES = 16, HASH_BYTES = 32, THREADS_MAX = 64 };

static _Thread_local uint8_t *arena;
static atomic_bool over;

static int take(uint8_t **memory, size_t size)
{
    *memory = arena;
    return size <= (size_t)MEMORY_KIB * 1024 ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

static void keep(uint8_t *memory, size_t size)
{
    (void)memory, (void)size;
}

static void hash(void)
{
    uint8_t salt[SALT_BYTES] = {0}, out[HASH_BYTES], password[] = "correct horse battery";
    argon2_context context = {
        .out = out,
        .outlen = HASH_BYTES,
        .pwd = password,
        .pwdlen = sizeof(password) - 1,
        .salt = salt,
        .saltlen = SALT_BYTES,
        .t_cost = PASSES,
        .m_cost = MEMORY_KIB,
        .lanes = 1,
        .threads = 1,
        .version = ARGON2_VERSION_13,
        .allocate_cbk = take,
        .free_cbk = keep,
        .flags = ARGON2_DEFAULT_FLAGS,
    };
    int failed = argon2_ctx(&context, Argon2_id);
    if (failed != ARGON2_OK)
        work_die("argon2", argon2_error_message(failed));
}

/* Each does its first before the start, so that its memory is there. */
static void *run(void *arg)
{
    pthread_barrier_t *start = arg;
    static _Thread_local int64_t count;
    arena = mmap(NULL, (size_t)MEMORY_KIB * 1024, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (arena == MAP_FAILED)
        work_die("mmap", "no memory");
    hash();
    pthread_barrier_wait(start);
    pthread_barrier_wait(start);
    while (!atomic_load(&over)) {
        hash();
        count++;
    }
    return (void *)(intptr_t)count;
}

int main(int argc, char **argv)
{
    (void)argc;
    unsigned threads = (unsigned)work_number(argv, "threads", sysconf(_SC_NPROCESSORS_ONLN));
    unsigned seconds = (unsigned)work_number(argv, "seconds", 3);
    pthread_t ids[THREADS_MAX];
    pthread_barrier_t start;
    if (threads < 1 || threads > THREADS_MAX ||
        pthread_barrier_init(&start, NULL, threads + 1) != 0)
        work_die("threads", "1 to 64");
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, run, &start) != 0)
            work_die("pthread_create", "no thread");
    pthread_barrier_wait(&start); /* all have their memory */
    work_begin();
    pthread_barrier_wait(&start);
    sleep(seconds);
    atomic_store(&over, true);
    int64_t count = 0;
    for (unsigned i = 0; i < threads; i++) {
        void *done;
        pthread_join(ids[i], &done);
        count += (int64_t)(intptr_t)done;
    }
    work_end(count, "");
}

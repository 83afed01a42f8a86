/*
 * The least that being on disk can cost: one page appended to a file, and fdatasync, again and
 * again. `fdatasync dir=. bytes=8192 seconds=3`; dir: on the disk that PostgreSQL uses.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/mem.h"
#include "tests/bench/floors/work.h"

enum { MOST = 1000000, FILE_BYTES = 16 * 1024 * 1024 }; /* as large as a piece of the WAL */

static int open_file(const char *dir)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/floor-XXXXXX", dir);
    int fd = mkstemp(path);
    if (fd < 0 || unlink(path) != 0 || posix_fallocate(fd, 0, FILE_BYTES) != 0 || fsync(fd) != 0)
        work_die(dir, strerror(errno));
    return fd;
}

static void write_page(int fd, const char *page, size_t bytes, off_t at)
{
    if (pwrite(fd, page, bytes, at) != (ssize_t)bytes || fdatasync(fd) != 0)
        work_die("fdatasync", strerror(errno));
}

int main(int argc, char **argv)
{
    (void)argc;
    size_t bytes = (size_t)work_number(argv, "bytes", 8192);
    double seconds = (double)work_number(argv, "seconds", 3);
    int fd = open_file(work_text(argv, "dir", "."));
    char *page = tc_alloc(bytes);
    double *took = tc_alloc(MOST * sizeof(*took));
    for (off_t at = 0; at + (off_t)bytes <= FILE_BYTES; at += (off_t)bytes)
        if (pwrite(fd, page, bytes, at) != (ssize_t)bytes) /* a WAL's pieces are used again, too */
            work_die("pwrite", strerror(errno));
    write_page(fd, page, bytes, 0);

    work_begin();
    size_t count = 0;
    for (double at = 0; at < seconds && count < MOST; count++) {
        write_page(fd, page, bytes, (off_t)(count * bytes % FILE_BYTES));
        double then = work_seconds();
        took[count] = then - at;
        at = then;
    }
    char more[96];
    double p99 = work_quantile(took, count, 0.99);
    snprintf(more, sizeof(more), ",\"p50_ms\":%.4f,\"p99_ms\":%.4f", took[(count - 1) / 2] * 1000,
             p99 * 1000);
    work_end((int64_t)count, more);
}

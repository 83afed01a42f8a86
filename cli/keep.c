/* A file a server, which holds its token and nothing else. */

#include "cli/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/fault.h"
#include "cli/url.h"
#include "shared/base/buf.h"
#include "shared/base/mem.h"

#define TOKEN_MAX 256

/* The XDG base directory specification: what is not absolute is as good as unset. */
static bool folder(struct tc_buf *out, struct fault *fault)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && state[0] == '/')
        tc_buf_printf(out, "%s/tincan", state);
    else if (home != NULL && home[0] == '/')
        tc_buf_printf(out, "%s/.local/state/tincan", home);
    else
        return fault_set(fault, REFUSED, "HOME", "neither it nor XDG_STATE_HOME is set");
    return true;
}

static bool path_of(const struct url *url, struct tc_buf *out, struct fault *fault)
{
    if (!folder(out, fault))
        return false;
    tc_buf_printf(out, "/%s_%s", url->host, url->port);
    return true;
}

static bool failed(const char *path, struct fault *fault)
{
    return fault_set(fault, REFUSED, path, "%s", strerror(errno));
}

/* Each folder on the way that is not there yet. */
static bool make_folders(const char *path, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf part = {0};
    for (const char *end = strchr(path + 1, '/'); end != NULL; end = strchr(end + 1, '/')) {
        tc_buf_clear(&part);
        tc_buf_append(&part, path, (size_t)(end - path));
        if (mkdir(part.data, 0700) != 0 && errno != EEXIST)
            return failed(part.data, fault);
    }
    return true;
}

static bool write_all(int fd, const char *text)
{
    size_t size = strlen(text);
    return write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
}

/* A new file in place of the old one, so that nobody ever reads half a token. */
static bool replace(const char *path, const char *token, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf fresh = {0};
    tc_buf_printf(&fresh, "%s.%ld", path, (long)getpid());
    int fd = open(fresh.data, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd == -1)
        return failed(fresh.data, fault);
    bool done = fchmod(fd, 0600) == 0 && write_all(fd, token);
    done = close(fd) == 0 && done && rename(fresh.data, path) == 0;
    if (!done) {
        failed(path, fault);
        unlink(fresh.data);
    }
    return done;
}

bool keep_token(const struct url *url, const char *token, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf path = {0};
    return path_of(url, &path, fault) && make_folders(path.data, fault) &&
           replace(path.data, token, fault);
}

static bool nobody(const struct url *url, struct fault *fault)
{
    return fault_set(fault, NO_SESSION, url->authority,
                     "nobody is logged in there: tincan login NAME");
}

bool keep_find(const struct url *url, char **token, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf path = {0};
    if (!path_of(url, &path, fault))
        return false;
    int fd = open(path.data, O_RDONLY | O_CLOEXEC);
    if (fd == -1)
        return errno == ENOENT ? nobody(url, fault) : failed(path.data, fault);
    char text[TOKEN_MAX + 1];
    ssize_t size = read(fd, text, TOKEN_MAX);
    close(fd);
    if (size <= 0)
        return nobody(url, fault);
    text[size] = '\0';
    text[strcspn(text, "\r\n")] = '\0';
    *token = tc_strdup(text);
    return true;
}

bool keep_drop(const struct url *url, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf path = {0};
    if (!path_of(url, &path, fault))
        return false;
    return unlink(path.data) == 0 || errno == ENOENT || failed(path.data, fault);
}

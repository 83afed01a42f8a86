#pragma once

#include <stdbool.h>

struct cJSON;
struct client;
struct fault;
struct tc_buf;

/* Lists that come in pages: a request and how it names what it lists. */
struct pages {
    const char *type;                              /* "group/list" */
    const char *items;                             /* "groups" */
    void (*write)(void *ctx, struct tc_buf *data); /* the request's own fields */
    bool (*each)(void *ctx, struct cJSON *item);   /* false: it wants no more */
    void *ctx;
};

/* Every item, page after page. False: *fault says why. */
bool pages_read(struct client *client, const struct pages *pages, struct fault *fault);

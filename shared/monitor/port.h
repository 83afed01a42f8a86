/*
 * A process's own small HTTP port, for those who look after it and not for clients: metrics,
 * health. Only GET and HEAD, one request a connection, all bounded: in size, in time and in number.
 */
#pragma once

#include <stdint.h>

#include "shared/base/env.h"

struct tc_buf;
struct uv_loop_s;

/* Where it listens. Both go into a program's settings. */
struct tc_port_settings {
    const char *host; /* a numeric address */
    int64_t port;     /* 0: any free one, which the log tells (event=showing) */
};
extern const struct tc_setting tc_port_settings[];

/* A page: writes its body, returns its status. On the loop's thread. */
struct tc_page {
    const char *path; /* "/metrics" */
    const char *type; /* its Content-Type */
    int (*write)(void *ctx, struct tc_buf *out);
};

struct tc_port;

/* pages: ends with an empty row; borrowed, as ctx is. NULL: it cannot listen there, as the log
 * says. */
struct tc_port *tc_port_open(struct uv_loop_s *loop, const struct tc_port_settings *settings,
                             const struct tc_page *pages, void *ctx);

/* "http://127.0.0.1:40123" */
const char *tc_port_url(const struct tc_port *port);

/* Drops whoever is connected. The loop must run on until the port's handles have closed. */
void tc_port_close(struct tc_port **port);

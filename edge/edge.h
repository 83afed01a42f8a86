/* What one edge is made of: the parts, so that each finds the others. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "edge/gate.h"
#include "edge/metrics.h"
#include "edge/typing.h"
#include "edge/verify.h"
#include "shared/base/limits.h"
#include "shared/bus/settings.h"

struct edge_settings {
    struct tc_bus_settings bus;
    const char *host;
    const char *origins; /* allowed beside the edge's own, separated by commas */
    const char *web_dir; /* "": no files are served */
    const char *proxies; /* networks from which the PROXY protocol is spoken, by commas */
    const char *tls_certificate, *tls_key; /* PEM files; "": no TLS */
    int64_t port, drain_ms;
    struct gate_limits gate;
};

struct edge {
    struct uv_loop_s *loop;
    struct edge_settings settings;
    struct tc_limits limits;
    struct tc_bus *bus;
    struct inbox *inbox;
    struct requests *requests;
    struct connections *connections;
    struct gate *gate;
    struct audiences *audiences;
    struct users *users;
    struct hearing *hearing;
    struct ended *ended;
    struct tc_sub *ends;    /* of sessions, anybody's */
    struct list held_users; /* edge/held.c */
    struct verifications verifications;
    struct typing typing;
    struct site *site;
    uv_timer_t sweep;
    struct metrics metrics;
    const char *shown_at; /* the URL of the port that shows them */
    struct tc_discovery *discovery;
    int64_t began_ms;
    bool draining;
};

/* Opens the parts, with settings, limits, site and shown_at set; clients come by connections_add.
 */
void edge_open(struct edge *edge, struct uv_loop_s *loop);

/* Ends them, whatever is under way. The loop must run on until nothing is left in it. */
void edge_close(struct edge *edge);

#pragma once

#include "shared/monitor/port.h"
#include "shared/service/handler.h"

/*
 * What a service's process shows on its own port, read off the handler thread's counts:
 * /metrics; /healthz, while it lives; /readyz, while it can do its work. And over NATS, as $SRV.
 */
struct show;

/* NULL: it cannot listen, as the log says. handler is borrowed, and filled before the loop runs. */
struct show *show_open(struct uv_loop_s *loop, const struct tc_port_settings *settings,
                       const char *program, const struct handler *handler);

/* Over NATS, too, now that the handler is filled. */
void show_over_nats(struct show *show);

/* Closes the port; and when the bus has ended, which may still ask, frees the rest. */
void show_close(struct show *show);
void show_free(struct show **show);

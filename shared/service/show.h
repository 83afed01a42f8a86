#pragma once

#include "shared/monitor/port.h"
#include "shared/service/handler.h"

/*
 * What a service's process shows on its own port, read off the handler thread's counts:
 * /metrics; /healthz, while it lives; /readyz, while it can do its work.
 */
struct show;

/* NULL: it cannot listen, as the log says. handler is borrowed, and filled before the loop runs. */
struct show *show_open(struct uv_loop_s *loop, const struct tc_port_settings *settings,
                       const struct handler *handler);
void show_close(struct show **show);

#pragma once

struct tc_bus;

/* The connection that tc_ask uses; before any handler runs. Private to the skeleton. */
void ask_through(struct tc_bus *connection);

struct tc_buf;
/* How asking goes, as Prometheus reads it. On any thread. */
void ask_metrics_write(struct tc_buf *out);

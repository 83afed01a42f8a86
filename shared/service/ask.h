#pragma once

struct tc_bus;

/* The connection that tc_ask uses; before any handler runs. Private to the skeleton. */
void ask_through(struct tc_bus *connection);

/* Whose request the next questions are part of (of a batch, the first one's); NULL: nobody's. */
struct tc_request;
void ask_for(const struct tc_request *req);

struct tc_buf;
/* How asking goes, as Prometheus reads it. On any thread. */
void ask_metrics_write(struct tc_buf *out);

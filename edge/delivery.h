/* Events and signals on their way to the connections that are to get them. */
#pragma once

struct edge;
struct tc_msg;

/* What came over a subscription. The message is borrowed. */
void delivery_event(struct edge *edge, struct tc_msg *msg);

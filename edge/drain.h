/* The end of an edge: nobody new, everybody out over some seconds, then the loop may end. */
#pragma once

struct drain;
struct edge;

/*
 * Closes the connections with 1001, spread over the drain time, each once it has been answered;
 * calls done when all are gone, or have had their time.
 */
struct drain *drain_begin(struct edge *edge, void (*done)(struct edge *edge));
void drain_free(struct drain **drain); /* the loop must run on */

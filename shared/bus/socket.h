#pragma once

#include <nats/nats.h>
#include <uv.h>

/*
 * nats.c's socket on a libuv loop. nats.c calls from any thread when it has a
 * new socket, something to write, or has lost the server; all that follows
 * happens on the loop's thread. Private to the bus.
 */
struct bus_socket;

struct bus_socket_events {
    void (*on_open)(void *ctx);   /* connected; nothing has been read yet */
    void (*on_closed)(void *ctx); /* lost; nats.c is trying again */
    void (*on_gone)(void *ctx);   /* after bus_socket_close: all handles are closed */
    void *ctx;
};

struct bus_socket *bus_socket_create(uv_loop_t *loop, const struct bus_socket_events *events);

/* Tells nats.c to use it, before it connects. */
natsStatus bus_socket_attach(struct bus_socket *socket, natsOptions *options);

/* Cuts the connection, for a server that has stopped answering: nats.c then sees its end. */
void bus_socket_cut(struct bus_socket *socket);

/* Writes what waits to be sent. From then on nats.c's connection is not touched: call it before
 * that is closed. */
void bus_socket_rest(struct bus_socket *socket);

/* Call when nats.c's connection has been destroyed. Frees the socket after on_gone. */
void bus_socket_close(struct bus_socket *socket);

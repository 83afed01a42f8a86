/* The listening socket: lets clients in, and copes when there are more than file numbers. */
#pragma once

#include <stdint.h>

struct connections;
struct listener;
struct networks;
struct tls_server;
struct uv_loop_s;

/* Listens at a numeric address (port 0: any free one), beside other processes that do so too; all
 * who come are added to the connections. NULL, with errno, when that cannot be. */
struct listener *listener_create(struct uv_loop_s *loop, const char *host, uint16_t port,
                                 struct connections *connections);

/* Whoever comes out of these networks, which are borrowed, is a proxy: he has to say for whom. */
void listener_expect_proxies(struct listener *listener, const struct networks *proxies);

/* From now on whoever comes speaks TLS; borrowed, until it is called again. */
void listener_encrypt(struct listener *listener, const struct tls_server *tls);

uint16_t listener_port(const struct listener *listener);

/* Lets in who has come already, and nobody more. Those inside are not touched. */
void listener_stop(struct listener *listener);

/* Stops it too. The loop must run on until nothing is left in it. */
void listener_free(struct listener **listener);

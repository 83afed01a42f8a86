/* A WebSocket client that waits: one socket, a time limit on everything. Text frames only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client {
    int fd;
    char *data; /* what has come and is not used yet */
    size_t size;
};

/*
 * Connects to 127.0.0.1 and asks for /ws with this token. Returns the status of the answer (101:
 * it is open), 0 if the connection was refused or ended before.
 */
int client_open(struct client *client, uint16_t port, const char *token);
void client_close(struct client *client);

void client_send(struct client *client, const char *text);

/* Reads messages until one has this text in it, and returns whether it came within 20 s. */
bool client_await(struct client *client, const char *text);

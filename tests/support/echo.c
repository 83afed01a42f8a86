/* The edge's WebSocket layer behind a handler that says back what it is told; for conformance
 * suites. Any path, no token, the first subprotocol that is offered. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "edge/connections.h"
#include "edge/frame.h"
#include "edge/handshake.h"
#include "edge/listener.h"

enum { MESSAGE_MAX = 16 * 1024 * 1024, PROTOCOL_SIZE = 128 };

struct echo {
    uv_loop_t loop;
    uv_signal_t stop;
    struct connections *connections;
    struct listener *listener;
};

static void refuse(struct echo *echo, struct connection_id id, int status)
{
    struct http_response response = {.status = status};
    if (status == 426)
        response.headers = HANDSHAKE_REQUIRED;
    connection_respond(echo->connections, id, &response);
}

static void on_request(void *user, struct connection_id id, const struct http_request *request)
{
    struct handshake_protocols offered;
    char protocol[PROTOCOL_SIZE] = "";
    int status = handshake_status(request);
    if (status == 101 && !handshake_protocols(request, &offered))
        status = 400;
    if (status != 101) {
        refuse(user, id, status);
        return;
    }
    if (offered.count > 0 && offered.items[0].size < PROTOCOL_SIZE)
        memcpy(protocol, offered.items[0].data, offered.items[0].size);
    connection_accept(((struct echo *)user)->connections, id, *protocol ? protocol : NULL);
}

static void on_malformed(void *user, struct connection_id id, int status)
{
    refuse(user, id, status);
}

static void send_back(struct echo *echo, struct connection_id id, enum frame_opcode opcode,
                      const char *data, size_t size)
{
    struct frame *frame = frame_create(opcode, data, size);
    connection_send(echo->connections, id, frame);
    frame_unref(&frame);
}

static void on_text(void *user, struct connection_id id, const char *data, size_t size)
{
    send_back(user, id, FRAME_TEXT, data, size);
}

static void on_binary(void *user, struct connection_id id, const char *data, size_t size)
{
    send_back(user, id, FRAME_BINARY, data, size);
}

static void on_closed(void *user, struct connection_id id, uint16_t code)
{
    (void)user, (void)id, (void)code;
}

static void on_stop(uv_signal_t *signal, int number)
{
    struct echo *echo = signal->data;
    (void)number;
    listener_free(&echo->listener);
    connections_free(&echo->connections);
    uv_close((uv_handle_t *)signal, NULL);
}

/* The value behind an option, or the fallback. */
static unsigned long option(int argc, char **argv, const char *name, unsigned long fallback)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtoul(argv[i + 1], NULL, 10);
    return fallback;
}

static bool start(struct echo *echo, uint16_t port, struct connection_limits limits)
{
    static const struct connection_ops ops = {on_request, on_malformed, on_text, on_binary,
                                              on_closed};
    uv_loop_init(&echo->loop);
    echo->connections = connections_create(&echo->loop, &limits, &ops, echo);
    echo->listener = listener_create(&echo->loop, "127.0.0.1", port, echo->connections);
    if (!echo->listener)
        return false;
    uv_signal_init(&echo->loop, &echo->stop);
    echo->stop.data = echo;
    return uv_signal_start(&echo->stop, on_stop, SIGTERM) == 0;
}

int main(int argc, char **argv)
{
    struct echo echo = {0};
    unsigned long port = option(argc, argv, "--port", 0);
    unsigned long message = option(argc, argv, "--max-message", MESSAGE_MAX);
    if (port > UINT16_MAX || message > MESSAGE_MAX) {
        fprintf(stderr, "usage: tincan-echo [--port N] [--max-message N (up to %d)]\n",
                MESSAGE_MAX);
        return 2;
    }
    struct connection_limits limits = connection_limits_default();
    limits.message_bytes = (uint32_t)message;
    limits.signal_bytes = 2 * MESSAGE_MAX;
    limits.unsent_bytes = 8 * MESSAGE_MAX;
    if (!start(&echo, (uint16_t)port, limits)) {
        perror("tincan-echo");
        return 1;
    }
    printf("listening on 127.0.0.1:%u\n", listener_port(echo.listener));
    fflush(stdout);
    uv_run(&echo.loop, UV_RUN_DEFAULT);
    return uv_loop_close(&echo.loop) == 0 ? 0 : 1;
}

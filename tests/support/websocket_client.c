/* The client's side of RFC 6455, as little of it as a test needs. */

#include "tests/support/websocket_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/mem.h"
#include "tests/support/unit.h"

#define AWAIT_MS 20000
#define CHUNK 4096

/* False: the end, or nothing within the time. */
static bool read_more(struct client *client, int64_t end_ms)
{
    int64_t left_ms = end_ms - tc_mono_ms();
    struct pollfd wait = {.fd = client->fd, .events = POLLIN};
    if (left_ms <= 0 || poll(&wait, 1, (int)left_ms) != 1)
        return false;
    client->data = tc_realloc(client->data, client->size + CHUNK + 1);
    ssize_t got = recv(client->fd, client->data + client->size, CHUNK, 0);
    if (got <= 0)
        return false;
    client->size += (size_t)got;
    client->data[client->size] = '\0';
    return true;
}

static void use_up(struct client *client, size_t size)
{
    client->size -= size;
    memmove(client->data, client->data + size, client->size + 1);
}

static void send_all(struct client *client, const void *bytes, size_t size)
{
    ssize_t sent = send(client->fd, bytes, size, MSG_NOSIGNAL);
    assert_true(sent < 0 || (size_t)sent == size); /* an end is seen when reading */
}

int client_open(struct client *client, uint16_t port, const char *token)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *client = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (connect(client->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return 0;
    char head[512];
    int size = snprintf(head, sizeof(head),
                        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Protocol: tincan.v1\r\nAuthorization: Bearer %s\r\n\r\n",
                        port, token);
    send_all(client, head, (size_t)size);
    int64_t end_ms = tc_mono_ms() + AWAIT_MS;
    while (client->size == 0 || strstr(client->data, "\r\n\r\n") == NULL)
        if (!read_more(client, end_ms))
            return 0;
    int status = 0;
    sscanf(client->data, "HTTP/1.1 %d", &status);
    use_up(client, (size_t)(strstr(client->data, "\r\n\r\n") + 4 - client->data));
    return status;
}

void client_close(struct client *client)
{
    close(client->fd);
    free(client->data);
    *client = (struct client){.fd = -1};
}

void client_send(struct client *client, const char *text)
{
    unsigned char frame[CHUNK];
    size_t size = strlen(text);
    assert_true(size < 65536 && size + 8 <= sizeof(frame));
    frame[0] = 0x81;
    frame[1] = 0x80 | 126;
    frame[2] = (unsigned char)(size >> 8);
    frame[3] = (unsigned char)size;
    memset(frame + 4, 0, 4); /* the mask */
    if (size < 126) {
        frame[1] = (unsigned char)(0x80 | size);
        memset(frame + 2, 0, 4);
    }
    size_t head = size < 126 ? 6 : 8;
    for (size_t i = 0; i < size; i++)
        frame[head + i] = (unsigned char)text[i];
    send_all(client, frame, head + size);
}

/* A whole frame at the beginning of what has come: where its payload is; false: not yet. */
static bool frame_is_there(const struct client *client, size_t *head, size_t *size)
{
    const unsigned char *bytes = (const unsigned char *)client->data;
    if (client->size < 4)
        return client->size >= 2 && bytes[1] == 0 && (*head = 2, *size = 0, true);
    assert_in_range(bytes[1], 0, 126);
    *head = bytes[1] == 126 ? 4 : 2;
    *size = bytes[1] == 126 ? (size_t)bytes[2] << 8 | bytes[3] : bytes[1];
    return client->size >= *head + *size;
}

bool client_await(struct client *client, const char *text)
{
    int64_t end_ms = tc_mono_ms() + AWAIT_MS;
    for (;;) {
        size_t head, size;
        while (!frame_is_there(client, &head, &size))
            if (!read_more(client, end_ms))
                return false;
        bool found = memmem(client->data + head, size, text, strlen(text)) != NULL;
        use_up(client, head + size);
        if (found)
            return true;
    }
}

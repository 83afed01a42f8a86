/*
 * The least that arriving, staying and hearing can cost: rooms of WebSockets. `fanout single` sends
 * each delivery by itself, at once; `fanout coalesce` sends what one turn of the loop has brought
 * for a room to each of its members in one call.
 *
 * GET /room/N is answered with 101 and joins the room. What a member says in a text frame goes to
 * all of the room, himself too, in a frame that is made once. Nothing is checked, nobody is pinged,
 * and who leaves is not forgotten: it serves one run.
 */

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shared/base/mem.h"
#include "tests/bench/floors/server.h"

enum { ROOMS_MAX = 20000, FRAMES_MAX = 512, INPUT_BYTES = 256 * 1024, HEADER_MAX = 4 };
enum { KEY_SIZE = 24, MASK_SIZE = 4, LENGTH_16 = 126, TEXT = 0x81 };

struct room {
    int *members;
    uint32_t count, capacity;
    struct iovec *frames; /* of this turn */
    uint32_t frame_count;
};

struct client {
    uint32_t room; /* and 1; 0: it has not asked for one */
    uint32_t rest_size;
    char *rest; /* what came of a frame that is not whole */
};

static struct room rooms[ROOMS_MAX];
static struct client clients[FLOOR_CLIENTS_MAX];
static uint32_t busy_rooms[ROOMS_MAX], busy_count;
static bool coalesce;

/* A socket that is full is waited for: nothing is ever queued. */
static void send_rest(int fd, const struct iovec *frames, uint32_t count, size_t sent)
{
    for (uint32_t i = 0; i < count; i++) {
        size_t at = sent < frames[i].iov_len ? sent : frames[i].iov_len;
        sent -= at;
        while (at < frames[i].iov_len) {
            floor_wait_writable(fd);
            ssize_t more = send(fd, (char *)frames[i].iov_base + at, frames[i].iov_len - at, 0);
            if (more < 0 && errno != EAGAIN)
                return;
            at += more > 0 ? (size_t)more : 0;
        }
    }
}

static void send_frames(int fd, struct iovec *frames, uint32_t count, size_t size)
{
    const struct msghdr message = {.msg_iov = frames, .msg_iovlen = count};
    ssize_t sent = count == 1 ? send(fd, frames->iov_base, size, 0) : sendmsg(fd, &message, 0);
    if (sent < 0 && errno != EAGAIN)
        return; /* it has gone; nobody counts it any more */
    if (sent < (ssize_t)size)
        send_rest(fd, frames, count, sent > 0 ? (size_t)sent : 0);
}

static void deliver(struct room *room)
{
    size_t size = 0;
    for (uint32_t i = 0; i < room->frame_count; i++)
        size += room->frames[i].iov_len;
    for (uint32_t i = 0; i < room->count; i++)
        send_frames(room->members[i], room->frames, room->frame_count, size);
    for (uint32_t i = 0; i < room->frame_count; i++)
        free(room->frames[i].iov_base);
    room->frame_count = 0;
}

static void publish(uint32_t number, struct iovec frame)
{
    struct room *room = &rooms[number];
    if (room->frames == NULL)
        room->frames = tc_alloc(FRAMES_MAX * sizeof(struct iovec));
    if (room->frame_count == FRAMES_MAX)
        deliver(room);
    if (room->frame_count == 0 && coalesce)
        busy_rooms[busy_count++] = number;
    room->frames[room->frame_count++] = frame;
    if (!coalesce)
        deliver(room);
}

static void on_ticked(void)
{
    for (uint32_t i = 0; i < busy_count; i++)
        deliver(&rooms[busy_rooms[i]]);
    busy_count = 0;
}

/* A client's frame as the room gets it: its header without the mask. */
static struct iovec unmasked(const unsigned char *frame, size_t head, size_t size)
{
    unsigned char *out = tc_realloc(NULL, head + size);
    const unsigned char *mask = frame + head, *payload = mask + MASK_SIZE;
    memcpy(out, frame, head);
    out[1] &= 0x7f;
    for (size_t i = 0; i < size; i++)
        out[head + i] = payload[i] ^ mask[i % MASK_SIZE];
    return (struct iovec){out, head + size};
}

/* Returns how many bytes were whole frames. */
static size_t take_frames(struct client *client, const unsigned char *bytes, size_t size)
{
    size_t at = 0;
    while (size - at >= HEADER_MAX) {
        const unsigned char *frame = bytes + at;
        size_t length = frame[1] & 0x7f, head = 2;
        if (length == LENGTH_16) {
            length = (size_t)(frame[2] << 8 | frame[3]);
            head = HEADER_MAX;
        }
        size_t whole = head + MASK_SIZE + length;
        if (size - at < whole)
            break;
        if (frame[0] == TEXT)
            publish(client->room - 1, unmasked(frame, head, length));
        at += whole;
    }
    return at;
}

static void join(struct client *client, int fd, const char *head)
{
    unsigned long number = strncmp(head, "GET /room/", 10) == 0 ? strtoul(head + 10, NULL, 10) : 0;
    struct room *room = &rooms[number < ROOMS_MAX ? number : 0];
    client->room = (uint32_t)(room - rooms) + 1;
    if (room->count == room->capacity) {
        room->capacity = room->capacity > 0 ? 2 * room->capacity : 16;
        room->members = tc_realloc(room->members, room->capacity * sizeof(int));
    }
    room->members[room->count++] = fd;
}

static void answer(int fd, const char *key)
{
    char text[KEY_SIZE + sizeof("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")], line[192];
    unsigned char digest[SHA_DIGEST_LENGTH], accept[2 * SHA_DIGEST_LENGTH];
    memcpy(text, key, KEY_SIZE);
    strcpy(text + KEY_SIZE, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    SHA1((const unsigned char *)text, sizeof(text) - 1, digest);
    EVP_EncodeBlock(accept, digest, sizeof(digest));
    int size = snprintf(line, sizeof(line),
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                        (const char *)accept);
    send(fd, line, (size_t)size, 0);
}

/* A head comes in one piece, and alone. */
static size_t take_head(struct client *client, int fd, char *bytes, size_t size)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    bytes[size] = '\0';
    const char *key = strstr(bytes, name);
    if (key == NULL)
        floor_die("a head without a key");
    join(client, fd, bytes);
    answer(fd, key + sizeof(name) - 1);
    return size;
}

static void on_joined(int fd)
{
    free(clients[fd].rest);
    clients[fd] = (struct client){0};
}

static void on_readable(int fd)
{
    static char input[INPUT_BYTES + 1];
    struct client *client = &clients[fd];
    if (client->rest_size > 0)
        memcpy(input, client->rest, client->rest_size);
    ssize_t more = recv(fd, input + client->rest_size, INPUT_BYTES - client->rest_size, 0);
    if (more <= 0) {
        close(fd);
        return;
    }
    size_t size = client->rest_size + (size_t)more;
    size_t used = client->room == 0 ? take_head(client, fd, input, size)
                                    : take_frames(client, (unsigned char *)input, size);
    free(client->rest);
    client->rest_size = (uint32_t)(size - used);
    client->rest = used < size ? tc_memdup(input + used, size - used) : NULL;
}

int main(int argc, char **argv)
{
    static const struct floor_ops ops = {on_joined, on_readable, on_ticked};
    coalesce = argc == 2 && strcmp(argv[1], "coalesce") == 0;
    if (argc != 2 || (!coalesce && strcmp(argv[1], "single") != 0))
        floor_die("usage: fanout coalesce|single");
    floor_serve(&ops);
    return EXIT_SUCCESS;
}

/*
 * A whole edge under libFuzzer, between one client and NATS. The input is a list of acts, separated
 * by the byte 0x1e, the first byte of each says which:
 *
 *   U      the client asks for /ws as it should     R…     or sends these bytes
 *   T…     a frame of text                          X      the client goes
 *   V, H   the oldest question is answered: who the token is of; what he hears
 *   A…     … or with this: a status (may be empty), a newline, the payload
 *   E…     a subject, a newline, the payload: something happened; O… the same, asked for by us
 *   L, G   NATS is lost, is there again
 */

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/connections.h"
#include "edge/edge.h"
#include "edge/site.h"
#include "shared/base/buf.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/text.h"
#include "shared/bus/subjects.h"
#include "tests/support/fake_bus.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ANN "018f0000-0000-7000-8000-0000000000aa"
#define GROUP "018f0000-0000-7000-8000-000000000001"
#define ROOM "018f0000-0000-7000-8000-000000000002"
#define SESSION "018f0000-0000-7000-8000-000000000003"

enum { TURNS = 6, ACTS = 64, QUESTIONS = 64 };

struct text {
    const char *data;
    size_t size;
};

static struct scene {
    uv_loop_t loop;
    struct edge edge;
    int client;                     /* -1: there is none */
    char questions[QUESTIONS][128]; /* where their answers go */
    size_t asked, answered;
} scene;

/* ---- NATS ---- */

static void deliver(const char *subject, struct text payload, const char *header, const char *value)
{
    fake_bus.config.on_message(fake_bus.config.ctx,
                               fake_message_of(subject, payload.data, payload.size, header, value));
}

/* Whatever a client has said, a subject is made of known words and checked ids. */
static void check_subject(const char *subject)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    assert(subject[0] != '\0' && subject[strspn(subject, good)] == '\0');
    assert(strstr(subject, "..") == NULL);
}

static void take_published(void)
{
    const struct fake_published *published;
    while ((published = fake_take(NULL)) != NULL) {
        check_subject(published->subject);
        if (strncmp(published->subject, FAKE_INBOX, strlen(FAKE_INBOX)) == 0)
            deliver(published->subject, (struct text){"", 0}, NULL, NULL); /* a barrier */
        else if (published->reply[0] != '\0')
            snprintf(scene.questions[scene.asked++ % QUESTIONS], sizeof(scene.questions[0]), "%s",
                     published->reply);
    }
}

static void answer(struct text payload, const char *status)
{
    if (scene.answered == scene.asked)
        return;
    deliver(scene.questions[scene.answered++ % QUESTIONS], payload,
            status != NULL ? TC_HEADER_STATUS : NULL, status);
}

static void answer_with(const char *text)
{
    answer((struct text){text, strlen(text)}, NULL);
}

/* What stands before the first newline; `rest` moves behind it. */
static char *cut_line(struct text *rest)
{
    const char *end = rest->size > 0 ? memchr(rest->data, '\n', rest->size) : NULL;
    size_t size = end != NULL ? (size_t)(end - rest->data) : rest->size;
    char *line = tc_alloc(size + 1);
    memcpy(line, rest->data, size);
    rest->data += size + (end != NULL);
    rest->size -= size + (end != NULL);
    return line;
}

static void answer_as_told(struct text rest)
{
    char *status = cut_line(&rest);
    answer(rest, status[0] != '\0' ? status : NULL);
    free(status);
}

static void tell_event(struct text rest, bool ours)
{
    char *subject = cut_line(&rest);
    const char *origin = scene.questions[(scene.asked > 0 ? scene.asked - 1 : 0) % QUESTIONS];
    deliver(subject, rest, ours ? TC_HEADER_ORIGIN : NULL, ours ? origin : NULL);
    free(subject);
}

/* ---- The client ---- */

static void send_bytes(const void *bytes, size_t size)
{
    if (scene.client >= 0 && send(scene.client, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return; /* the edge has hung up, or its buffers are full */
}

static void connect_client(void)
{
    int pair[2];
    if (scene.client >= 0)
        return;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    scene.client = pair[0];
    connections_add(scene.edge.connections, pair[1], NULL);
}

static void upgrade(void)
{
    static const char head[] = "GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
                               "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                               "Sec-WebSocket-Protocol: tincan.v1\r\n"
                               "Authorization: Bearer 0123456789\r\n\r\n";
    connect_client();
    send_bytes(head, sizeof(head) - 1);
}

static void say(struct text text)
{
    unsigned char head[8] = {0x81, 0x80 | 126, (unsigned char)(text.size >> 8),
                             (unsigned char)text.size}; /* masked with zeroes */
    if (text.size < 126)
        head[1] = (unsigned char)(0x80 | text.size);
    size_t size = text.size < 126 ? 6 : 8;
    if (text.size < 126)
        memset(head + 2, 0, 4);
    if (text.size > UINT16_MAX)
        return;
    send_bytes(head, size);
    send_bytes(text.data, text.size);
}

static void drop_client(void)
{
    if (scene.client >= 0)
        close(scene.client);
    scene.client = -1;
}

static void read_all(void)
{
    static char came[65536];
    if (scene.client >= 0 && recv(scene.client, came, sizeof(came), MSG_DONTWAIT) == 0)
        drop_client();
}

/* ---- One input ---- */

static void play(struct text act)
{
    struct text rest = {act.data + 1, act.size - 1};
    switch (act.data[0]) {
    case 'U':
        upgrade();
        break;
    case 'R':
        connect_client();
        send_bytes(rest.data, rest.size);
        break;
    case 'T':
        say(rest);
        break;
    case 'X':
        drop_client();
        break;
    case 'V':
        answer_with("{\"user\":{\"id\":\"" ANN "\"},\"session\":{\"id\":\"" SESSION
                    "\",\"expires_at\":\"then\"}}");
        break;
    case 'H':
        answer_with("{\"users\":[{\"user_id\":\"" ANN "\",\"groups\":[\"" GROUP
                    "\"],\"closed\":[{\"conversation_id\":\"" ROOM "\",\"group_id\":\"" GROUP
                    "\"}]}]}");
        break;
    case 'A':
        answer_as_told(rest);
        break;
    case 'E':
    case 'O':
        tell_event(rest, act.data[0] == 'O');
        break;
    case 'L':
        fake_bus.down = true;
        fake_bus.config.on_lost(fake_bus.config.ctx);
        break;
    case 'G':
        fake_bus.down = false;
        fake_bus.config.on_up(fake_bus.config.ctx);
        break;
    }
}

static void settle(void)
{
    for (int turn = 0; turn < TURNS; turn++) {
        uv_run(&scene.loop, UV_RUN_NOWAIT);
        take_published();
        read_all();
    }
}

static void play_all(struct text rest)
{
    for (int acts = 0; rest.size > 0 && acts < ACTS; acts++) {
        const char *end = memchr(rest.data, 0x1e, rest.size);
        struct text act = {rest.data, end != NULL ? (size_t)(end - rest.data) : rest.size};
        if (act.size > 0)
            play(act);
        settle();
        rest.data += act.size + (end != NULL);
        rest.size -= act.size + (end != NULL);
    }
}

static void read_defaults(const struct tc_setting *row, void *into)
{
    for (; row->name != NULL; row++) {
        int64_t value = atoll(row->fallback);
        memcpy((char *)into + row->offset, &value, sizeof(value));
    }
}

static void begin(void)
{
    scene = (struct scene){.client = -1};
    scene.edge.settings = (struct edge_settings){.bus.urls = "", .origins = "", .web_dir = ""};
    fake_bus_reset();
    read_defaults(tc_limit_settings, &scene.edge.limits);
    read_defaults(gate_settings, &scene.edge.settings.gate);
    uv_loop_init(&scene.loop);
    scene.edge.site = site_load("");
    edge_open(&scene.edge, &scene.loop);
}

static void end(void)
{
    drop_client();
    edge_close(&scene.edge);
    uv_run(&scene.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&scene.loop) != 0)
        abort();
    site_free(&scene.edge.site);
    assert(fake_messages() == 0 && fake_bus.subscriptions == 0);
    fake_bus_reset();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    begin();
    play_all((struct text){(const char *)data, size});
    end();
    return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    tc_log_open("fuzz", TC_ERROR + 1);
    return 0;
}

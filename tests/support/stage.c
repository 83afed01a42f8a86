/* Playing an edge's whole world. */

#include "tests/support/stage.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/connections.h"
#include "edge/site.h"
#include "shared/base/mem.h"
#include "shared/bus/subjects.h"
#include "tests/support/unit.h"

#define TURNS 12 /* of the loop, until nothing moves any more */

static void read_defaults(const struct tc_setting *row, void *into)
{
    for (; row->name != NULL; row++)
        *(int64_t *)(void *)((char *)into + row->offset) = atoll(row->fallback);
}

void stage_open(struct stage *stage)
{
    *stage = (struct stage){.edge.settings = {.bus.urls = "", .origins = "", .web_dir = ""}};
    fake_bus_reset();
    read_defaults(tc_limit_settings, &stage->edge.limits);
    read_defaults(gate_settings, &stage->edge.settings.gate);
    uv_loop_init(&stage->loop);
    stage->edge.site = site_load("");
    edge_open(&stage->edge, &stage->loop);
    stage_run(stage);
}

void stage_close(struct stage *stage)
{
    edge_close(&stage->edge);
    uv_run(&stage->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&stage->loop), 0);
    site_free(&stage->edge.site);
    assert_int_equal(fake_messages(), 0);
    assert_int_equal(fake_bus.subscriptions, 0);
    fake_bus_reset();
}

static void deliver(struct tc_msg *msg)
{
    fake_bus.config.on_message(fake_bus.config.ctx, msg);
}

static void bring_barrier_back(struct stage *stage)
{
    char subject[128];
    snprintf(subject, sizeof(subject), FAKE_INBOX ".barrier-%u", stage->barriers + 1);
    if (stage->barriers_wait || fake_take(subject) == NULL)
        return;
    stage->barriers++;
    deliver(fake_message(subject, "", NULL, NULL));
}

void stage_run(struct stage *stage)
{
    for (int turn = 0; turn < TURNS; turn++) {
        bring_barrier_back(stage);
        uv_run(&stage->loop, UV_RUN_NOWAIT);
    }
}

/* ---- Clients ---- */

static void write_all(struct actor *actor, const void *bytes, size_t size)
{
    assert_int_equal(send(actor->fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

void actor_connect(struct stage *stage, struct actor *actor, const char *token)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    *actor = (struct actor){.fd = pair[0]};
    connections_add(stage->edge.connections, pair[1], NULL);
    char head[512];
    int size = snprintf(head, sizeof(head),
                        "GET /ws HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Protocol: tincan.v1\r\nAuthorization: Bearer %s\r\n\r\n",
                        token);
    write_all(actor, head, (size_t)size);
    stage_run(stage);
}

void actor_say(struct stage *stage, struct actor *actor, const char *text)
{
    size_t size = strlen(text);
    unsigned char head[8] = {0x81, 0x80 | 126, (unsigned char)(size >> 8), (unsigned char)size};
    assert_in_range(size, 126, 65535);
    write_all(actor, head, sizeof(head)); /* masked with zeroes */
    write_all(actor, text, size);
    stage_run(stage);
}

void actor_leave(struct stage *stage, struct actor *actor)
{
    close(actor->fd);
    free(actor->came);
    *actor = (struct actor){.fd = -1};
    stage_run(stage);
}

static void use_up(struct actor *actor, size_t size)
{
    actor->size -= size;
    memmove(actor->came, actor->came + size, actor->size);
}

static void read_all(struct actor *actor)
{
    for (;;) {
        actor->came = tc_realloc(actor->came, actor->size + 65536);
        ssize_t got = recv(actor->fd, actor->came + actor->size, 65536, 0);
        if (got <= 0)
            return;
        actor->size += (size_t)got;
    }
}

static void read_status(struct actor *actor)
{
    char *end = memmem(actor->came, actor->size, "\r\n\r\n", 4);
    if (end == NULL)
        return;
    actor->status = atoi(actor->came + strlen("HTTP/1.1 "));
    use_up(actor, (size_t)(end + 4 - actor->came));
}

const char *actor_heard(struct actor *actor)
{
    read_all(actor);
    if (actor->status == 0)
        read_status(actor);
    if (actor->status != 101 || actor->size < 2)
        return "";
    const unsigned char *bytes = (const unsigned char *)actor->came;
    size_t head = bytes[1] == 126 ? 4 : 2;
    size_t size = head == 4 ? (size_t)bytes[2] << 8 | bytes[3] : bytes[1];
    assert_true(actor->size >= head + size && size < sizeof(actor->line));
    if (bytes[0] == 0x88)
        snprintf(actor->line, sizeof(actor->line), "close %d",
                 size >= 2 ? bytes[2] << 8 | bytes[3] : 0);
    else
        snprintf(actor->line, sizeof(actor->line), "%.*s", (int)size, actor->came + head);
    use_up(actor, head + size);
    return actor->line;
}

void actor_hears(struct actor *actor, const char *expected)
{
    const char *line = actor_heard(actor);
    if (strstr(line, expected) == NULL)
        fail_msg("expected %s, heard %s", expected, line[0] != '\0' ? line : "nothing");
}

void actor_hears_nothing(struct actor *actor)
{
    const char *line = actor_heard(actor);
    if (line[0] != '\0')
        fail_msg("expected nothing, heard %s", line);
}

/* ---- Services ---- */

const struct fake_published *stage_asked(const char *subject)
{
    const struct fake_published *published = fake_take(subject);
    if (published == NULL)
        fail_msg("nothing was asked on %s", subject);
    return published;
}

void stage_not_asked(const char *subject)
{
    if (fake_take(subject) != NULL)
        fail_msg("something was asked on %s", subject);
}

void stage_reply(struct stage *stage, const char *reply, const char *status, const char *text)
{
    deliver(fake_message(reply, text, status != NULL ? TC_HEADER_STATUS : NULL, status));
    stage_run(stage);
}

void stage_answers(struct stage *stage, const char *subject, const char *status, const char *text)
{
    char reply[128];
    snprintf(reply, sizeof(reply), "%s", stage_asked(subject)->reply);
    stage_reply(stage, reply, status, text);
}

void stage_event(struct stage *stage, const char *subject, const char *text, const char *origin)
{
    char whole[192];
    snprintf(whole, sizeof(whole), "tincan.%s", subject);
    deliver(fake_message(whole, text, origin != NULL ? TC_HEADER_ORIGIN : NULL, origin));
    stage_run(stage);
}

void stage_loses_nats(struct stage *stage)
{
    fake_bus.down = true;
    fake_bus.config.on_lost(fake_bus.config.ctx);
    stage_run(stage);
}

void stage_has_nats_again(struct stage *stage)
{
    fake_bus.down = false;
    fake_bus.config.on_up(fake_bus.config.ctx);
    stage_run(stage);
}

void stage_verifies(struct stage *stage, const char *user_id)
{
    char text[256];
    snprintf(text, sizeof(text),
             "{\"user\":{\"id\":\"%s\"},\"session\":{\"id\":\"" SESSION
             "\",\"expires_at\":\"then\"}}",
             user_id);
    stage_answers(stage, "tincan.internal.auth.verify", NULL, text);
}

void stage_tells_audiences(struct stage *stage, const char *user_id, const char *groups,
                           const char *closed)
{
    char text[1024];
    snprintf(text, sizeof(text), "{\"users\":[{\"user_id\":\"%s\",\"groups\":%s,\"closed\":%s}]}",
             user_id, groups, closed);
    stage_answers(stage, "tincan.internal.conversation.audiences", NULL, text);
}

void stage_lets_in(struct stage *stage, struct actor *actor, const char *user_id,
                   const char *groups)
{
    actor_connect(stage, actor, "token");
    stage_verifies(stage, user_id);
    stage_tells_audiences(stage, user_id, groups, "[]");
    actor_hears(actor, "\"session/ready\"");
}

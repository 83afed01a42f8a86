/*
 * An edge on a stage: the test plays its clients, the services and NATS, step by step on one
 * thread. What is called below runs the loop until nothing moves any more.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "edge/edge.h"
#include "tests/support/fake_bus.h"

/* Ids to play with. */
#define ANN "018f0000-0000-7000-8000-0000000000aa"
#define BOB "018f0000-0000-7000-8000-0000000000bb"
#define GROUP "018f0000-0000-7000-8000-000000000001"
#define ROOM "018f0000-0000-7000-8000-000000000002"
#define SESSION "018f0000-0000-7000-8000-000000000003"

struct stage {
    uv_loop_t loop;
    struct edge edge;
    bool barriers_wait; /* else they come back at once */
    unsigned barriers;  /* that came back */
};

void stage_open(struct stage *stage);
void stage_close(struct stage *stage);
void stage_run(struct stage *stage);

/* A client's connection. */
struct actor {
    int fd;
    int status; /* of the answer to the upgrade; 0: none yet */
    char *came;
    size_t size;
    char line[4096];
};

/* Asks for /ws. */
void actor_connect(struct stage *stage, struct actor *actor, const char *token);
void actor_say(struct stage *stage, struct actor *actor, const char *text);
void actor_leave(struct stage *stage, struct actor *actor);

/* The next message that came, "close <code>", or "" when nothing has come. */
const char *actor_heard(struct actor *actor);
void actor_hears(struct actor *actor, const char *expected); /* … has this in it */
void actor_hears_nothing(struct actor *actor);

/* What was asked on a subject: fails the test if nothing was. */
const struct fake_published *stage_asked(const char *subject);
void stage_not_asked(const char *subject);

/* Answers the next question on a subject; status NULL: with success. */
void stage_answers(struct stage *stage, const char *subject, const char *status, const char *text);
void stage_reply(struct stage *stage, const char *reply, const char *status, const char *text);

/* Something happens: subject without "tincan.". origin: a reply subject, or NULL. */
void stage_event(struct stage *stage, const char *subject, const char *text, const char *origin);

/* NATS goes, and comes back. */
void stage_loses_nats(struct stage *stage);
void stage_has_nats_again(struct stage *stage);

/* The services' usual answers. groups: a JSON array, such as "[\"" GROUP "\"]". */
void stage_verifies(struct stage *stage, const char *user_id);
void stage_tells_audiences(struct stage *stage, const char *user_id, const char *groups,
                           const char *closed);

/* Lets someone in, up to his session/ready. */
void stage_lets_in(struct stage *stage, struct actor *actor, const char *user_id,
                   const char *groups);

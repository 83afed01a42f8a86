#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/monitor/metrics.h"
#include "shared/service/members.h"
#include "shared/service/request.h"

/*
 * Facts that another service owns, asked and remembered; private to the
 * skeleton. A fact is worth what it was worth when it was asked for: something
 * that was revoked since does not hold, and is not even kept if that happened
 * meanwhile.
 */
struct facts {
    const char *name; /* in metrics */
    const char *verb; /* "group.members", which is asked {"pairs":[[of,user],…]} … */
    const char *list; /* … and answers each in this list */
    size_t size;      /* of a value */

    /* Fills a zeroed value from its answer, or NULL. Whether it is positive: it lives 10 s, else 1.
     */
    bool (*read)(const cJSON *answer, void *value);

    /* The group that the value depends on too, and on somebody's part in it. NULL: there is none.
     */
    const char *(*group_of)(const void *value);

    int64_t renew_after_ms; /* one that is used again so late is asked for before it ends */

    struct tc_counter hits, misses; /* for any thread to read */
    struct memory *memory;          /* of facts.c */
};
extern struct facts facts_access, facts_members;

#define FACT_HALF_LIFE_MS 5000

/* What a fact is about: something (a group, a conversation), and somebody in it; two ids. */
struct fact_pair {
    const char *of;
    const char *user_id;
};

/*
 * The value of each pair, in `values`: what is not remembered is asked, in as
 * many requests as its size needs. On a failure some of them are not set.
 */
enum tc_status facts_get(struct facts *facts, const struct fact_pair *pairs, size_t count,
                         void *values);

/* Something has ended or begun: for everybody in `of`, or (NULL: everybody) for one. */
void facts_revoke(struct facts *facts, const char *of, const char *user_id);

/* Asks again, in one request, for what was used past half of its life. */
void facts_renew(struct facts *facts);

/* "owner", "member", "none", as both kinds of facts spell it. */
enum tc_role fact_role(const cJSON *answer);

/* How often NATS was lost: every fact from before a loss is worth nothing. */
unsigned service_losses(void);

/* Between two handlers: forgets the users that are remembered, if they are too many. */
void users_forget_if_many(void);

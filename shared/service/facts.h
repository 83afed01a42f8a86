#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/monitor/metrics.h"
#include "shared/service/members.h"
#include "shared/service/request.h"

/*
 * A cache of facts that another service owns; private to the skeleton. A fact
 * is worth what it was worth when it was asked for: something that was revoked
 * since does not hold, and is not even kept if that happened meanwhile.
 */
struct facts;

struct fact {
    int64_t asked_at;
    int64_t expires_at;
    char value[];
};

#define FACT_KEY_SIZE 80 /* two ids and what joins them */

struct facts *facts_create(size_t value_size);

/* How often a cache was asked for something, for any thread to read. */
struct facts_count {
    const char *cache;
    struct tc_counter hits, misses;
};
extern struct facts_count facts_access, facts_members;

static inline void facts_count(struct facts_count *count, size_t hits, size_t misses)
{
    tc_counter_add(&count->hits, hits);
    tc_counter_add(&count->misses, misses);
}

/* NULL when it is not there, or too old. Valid until the next call. */
const struct fact *facts_find(struct facts *facts, const char *key);

/* Whether nothing named so was revoked since the fact was asked for. */
bool facts_holds(const struct facts *facts, const struct fact *fact, const char *name);

/* A positive fact lives 10 s, a negative one 1 s. */
void facts_keep(struct facts *facts, const char *key, const void *value, int64_t asked_at,
                bool positive);

void facts_revoke(struct facts *facts, const char *name);

/* "<one>/<other>", a key of two ids, each shorter than TC_ID_SIZE. */
void fact_key(char out[FACT_KEY_SIZE], const char *one, const char *other);

/* What facts are about: something (a group, a conversation), and somebody in it. */
struct fact_pair {
    const char *of;
    const char *user_id;
};

/*
 * Asks another service for the facts of pairs, {"pairs":[[of,user],…]}, and
 * tells each one's answer, in order, of the list named `list`; NULL for one
 * that the answer has nothing for. In as many requests as their size needs.
 */
typedef void learn_fact(void *ctx, size_t i, const cJSON *answer, int64_t asked_at);
enum tc_status facts_ask(const char *verb, const char *list, const struct fact_pair *pairs,
                         size_t count, learn_fact *learn, void *ctx);

/* "owner", "member", "none", as both kinds of facts spell it. */
enum tc_role fact_role(const cJSON *answer);

/* How often NATS was lost: every fact from before a loss is worth nothing. */
unsigned service_losses(void);

/* Between two handlers: forgets the users that are remembered, if they are too many. */
void users_forget_if_many(void);

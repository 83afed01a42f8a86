/* The cache of facts, and what has been revoked lately. */

#include "shared/service/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/service.h"

#define POSITIVE_MS 10000
#define NEGATIVE_MS 1000
#define REVOCATION_MS 15000 /* longer than a fact and the asking for it live together */
#define SWEEP_MS 1000
#define FACTS_MAX 200000
#define ASK_MAX 2000 /* pairs in one request */

struct facts {
    size_t value_size;
    struct tc_table *table;       /* of struct fact */
    struct tc_table *revocations; /* of int64_t: when */
    int64_t swept_at;
    unsigned losses;
};

struct facts *facts_create(size_t value_size)
{
    struct facts *facts = tc_alloc(sizeof(*facts));
    facts->value_size = value_size;
    facts->table = tc_table_create();
    facts->revocations = tc_table_create();
    return facts;
}

static bool keep_fresh_fact(void *value, void *ctx)
{
    const struct fact *fact = value;
    const int64_t *now = ctx;
    if (fact->expires_at > *now)
        return true;
    free(value);
    return false;
}

static bool keep_fresh_revocation(void *value, void *ctx)
{
    const int64_t *when = value, *now = ctx;
    if (*when + REVOCATION_MS > *now)
        return true;
    free(value);
    return false;
}

static void sweep(struct facts *facts, int64_t now)
{
    facts->swept_at = now;
    int64_t horizon = tc_table_count(facts->table) > FACTS_MAX ? INT64_MAX : now;
    tc_table_sweep(facts->table, keep_fresh_fact, &horizon);
    tc_table_sweep(facts->revocations, keep_fresh_revocation, &now);
}

/* After a loss of NATS all is dropped: nobody knows which events were missed. */
static void drop_if_lost(struct facts *facts)
{
    if (facts->losses == service_losses())
        return;
    facts->losses = service_losses();
    int64_t horizon = INT64_MAX;
    tc_table_sweep(facts->table, keep_fresh_fact, &horizon);
}

const struct fact *facts_find(struct facts *facts, const char *key)
{
    drop_if_lost(facts);
    const struct fact *fact = tc_table_get(facts->table, key);
    return fact != NULL && fact->expires_at > tc_mono_ms() && facts_holds(facts, fact, key) ? fact
                                                                                            : NULL;
}

bool facts_holds(const struct facts *facts, const struct fact *fact, const char *name)
{
    const int64_t *when = tc_table_get(facts->revocations, name);
    return when == NULL || *when < fact->asked_at;
}

void facts_keep(struct facts *facts, const char *key, const void *value, int64_t asked_at,
                bool positive)
{
    int64_t now = tc_mono_ms();
    drop_if_lost(facts);
    if (now - facts->swept_at >= SWEEP_MS)
        sweep(facts, now);
    struct fact *fact = tc_alloc(sizeof(*fact) + facts->value_size);
    fact->asked_at = asked_at;
    fact->expires_at = asked_at + (positive ? POSITIVE_MS : NEGATIVE_MS);
    memcpy(fact->value, value, facts->value_size);
    free(tc_table_remove(facts->table, key));
    tc_table_set(facts->table, key, fact);
}

void facts_revoke(struct facts *facts, const char *name)
{
    int64_t *when = tc_table_get(facts->revocations, name);
    if (when == NULL) {
        when = tc_alloc(sizeof(*when));
        tc_table_set(facts->revocations, name, when);
    }
    *when = tc_mono_ms();
}

void fact_key(char out[FACT_KEY_SIZE], const char *one, const char *other)
{
    stpcpy(stpcpy(stpcpy(out, one), "/"), other);
}

static void write_pairs(struct tc_buf *out, const struct fact_pair *pairs, size_t count)
{
    tc_json_object(out, NULL);
    tc_json_array(out, "pairs");
    for (size_t i = 0; i < count; i++) {
        tc_json_array(out, NULL);
        tc_json_text(out, NULL, pairs[i].of);
        tc_json_text(out, NULL, pairs[i].user_id);
        tc_json_end_array(out);
    }
    tc_json_end_array(out);
    tc_json_end_object(out);
}

enum tc_status facts_ask(const char *verb, const char *list, const struct fact_pair *pairs,
                         size_t count, learn_fact *learn, void *ctx)
{
    for (size_t at = 0; at < count; at += ASK_MAX) {
        size_t some = count - at < ASK_MAX ? count - at : ASK_MAX;
        struct tc_buf question = {0};
        write_pairs(&question, pairs + at, some);
        int64_t asked_at = tc_mono_ms();
        cJSON *answer = NULL;
        enum tc_status status = tc_ask(verb, &question, &answer);
        tc_buf_free(&question);
        if (status != TC_OK)
            return status;
        const cJSON *items = cJSON_GetObjectItemCaseSensitive(answer, list);
        const cJSON *item = cJSON_IsArray(items) ? items->child : NULL;
        for (size_t i = 0; i < some; i++, item = item != NULL ? item->next : NULL)
            learn(ctx, at + i, item, asked_at);
        cJSON_Delete(answer);
    }
    return TC_OK;
}

enum tc_role fact_role(const cJSON *answer)
{
    const cJSON *role = cJSON_GetObjectItemCaseSensitive(answer, "role");
    if (!cJSON_IsString(role))
        return TC_ROLE_NONE;
    if (strcmp(role->valuestring, "owner") == 0)
        return TC_ROLE_OWNER;
    return strcmp(role->valuestring, "member") == 0 ? TC_ROLE_MEMBER : TC_ROLE_NONE;
}

/* Facts of other services: what is remembered of them, what has been revoked lately, and what is to
 * be asked again. */

#include "shared/service/facts.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/service.h"

#define POSITIVE_MS (2 * FACT_HALF_LIFE_MS)
#define NEGATIVE_MS 1000
#define REVOCATION_MS 15000 /* longer than a fact and the asking for it live together */
#define SWEEP_MS 1000
#define FACTS_MAX 200000
#define ASK_MAX 2000 /* pairs in one request */

struct fact {
    int64_t asked_at, expires_at, renew_at;
    char value[];
};

struct memory {
    struct tc_table *facts;       /* of struct fact, by pair */
    struct tc_table *revocations; /* of int64_t: when; by pair, or by what it is about */
    int64_t swept_at;
    unsigned losses;

    /* Used, and soon over; not asked for before `renew_at`. */
    int64_t renew_at;
    struct due {
        char of[TC_ID_SIZE], user_id[TC_ID_SIZE];
    } * due;
    size_t due_count;
};

#define KEY_SIZE ((size_t)2 * TC_ID_SIZE)

static const char *key_of(char out[KEY_SIZE], const char *of, const char *user_id)
{
    stpcpy(stpcpy(stpcpy(out, of), "/"), user_id);
    return out;
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

static void sweep(struct memory *memory, int64_t now)
{
    memory->swept_at = now;
    int64_t horizon = tc_table_count(memory->facts) > FACTS_MAX ? INT64_MAX : now;
    tc_table_sweep(memory->facts, keep_fresh_fact, &horizon);
    tc_table_sweep(memory->revocations, keep_fresh_revocation, &now);
}

static struct memory *memory_of(struct facts *facts)
{
    if (facts->memory != NULL)
        return facts->memory;
    struct memory *memory = facts->memory = tc_alloc(sizeof(*memory));
    memory->facts = tc_table_create();
    memory->revocations = tc_table_create();
    memory->due = tc_alloc(ASK_MAX * sizeof(*memory->due));
    return memory;
}

/* After a loss of NATS all is dropped: nobody knows which events were missed. */
static void drop_if_lost(struct memory *memory)
{
    if (memory->losses == service_losses())
        return;
    memory->losses = service_losses();
    int64_t horizon = INT64_MAX;
    tc_table_sweep(memory->facts, keep_fresh_fact, &horizon);
    memory->due_count = 0;
    memory->renew_at = 0;
}

/* Whether nothing named so was revoked since the fact was asked for. */
static bool stands(const struct memory *memory, const struct fact *fact, const char *name)
{
    const int64_t *when = tc_table_get(memory->revocations, name);
    return when == NULL || *when < fact->asked_at;
}

/* Whatever ends or begins a right revokes: all of its names are looked at. */
static bool holds(const struct facts *facts, const struct fact *fact, const struct fact_pair *pair)
{
    char key[KEY_SIZE];
    const struct memory *memory = facts->memory;
    if (!stands(memory, fact, key_of(key, pair->of, pair->user_id)) ||
        !stands(memory, fact, pair->of))
        return false;
    const char *group = facts->group_of != NULL ? facts->group_of(fact->value) : NULL;
    return group == NULL ||
           (stands(memory, fact, group) && stands(memory, fact, key_of(key, group, pair->user_id)));
}

static void note_due(struct memory *memory, struct fact *fact, const struct fact_pair *pair)
{
    if (memory->due_count == ASK_MAX || tc_mono_ms() < memory->renew_at)
        return;
    struct due *due = &memory->due[memory->due_count++];
    stpcpy(due->of, pair->of);
    stpcpy(due->user_id, pair->user_id);
    fact->renew_at = INT64_MAX; /* once */
}

static bool recall(struct facts *facts, const struct fact_pair *pair, void *value)
{
    char key[KEY_SIZE];
    struct fact *fact = tc_table_get(facts->memory->facts, key_of(key, pair->of, pair->user_id));
    int64_t now = tc_mono_ms();
    if (fact == NULL || fact->expires_at <= now || !holds(facts, fact, pair))
        return false;
    memcpy(value, fact->value, facts->size);
    if (fact->renew_at <= now)
        note_due(facts->memory, fact, pair);
    return true;
}

static const struct fact *learn(struct facts *facts, const struct fact_pair *pair,
                                const cJSON *answer, int64_t asked_at)
{
    struct fact *fact = tc_alloc(sizeof(*fact) + facts->size);
    bool positive = facts->read(answer, fact->value);
    fact->asked_at = asked_at;
    fact->expires_at = asked_at + (positive ? POSITIVE_MS : NEGATIVE_MS);
    fact->renew_at = positive ? asked_at + facts->renew_after_ms : INT64_MAX;
    char key[KEY_SIZE];
    key_of(key, pair->of, pair->user_id);
    free(tc_table_remove(facts->memory->facts, key));
    tc_table_set(facts->memory->facts, key, fact);
    return fact;
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

/* places: where in `values` each one's belongs; NULL: nowhere. */
static enum tc_status ask_some(struct facts *facts, const struct fact_pair *pairs, size_t count,
                               const size_t *places, void *values)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf question = {0};
    write_pairs(&question, pairs, count);
    int64_t asked_at = tc_mono_ms();
    cJSON *answer = NULL;
    enum tc_status status = tc_ask(facts->verb, &question, &answer);
    if (status != TC_OK)
        return status;

    const cJSON *items = cJSON_GetObjectItemCaseSensitive(answer, facts->list);
    const cJSON *item = cJSON_IsArray(items) ? items->child : NULL;
    for (size_t i = 0; i < count; i++, item = item != NULL ? item->next : NULL) {
        const struct fact *fact = learn(facts, &pairs[i], item, asked_at);
        if (places != NULL)
            memcpy((char *)values + places[i] * facts->size, fact->value, facts->size);
    }
    cJSON_Delete(answer);
    return TC_OK;
}

enum tc_status facts_get(struct facts *facts, const struct fact_pair *pairs, size_t count,
                         void *values)
{
    struct memory *memory = memory_of(facts);
    drop_if_lost(memory);
    if (tc_mono_ms() - memory->swept_at >= SWEEP_MS)
        sweep(memory, tc_mono_ms());

    struct fact_pair *missing = tc_alloc(count * sizeof(*missing));
    size_t *places = tc_alloc(count * sizeof(*places)), misses = 0;
    for (size_t i = 0; i < count; i++) {
        if (recall(facts, &pairs[i], (char *)values + i * facts->size))
            continue;
        missing[misses] = pairs[i];
        places[misses++] = i;
    }
    tc_counter_add(&facts->hits, count - misses);
    tc_counter_add(&facts->misses, misses);

    enum tc_status status = TC_OK;
    for (size_t at = 0; at < misses && status == TC_OK; at += ASK_MAX) {
        size_t some = misses - at < ASK_MAX ? misses - at : ASK_MAX;
        status = ask_some(facts, missing + at, some, places + at, values);
    }
    free(missing);
    free(places);
    return status;
}

static void revoke(struct memory *memory, const char *name)
{
    int64_t *when = tc_table_get(memory->revocations, name);
    if (when == NULL) {
        when = tc_alloc(sizeof(*when));
        tc_table_set(memory->revocations, name, when);
    }
    *when = tc_mono_ms();
}

void facts_revoke(struct facts *facts, const char *of, const char *user_id)
{
    char key[KEY_SIZE];
    if (facts->memory != NULL)
        revoke(facts->memory, user_id != NULL ? key_of(key, of, user_id) : of);
}

void facts_renew(struct facts *facts)
{
    struct memory *memory = facts->memory;
    if (memory == NULL)
        return;
    drop_if_lost(memory);
    if (memory->due_count == 0)
        return;
    struct fact_pair *pairs = tc_alloc(memory->due_count * sizeof(*pairs));
    for (size_t i = 0; i < memory->due_count; i++)
        pairs[i] = (struct fact_pair){memory->due[i].of, memory->due[i].user_id};
    if (ask_some(facts, pairs, memory->due_count, NULL, NULL) != TC_OK)
        memory->renew_at = tc_mono_ms() + POSITIVE_MS; /* whoever needs none must not wait for it */
    free(pairs);
    memory->due_count = 0;
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

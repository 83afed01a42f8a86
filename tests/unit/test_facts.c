/* Facts of other services: what is asked, what is remembered, and what is asked again. */

#include "shared/service/facts.h"

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/id.h"
#include "shared/service/service.h"

/* Others in each test. */
static char ann[TC_ID_SIZE], bob[TC_ID_SIZE], talk[TC_ID_SIZE], chat[TC_ID_SIZE], group[TC_ID_SIZE];

/* A fact is how often the other service had been asked by then. */
struct value {
    char group[TC_ID_SIZE];
    int64_t asked;
};

static struct {
    int64_t times;
    char question[512];
    enum tc_status status;
    bool loses;   /* NATS is lost, and comes back, while it answers */
    bool revokes; /* something is over while it answers */
    bool is_none;
} other;
static unsigned losses;

static struct facts facts;

unsigned service_losses(void)
{
    return losses;
}

const struct tc_limits *tc_limits(void)
{
    return NULL;
}

enum tc_status tc_ask(const char *verb, const struct tc_buf *question, cJSON **answer)
{
    assert_string_equal(verb, "test.facts");
    snprintf(other.question, sizeof(other.question), "%s", question->data);
    other.times++;
    if (other.revokes)
        facts_revoke(&facts, talk, NULL);
    losses += other.loses;
    for (int64_t then = tc_mono_ms(); other.revokes && tc_mono_ms() == then;)
        continue; /* so that what is asked from now on is seen to be later */
    if (other.status == TC_OK)
        *answer = cJSON_Parse("{\"items\":[1,2]}");
    return other.status;
}

static bool read_value(const cJSON *answer, void *out)
{
    struct value *value = out;
    strcpy(value->group, group);
    value->asked = other.times * 10 + (answer != NULL ? answer->valueint : 0);
    return !other.is_none;
}

static const char *group_of(const void *value)
{
    return ((const struct value *)value)->group;
}

static int begin(void **state)
{
    (void)state;
    memset(&other, 0, sizeof(other));
    char *const ids[] = {ann, bob, talk, chat, group};
    for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
        tc_id_make(ids[i]);
    losses++; /* whatever another test has left is dropped */
    facts.hits = facts.misses = (struct tc_counter){0};
    facts.name = "test";
    facts.verb = "test.facts";
    facts.list = "items";
    facts.size = sizeof(struct value);
    facts.read = read_value;
    facts.group_of = group_of;
    facts.renew_after_ms = FACT_HALF_LIFE_MS;
    return 0;
}

static int64_t get(const char *of, const char *user_id)
{
    struct value value = {.asked = -1};
    if (facts_get(&facts, &(struct fact_pair){of, user_id}, 1, &value) != TC_OK)
        return -1;
    return value.asked;
}

/* Whether the last question was about these, in their order. */
static void assert_asked(const struct fact_pair *pairs, size_t count)
{
    char want[512] = "{\"pairs\":[";
    for (size_t i = 0; i < count; i++)
        snprintf(want + strlen(want), sizeof(want) - strlen(want), "%s[\"%s\",\"%s\"]",
                 i > 0 ? "," : "", pairs[i].of, pairs[i].user_id);
    strcat(want, "]}");
    assert_string_equal(other.question, want);
}

static void what_is_not_remembered_is_asked_at_once(void **state)
{
    (void)state;
    assert_int_equal(get(talk, ann), 11);
    assert_asked(&(struct fact_pair){talk, ann}, 1);

    const struct fact_pair pairs[] = {{talk, ann}, {chat, ann}, {talk, bob}, {chat, bob}};
    struct value values[4];
    assert_int_equal(facts_get(&facts, pairs, 4, values), TC_OK);
    assert_int_equal(other.times, 2);
    assert_asked(pairs + 1, 3);
    assert_int_equal(values[0].asked, 11);
    assert_int_equal(values[1].asked, 21);
    assert_int_equal(values[2].asked, 22);
    assert_int_equal(values[3].asked, 20); /* nothing was said of it */
    assert_int_equal(get(chat, bob), 20);
    assert_int_equal(tc_counter_get(&facts.hits), 2);
    assert_int_equal(tc_counter_get(&facts.misses), 4);
}

static void without_an_answer_nothing_is_known(void **state)
{
    (void)state;
    other.status = TC_UNAVAILABLE;
    assert_int_equal(get(talk, ann), -1);
    other.status = TC_OK;
    assert_int_equal(get(talk, ann), 21);
}

static void what_is_revoked_is_asked_again(void **state)
{
    (void)state;
    const struct {
        const char *of, *user_id;
        bool concerns;
    } cases[] = {
        {talk, ann, true},  {talk, NULL, true},  {group, NULL, true}, {group, ann, true},
        {talk, bob, false}, {chat, NULL, false}, {group, bob, false}, {chat, ann, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        begin(NULL);
        get(talk, ann);
        facts_revoke(&facts, cases[i].of, cases[i].user_id);
        get(talk, ann);
        assert_int_equal(other.times, cases[i].concerns ? 2 : 1);
    }
}

static void what_ends_while_it_is_asked_is_not_kept(void **state)
{
    (void)state;
    get(chat, bob); /* from now on there is something to revoke */
    other.revokes = true;
    assert_int_equal(get(talk, ann), 21);
    other.revokes = false;
    assert_int_equal(get(talk, ann), 31);
}

static void a_loss_of_nats_drops_all(void **state)
{
    (void)state;
    get(talk, ann);
    losses++;
    assert_int_equal(get(talk, ann), 21);
}

static void what_was_asked_before_a_loss_of_nats_is_not_kept(void **state)
{
    (void)state;
    other.loses = true;
    assert_int_equal(get(talk, ann), 11);
    other.loses = false;
    assert_int_equal(get(talk, ann), 21);
}

static void what_is_still_used_is_renewed(void **state)
{
    (void)state;
    facts.renew_after_ms = 0;
    get(talk, ann);
    get(chat, ann);
    facts_renew(&facts);
    assert_int_equal(other.times, 2); /* nobody has used them again */

    assert_int_equal(get(chat, ann), 21);
    assert_int_equal(get(chat, ann), 21);
    facts_renew(&facts);
    assert_int_equal(other.times, 3);
    assert_asked(&(struct fact_pair){chat, ann}, 1);
    assert_int_equal(get(chat, ann), 31);
    assert_int_equal(other.times, 3);
}

static void what_cannot_be_renewed_is_good_until_it_ends(void **state)
{
    (void)state;
    facts.renew_after_ms = 0;
    get(talk, ann);
    get(chat, ann);
    get(talk, ann);
    other.status = TC_UNAVAILABLE;
    facts_renew(&facts);
    assert_int_equal(other.times, 3);
    assert_int_equal(get(talk, ann), 11);
    get(chat, ann);
    facts_renew(&facts); /* who did not answer is not asked again so soon: asking takes time */
    assert_int_equal(other.times, 3);
}

static void what_is_too_many_to_be_renewed_at_once_is_renewed_next(void **state)
{
    (void)state;
    enum { MANY = 2001 }; /* one more than a request asks for */
    facts.renew_after_ms = 0;
    static char ids[MANY][TC_ID_SIZE];
    static struct fact_pair pairs[MANY];
    static struct value values[MANY];
    for (size_t i = 0; i < MANY; i++) {
        tc_id_make(ids[i]);
        pairs[i] = (struct fact_pair){ids[i], ann};
    }
    for (int use = 0; use < 2; use++)
        assert_int_equal(facts_get(&facts, pairs, MANY, values), TC_OK);
    assert_int_equal(other.times, 2);
    facts_renew(&facts);
    assert_int_equal(other.times, 3);

    assert_int_equal(get(ids[MANY - 1], ann), 21);
    facts_renew(&facts);
    assert_int_equal(other.times, 4);
    assert_asked(&pairs[MANY - 1], 1);
    assert_int_equal(get(ids[MANY - 1], ann), 41);
}

static void only_what_is_positive_is_renewed(void **state)
{
    (void)state;
    facts.renew_after_ms = 0;
    other.is_none = true;
    get(talk, ann);
    get(talk, ann);
    facts_renew(&facts);
    assert_int_equal(other.times, 1);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_still_used_is_renewed),
        TEST(what_is_not_remembered_is_asked_at_once),
        TEST(without_an_answer_nothing_is_known),
        TEST(what_is_revoked_is_asked_again),
        TEST(what_ends_while_it_is_asked_is_not_kept),
        TEST(a_loss_of_nats_drops_all),
        TEST(what_was_asked_before_a_loss_of_nats_is_not_kept),
        TEST(what_is_too_many_to_be_renewed_at_once_is_renewed_next),
        TEST(only_what_is_positive_is_renewed),
        TEST(
            what_cannot_be_renewed_is_good_until_it_ends), /* the last: none are renewed after it */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What groups and edges make of the tables, and what holds when several change them at once. */

#include "services/conversation/store_upkeep.h"
#include "tests/support/conversations.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/mem.h"

static void listings_of_users_come_in_the_order_asked(void **state)
{
    (void)state;
    struct conversation first = CLOSED("1", ann, bob), gone = CLOSED("2", ann);
    struct conversation second = CLOSED("3", cleo, ann);
    make_open("4");
    assert_int_equal(conversation_store_remove(db, gone.id, 1), TC_OK);

    struct user_listing items[8];
    struct user_listings found = {.items = items, .limit = 8};
    const char *users[] = {bob, ann, group};
    assert_int_equal(conversation_store_listings_of(db, users, 3, &found), TC_OK);
    assert_int_equal(found.count, 3);
    assert_int_equal(items[0].user, 0);
    assert_string_equal(items[0].conversation_id, first.id);
    assert_string_equal(items[0].group_id, group);
    assert_int_equal(items[0].since, 2);
    assert_int_equal(items[1].user, 1);
    assert_string_equal(items[1].conversation_id, first.id);
    assert_string_equal(items[2].conversation_id, second.id);
    assert_int_equal(items[2].since, 2);

    found.limit = 2;
    assert_int_equal(conversation_store_listings_of(db, users, 3, &found), TC_OK);
    assert_int_equal(found.count, 2);
}

/* Strikes until nothing is left, and says how many conversations that has changed. */
static size_t strike(const char *user, int64_t since)
{
    size_t total = 0;
    struct struck struck = {.left = true};
    while (struck.left) {
        assert_int_equal(conversation_store_strike(db, group, user, since, &struck), TC_OK);
        for (size_t i = 0; i < struck.count; i++)
            assert_null(strstr(struck.items[i].participants, user));
        total += struck.count;
    }
    return total;
}

static void who_leaves_is_struck_from_the_groups_conversations(void **state)
{
    (void)state;
    struct conversation both = CLOSED("1", ann, bob), other = CLOSED("2", ann);
    char here[TC_ID_SIZE];
    memcpy(here, group, sizeof(here));
    tc_id_make(group);
    struct conversation elsewhere = CLOSED("3", ann, bob);
    memcpy(group, here, sizeof(here));

    struct struck struck;
    assert_int_equal(conversation_store_strike(db, group, bob, 0, &struck), TC_OK);
    assert_int_equal(struck.count, 1);
    assert_true(struck.left);
    assert_string_equal(struck.items[0].id, both.id);
    assert_string_equal(struck.items[0].participants, ann);
    assert_int_equal(struck.items[0].version, 2);
    assert_int_equal(strike(bob, 0), 0);

    assert_int_equal(state_of(both.id, bob).since, 0);
    assert_int_equal(state_of(both.id, ann).since, 1);
    assert_int_equal(stored(other.id).version, 1);
    assert_int_equal(state_of(elsewhere.id, bob).since, 2);
}

static void what_he_was_listed_in_since_he_is_back_stays(void **state)
{
    (void)state;
    struct conversation before = CLOSED("1", ann, bob), now = CLOSED("2", ann, cleo, bob);
    assert_int_equal(strike(bob, 3), 1);
    assert_int_equal(state_of(before.id, bob).since, 0);
    assert_int_equal(state_of(now.id, bob).since, 3);
    assert_int_equal(stored(now.id).version, 1);
}

static void many_are_struck_in_chunks(void **state)
{
    (void)state;
    for (int i = 0; i < STRIKE_CHUNK * 2 + 1; i++)
        CLOSED("x", ann, bob);
    assert_int_equal(strike(bob, 0), STRIKE_CHUNK * 2 + 1);
    assert_int_equal(strike(bob, 0), 0);
    assert_int_equal(strike(ann, 0), STRIKE_CHUNK * 2 + 1);
}

static void a_removed_group_takes_all_with_it(void **state)
{
    (void)state;
    struct conversation open = make_open("open"), closed = CLOSED("closed", ann, bob);
    for (int i = 0; i < 230; i++)
        make_open("x");
    assert_int_equal(conversation_store_close_group(db, group), TC_OK);
    assert_int_equal(conversation_store_close_group(db, group), TC_OK);
    int turns = 0;
    for (bool left = true; left; turns++)
        assert_int_equal(conversation_store_clear_group(db, group, &left), TC_OK);
    assert_true(turns > 2);

    assert_true(stored(open.id).removed);
    assert_true(stored(closed.id).removed);
    assert_int_equal(stored(closed.id).texts, 0);
    assert_int_equal(stored(closed.id).listings, 0);
    assert_int_equal(live_conversations(), 0);
    bool left;
    assert_int_equal(conversation_store_clear_group(db, group, &left), TC_OK);
    assert_false(left);
}

static void a_removed_group_takes_no_new_one(void **state)
{
    (void)state;
    char id[TC_ID_SIZE];
    tc_id_make(id);
    struct conversation_draft draft = {id, group, "late", "", ann, NULL};
    struct conversation made;
    assert_int_equal(conversation_store_close_group(db, group), TC_OK);
    assert_int_equal(conversation_store_create(db, &draft, 10000, &made), TC_NOT_FOUND);
    assert_int_equal(live_conversations(), 0);
}

/* Several connections at once, each on a thread. */
#define WORKERS 4
#define ROUNDS 60

/* A change that somebody has made, and what he was told of it. */
struct change {
    const char *come, *go;
    char participants[8 * TC_ID_SIZE];
    int64_t version;
};

struct worker {
    pthread_t thread;
    struct tc_db *db;
    const char *id; /* of the conversation */
    const char *const *users;
    unsigned dice;
    struct change changes[ROUNDS];
    size_t count;
    size_t failures;
};

static unsigned roll(struct worker *worker, unsigned sides)
{
    worker->dice = worker->dice * 1664525u + 1013904223u;
    return (worker->dice >> 16) % sides;
}

static void note(struct worker *worker, const char *come, const char *go,
                 const struct conversation *told)
{
    struct change *out = &worker->changes[worker->count++];
    *out = (struct change){.come = come, .go = go, .version = told->version};
    snprintf(out->participants, sizeof(out->participants), "%s", told->participants);
}

/* As an edit does it: look, decide, change. Loses to whoever is faster. */
static void toggle(struct worker *worker, const char *user)
{
    struct tc_access_key key = {worker->id, user};
    struct conversation_state state;
    struct conversation now;
    int64_t since = 1;
    if (conversation_store_find(worker->db, &key, 1, &state) != TC_OK) {
        worker->failures++;
        return;
    }
    struct conversation_change wanted = {.id = worker->id, .version = state.version};
    struct listings one = {&user, &since, 1};
    *(state.since == 0 ? &wanted.come : &wanted.go) = one;
    enum tc_status status = conversation_store_change(worker->db, &wanted, &now);
    if (status == TC_OK)
        note(worker, state.since == 0 ? user : NULL, state.since == 0 ? NULL : user, &now);
    else if (status != TC_NOT_FOUND)
        worker->failures++;
}

static void strike_by(struct worker *worker, const char *user)
{
    struct struck struck;
    if (conversation_store_strike(worker->db, group, user, 0, &struck) != TC_OK)
        worker->failures++;
    else if (struck.count == 1)
        note(worker, NULL, user, &struck.items[0]);
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    for (int i = 0; i < ROUNDS; i++) {
        const char *user = worker->users[roll(worker, 3)];
        if (roll(worker, 4) == 0)
            strike_by(worker, user);
        else
            toggle(worker, user);
        tc_db_release(worker->db);
    }
    return NULL;
}

static void run_workers(struct worker *workers, const char *id, const char *const *users)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){.db = conversations_connect(), .id = id, .users = users};
        workers[i].dice = i + 1;
    }
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < WORKERS; i++)
        tc_db_close(&workers[i].db);
}

static const struct change *change_to(const struct worker *workers, int64_t version)
{
    for (int i = 0; i < WORKERS; i++)
        for (size_t k = 0; k < workers[i].count; k++)
            if (workers[i].changes[k].version == version)
                return &workers[i].changes[k];
    return NULL;
}

/* The participants after a change of those before, worked out by hand. */
static const char *after(const char *before, const struct change *change)
{
    char copy[8 * TC_ID_SIZE], *rest = NULL;
    const char *users[8];
    size_t count = 0;
    snprintf(copy, sizeof(copy), "%s", before);
    for (char *id = strtok_r(copy, " ", &rest); id != NULL; id = strtok_r(NULL, " ", &rest))
        if (change->go == NULL || strcmp(id, change->go) != 0)
            users[count++] = id;
    if (change->come != NULL)
        users[count++] = change->come;
    return count > 0 ? sorted_ids(users, count) : "";
}

static void every_version_tells_who_takes_part_in_it(void **state)
{
    (void)state;
    const char *users[] = {ann, bob, cleo};
    struct conversation made = CLOSED("Secret", ann, bob, cleo);
    struct worker *workers = tc_alloc(WORKERS * sizeof(*workers));
    run_workers(workers, made.id, users);

    size_t total = 0;
    for (int i = 0; i < WORKERS; i++) {
        assert_int_equal(workers[i].failures, 0);
        total += workers[i].count;
    }
    assert_true(total > ROUNDS / 2);
    const char *before = made.participants;
    for (int64_t version = 2; version <= (int64_t)total + 1; version++) {
        const struct change *change = change_to(workers, version);
        assert_non_null(change);
        assert_string_equal(change->participants, after(before, change));
        before = change->participants;
    }
    assert_int_equal(stored(made.id).version, total + 1);
    assert_int_equal(stored(made.id).listings, (strlen(before) + 1) / TC_ID_SIZE);
    free(workers);
}

static void *create_some(void *arg)
{
    struct worker *worker = arg;
    for (int i = 0; i < 10; i++) {
        char id[TC_ID_SIZE];
        tc_id_make(id);
        struct conversation_draft draft = {id, group, "x", "", ann, NULL};
        struct conversation made;
        if (conversation_store_create(worker->db, &draft, 15, &made) == TC_OK)
            worker->count++;
        tc_db_release(worker->db);
    }
    return NULL;
}

static void creating_at_once_stops_at_the_limit(void **state)
{
    (void)state;
    struct worker *workers = tc_alloc(WORKERS * sizeof(*workers));
    for (int i = 0; i < WORKERS; i++) {
        workers[i].db = conversations_connect();
        assert_int_equal(pthread_create(&workers[i].thread, NULL, create_some, &workers[i]), 0);
    }
    size_t created = 0;
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        tc_db_close(&workers[i].db);
        created += workers[i].count;
    }
    free(workers);
    assert_int_equal(created, 15);
    assert_int_equal(live_conversations(), 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONVERSATIONS_TEST(listings_of_users_come_in_the_order_asked),
        CONVERSATIONS_TEST(who_leaves_is_struck_from_the_groups_conversations),
        CONVERSATIONS_TEST(what_he_was_listed_in_since_he_is_back_stays),
        CONVERSATIONS_TEST(many_are_struck_in_chunks),
        CONVERSATIONS_TEST(a_removed_group_takes_all_with_it),
        CONVERSATIONS_TEST(a_removed_group_takes_no_new_one),
        CONVERSATIONS_TEST(every_version_tells_who_takes_part_in_it),
        CONVERSATIONS_TEST(creating_at_once_stops_at_the_limit),
    };
    return cmocka_run_group_tests(tests, conversations_open, conversations_close);
}

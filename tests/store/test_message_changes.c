/* What has changed since a rev: the statement against PostgreSQL, and against a plain look at rev.
 */

#include "tests/support/messages.h"

#include <stdlib.h>
#include <string.h>

#include "services/message/store_removal.h"
#include "services/message/store_sync.h"
#include "shared/base/mem.h"

static struct message_sync sync; /* large, and each test's own */

static struct message_room room_for(int64_t limit)
{
    return (struct message_room){limit, (size_t)256 * 1024};
}

static const struct message_news *ask(const char *conversation, int64_t rev, int64_t limit)
{
    struct message_since since = {conversation, rev};
    assert_int_equal(message_store_sync(db, &since, 1, room_for(limit), &sync), TC_OK);
    return sync.count > 0 ? &sync.items[0] : NULL;
}

static void edit(const char *conversation, int64_t seq)
{
    struct message_ref ref = {.conversation_id = conversation, .seq = seq, .user_id = ann};
    struct message_info message;
    assert_int_equal(message_store_edit(db, &ref, "edited", &message), TC_OK);
}

static void take_out(const char *conversation, int64_t seq)
{
    struct message_ref ref = {.conversation_id = conversation, .seq = seq, .user_id = ann};
    struct message_info message;
    assert_int_equal(message_store_remove(db, &ref, true, &message), TC_OK);
}

static void what_was_created_and_changed_since_is_told_by_rev(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    for (int i = 0; i < 3; i++)
        post_text(conversation, "text");
    edit(conversation, 2);           /* rev 4 */
    post_text(conversation, "four"); /* rev 5 */
    take_out(conversation, 1);       /* rev 6 */

    const struct message_news *news = ask(conversation, 3, 100);
    assert_false(news->gone || news->reset);
    assert_int_equal(news->rev, 3);
    assert_int_equal(news->last_rev, 6);
    assert_int_equal(news->count, 3);
    const struct message_info *found = &sync.messages[news->begin];
    assert_int_equal(found[0].rev, 4);
    assert_int_equal(found[0].seq, 2);
    assert_string_equal(found[0].body, "edited");
    assert_true(found[0].edited_at > 0);
    assert_string_equal(found[1].body, "four");
    assert_string_equal(found[1].conversation_id, conversation);
    assert_string_equal(found[1].author_id, ann);
    assert_int_equal(found[2].seq, 1);
    assert_null(found[2].body);
    assert_true(found[2].removed_at > 0);

    assert_int_equal(ask(conversation, 0, 100)->count, 4);
    assert_int_equal(ask(conversation, 5, 100)->count, 1);
    assert_null(ask(conversation, 6, 100));
}

static void a_rev_that_is_ahead_begins_anew(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE], empty[TC_ID_SIZE];
    tc_id_make(conversation);
    tc_id_make(empty);
    post_text(conversation, "text");
    const struct message_news *news = ask(conversation, 2, 100);
    assert_true(news->reset);
    assert_int_equal(news->rev, 0);
    assert_int_equal(news->last_rev, 1);
    assert_int_equal(news->count, 1);

    news = ask(empty, 1, 100);
    assert_true(news->reset);
    assert_int_equal(news->last_rev, 0);
    assert_int_equal(news->count, 0);
    assert_null(ask(empty, 0, 100));
}

/* Five messages of which the restored state has three, and one that has lost its only one. */
static void whoever_has_seen_what_a_restore_lost_begins_anew(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE], empty[TC_ID_SIZE];
    tc_id_make(conversation);
    tc_id_make(empty);
    for (int i = 0; i < 3; i++)
        post_text(conversation, "text");
    const int64_t went_on = 1000000;
    restored(conversation, went_on);
    restored(empty, went_on);

    assert_int_equal(ask(conversation, 3, 100)->rev, went_on); /* knows all that is left */
    assert_int_equal(sync.items[0].count, 0);
    assert_false(sync.items[0].reset);
    assert_null(ask(conversation, went_on, 100));
    assert_int_equal(ask(conversation, 2, 100)->count, 1);
    assert_false(sync.items[0].reset);
    assert_int_equal(ask(empty, 0, 100)->rev, went_on);
    assert_false(sync.items[0].reset);

    for (int i = 0; i < 3; i++) { /* as many as were lost, and one more: the same numbers */
        post_text(conversation, "new");
        post_text(empty, "new");
    }
    assert_head(conversation, 6, went_on + 3);
    for (int64_t rev = 4; rev <= 5; rev++) {
        const struct message_news *news = ask(conversation, rev, 100);
        assert_true(news->reset);
        assert_int_equal(news->rev, 0);
        assert_int_equal(news->count, 6);
    }
    assert_true(ask(empty, 1, 100)->reset);
    assert_int_equal(sync.items[0].count, 3);
    assert_int_equal(ask(conversation, 3, 100)->count, 3);
    assert_int_equal(ask(conversation, 1, 100)->count, 5);
    assert_int_equal(ask(conversation, went_on + 1, 100)->count, 2);
    assert_false(sync.items[0].reset);
}

static void many_are_told_in_the_order_asked(void **state)
{
    (void)state;
    char ids[4][TC_ID_SIZE];
    struct message_since since[4];
    for (size_t i = 0; i < 4; i++) {
        tc_id_make(ids[i]);
        since[i] = (struct message_since){ids[i], 1};
        for (size_t k = 0; k <= i; k++)
            post_text(ids[i], "text");
    }
    assert_int_equal(message_store_remove_conversation(db, ids[2], group), TC_OK);
    since[0] = (struct message_since){ids[3], 2};
    since[3] = (struct message_since){ids[0], 1};
    assert_int_equal(message_store_sync(db, since, 4, room_for(100), &sync), TC_OK);
    assert_int_equal(sync.count, 3);
    assert_string_equal(sync.items[0].conversation_id, ids[3]);
    assert_int_equal(sync.items[0].count, 2);
    assert_string_equal(sync.items[1].conversation_id, ids[1]);
    assert_int_equal(sync.items[1].begin, 2);
    assert_int_equal(sync.items[1].count, 1);
    assert_string_equal(sync.messages[2].conversation_id, ids[1]);
    assert_string_equal(sync.items[2].conversation_id, ids[2]);
    assert_true(sync.items[2].gone);
    assert_int_equal(sync.items[2].count, 0);

    bool stirred[4];
    assert_int_equal(message_store_stirred(db, since, 4, stirred), TC_OK);
    assert_true(stirred[0] && stirred[1] && stirred[2]);
    assert_false(stirred[3]);
}

/* So many that a page can take, and no more: a tiny one is left for the next. */
static void a_full_page_leaves_the_rest(void **state)
{
    (void)state;
    enum { COUNT = 8 };
    char ids[COUNT][TC_ID_SIZE], *body = tc_alloc(40001);
    memset(body, 'x', 40000);
    struct message_since since[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        tc_id_make(ids[i]);
        since[i] = (struct message_since){ids[i], 0};
        post_text(ids[i], body);
        post_text(ids[i], body);
    }
    free(body);
    assert_int_equal(message_store_sync(db, since, COUNT, room_for(100), &sync), TC_OK);
    assert_int_equal(sync.count, COUNT);
    assert_int_equal(sync.message_count, 7); /* the seventh begins within the page */
    assert_int_equal(sync.items[3].count, 1);
    assert_int_equal(sync.messages[sync.items[3].begin].rev, 1);
    assert_int_equal(sync.items[4].count, 0);
    assert_int_equal(sync.items[4].last_rev, 2);

    struct message_room little = {100, 100};
    assert_int_equal(message_store_sync(db, since, COUNT, little, &sync), TC_OK);
    assert_int_equal(sync.message_count, 1); /* or nobody would ever get on */
    assert_int_equal(sync.count, COUNT);
}

static void not_more_are_looked_at_than_a_page_takes(void **state)
{
    (void)state;
    enum { COUNT = 30, EACH = 100 };
    char ids[COUNT][TC_ID_SIZE];
    struct message_since since[COUNT];
    struct draft *drafts = tc_alloc(EACH * sizeof(*drafts));
    struct message_post *posts[EACH];
    for (size_t i = 0; i < COUNT; i++) {
        tc_id_make(ids[i]);
        since[i] = (struct message_since){ids[i], 0};
        for (size_t k = 0; k < EACH; k++)
            posts[k] = draft(&drafts[k], ids[i], "x");
        message_store_post(db, posts, EACH);
    }
    free(drafts);
    assert_int_equal(message_store_sync(db, since, COUNT, room_for(EACH), &sync), TC_OK);
    assert_int_equal(sync.count, COUNT);
    assert_int_equal(sync.message_count, 1200);
    assert_int_equal(sync.items[11].count, EACH);
    assert_int_equal(sync.items[12].count, 0);
    assert_int_equal(sync.items[COUNT - 1].last_rev, EACH);
}

static void only_the_latest_change_of_a_message_is_kept(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_text(conversation, "one");
    post_text(conversation, "two");
    for (int i = 0; i < 5; i++)
        edit(conversation, 1);
    edit(conversation, 2);
    take_out(conversation, 1);
    assert_int_equal(changes_kept(conversation), 2);
    assert_int_equal(ask(conversation, 2, 100)->count, 2);
    assert_int_equal(ask(conversation, 8, 100)->count, 1);
}

/* Two processes that change one message at once may leave the first one's change. */
static void a_change_that_was_left_behind_shows_nothing(void **state)
{
    (void)state;
    char conversation[TC_ID_SIZE];
    tc_id_make(conversation);
    post_text(conversation, "one");
    edit(conversation, 1); /* rev 2 */
    edit(conversation, 1); /* rev 3 */
    leave_change(conversation, 2, 1, 1);
    assert_int_equal(changes_kept(conversation), 2);
    assert_int_equal(ask(conversation, 0, 100)->count, 1);
    assert_int_equal(ask(conversation, 1, 1)->count, 1);
    assert_int_equal(sync.messages[0].rev, 3);
    assert_int_equal(ask(conversation, 2, 100)->count, 1);
}

/* One page after the other, as a client does, against a look at every message's rev. */
static void compare_with_rev(const char *conversation, int64_t after, int64_t last_rev)
{
    struct plain plain = changed_since(conversation, after);
    size_t told = 0;
    while (after < last_rev) {
        const struct message_news *news = ask(conversation, after, 1 + rand() % 9);
        assert_non_null(news);
        assert_true(news->count > 0);
        for (size_t i = 0; i < news->count; i++, told++) {
            assert_true(told < plain.count);
            assert_int_equal(sync.messages[news->begin + i].rev, plain.revs[told]);
            assert_int_equal(sync.messages[news->begin + i].seq, plain.seqs[told]);
        }
        after = sync.messages[news->begin + news->count - 1].rev;
    }
    assert_int_equal(told, plain.count);
    messages_end(NULL); /* the rows so far */
}

static void it_finds_exactly_what_rev_says(void **state)
{
    (void)state;
    srand(20251122);
    for (int life = 0; life < 6; life++) {
        char conversation[TC_ID_SIZE];
        tc_id_make(conversation);
        int64_t seq = 0, rev = 0;
        int edits = rand() % 100, favourite = rand() % 2; /* some are edited again and again */
        bool removed[200] = {false};
        for (; rev < 80; rev++) {
            int64_t which = seq > 0 ? 1 + rand() % (favourite && seq > 3 ? 3 : seq) : 0;
            if (which == 0 || removed[which] || rand() % 100 >= edits) {
                post_text(conversation, "text");
                seq++;
            } else if (rand() % 8 == 0) {
                take_out(conversation, which);
                removed[which] = true;
            } else {
                edit(conversation, which);
            }
        }
        for (int64_t after = 0; after <= rev; after += 1 + rand() % 4)
            compare_with_rev(conversation, after, rev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MESSAGES_TEST(what_was_created_and_changed_since_is_told_by_rev),
        MESSAGES_TEST(a_rev_that_is_ahead_begins_anew),
        MESSAGES_TEST(whoever_has_seen_what_a_restore_lost_begins_anew),
        MESSAGES_TEST(many_are_told_in_the_order_asked),
        MESSAGES_TEST(a_full_page_leaves_the_rest),
        MESSAGES_TEST(not_more_are_looked_at_than_a_page_takes),
        MESSAGES_TEST(only_the_latest_change_of_a_message_is_kept),
        MESSAGES_TEST(a_change_that_was_left_behind_shows_nothing),
        MESSAGES_TEST(it_finds_exactly_what_rev_says),
    };
    return cmocka_run_group_tests(tests, messages_open, messages_close);
}

/* The newest pages that are kept: which one goes when there is no room, and that none is shown
 * late. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/message/pages.h"
#include "shared/base/buf.h"
#include "shared/base/id.h"
#include "shared/base/mem.h"

#define PAGE_SIZE 1000
#define ROOM_FOR_THREE (3 * (PAGE_SIZE + 300)) /* and what keeping them takes */

static const struct page_state now = {1, 7};

static const char *conversation(int number)
{
    static char ids[10][TC_ID_SIZE];
    snprintf(ids[number], TC_ID_SIZE, "0190b5a0-0000-7000-8000-00000000000%d", number);
    return ids[number];
}

static void keep(int number)
{
    char json[PAGE_SIZE];
    memset(json, 'a' + number, sizeof(json));
    pages_keep(conversation(number), 50, now, json, sizeof(json));
}

static bool shows(int number, struct page_state state)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf out = {0};
    tc_buf_text(&out, "{");
    if (!pages_append(conversation(number), 50, state, &out)) {
        assert_int_equal(out.len, 1);
        return false;
    }
    assert_int_equal(out.len, 1 + PAGE_SIZE);
    assert_int_equal(out.data[1], 'a' + number);
    assert_int_equal(out.data[PAGE_SIZE], 'a' + number);
    return true;
}

static uint64_t shown(const char *metric)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf out = {0};
    pages_write_metrics(&out);
    const char *at = strstr(out.data, metric);
    assert_non_null(at);
    return strtoull(at + strlen(metric), NULL, 10);
}

static int begin(void **state)
{
    (void)state;
    pages_bytes = 300; /* room for this one, and for none of those before */
    pages_keep(conversation(0), 50, now, "", 0);
    assert_in_range(shown("\ntincan_service_pages_bytes "), 1, 300);
    pages_bytes = ROOM_FOR_THREE;
    return 0;
}

static void what_was_used_longest_ago_goes_first(void **state)
{
    (void)state;
    for (int i = 1; i <= 3; i++)
        keep(i);
    assert_true(shows(1, now));
    keep(4);
    assert_false(pages_has(conversation(2), 50));
    assert_true(shows(1, now) && shows(3, now) && shows(4, now));
    keep(5);
    assert_false(shows(1, now));
    uint64_t bytes = shown("\ntincan_service_pages_bytes ");
    assert_true(bytes >= (uint64_t)3 * PAGE_SIZE && bytes <= ROOM_FOR_THREE);
}

static void a_page_is_shown_as_of_the_same_state_only(void **state)
{
    (void)state;
    keep(1);
    assert_true(shows(1, (struct page_state){1, 7}));
    assert_false(shows(1, (struct page_state){1, 8}));
    assert_false(shows(1, (struct page_state){1, 6}));
    assert_false(shows(1, (struct page_state){2, 7}));
    assert_true(shows(1, now));
}

static void a_conversation_has_one_page(void **state)
{
    (void)state;
    keep(1);
    assert_true(pages_has(conversation(1), 50));
    assert_false(pages_has(conversation(1), 49));
    pages_keep(conversation(1), 49, now, "x", 1);
    assert_false(pages_has(conversation(1), 50));
    assert_true(pages_has(conversation(1), 49));
    assert_true(shown("\ntincan_service_pages_bytes ") < PAGE_SIZE);
}

static void a_page_larger_than_the_room_is_not_kept(void **state)
{
    (void)state;
    char json[ROOM_FOR_THREE] = {0};
    keep(1);
    keep(2);
    pages_keep(conversation(1), 50, now, json, sizeof(json));
    assert_false(pages_has(conversation(1), 50));
    assert_true(shows(2, now));
}

static void hits_and_misses_are_counted(void **state)
{
    (void)state;
    uint64_t hits = shown("result=\"hit\"} "), misses = shown("result=\"miss\"} ");
    keep(1);
    assert_true(shows(1, now));
    assert_true(shows(1, now));
    assert_false(shows(1, (struct page_state){1, 8}));
    assert_int_equal(shown("result=\"hit\"} "), hits + 2);
    assert_int_equal(shown("result=\"miss\"} "), misses + 1);
}

#define TEST(function) cmocka_unit_test_setup(function, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_used_longest_ago_goes_first), TEST(a_page_is_shown_as_of_the_same_state_only),
        TEST(a_conversation_has_one_page),          TEST(a_page_larger_than_the_room_is_not_kept),
        TEST(hits_and_misses_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who types: what is told, and what ends by itself. */

#include "tests/support/unit.h"

#include "edge/typing.h"

#define HERE "018f0000-0000-7000-8000-000000000001"
#define THERE "018f0000-0000-7000-8000-000000000002"
#define PER_S 2

struct stage {
    struct typing typing;
    struct list mine, other;
};

static struct stage *begin(struct stage *stage)
{
    typing_init(&stage->typing);
    list_init(&stage->mine);
    list_init(&stage->other);
    return stage;
}

/* A start that is allowed at once. */
static enum typing_verdict start(struct stage *stage, struct list *who, const char *where,
                                 int64_t now_ms)
{
    enum typing_verdict verdict = typing_start(&stage->typing, who, who, where, now_ms, PER_S);
    typing_answer(who, where, true);
    return verdict;
}

static void end(struct stage *stage)
{
    while (typing_leave(&stage->mine) != NULL)
        continue;
    while (typing_leave(&stage->other) != NULL)
        continue;
    assert_true(list_is_empty(&stage->typing.running));
}

static void only_the_first_start_is_told(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    assert_int_equal(start(&stage, &stage.mine, HERE, 0), TYPING_TELL);
    assert_int_equal(start(&stage, &stage.mine, HERE, 3000), TYPING_CHECK);
    assert_int_equal(start(&stage, &stage.mine, THERE, 3000), TYPING_TELL);
    assert_int_equal(start(&stage, &stage.other, HERE, 3000), TYPING_TELL);
    end(&stage);
}

static void an_end_without_a_start_is_not_told(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    assert_int_equal(typing_end(&stage.mine, HERE), TYPING_CHECK);
    start(&stage, &stage.other, HERE, 0);
    assert_int_equal(typing_end(&stage.mine, HERE), TYPING_CHECK);
    start(&stage, &stage.mine, HERE, 0);
    assert_int_equal(typing_end(&stage.mine, HERE), TYPING_TELL);
    assert_int_equal(typing_end(&stage.mine, HERE), TYPING_CHECK);
    end(&stage);
}

static void too_many_starts_a_second_are_dropped_but_no_end(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    for (int i = 0; i < PER_S; i++) {
        assert_int_equal(start(&stage, &stage.mine, HERE, 100), TYPING_TELL);
        assert_int_equal(typing_end(&stage.mine, HERE), TYPING_TELL);
    }
    assert_int_equal(start(&stage, &stage.mine, HERE, 1099), TYPING_DROP);
    assert_int_equal(typing_end(&stage.mine, HERE), TYPING_CHECK);
    assert_int_equal(start(&stage, &stage.mine, HERE, 1100), TYPING_TELL);
    end(&stage);
}

static void it_ends_six_seconds_after_the_last_start(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    start(&stage, &stage.mine, HERE, 0);
    start(&stage, &stage.other, THERE, 1000);
    start(&stage, &stage.mine, HERE, 4000);
    assert_null(typing_expire(&stage.typing, 6999));

    const struct typing_entry *entry = typing_expire(&stage.typing, 7000);
    assert_non_null(entry);
    assert_string_equal(entry->conversation_id, THERE);
    assert_ptr_equal(entry->owner, &stage.other);
    assert_null(typing_expire(&stage.typing, 9999));

    entry = typing_expire(&stage.typing, 10000);
    assert_non_null(entry);
    assert_string_equal(entry->conversation_id, HERE);
    assert_null(typing_expire(&stage.typing, 10000));
    assert_true(list_is_empty(&stage.mine));
    end(&stage);
}

static void what_was_ended_or_refused_does_not_end_again(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    start(&stage, &stage.mine, HERE, 0);
    typing_end(&stage.mine, HERE);
    typing_start(&stage.typing, &stage.mine, NULL, THERE, 0, PER_S);
    typing_answer(&stage.mine, THERE, false);
    assert_int_equal(start(&stage, &stage.other, HERE, 0), TYPING_TELL);
    const struct typing_entry *entry = typing_expire(&stage.typing, 6000);
    assert_ptr_equal(entry->owner, &stage.other);
    assert_null(typing_expire(&stage.typing, 6000));
    assert_true(list_is_empty(&stage.typing.running));
}

static void an_end_before_the_answer_is_told_only_if_he_may(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    for (int i = 0; i < PER_S; i++) {
        assert_int_equal(typing_start(&stage.typing, &stage.mine, NULL, HERE, 0, PER_S),
                         TYPING_TELL);
        assert_int_equal(typing_end(&stage.mine, HERE), TYPING_TRY);
    }
    typing_answer(&stage.mine, HERE, true);
    assert_int_equal(start(&stage, &stage.mine, HERE, 1000), TYPING_TELL);
    assert_int_equal(typing_end(&stage.mine, HERE), TYPING_TELL);
    end(&stage);
}

static void what_was_allowed_once_runs_out_though_it_is_refused_later(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    start(&stage, &stage.mine, HERE, 0);
    assert_int_equal(typing_start(&stage.typing, &stage.mine, NULL, HERE, 10, PER_S), TYPING_CHECK);
    typing_answer(&stage.mine, HERE, false);
    const struct typing_entry *entry = typing_expire(&stage.typing, 6010);
    assert_non_null(entry);
    assert_true(entry->allowed);
    assert_null(typing_expire(&stage.typing, 6010));
}

static void a_connection_that_goes_ends_all_of_its_own(void **state)
{
    (void)state;
    struct stage stage;
    begin(&stage);
    start(&stage, &stage.mine, HERE, 0);
    start(&stage, &stage.mine, THERE, 0);
    start(&stage, &stage.other, HERE, 0);
    int ended = 0;
    while (typing_leave(&stage.mine) != NULL)
        ended++;
    assert_int_equal(ended, 2);
    assert_non_null(typing_expire(&stage.typing, 6000));
    assert_null(typing_expire(&stage.typing, 6000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_first_start_is_told),
        cmocka_unit_test(an_end_without_a_start_is_not_told),
        cmocka_unit_test(too_many_starts_a_second_are_dropped_but_no_end),
        cmocka_unit_test(it_ends_six_seconds_after_the_last_start),
        cmocka_unit_test(what_was_ended_or_refused_does_not_end_again),
        cmocka_unit_test(an_end_before_the_answer_is_told_only_if_he_may),
        cmocka_unit_test(what_was_allowed_once_runs_out_though_it_is_refused_later),
        cmocka_unit_test(a_connection_that_goes_ends_all_of_its_own),
    };
    return cmocka_run_group_tests_name("edge_typing", tests, NULL, NULL);
}

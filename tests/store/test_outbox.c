/* What handlers tell is on disk before anybody hears of it, whatever else they have done. */

#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/id.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/service/db_private.h"
#include "shared/service/outbox_private.h"
#include "shared/service/request_private.h"

#define GROUP "018f0000-0000-7000-8000-000000000001"

static const struct tc_stmt change_stmt = {
    .name = "test_change",
    .sql = "INSERT INTO grp.groups (id, name, description, visibility, owner_id, member_count)"
           " VALUES ($1, 'G', '', 'public', $1, 1)",
    .writes = true,
};
static const struct tc_stmt count_stmt = {
    .name = "test_rows",
    .sql = "SELECT count(*) FROM grp.outbox WHERE array_to_string(payloads, '') LIKE $1",
};
static const struct tc_stmt *const statements[] = {&change_stmt, &count_stmt, NULL};

static struct tc_db *db;
static struct outbox *outbox;
static char mark[TC_ID_SIZE];

static int open_it(void **state)
{
    (void)state;
    const char *url = getenv("TINCAN_DATABASE_URL_GROUP");
    if (url == NULL)
        return -1;
    db = tc_db_open(url, statements);
    db_transact(db, outbox_statements(NULL));
    outbox = outbox_create(NULL, db, NULL);
    tc_id_make(mark);
    return tc_db_is_up(db) ? 0 : -1;
}

static int close_it(void **state)
{
    (void)state;
    outbox_free(&outbox);
    tc_db_close(&db);
    return 0;
}

/* A request that has ended so, and tells of one thing. */
static struct tc_request *teller(enum tc_status status, unsigned flags)
{
    struct tc_request *req = tc_alloc(sizeof(*req));
    const struct tc_event event = {
        .type = "group/edited",
        .audience = TC_TO_GROUP,
        .owner = GROUP,
        .about = GROUP,
        .flags = flags,
    };
    tc_json_text(tc_request_event(req, &event), "mark", mark);
    req->finished = true;
    req->status = status;
    return req;
}

/* How many rows the outbox has after it has settled the request. */
static int64_t settled(struct tc_request *req)
{
    outbox_settle(outbox, &req, 1);
    tc_db_release(db);
    request_free(&req);
    char like[TC_ID_SIZE + 2];
    snprintf(like, sizeof(like), "%%%s%%", mark);
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(db, &count_stmt, TC_ARGS(like), &rows), TC_OK);
    int64_t count = tc_rows_int(rows, 0, 0);
    tc_db_release(db);
    return count;
}

static void news_of_a_change_is_kept_with_it(void **state)
{
    (void)state;
    struct tc_rows *none;
    assert_int_equal(tc_db_run(db, &change_stmt, TC_ARGS(mark), &none), TC_OK);
    assert_int_equal(settled(teller(TC_OK, 0)), 1);
}

static void news_without_a_change_is_kept_too(void **state)
{
    (void)state;
    assert_int_equal(settled(teller(TC_OK, 0)), 1);
}

static void of_a_failure_and_of_a_signal_nothing_is_kept(void **state)
{
    (void)state;
    assert_int_equal(settled(teller(TC_CONFLICT, 0)), 0);
    assert_int_equal(settled(teller(TC_OK, TC_EVENT_SIGNAL)), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_it, close_it)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(news_of_a_change_is_kept_with_it),
        TEST(news_without_a_change_is_kept_too),
        TEST(of_a_failure_and_of_a_signal_nothing_is_kept),
    };
    return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}

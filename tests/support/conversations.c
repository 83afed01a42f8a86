/* What the tests of the conversation store share. */

#include "tests/support/conversations.h"

#include <stdlib.h>
#include <string.h>

#include "services/conversation/conversation.h"
#include "shared/base/buf.h"

static const struct tc_stmt stored_stmt = {
    .name = "test_stored",
    .sql = "SELECT removed_at IS NOT NULL, octet_length(name || topic), version,"
           " (SELECT count(*) FROM conv.participants WHERE conversation_id = $1::uuid)"
           " FROM conv.conversations WHERE id = $1::uuid",
};
static const struct tc_stmt live_stmt = {
    .name = "test_live",
    .sql = "SELECT conversations FROM conv.groups WHERE group_id = $1::uuid",
};
static const struct tc_stmt created_stmt = {
    .name = "test_created",
    .sql = "UPDATE conv.conversations SET"
           " created_at = timestamptz 'epoch' + $2::bigint * interval '1 millisecond'"
           " WHERE id = $1::uuid",
};
static const struct tc_stmt *const statements[] = {&stored_stmt, &live_stmt, &created_stmt, NULL};

struct tc_db *db;
char group[TC_ID_SIZE], ann[TC_ID_SIZE], bob[TC_ID_SIZE], cleo[TC_ID_SIZE];
static struct tc_db *aside;
static struct tc_buf ids;

static const char *url(void)
{
    return getenv("TINCAN_DATABASE_URL_CONVERSATION");
}

struct tc_db *conversations_connect(void)
{
    struct tc_db *more = tc_db_open(url(), conversation_statements);
    assert_true(tc_db_is_up(more));
    return more;
}

int conversations_open(void **state)
{
    (void)state;
    if (url() == NULL)
        return -1;
    db = conversations_connect();
    aside = tc_db_open(url(), statements);
    return tc_db_is_up(aside) ? 0 : -1;
}

int conversations_close(void **state)
{
    (void)state;
    tc_db_close(&db);
    tc_db_close(&aside);
    tc_buf_free(&ids);
    return 0;
}

int conversations_begin(void **state)
{
    (void)state;
    tc_id_make(group);
    tc_id_make(ann);
    tc_id_make(bob);
    tc_id_make(cleo);
    return 0;
}

int conversations_end(void **state)
{
    (void)state;
    tc_db_release(db);
    tc_db_release(aside);
    return 0;
}

static struct conversation make(const char *name, const struct listings *participants)
{
    char id[TC_ID_SIZE];
    tc_id_make(id);
    struct conversation_draft draft = {
        .id = id,
        .group_id = group,
        .name = name,
        .topic = "",
        .owner_id = ann,
        .participants = participants,
    };
    struct conversation made;
    assert_int_equal(conversation_store_create(db, &draft, 10000, &made), TC_OK);
    return made;
}

struct conversation make_open(const char *name)
{
    return make(name, NULL);
}

struct conversation make_closed(const char *name, const char *const *users)
{
    const char *listed[8];
    int64_t since[8];
    struct listings participants = {.users = listed, .since = since};
    for (; users[participants.count] != NULL; participants.count++) {
        listed[participants.count] = users[participants.count];
        since[participants.count] = (int64_t)participants.count + 1;
    }
    return make(name, &participants);
}

struct conversation_state state_of(const char *id, const char *user)
{
    struct conversation_state state;
    struct tc_access_key key = {id, user};
    assert_int_equal(conversation_store_find(db, &key, 1, &state), TC_OK);
    return state;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

const char *sorted_ids(const char *const *users, size_t count)
{
    const char *sorted[8];
    memcpy(sorted, users, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_text);
    tc_buf_clear(&ids);
    for (size_t i = 0; i < count; i++)
        tc_buf_printf(&ids, "%s%s", i > 0 ? " " : "", sorted[i]);
    return ids.data;
}

struct stored stored(const char *id)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &stored_stmt, TC_ARGS(id), &rows), TC_OK);
    return (struct stored){
        .removed = tc_rows_bool(rows, 0, 0),
        .texts = tc_rows_int(rows, 0, 1),
        .version = tc_rows_int(rows, 0, 2),
        .listings = tc_rows_int(rows, 0, 3),
    };
}

int64_t live_conversations(void)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run_one(aside, &live_stmt, TC_ARGS(group), &rows), TC_OK);
    return tc_rows_int(rows, 0, 0);
}

void set_created_at(const char *id, int64_t ms)
{
    struct tc_rows *rows;
    assert_int_equal(tc_db_run(aside, &created_stmt, TC_ARGS(id, tc_db_int(aside, ms)), &rows),
                     TC_OK);
}

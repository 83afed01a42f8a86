#pragma once

#include "services/message/store.h"
#include "shared/service/db.h"
#include "tests/support/unit.h"

/*
 * The message store on the database TINCAN_DATABASE_URL_MESSAGE. Each test gets
 * a group and users that nobody else has, and makes its own conversations.
 */
extern struct tc_db *db;
extern char group[TC_ID_SIZE], ann[TC_ID_SIZE], bob[TC_ID_SIZE];

int messages_open(void **state);
int messages_close(void **state);
int messages_begin(void **state);
int messages_end(void **state);
#define MESSAGES_TEST(test) cmocka_unit_test_setup_teardown(test, messages_begin, messages_end)

/* A post of ann's with an id and a nonce of its own; out holds their texts. */
struct draft {
    struct message_post post;
    char id[TC_ID_SIZE], nonce[TC_ID_SIZE];
};
struct message_post *draft(struct draft *out, const char *conversation, const char *body);

/* Posts one and fails the test if that fails. */
void post_text(const char *conversation, const char *body);

/* What the tables hold, seen past the store. */
void assert_head(const char *conversation, int64_t seq, int64_t rev);
struct stored {
    int64_t messages, bodies, revs; /* rows, rows with a body, different revs */
};
struct stored stored(const char *conversation);

/* How many changes are kept; and one put there as if another process had left it. */
int64_t changes_kept(const char *conversation);
void leave_change(const char *conversation, int64_t rev, int64_t seq, int64_t last_seq);

/* The conversation as it is was restored, and goes on from the rev `next`. */
void restored(const char *conversation, int64_t next);

/* As if the group's removal had been heard of so much earlier. False: it is not noted any more. */
bool age_removed_group(const char *group_id, int seconds);

/* What has changed since, by a look at every message. */
#define PLAIN_MAX 500
struct plain {
    int64_t seqs[PLAIN_MAX], revs[PLAIN_MAX];
    size_t count;
};
struct plain changed_since(const char *conversation, int64_t rev);

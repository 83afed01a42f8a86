#pragma once

#include "tests/support/call.h"

#include "services/message/message.h"
#include "services/message/store.h"

/* The message store without a database: what it is to answer to who reads, and what it was asked.
 */

#define ANN "0190b5a0-0000-7000-8000-00000000000a"
#define BOB "0190b5a0-0000-7000-8000-00000000000b"
#define GROUP "0190b5a0-0000-7000-8000-0000000000aa"
#define TALK "0190b5a0-0000-7000-8000-0000000000c1"
#define OTHER "0190b5a0-0000-7000-8000-0000000000c2"
#define THIRD "0190b5a0-0000-7000-8000-0000000000c3"
#define GONE "0190b5a0-0000-7000-8000-0000000000c4"
#define ID "0190b5a0-0000-7000-8000-0000000000d1"
#define MEMBER                                                                                     \
    {                                                                                              \
        .group_id = GROUP, .owner_id = BOB, .role = TC_ROLE_MEMBER                                 \
    }

#define AT(rest) "{\"conversation_id\":\"" TALK "\"" rest "}"

extern struct message_stand_in {
    size_t page_count, body_size; /* of each page */
    bool page_more;
    struct message_head head[3]; /* of TALK, OTHER and THIRD */
    bool heads_fail;
    uint64_t connection;

    size_t calls;        /* of functions, … */
    size_t lists, heads; /* … and for how many conversations */
    struct message_range range;
    char asked[4][TC_ID_SIZE];
    size_t asked_count;
} store;

/* Empty pages, conversations at rev 5, and no room for pages to be kept: for a test's setup. */
int message_stand_in_clear(void **state);

/* ANN, a member, asks; the caller ends it with call_done. */
struct call message_ask(const char *op, const char *data);

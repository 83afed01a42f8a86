/* Posting: all that has queued up becomes one statement. */

#include "services/message/message.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "services/message/recent.h"
#include "services/message/store.h"
#include "shared/base/clock.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/access.h"
#include "shared/service/service.h"

#define NONCE_AGE_MAX_MS (INT64_C(24) * 60 * 60 * 1000)

/* A request of the batch, and the message that it wants. */
struct entry {
    struct tc_request *req;
    struct message_post post;
    char id[TC_ID_SIZE];
    const struct entry *first; /* the one of the batch that it repeats, or itself; NULL: too late */
};

/*
 * The same author's same nonce in the same conversation makes the same id, so
 * that a repeat meets the first one in the index of ids, and no other can.
 */
static void derive_id(const struct message_info *message, char out[TC_ID_SIZE])
{
    uint8_t source[3][TC_ID_BYTES];
    tc_id_pack(message->author_id, source[0]);
    tc_id_pack(message->conversation_id, source[1]);
    tc_id_pack(message->nonce, source[2]);
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(source[0], sizeof(source), digest);
    tc_id_compose(tc_id_time_ms(message->nonce), digest, out);
}

static enum tc_status read_entry(struct entry *entry)
{
    struct tc_request *req = entry->req;
    struct message_info *message = &entry->post.message;
    message->author_id = tc_request_user(req);
    message->conversation_id = tc_request_id(req, "conversation_id");
    message->body = tc_request_text(req, "body", TC_TEXT_ANY, tc_limits()->body);
    message->nonce = tc_request_id_or(req, "nonce", NULL);
    if (tc_request_is_bad(req))
        return TC_INVALID_FIELD;
    if (message->nonce != NULL && !tc_id_is_v7(message->nonce))
        return tc_request_fail_at(req, TC_INVALID_FIELD, "not a UUIDv7", "nonce");

    const struct tc_access *access;
    enum tc_status status = tc_request_access(req, &access);
    if (status != TC_OK)
        return status;

    entry->post.group_id = access->group_id;
    entry->post.closed = access->closed;
    message->id = entry->id;
    if (message->nonce != NULL)
        derive_id(message, entry->id);
    else
        tc_id_make(entry->id);
    entry->post.is_known = recent_has(entry->id);
    return TC_OK;
}

static enum tc_status answer(struct tc_request *req, const struct message_post *post,
                             bool duplicate)
{
    if (post->status == TC_CONFLICT)
        return tc_request_fail_at(req, TC_INVALID_FIELD, "belongs to another message", "nonce");
    if (post->status != TC_OK)
        return post->status;

    if (post->message.nonce != NULL)
        recent_add(post->message.id);
    struct tc_buf *out = message_answer(req, "message/created", &post->message, duplicate);
    if (duplicate)
        tc_json_bool(out, "duplicate", true);
    return TC_OK;
}

static bool is_stale(const char *nonce)
{
    return nonce != NULL && llabs(tc_now_ms() - tc_id_time_ms(nonce)) > NONCE_AGE_MAX_MS;
}

/*
 * With a nonce whose time is so far from now it can but repeat a message that
 * is there. TC_LATER: it is to be posted.
 */
static enum tc_status try_stale(struct entry *entry, struct tc_db *db)
{
    if (!is_stale(entry->post.message.nonce))
        return TC_LATER;
    if (message_store_find(db, &entry->post) != TC_NOT_FOUND)
        return answer(entry->req, &entry->post, true);
    return tc_request_fail_at(entry->req, TC_INVALID_FIELD, "its time is too far from now",
                              "nonce");
}

/* Whether it is to be posted; else it is finished. */
static bool begin(struct entry *entry, struct tc_db *db)
{
    enum tc_status status = read_entry(entry);
    if (status == TC_OK)
        status = try_stale(entry, db);
    if (status == TC_LATER)
        return true;
    tc_request_finish(entry->req, status);
    return false;
}

static bool is_repeat(const struct message_info *a, const struct message_info *b)
{
    return a->nonce != NULL && b->nonce != NULL && strcmp(a->nonce, b->nonce) == 0 &&
           strcmp(a->author_id, b->author_id) == 0 &&
           strcmp(a->conversation_id, b->conversation_id) == 0;
}

/*
 * Sorts out what nobody waits for any more, which must not be done now that
 * its asker has given it up, and repeats within the batch. Returns how many
 * are left to post.
 */
static size_t sort_out(struct entry *entries, size_t count, struct message_post **posts)
{
    TC_CLEANUP(tc_table_free) struct tc_table *by_id = tc_table_create();
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &entries[i];
        if (tc_request_is_late(entry->req))
            continue;
        const struct entry *known = tc_table_get(by_id, entry->id);
        entry->first = entry;
        if (known != NULL && is_repeat(&known->post.message, &entry->post.message)) {
            entry->first = known;
            continue;
        }
        tc_table_set(by_id, entry->id, entry);
        posts[left++] = &entry->post;
    }
    return left;
}

static enum tc_status answer_entry(const struct entry *entry)
{
    const struct message_post *post = &entry->first->post;
    return answer(entry->req, post, entry->first != entry || post->duplicate);
}

static void post_all(struct entry *entries, size_t count, struct tc_db *db)
{
    struct message_post **posts = tc_alloc(count * sizeof(struct message_post *));
    size_t left = sort_out(entries, count, posts);
    message_store_post(db, posts, left);
    free(posts);
    for (size_t i = 0; i < count; i++) {
        struct entry *entry = &entries[i];
        tc_request_finish(entry->req, entry->first != NULL ? answer_entry(entry) : TC_UNAVAILABLE);
    }
}

/* message/create {conversation_id, body, nonce?} -> message/created {message, duplicate?} */
static void message_create(struct tc_request **reqs, size_t count, struct tc_db *db)
{
    struct entry *entries = tc_alloc(count * sizeof(*entries));
    size_t begun = 0;
    for (size_t i = 0; i < count; i++) {
        entries[begun] = (struct entry){.req = reqs[i]};
        begun += begin(&entries[begun], db);
    }
    post_all(entries, begun, db);
    free(entries);
}

const struct tc_route create_routes[] = {
    {.op = "message/create", .batch = message_create, .flags = TC_ACCESS},
    {0},
};

/* What groups do to conversations: who leaves one is out of them, and a removed one takes them
 * along. */

#include <string.h>

#include "services/conversation/conversation.h"
#include "services/conversation/store_upkeep.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/service/number.h"

static void write_question(const char *group_id, const char *user_id, struct tc_buf *out)
{
    tc_json_object(out, NULL);
    tc_json_array(out, "pairs");
    tc_json_array(out, NULL);
    tc_json_text(out, NULL, group_id);
    tc_json_text(out, NULL, user_id);
    tc_json_end_array(out);
    tc_json_end_array(out);
    tc_json_end_object(out);
}

/* 0 for who is no member. */
static enum tc_status read_since(const cJSON *answer, int64_t *since)
{
    const cJSON *members = cJSON_GetObjectItemCaseSensitive(answer, "members");
    const cJSON *member = cJSON_IsArray(members) ? members->child : NULL;
    const cJSON *role = cJSON_GetObjectItemCaseSensitive(member, "role");
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(member, "since");
    if (!cJSON_IsString(role) || !cJSON_IsNumber(number))
        return TC_UNAVAILABLE;
    bool none = strcmp(role->valuestring, "none") == 0;
    *since = none ? 0 : tc_number(number);
    return none || *since != 0 ? TC_OK : TC_UNAVAILABLE;
}

/* Which membership is his now. Asked past the cache: this event is what ends what lies there. */
static enum tc_status ask_since(const char *group_id, const char *user_id, int64_t *since)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf question = {0};
    write_question(group_id, user_id, &question);
    cJSON *answer = NULL;
    enum tc_status status = tc_ask("group.members", &question, &answer);
    if (status != TC_OK)
        return status;
    status = read_since(answer, since);
    cJSON_Delete(answer);
    return status;
}

static void tell_edited(struct tc_request *req, const struct conversation *now)
{
    struct tc_event event = conversation_event(now, "conversation/edited", 0);
    conversation_write(now, tc_request_event(req, &event), "conversation");
}

/*
 * On the user's own subject. He may be back already: then only what was listed
 * before goes. In each process too: any may just have listed him, as the member
 * that he was when it asked, and takes this event after that.
 */
static enum tc_status on_user_left(struct tc_request *req, struct tc_db *db)
{
    const struct tc_event_subject *subject = tc_request_subject(req);
    int64_t since;
    enum tc_status status = ask_since(subject->about, subject->owner, &since);
    struct struck struck = {.left = true};
    while (struck.left && status == TC_OK) {
        status = conversation_store_strike(db, subject->about, subject->owner, since, &struck);
        for (size_t i = 0; i < struck.count && status == TC_OK; i++)
            tell_edited(req, &struck.items[i]);
    }
    return status;
}

/* Its end is told to the members by the group itself. */
static enum tc_status on_group_removed(struct tc_request *req, struct tc_db *db)
{
    const char *group_id = tc_request_subject(req)->owner;
    enum tc_status status = conversation_store_close_group(db, group_id);
    for (bool left = true; left && status == TC_OK;)
        status = conversation_store_clear_group(db, group_id, &left);
    return status;
}

const struct tc_listener upkeep_listeners[] = {
    {.subject = "tincan.event.user.*.*.group.left", .handler = on_user_left},
    {.subject = "tincan.event.user.*.*.group.left", .handler = on_user_left, .everywhere = true},
    {.subject = "tincan.event.group.*.*.group.removed", .handler = on_group_removed},
    {0},
};

/* groups, conversations, create, join, leave. */

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/fault.h"
#include "cli/find.h"
#include "cli/pages.h"
#include "cli/show.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"

struct listing {
    const struct options *options;
    const char *group_id; /* of conversations */
};

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text != NULL ? text : "";
}

static void write_groups(void *ctx, struct tc_buf *data)
{
    const struct listing *listing = ctx;
    tc_json_bool(data, "mine", listing->options->mine);
    if (listing->options->operands[0] != NULL)
        tc_json_text(data, "query", listing->options->operands[0]);
}

static bool show_group(void *ctx, cJSON *group)
{
    const struct listing *listing = ctx;
    if (listing->options->json) {
        show_json(group);
        return true;
    }
    const cJSON *members = cJSON_GetObjectItemCaseSensitive(group, "member_count");
    printf("%s %-9s %-7s %5.0f ", text_of(group, "id"), text_of(group, "role"),
           text_of(group, "visibility"), cJSON_GetNumberValue(members));
    show_text(stdout, text_of(group, "name"));
    putchar('\n');
    return true;
}

static bool list_groups(struct client *client, const struct options *options, struct fault *fault)
{
    struct listing listing = {.options = options};
    struct pages pages = {"group/list", "groups", write_groups, show_group, &listing};
    return pages_read(client, &pages, fault);
}

bool command_groups(const struct options *options, struct fault *fault)
{
    return command_as_user(options, ONCE, list_groups, fault);
}

static void write_conversations(void *ctx, struct tc_buf *data)
{
    const struct listing *listing = ctx;
    tc_json_text(data, "group_id", listing->group_id);
}

static bool show_conversation(void *ctx, cJSON *conversation)
{
    const struct listing *listing = ctx;
    if (listing->options->json) {
        show_json(conversation);
        return true;
    }
    printf("%s %-12s ", text_of(conversation, "id"), text_of(conversation, "audience"));
    show_text(stdout, text_of(conversation, "name"));
    putchar('\n');
    return true;
}

static bool list_conversations(struct client *client, const struct options *options,
                               struct fault *fault)
{
    char group_id[TC_ID_SIZE];
    struct listing listing = {.options = options, .group_id = group_id};
    struct pages pages = {"conversation/list", "conversations", write_conversations,
                          show_conversation, &listing};
    return find_group(client, options->operands[0], true, group_id, fault) &&
           pages_read(client, &pages, fault);
}

bool command_conversations(const struct options *options, struct fault *fault)
{
    return command_as_user(options, ONCE, list_conversations, fault);
}

/* Asks, and shows what has been made: its id, or all of it. */
static bool make(struct client *client, const struct options *options, const char *type,
                 const struct tc_buf *data, struct fault *fault)
{
    cJSON *answer = client_ask(client, type, data, fault);
    if (answer == NULL)
        return false;
    const cJSON *thing = answer->child;
    if (options->json)
        show_json(thing);
    else
        puts(text_of(thing, "id"));
    cJSON_Delete(answer);
    return true;
}

static bool create_group(struct client *client, const struct options *options, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf data = {0};
    tc_json_object(&data, NULL);
    tc_json_text(&data, "name", options->operands[0]);
    if (options->private || options->hidden)
        tc_json_text(&data, "visibility", options->private ? "private" : "hidden");
    tc_json_end_object(&data);
    return make(client, options, "group/create", &data, fault);
}

static bool create(struct client *client, const struct options *options, struct fault *fault)
{
    const char *slash = strchr(options->operands[0], '/');
    if (slash == NULL)
        return create_group(client, options, fault);
    TC_CLEANUP(tc_buf_free) struct tc_buf group = {0}, data = {0};
    char group_id[TC_ID_SIZE];
    tc_buf_printf(&group, "%.*s", (int)(slash - options->operands[0]), options->operands[0]);
    if (!find_group(client, group.data, true, group_id, fault))
        return false;
    tc_json_object(&data, NULL);
    tc_json_text(&data, "group_id", group_id);
    tc_json_text(&data, "name", slash + 1);
    tc_json_end_object(&data);
    return make(client, options, "conversation/create", &data, fault);
}

bool command_create(const struct options *options, struct fault *fault)
{
    return command_as_user(options, ONCE, create, fault);
}

static cJSON *ask_about(struct client *client, const char *type, const char *group_id,
                        struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf data = {0};
    tc_json_object(&data, NULL);
    tc_json_text(&data, "group_id", group_id);
    tc_json_end_object(&data);
    return client_ask(client, type, &data, fault);
}

static bool join(struct client *client, const struct options *options, struct fault *fault)
{
    char group_id[TC_ID_SIZE];
    if (!find_group(client, options->operands[0], false, group_id, fault))
        return false;
    cJSON *answer = ask_about(client, "group/join", group_id, fault);
    const cJSON *group = cJSON_GetObjectItemCaseSensitive(answer, "group");
    if (answer != NULL && options->json)
        show_json(group);
    else if (answer != NULL)
        puts(strcmp(text_of(group, "role"), "member") == 0 ? "joined" : "asked: its owner decides");
    cJSON_Delete(answer);
    return answer != NULL;
}

bool command_join(const struct options *options, struct fault *fault)
{
    return command_as_user(options, ONCE, join, fault);
}

static bool leave(struct client *client, const struct options *options, struct fault *fault)
{
    char group_id[TC_ID_SIZE];
    if (!find_group(client, options->operands[0], false, group_id, fault))
        return false;
    cJSON *answer = ask_about(client, "group/leave", group_id, fault);
    cJSON_Delete(answer);
    return answer != NULL;
}

bool command_leave(const struct options *options, struct fault *fault)
{
    return command_as_user(options, ONCE, leave, fault);
}

/* What people and scripts read. */

#include "cli/show.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/client.h"
#include "cli/editor.h"
#include "cli/fault.h"
#include "cli/when.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"

#define ESCAPE 0x40 /* control characters as ^[ and the like */

void show_text(FILE *out, const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        bool c1 = at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
        if (*at == '\n') {
            fputs("\n    ", out);
        } else if ((*at < 0x20 && *at != '\t') || *at == 0x7f) {
            fputc('^', out);
            fputc(*at ^ ESCAPE, out);
        } else if (c1) {
            fputc('?', out);
            at++;
        } else {
            fputc(*at, out);
        }
    }
}

void show_json(const cJSON *value)
{
    char *text = cJSON_PrintUnformatted(value);
    puts(text);
    cJSON_free(text);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
    return text != NULL ? text : "";
}

/* The user name, from the server when it is not known; NULL if it does not say. */
static char *ask_name(struct client *client, const char *id)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf data = {0};
    tc_json_object(&data, NULL);
    tc_json_array(&data, "user_ids");
    tc_json_text(&data, NULL, id);
    tc_json_end_array(&data);
    tc_json_end_object(&data);
    struct fault fault;
    cJSON *answer = client_ask(client, "user/view", &data, &fault);
    const cJSON *users = cJSON_GetObjectItemCaseSensitive(answer, "users");
    const char *name = text_of(cJSON_GetArrayItem(users, 0), "username");
    char *copy = name[0] != '\0' ? tc_strdup(name) : NULL;
    cJSON_Delete(answer);
    return copy;
}

static const char *name_of(struct show *show, const char *id)
{
    if (show->names == NULL)
        show->names = tc_table_create();
    char *name = tc_table_get(show->names, id);
    if (name == NULL && (name = ask_name(show->client, id)) != NULL)
        tc_table_set(show->names, id, name);
    return name != NULL ? name : id;
}

static void show_time(const char *text)
{
    int64_t ms;
    char local[32];
    struct tm parts;
    if (!when_parse(text, &ms))
        return;
    time_t seconds = (time_t)(ms / 1000);
    if (localtime_r(&seconds, &parts) != NULL &&
        strftime(local, sizeof(local), "%F %R", &parts) > 0)
        printf("%s ", local);
}

static void show_line(struct show *show, const cJSON *message)
{
    bool removed = cJSON_HasObjectItem(message, "removed_at");
    const char *name = name_of(show, text_of(message, "author_id"));
    if (show->editor != NULL)
        editor_hide(show->editor);
    show_time(text_of(message, "created_at"));
    show_text(stdout, name);
    fputs(": ", stdout);
    show_text(stdout, removed ? "(removed)" : text_of(message, "body"));
    puts(!removed && cJSON_HasObjectItem(message, "edited_at") ? " (edited)" : "");
    if (show->editor != NULL)
        editor_show(show->editor);
}

void show_message(struct show *show, const cJSON *message)
{
    if (show->json)
        show_json(message);
    else
        show_line(show, message);
}

void show_done(struct show *show)
{
    if (show->names == NULL)
        return;
    size_t at = 0;
    for (void *name; (name = tc_table_next(show->names, &at)) != NULL;)
        free(name);
    tc_table_free(&show->names);
}

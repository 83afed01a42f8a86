/* register, login, logout. */

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/fault.h"
#include "cli/http.h"
#include "cli/keep.h"
#include "cli/lines.h"
#include "cli/show.h"
#include "cli/terminal.h"
#include "shared/base/buf.h"
#include "shared/base/json.h"
#include "shared/base/mem.h"
#include "shared/base/text.h"

/* A line from standard input; a terminal shows `prompt`, and not what is typed. */
static bool read_secret(const char *prompt, struct tc_buf *out)
{
    bool terminal = terminal_without(ECHO);
    if (terminal)
        fputs(prompt, stderr);
    struct lines lines = {.fd = STDIN_FILENO};
    const char *line;
    while ((line = lines_next(&lines)) == NULL && !lines.ended)
        lines_read(&lines);
    if (terminal) {
        terminal_restore();
        fputc('\n', stderr);
    }
    if (line != NULL)
        tc_buf_text(out, line);
    tc_buf_free(&lines.in);
    tc_buf_free(&lines.line);
    return line != NULL;
}

static bool read_password(struct tc_buf *out, bool twice, struct fault *fault)
{
    if (!read_secret("Password: ", out))
        return fault_set(fault, USAGE, "password", "is to come on standard input");
    if (!tc_utf8_valid(out->data, out->len))
        return fault_set(fault, REFUSED, "password", "is not UTF-8");
    if (!twice || !isatty(STDIN_FILENO))
        return true;
    TC_CLEANUP(tc_buf_free) struct tc_buf again = {0};
    if (read_secret("Once more: ", &again) && strcmp(again.data, out->data) == 0)
        return true;
    return fault_set(fault, REFUSED, "password", "the two are not the same");
}

static bool begin_session(const struct options *options, const char *path, const char *password,
                          struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf body = {0};
    tc_json_object(&body, NULL);
    tc_json_text(&body, "username", options->operands[0]);
    tc_json_text(&body, "password", password);
    if (options->display_name != NULL)
        tc_json_text(&body, "display_name", options->display_name);
    tc_json_end_object(&body);
    cJSON *answer = NULL;
    bool done = http_post(&options->url, path, NULL, body.data, &answer, fault);
    const char *token = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "token"));
    if (done && token == NULL)
        done = fault_set(fault, REFUSED, options->url.authority, "this is no TinCan");
    done = done && keep_token(&options->url, token, fault);
    if (done && options->json)
        show_json(cJSON_GetObjectItemCaseSensitive(answer, "user"));
    cJSON_Delete(answer);
    return done;
}

bool command_register(const struct options *options, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf password = {0};
    return read_password(&password, true, fault) &&
           begin_session(options, "/auth/register", password.data, fault);
}

bool command_login(const struct options *options, struct fault *fault)
{
    TC_CLEANUP(tc_buf_free) struct tc_buf password = {0};
    return read_password(&password, false, fault) &&
           begin_session(options, "/auth/login", password.data, fault);
}

bool command_logout(const struct options *options, struct fault *fault)
{
    char *token = NULL;
    cJSON *none = NULL;
    if (!keep_find(&options->url, &token, fault))
        return false;
    bool done = http_post(&options->url, "/auth/logout", token, NULL, &none, fault);
    cJSON_Delete(none);
    free(token);
    /* A token that is worth nothing need not be kept either. */
    return (done || fault->outcome == NO_SESSION) && keep_drop(&options->url, fault);
}

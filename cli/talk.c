/* send, tail. */

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/fault.h"
#include "cli/find.h"
#include "cli/follow.h"
#include "cli/lines.h"
#include "cli/post.h"
#include "cli/show.h"
#include "shared/base/buf.h"
#include "shared/base/mem.h"

#define INPUT_MAX (1024 * 1024)

static bool send_one(struct client *client, const struct options *options, const char *id,
                     const struct tc_buf *body, struct fault *fault)
{
    cJSON *answer = post(client, id, body->data, body->len, fault);
    if (answer == NULL)
        return false;
    if (options->json)
        show_json(cJSON_GetObjectItemCaseSensitive(answer, "message"));
    cJSON_Delete(answer);
    return true;
}

/* Each line as it comes; empty ones are no messages. */
static bool send_lines(struct client *client, const struct options *options, const char *id,
                       struct fault *fault)
{
    struct lines lines = {.fd = STDIN_FILENO};
    bool fine = true;
    do {
        while (fine && lines_next(&lines) != NULL)
            fine = lines.line.len == 0 || send_one(client, options, id, &lines.line, fault);
    } while (fine && !lines.ended && (lines_read(&lines) || lines.in.len > 0));
    tc_buf_free(&lines.in);
    tc_buf_free(&lines.line);
    return fine;
}

/* All of standard input, without its last newline. */
static bool read_input(struct tc_buf *out, struct fault *fault)
{
    struct lines input = {.fd = STDIN_FILENO};
    while (lines_read(&input) && input.in.len <= INPUT_MAX)
        ;
    *out = input.in;
    if (out->len > INPUT_MAX)
        return fault_set(fault, REFUSED, "body", "is too long");
    tc_buf_append(out, "", 0);
    if (out->len > 0 && out->data[out->len - 1] == '\n')
        tc_buf_cut(out, out->len - 1);
    return true;
}

static bool run_send(struct client *client, const struct options *options, struct fault *fault)
{
    char id[TC_ID_SIZE];
    if (!find_conversation(client, options->operands[0], id, fault))
        return false;
    if (options->lines)
        return send_lines(client, options, id, fault);
    TC_CLEANUP(tc_buf_free) struct tc_buf body = {0};
    if (options->operands[1] != NULL)
        tc_buf_text(&body, options->operands[1]);
    else if (!read_input(&body, fault))
        return false;
    tc_buf_append(&body, "", 0);
    return send_one(client, options, id, &body, fault);
}

bool command_send(const struct options *options, struct fault *fault)
{
    return command_as_user(options, options->timeout_s, run_send, fault);
}

static bool run_tail(struct client *client, const struct options *options, struct fault *fault)
{
    char id[TC_ID_SIZE];
    struct follow follow = {.client = client, .show.json = options->json, .conversation_id = id};
    bool fine = find_conversation(client, options->operands[0], id, fault) &&
                follow_begin(&follow, options->count, fault) &&
                (!options->follow || follow_until(&follow, -1, fault));
    follow_done(&follow);
    return fine;
}

bool command_tail(const struct options *options, struct fault *fault)
{
    return command_as_user(options, options->follow ? options->timeout_s : ONCE, run_tail, fault);
}

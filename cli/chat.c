/* chat: reading and writing at once. */

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/command.h"
#include "cli/editor.h"
#include "cli/fault.h"
#include "cli/find.h"
#include "cli/follow.h"
#include "cli/lines.h"
#include "cli/post.h"
#include "cli/show.h"
#include "shared/base/buf.h"

static bool say(struct follow *follow, const struct tc_buf *line, struct fault *fault)
{
    cJSON *answer = post(follow->client, follow->conversation_id, line->data, line->len, fault);
    const cJSON *message = cJSON_GetObjectItemCaseSensitive(answer, "message");
    bool fine = answer != NULL && follow_message(follow, message, fault);
    cJSON_Delete(answer);
    return fine;
}

/* What people type; a message that is refused is said so, and the talk goes on. */
static bool type(struct follow *follow, struct editor *editor, bool *ended, struct fault *fault)
{
    unsigned char bytes[256];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));
    *ended = size == 0 || (size < 0 && errno != EINTR);
    for (ssize_t i = 0; i < size && !*ended; i++) {
        enum editor_event event = editor_byte(editor, bytes[i]);
        *ended = event == EDITOR_END;
        if (event != EDITOR_LINE)
            continue;
        bool said = say(follow, &editor->text, fault);
        if (!said && fault->outcome != REFUSED)
            return false;
        editor_hide(editor);
        if (said)
            tc_buf_clear(&editor->text);
        else
            fault_print(fault);
    }
    editor_show(editor);
    return true;
}

static bool talk_on_terminal(struct follow *follow, struct fault *fault)
{
    struct editor editor = {0};
    if (!editor_open(&editor))
        return fault_set(fault, REFUSED, "", "the terminal cannot be used");
    follow->show.editor = &editor;
    bool fine = true, ended = false;
    while (fine && !ended)
        fine = follow_until(follow, STDIN_FILENO, fault) && type(follow, &editor, &ended, fault);
    follow->show.editor = NULL;
    editor_close(&editor);
    return fine;
}

static bool talk_in_pipe(struct follow *follow, struct fault *fault)
{
    struct lines lines = {.fd = STDIN_FILENO};
    bool fine = true;
    while (fine && !lines.ended) {
        fine = follow_until(follow, STDIN_FILENO, fault);
        if (fine)
            lines_read(&lines);
        while (fine && lines_next(&lines) != NULL)
            fine = lines.line.len == 0 || say(follow, &lines.line, fault);
    }
    tc_buf_free(&lines.in);
    tc_buf_free(&lines.line);
    return fine;
}

static bool run_chat(struct client *client, const struct options *options, struct fault *fault)
{
    char id[TC_ID_SIZE];
    struct follow follow = {.client = client, .show.json = options->json, .conversation_id = id};
    bool fine = find_conversation(client, options->operands[0], id, fault) &&
                follow_begin(&follow, options->count, fault);
    if (fine)
        fine =
            isatty(STDIN_FILENO) ? talk_on_terminal(&follow, fault) : talk_in_pipe(&follow, fault);
    follow_done(&follow);
    return fine;
}

bool command_chat(const struct options *options, struct fault *fault)
{
    return command_as_user(options, options->timeout_s, run_chat, fault);
}

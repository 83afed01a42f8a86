/* Subjects, put together and taken apart. Pure. */

#include "shared/bus/subjects.h"

#include <stdio.h>
#include <string.h>

#include "shared/base/id.h"

static const char *const audience_names[] = {
    [TC_TO_GROUP] = "group",
    [TC_TO_CLOSED] = "closed",
    [TC_TO_USER] = "user",
};

static void dot_the_slash(char *tail)
{
    char *slash = strchr(tail, '/');
    if (slash != NULL)
        *slash = '.';
}

void tc_subject_event(char out[TC_SUBJECT_SIZE], bool signal, enum tc_audience audience,
                      const char *owner, const char *about, const char *type)
{
    snprintf(out, TC_SUBJECT_SIZE, "tincan.%s.%s.%s.%s.%s", signal ? "signal" : "event",
             audience_names[audience], owner, about, type);
    dot_the_slash(out);
}

void tc_subject_rpc(char out[TC_SUBJECT_SIZE], const char *type, const char *conversation_id)
{
    snprintf(out, TC_SUBJECT_SIZE, "tincan.rpc.%s%s%s", type, conversation_id != NULL ? "." : "",
             conversation_id != NULL ? conversation_id : "");
    dot_the_slash(out);
}

static bool parse_audience(const char *name, enum tc_audience *out)
{
    for (int i = TC_TO_GROUP; i <= TC_TO_USER; i++) {
        if (strcmp(name, audience_names[i]) == 0) {
            *out = (enum tc_audience)i;
            return true;
        }
    }
    return false;
}

bool tc_subject_parse_event(const char *subject, struct tc_event_subject *out)
{
    if (strlen(subject) >= sizeof(out->copy))
        return false;
    strcpy(out->copy, subject);

    char *rest = out->copy;
    const char *parts[7];
    for (size_t i = 0; i < 7; i++)
        if ((parts[i] = strsep(&rest, ".")) == NULL)
            return false;
    if (rest != NULL || strcmp(parts[0], "tincan") != 0)
        return false;

    out->signal = strcmp(parts[1], "signal") == 0;
    out->owner = parts[3];
    out->about = parts[4];
    out->entity = parts[5];
    out->verb = parts[6];
    return (out->signal || strcmp(parts[1], "event") == 0) &&
           parse_audience(parts[2], &out->audience) && tc_id_is_valid(out->owner) &&
           tc_id_is_valid(out->about);
}

const char *tc_request_name(const char *reply)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    static const char inbox[] = "_INBOX.";
    if (reply == NULL)
        return "-";
    bool is_inbox = strncmp(reply, inbox, sizeof(inbox) - 1) == 0;
    const char *name = is_inbox ? reply + sizeof(inbox) - 1 : reply;
    return name[0] != '\0' && name[strspn(name, plain)] == '\0' ? name : "-";
}

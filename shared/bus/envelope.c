/* The envelope of client messages: read in one pass, and failed answers written. Pure. */

#include "shared/bus/envelope.h"

#include <string.h>

#include "shared/base/json.h"
#include "shared/base/text.h"

#define KEY_SIZE 24

/* What was seen of the envelope's members, beside their values. */
struct seen {
    bool type, id, data;
    bool twice;
    bool bad_type, bad_id, bad_data;
};

static void note(bool *seen, bool *twice)
{
    if (*seen)
        *twice = true;
    *seen = true;
}

/* A string that can be used; else "", and false: it does not fit, or is tainted itself. */
static bool read_clean(struct tc_json_cursor *in, char *out, size_t size)
{
    bool before = in->tainted;
    in->tainted = false;
    bool clean = tc_json_string(in, out, size) && !in->tainted;
    if (!clean)
        out[0] = '\0';
    in->tainted = in->tainted || before;
    return clean;
}

static void read_type(struct tc_json_cursor *in, struct tc_envelope *out, struct seen *seen)
{
    note(&seen->type, &seen->twice);
    if (tc_json_peek(in) != '"') {
        seen->bad_type = true;
        tc_json_skip(in);
    } else {
        read_clean(in, out->type, sizeof(out->type)); /* too long: "", which is no type */
    }
}

static void read_id(struct tc_json_cursor *in, struct tc_envelope *out, struct seen *seen)
{
    note(&seen->id, &seen->twice);
    if (tc_json_peek(in) != '"') {
        seen->bad_id = true;
        tc_json_skip(in);
        return;
    }
    if (!read_clean(in, out->id, sizeof(out->id)) ||
        tc_text_fault(out->id, TC_TEXT_PLAIN, 64) != NULL) {
        seen->bad_id = true;
        out->id[0] = '\0';
    }
}

static void read_conversation_id(struct tc_json_cursor *in, struct tc_envelope *out)
{
    if (tc_json_peek(in) != '"') {
        tc_json_skip(in);
        return;
    }
    if (!tc_json_string(in, out->conversation_id, sizeof(out->conversation_id)) ||
        !tc_id_is_valid(out->conversation_id))
        out->conversation_id[0] = '\0';
}

static void read_data(struct tc_json_cursor *in, struct tc_envelope *out, struct seen *seen)
{
    note(&seen->data, &seen->twice);
    if (tc_json_peek(in) != '{') {
        seen->bad_data = true;
        tc_json_skip(in);
        return;
    }
    bool outside = in->tainted, found = false;
    in->tainted = false;
    char key[KEY_SIZE];
    bool more = tc_json_enter(in);
    for (bool first = true; more && tc_json_key(in, first, key, sizeof(key)); first = false) {
        if (!found && strcmp(key, "conversation_id") == 0) {
            found = true;
            read_conversation_id(in, out);
        } else {
            tc_json_skip(in);
        }
    }
    out->has_data = true;
    out->tainted = in->tainted;
    in->tainted = outside;
}

static const char *fault_of(const struct tc_json_cursor *in, const struct seen *seen)
{
    if (seen->twice)
        return "a member of the envelope is there twice";
    if (seen->bad_type || !seen->type)
        return "type must be a string";
    if (seen->bad_id)
        return "id must be a string of 1 to 64 characters, none of them a control character";
    if (seen->bad_data)
        return "data must be an object";
    if (in->tainted)
        return "text may hold neither U+0000 nor a lone surrogate, and JSON may nest 64 deep";
    return NULL;
}

enum tc_status tc_envelope_read(const char *frame, size_t len, struct tc_envelope *out,
                                const char **fault)
{
    *out = (struct tc_envelope){.type = ""};
    struct seen seen = {0};
    struct tc_json_cursor in = tc_json_read(frame, len);
    char key[KEY_SIZE];
    bool more = tc_json_enter(&in);
    for (bool first = true; more && tc_json_key(&in, first, key, sizeof(key)); first = false) {
        if (strcmp(key, "type") == 0)
            read_type(&in, out, &seen);
        else if (strcmp(key, "id") == 0)
            read_id(&in, out, &seen);
        else if (strcmp(key, "data") == 0)
            read_data(&in, out, &seen);
        else
            tc_json_skip(&in);
    }
    if (!tc_json_at_end(&in)) {
        *out = (struct tc_envelope){.type = ""};
        *fault = "a message must be one JSON object";
        return TC_BAD_REQUEST;
    }
    *fault = fault_of(&in, &seen);
    return *fault == NULL ? TC_OK : TC_BAD_REQUEST;
}

void tc_error_write(const struct tc_error *error, struct tc_buf *out, const char *key)
{
    tc_json_object(out, key);
    tc_json_text(out, "code", tc_status_name(error->status));
    tc_json_text(out, "message",
                 error->message != NULL ? error->message : tc_status_message(error->status));
    if (error->field != NULL)
        tc_json_text(out, "field", error->field);
    if (error->retry_after_ms > 0)
        tc_json_int(out, "retry_after_ms", error->retry_after_ms);
    tc_json_end_object(out);
}

void tc_failure_write(const char *type, const char *id, const struct tc_error *error,
                      struct tc_buf *out)
{
    tc_json_object(out, NULL);
    tc_json_text(out, "type", type);
    if (id[0] != '\0')
        tc_json_text(out, "re", id);
    tc_error_write(error, out, "error");
    tc_json_end_object(out);
}

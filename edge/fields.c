/* Looking into JSON by cursor. */

#include "edge/fields.h"

#include <string.h>

#include "shared/base/id.h"
#include "shared/base/json.h"

#define KEY_SIZE 32

bool field_find(struct field object, const char *key, struct field *out)
{
    struct tc_json_cursor in = tc_json_read(object.json, object.size);
    char name[KEY_SIZE];
    bool more = tc_json_peek(&in) == '{' && tc_json_enter(&in);
    for (bool first = true; more && tc_json_key(&in, first, name, sizeof(name)); first = false) {
        tc_json_peek(&in);
        const char *begin = in.at;
        tc_json_skip(&in);
        if (!in.malformed && strcmp(name, key) == 0) {
            *out = (struct field){begin, (size_t)(in.at - begin)};
            return true;
        }
    }
    return false;
}

bool field_text(struct field value, char *out, size_t size)
{
    struct tc_json_cursor in = tc_json_read(value.json, value.size);
    out[0] = '\0';
    return tc_json_peek(&in) == '"' && tc_json_string(&in, out, size);
}

bool field_id(struct field value, char *out)
{
    if (field_text(value, out, TC_ID_SIZE) && tc_id_is_valid(out))
        return true;
    out[0] = '\0';
    return false;
}

bool field_is_json(struct field value)
{
    struct tc_json_cursor in = tc_json_read(value.json, value.size);
    tc_json_skip(&in);
    return tc_json_at_end(&in);
}

/* The envelope's scanner under libFuzzer, against cJSON: where both read a frame they must read the
 * same, and what cJSON writes the scanner must be able to read. UTF-8 is judged by both of ours. */

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edge/fields.h"
#include "edge/utf8.h"
#include "shared/base/json.h"
#include "shared/base/text.h"
#include "shared/bus/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CJSON_DIGITS = 63 }; /* of one number; cJSON reads no longer ones */

static bool is_utf8(const char *text, size_t size)
{
    bool valid = tc_utf8_valid(text, size);
    uint8_t state = UTF8_COMPLETE;
    size_t half = size / 2;
    bool pieces = utf8_check(&state, (const unsigned char *)text, half) &&
                  utf8_check(&state, (const unsigned char *)text + half, size - half) &&
                  state == UTF8_COMPLETE;
    assert(valid == pieces);
    return valid;
}

static bool has_long_number(const char *text, size_t size)
{
    size_t run = 0;
    for (size_t i = 0; i < size && run <= CJSON_DIGITS; i++)
        run = text[i] != '\0' && strchr("0123456789+-.eE", text[i]) ? run + 1 : 0;
    return run > CJSON_DIGITS;
}

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *text_of(const cJSON *item)
{
    return cJSON_IsString(item) ? item->valuestring : "";
}

static void check_data(const struct tc_envelope *envelope, const cJSON *data)
{
    assert(envelope->has_data == (cJSON_IsObject(data) != 0));
    const char *id = text_of(member(data, "conversation_id"));
    assert(strcmp(envelope->conversation_id, tc_id_is_valid(id) ? id : "") == 0);
}

static void check_agreement(const struct tc_envelope *envelope, const cJSON *tree)
{
    const char *type = text_of(member(tree, "type"));
    assert(cJSON_IsObject(tree) && cJSON_IsString(member(tree, "type")));
    assert(strcmp(envelope->type, strlen(type) < TC_TYPE_SIZE ? type : "") == 0);
    assert(strcmp(envelope->id, text_of(member(tree, "id"))) == 0);
    if (!envelope->tainted)
        check_data(envelope, member(tree, "data"));
}

/* The cursor's look for one member at a time, which the edge uses for what services answer. */
static void check_fields(const char *text, size_t size, const cJSON *tree)
{
    static const char *const keys[] = {"type", "id", "data", "conversation_id"};
    struct field whole = {text, size}, found;
    char value[TC_TYPE_SIZE];
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const cJSON *item = member(tree, keys[i]);
        assert(field_find(whole, keys[i], &found) == (item != NULL));
        if (item != NULL && field_text(found, value, sizeof(value)))
            assert(strcmp(value, text_of(item)) == 0);
    }
}

/* What cJSON has written is JSON, and says to the scanner what the original said. */
static void check_rewritten(const cJSON *tree, const struct tc_envelope *before, bool was_good)
{
    char *text = cJSON_PrintUnformatted(tree);
    struct tc_envelope again;
    const char *fault = NULL;
    struct tc_json_cursor in = tc_json_read(text, strlen(text));
    tc_json_skip(&in);
    assert(tc_json_at_end(&in));
    bool good = tc_envelope_read(text, strlen(text), &again, &fault) == TC_OK;
    assert(good == (fault == NULL));
    if (was_good) {
        assert(good && strcmp(again.type, before->type) == 0 && strcmp(again.id, before->id) == 0);
        assert(again.has_data == before->has_data &&
               strcmp(again.conversation_id, before->conversation_id) == 0);
    }
    free(text);
}

static void check(const char *text, size_t size)
{
    struct tc_envelope envelope;
    const char *fault = NULL;
    bool good = tc_envelope_read(text, size, &envelope, &fault) == TC_OK;
    assert(good == (fault == NULL));
    assert(is_utf8(envelope.type, strlen(envelope.type)));
    assert(is_utf8(envelope.id, strlen(envelope.id)));
    bool clean = good && !envelope.tainted;
    cJSON *tree = cJSON_ParseWithLength(text, size);
    assert(tree != NULL || !clean || has_long_number(text, size));
    if (tree != NULL && clean) {
        check_agreement(&envelope, tree);
        check_fields(text, size, tree);
    }
    if (tree != NULL)
        check_rewritten(tree, &envelope, clean);
    cJSON_Delete(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, data, size);
    if (is_utf8(copy, size))
        check(copy, size);
    free(copy);
    return 0;
}

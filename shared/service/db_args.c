/* Arguments of statements, in PostgreSQL's text form. */

#include <stdio.h>
#include <stdlib.h>

#include "shared/base/arena.h"
#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "shared/service/db.h"
#include "shared/service/db_private.h"

const char *tc_db_int(struct tc_db *db, int64_t number)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)number);
    return tc_arena_text(db_arena(db), text, (size_t)len);
}

const char *tc_db_bool(bool yes)
{
    return yes ? "true" : "false";
}

/* The array in PostgreSQL's own text form, each element quoted. */
const char *tc_db_array(struct tc_db *db, const char *const *texts, size_t count)
{
    struct tc_buf out = {0};
    tc_buf_byte(&out, '{');
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            tc_buf_byte(&out, ',');
        if (texts[i] == NULL) {
            tc_buf_text(&out, "NULL");
            continue;
        }
        tc_buf_byte(&out, '"');
        for (const char *c = texts[i]; *c != '\0'; c++) {
            if (*c == '"' || *c == '\\')
                tc_buf_byte(&out, '\\');
            tc_buf_byte(&out, *c);
        }
        tc_buf_byte(&out, '"');
    }
    tc_buf_byte(&out, '}');
    const char *text = tc_arena_text(db_arena(db), out.data, out.len);
    tc_buf_free(&out);
    return text;
}

const char *tc_db_ints(struct tc_db *db, const int64_t *numbers, size_t count)
{
    const char **texts = tc_alloc(count * sizeof(*texts));
    for (size_t i = 0; i < count; i++)
        texts[i] = tc_db_int(db, numbers[i]);
    const char *array = tc_db_array(db, texts, count);
    free(texts);
    return array;
}

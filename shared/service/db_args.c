/* Arguments of statements, in PostgreSQL's text form. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/arena.h"
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

/* What is quoted: a quotation mark, or a backslash. */
static bool is_special(char c)
{
    return c == '"' || c == '\\';
}

/* The most that a text can take, quoted. */
static size_t room_for(const char *text)
{
    size_t size = sizeof("NULL,");
    for (; text != NULL && *text != '\0'; text++)
        size += is_special(*text) ? 2 : 1;
    return size;
}

static char *quote(char *out, const char *text)
{
    *out++ = '"';
    for (; *text != '\0'; text++) {
        if (is_special(*text))
            *out++ = '\\';
        *out++ = *text;
    }
    *out++ = '"';
    return out;
}

/* The array in PostgreSQL's own text form, each element quoted. */
const char *tc_db_array(struct tc_db *db, const char *const *texts, size_t count)
{
    size_t size = sizeof("{}");
    for (size_t i = 0; i < count; i++)
        size += room_for(texts[i]);
    char *text = tc_arena_alloc(db_arena(db), size), *end = text;
    *end++ = '{';
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *end++ = ',';
        end = texts[i] != NULL ? quote(end, texts[i]) : stpcpy(end, "NULL");
    }
    *end = '}';
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

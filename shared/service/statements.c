/* What statements do, read off their SQL. */

#include "shared/service/statements.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "shared/service/db.h"

static bool follows(const char *sql, const char *at, const char *word)
{
    size_t len = strlen(word);
    return (size_t)(at - sql) >= len && strncmp(at - len, word, len) == 0;
}

/* An UPDATE of its own: not that of a row's lock, nor of an INSERT. */
static bool updates(const char *sql)
{
    static const char word[] = "UPDATE ";
    for (const char *at = sql; (at = strstr(at, word)) != NULL; at += sizeof(word) - 1)
        if (!follows(sql, at, "FOR ") && !follows(sql, at, "KEY ") && !follows(sql, at, "DO "))
            return true;
    return false;
}

static bool changes(const char *sql)
{
    return strstr(sql, "INSERT INTO ") != NULL || strstr(sql, "DELETE FROM ") != NULL ||
           updates(sql);
}

const struct tc_stmt *statements_undecided(const struct tc_stmt *const *statements)
{
    for (; statements != NULL && *statements != NULL; statements++) {
        const struct tc_stmt *stmt = *statements;
        if (changes(stmt->sql) ? stmt->writes == stmt->untold : stmt->writes || stmt->untold)
            return stmt;
    }
    return NULL;
}

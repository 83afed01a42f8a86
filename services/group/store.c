/* The groups themselves; every statement is in statements.c. */

#include "services/group/store.h"

#include "services/group/rows.h"
#include "services/group/statements.h"
#include "shared/service/db.h"

void group_read(const struct tc_rows *rows, size_t row, struct group_info *out)
{
    *out = (struct group_info){
        .id = tc_rows_text(rows, row, 0),
        .version = tc_rows_int(rows, row, 1),
        .name = tc_rows_text(rows, row, 2),
        .description = tc_rows_text(rows, row, 3),
        .visibility = tc_rows_text(rows, row, 4),
        .owner_id = tc_rows_text(rows, row, 5),
        .member_count = tc_rows_int(rows, row, 6),
        .created_at = tc_rows_int(rows, row, 7),
        .role = tc_rows_text(rows, row, 8),
    };
}

/* A statement about one group, which returns it as it is now. */
static enum tc_status run(struct tc_db *db, const struct tc_stmt *stmt, struct tc_args args,
                          struct group_info *out)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run_one(db, stmt, args, &rows);
    if (status == TC_OK)
        group_read(rows, 0, out);
    return status;
}

enum tc_status group_store_create(struct tc_db *db, const struct group_draft *draft,
                                  int64_t groups_max, struct group_info *out)
{
    struct tc_args args =
        TC_ARGS(draft->id, draft->name, draft->description, draft->visibility,
                tc_db_array(db, draft->member_ids, draft->member_count), tc_db_int(db, groups_max));
    enum tc_status status = run(db, &create_stmt, args, out);
    return status == TC_NOT_FOUND ? TC_CONFLICT : status;
}

enum tc_status group_store_find(struct tc_db *db, const char *group_id, const char *asker_id,
                                struct group_info *out)
{
    return run(db, &find_stmt, TC_ARGS(asker_id, group_id), out);
}

static const char *array_of(struct tc_db *db, const struct user_list *users)
{
    return tc_db_array(db, users->ids, users->count);
}

enum tc_status group_store_edit(struct tc_db *db, const struct group_change *change,
                                int64_t groups_max, struct group_info *out)
{
    struct tc_args args = TC_ARGS(change->group_id, change->asker_id, change->name,
                                  change->description, change->visibility, change->owner_id,
                                  array_of(db, &change->add), array_of(db, &change->asking),
                                  array_of(db, &change->remove), tc_db_int(db, groups_max));
    return run(db, &edit_stmt, args, out);
}

enum tc_status group_store_remove(struct tc_db *db, const char *group_id, const char *asker_id)
{
    struct tc_rows *rows;
    return tc_db_run_one(db, &remove_stmt, TC_ARGS(group_id, asker_id), &rows);
}

/* The words of a query as PostgreSQL looks for them; NULL when it has none. */
static enum tc_status find_beginnings(struct tc_db *db, const char *text, const char **out)
{
    struct tc_rows *rows;
    enum tc_status status = tc_db_run_one(db, &beginnings_stmt, TC_ARGS(text), &rows);
    if (status == TC_OK)
        *out = tc_rows_text(rows, 0, 0);
    return status;
}

static enum tc_status run_list(struct tc_db *db, const struct group_query *query,
                               const char *beginnings, struct tc_rows **out)
{
    const char *key = query->after_key, *id = query->after_id;
    const char *limit = tc_db_int(db, query->limit + 1); /* one more shows that there is more */
    const struct tc_stmt *stmt = query->mine          ? &list_mine_stmt
                                 : beginnings == NULL ? &list_all_stmt
                                                      : &list_found_stmt;
    return tc_db_run(db, stmt, TC_ARGS(query->asker_id, key, id, limit, beginnings), out);
}

enum tc_status group_store_list(struct tc_db *db, const struct group_query *query,
                                struct group_info *out, size_t *count, bool *more)
{
    const char *beginnings = NULL;
    enum tc_status status = TC_OK;
    if (query->text != NULL)
        status = find_beginnings(db, query->text, &beginnings);
    if (status != TC_OK)
        return status;
    struct tc_rows *rows;
    status = run_list(db, query, beginnings, &rows);
    if (status != TC_OK)
        return status;

    size_t found = tc_rows_count(rows);
    *more = found > (size_t)query->limit;
    *count = *more ? (size_t)query->limit : found;
    for (size_t i = 0; i < *count; i++) {
        group_read(rows, i, &out[i]);
        out[i].name_key = tc_rows_text(rows, i, GROUP_COLUMNS);
    }
    return TC_OK;
}

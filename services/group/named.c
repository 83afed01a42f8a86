/* Users as a request names them. */

#include "services/group/named.h"

#include <string.h>

#include "shared/base/arena.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/service/request.h"
#include "shared/service/users.h"

enum tc_status named_find(struct tc_request *req, const struct tc_list *list, const char *path,
                          struct tc_arena *arena, struct named *out)
{
    const struct tc_user **users = tc_arena_alloc(arena, list->count * sizeof(struct tc_user *));
    enum tc_status status = tc_users_named(req, list, path, users);
    if (status != TC_OK)
        return status;

    const char **ids = tc_arena_alloc(arena, list->count * sizeof(*ids));
    size_t *places = tc_arena_alloc(arena, list->count * sizeof(*places)), count = 0;
    TC_CLEANUP(tc_table_free) struct tc_table *seen = tc_table_create();
    for (size_t i = 0; i < list->count; i++) {
        if (tc_table_get(seen, users[i]->id) != NULL)
            continue;
        tc_table_set(seen, users[i]->id, out);
        places[count] = list->places[i];
        ids[count] = users[i]->id;
        users[count++] = users[i];
    }
    *out = (struct named){{ids, count}, users, places, path};
    return TC_OK;
}

bool named_has(const struct named *named, const char *user_id)
{
    for (size_t i = 0; i < named->who.count; i++)
        if (strcmp(named->who.ids[i], user_id) == 0)
            return true;
    return false;
}

enum tc_status named_conflict(struct tc_request *req, const struct named *named, size_t i,
                              const char *message)
{
    return tc_request_fail_at(req, TC_CONFLICT, message, "%s.%zu", named->path, named->places[i]);
}

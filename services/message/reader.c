/* Who may read: of many conversations, those that the asker takes part in. */

#include <stdlib.h>

#include "services/message/message.h"
#include "shared/base/mem.h"
#include "shared/service/access.h"

enum tc_status message_may_read(const struct tc_request *req, const char *const *ids, size_t count,
                                bool *out)
{
    struct tc_access_key *keys = tc_alloc(count * sizeof(*keys));
    struct tc_access *access = tc_alloc(count * sizeof(*access));
    for (size_t i = 0; i < count; i++)
        keys[i] = (struct tc_access_key){ids[i], tc_request_user(req)};
    enum tc_status status = tc_access_get(keys, count, access);
    for (size_t i = 0; i < count; i++)
        out[i] = status == TC_OK && tc_access_check(&access[i]) == TC_OK;
    free(access);
    free(keys);
    return status;
}

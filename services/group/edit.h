#pragma once

#include "services/group/named.h"
#include "services/group/store.h"

struct tc_db;
struct tc_request;

/* The lists of a group/edit. */
enum edit_list { ADD, REMOVE, ACCEPT, REFUSE, EDIT_LISTS };

struct edit {
    struct group_change change;
    struct named named[EDIT_LISTS];
    struct named come;       /* added or accepted */
    struct group_info group; /* as it is after it */
};

/* The answer to an edit that has been made, and all events of it. */
void edit_tell(struct tc_request *req, struct tc_db *db, const struct edit *edit);

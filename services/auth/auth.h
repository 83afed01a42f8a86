#pragma once

#include "services/auth/store.h"
#include "shared/base/id.h"
#include "shared/service/service.h"

#define USERNAME_SIZE 33

/* What the files of the auth service show each other, besides the store. */
extern const struct tc_route login_routes[];    /* login.c: a name and a password for a token */
extern const struct tc_route register_routes[]; /* register.c: new users */
extern const struct tc_route session_routes[];  /* session.c: whether a token is good, log-out */
extern const struct tc_route user_routes[];     /* user.c: who is who */

extern const struct tc_stmt *const auth_statements[]; /* store.c */

struct auth_settings {
    int64_t session_days;
    struct tc_workers login; /* who look at passwords */
};
extern struct auth_settings auth_settings; /* main.c */

/* user.c: the object `User`. */
void user_write(const struct auth_user *user, struct tc_buf *out, const char *key);

/* session.c: the answer to whoever has just been given a session. */
enum tc_status session_answer(struct tc_request *req, const struct auth_session *session,
                              const char *token);

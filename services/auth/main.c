/* The auth service: which operations it answers and which statements it runs. */

#include "services/auth/auth.h"

static const struct tc_setting settings_table[] = {
    TC_SETTING_NUMBER(struct auth_settings, session_days, "TINCAN_SESSION_DAYS", "30", 1, 3650,
                      "days that a token lives after its last use"),
    TC_SETTING_NUMBER(struct auth_settings, login.threads, "TINCAN_LOGIN_WORKERS", "0", 0, 64,
                      "threads that hash passwords, each with 19 MiB; 0: one a core"),
    TC_SETTING_NUMBER(struct auth_settings, login.queue, "TINCAN_LOGIN_QUEUE", "64", 1, 10000,
                      "passwords that may wait for them; further ones are unavailable"),
    {0},
};

struct auth_settings auth_settings;
static const struct tc_settings settings = {settings_table, &auth_settings};

static const char *const entities[] = {"auth", "user", NULL};
static const struct tc_route *const routes[] = {
    login_routes, register_routes, session_routes, user_routes, NULL,
};

static const struct tc_service auth_service = {
    .name = "auth",
    .summary =
        "TinCan's users and sessions: registers, logs in, verifies tokens, tells who is who.",
    .entities = entities,
    .routes = routes,
    .statements = auth_statements,
    .settings = &settings,
    .workers = &auth_settings.login,
};

int main(int argc, char **argv)
{
    return tc_service_main(&auth_service, argc, argv);
}

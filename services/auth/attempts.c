/* Attempts to log in and to register: what they count as. Where they are counted is the store. */

#include "services/auth/attempts.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/service/service.h"

#define NETWORK_BYTES 8 /* of an IPv6 address */
#define ORIGIN_SIZE (INET6_ADDRSTRLEN + sizeof("/64"))

static void add(struct attempts *attempts, int64_t most, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct attempts *attempts, int64_t most, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(attempts->kinds[attempts->count].what, ATTEMPTS_WHAT_SIZE, format, args);
    va_end(args);
    attempts->kinds[attempts->count++].most = most;
}

/* Where an address is: itself, or its IPv6 network. */
static void write_origin(const char *address, char out[ORIGIN_SIZE])
{
    struct in_addr v4;
    struct in6_addr v6;
    snprintf(out, ORIGIN_SIZE, "unknown");
    if (address == NULL)
        return;

    if (inet_pton(AF_INET, address, &v4) == 1) {
        inet_ntop(AF_INET, &v4, out, INET6_ADDRSTRLEN);
    } else if (inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_V4MAPPED(&v6)) {
        inet_ntop(AF_INET, &v6.s6_addr[12], out, INET6_ADDRSTRLEN);
    } else if (inet_pton(AF_INET6, address, &v6) == 1) {
        memset(&v6.s6_addr[NETWORK_BYTES], 0, sizeof(v6.s6_addr) - NETWORK_BYTES);
        inet_ntop(AF_INET6, &v6, out, INET6_ADDRSTRLEN);
        strcat(out, "/64");
    }
}

struct attempts attempts_to_log_in(const char *username, const char *address)
{
    const struct tc_limits *limits = tc_limits();
    struct attempts attempts = {0};
    char origin[ORIGIN_SIZE];

    write_origin(address, origin);
    add(&attempts, limits->login_failures_name_address, "name %s address %s", username, origin);
    add(&attempts, limits->login_failures_name, "name %s", username);
    add(&attempts, limits->login_failures_address, "address %s", origin);
    return attempts;
}

struct attempts attempts_to_register(const char *address)
{
    struct attempts attempts = {0};
    char origin[ORIGIN_SIZE];

    write_origin(address, origin);
    add(&attempts, tc_limits()->registrations_per_minute, "register %s", origin);
    return attempts;
}

#pragma once

#include <stdbool.h>

#define URL_HOST_SIZE 256

/* Where an edge is: http://HOST[:PORT] or https://…; ws and wss mean the same. */
struct url {
    bool tls;
    char host[URL_HOST_SIZE]; /* without the brackets of an IPv6 address */
    char port[6];
    char authority[URL_HOST_SIZE + 8]; /* HOST[:PORT] as it was written, for the Host header */
};

/* False for anything else: a path, a user, a query. */
bool url_parse(const char *text, struct url *out);

/* Addresses of edges. */

#include "cli/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *prefix, *port;
    bool tls;
} schemes[] = {
    {"http://", "80", false},
    {"https://", "443", true},
    {"ws://", "80", false},
    {"wss://", "443", true},
};

static bool is_host(const char *host, const char *allowed)
{
    return host[0] != '\0' && host[strspn(host, allowed)] == '\0';
}

static bool read_port(const char *text, struct url *out)
{
    size_t size = strlen(text);
    if (size == 0 || size >= sizeof(out->port) || text[strspn(text, "0123456789")] != '\0' ||
        strtol(text, NULL, 10) < 1 || strtol(text, NULL, 10) > 65535)
        return false;
    memcpy(out->port, text, size + 1);
    return true;
}

/* "[::1]:80" and "host:80" alike; the port may be missing. */
static bool read_authority(struct url *out)
{
    const char *text = out->authority, *end, *allowed = "0123456789abcdefABCDEF:.";
    if (text[0] == '[') {
        end = strchr(++text, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return false;
    } else {
        end = text + strcspn(text, ":");
        allowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._";
    }
    size_t size = (size_t)(end - text);
    if (size >= sizeof(out->host))
        return false;
    memcpy(out->host, text, size);
    out->host[size] = '\0';
    const char *port = *end == ']' ? end + 1 : end;
    return is_host(out->host, allowed) && (*port == '\0' || read_port(port + 1, out));
}

bool url_parse(const char *text, struct url *out)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t size = strlen(schemes[i].prefix);
        if (strncasecmp(text, schemes[i].prefix, size) != 0)
            continue;
        *out = (struct url){.tls = schemes[i].tls};
        snprintf(out->port, sizeof(out->port), "%s", schemes[i].port);
        size_t rest = strlen(text + size);
        if (rest > 0 && text[size + rest - 1] == '/')
            rest--;
        if (rest >= sizeof(out->authority))
            return false;
        memcpy(out->authority, text + size, rest);
        return read_authority(out);
    }
    return false;
}

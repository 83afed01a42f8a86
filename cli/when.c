/* Reading the protocol's times. */

#include "cli/when.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

bool when_parse(const char *text, int64_t *ms)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == NULL || rest[0] != '.' || strspn(rest + 1, "0123456789") != 3 ||
        strcmp(rest + 4, "Z") != 0)
        return false;
    *ms = (int64_t)timegm(&parts) * 1000 + strtol(rest + 1, NULL, 10);
    return true;
}

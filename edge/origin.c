/* Requests' names, written and read. */

#include "edge/origin.h"

#include <stdio.h>
#include <string.h>

void origin_write(const struct origin *origin, const char *inbox, char out[TC_SUBJECT_SIZE])
{
    snprintf(out, TC_SUBJECT_SIZE, "%s.%08x-%08x-%08x-%08x", inbox, origin->slot,
             origin->generation, origin->asker.index, origin->asker.generation);
}

/* Eight hexadecimal digits and what follows them. */
static bool read_word(const char **at, char end, uint32_t *out)
{
    uint32_t word = 0;
    for (int i = 0; i < 8; i++, (*at)++) {
        char c = **at;
        if (c >= '0' && c <= '9')
            word = word << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            word = word << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    *out = word;
    return *(*at)++ == end;
}

bool origin_read(const char *subject, const char *inbox, struct origin *out)
{
    size_t len = strlen(inbox);
    if (strncmp(subject, inbox, len) != 0 || subject[len] != '.')
        return false;
    const char *at = subject + len + 1;
    return read_word(&at, '-', &out->slot) && read_word(&at, '-', &out->generation) &&
           read_word(&at, '-', &out->asker.index) && read_word(&at, '\0', &out->asker.generation);
}

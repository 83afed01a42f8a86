/* Figures as JSON. */

#include "tests/bench/client/figure.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "shared/base/json.h"

void figure_write(struct tc_buf *out, const char *key, double number)
{
    char text[64];
    snprintf(text, sizeof(text), "%.4f", number);
    tc_json_raw(out, key, text, strlen(text));
}

double figure_cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

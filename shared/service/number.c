/* Numbers out of other processes' JSON. */

#include "shared/service/number.h"

#include <math.h>

#define EXACT_MAX 0x1p53

int64_t tc_number(const cJSON *item)
{
    double number = cJSON_IsNumber(item) ? item->valuedouble : 0;
    return fabs(number) <= EXACT_MAX && number == trunc(number) ? (int64_t)number : 0;
}

#pragma once

#include <cjson/cJSON.h>
#include <stdint.h>

/* A number that another process has answered; 0 for none, and for one that a JSON reader does not
 * hold exactly (RFC 8259 §6): not whole, or past 2^53. */
int64_t tc_number(const cJSON *item);

/*
 * A service under libFuzzer: its real tables and handlers, on a store, a bus and other services
 * that the input plays. Parts of the input are separated by the byte 0x1e: a subject, what the
 * store answers (a byte an answer), the payload, and then what other services answer, in turn.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/status.h"

#define FUZZ_ANN "01890a5d-ac96-774b-bcce-b302099a8057"
#define FUZZ_BOB "01890a5d-ac96-774b-bcce-b302099a8058"
#define FUZZ_GROUP "01890a5d-ac96-774b-bcce-b302099a8059"
#define FUZZ_ROOM "01890a5d-ac96-774b-bcce-b302099a805a"

/* services/<name>/main.c, whose main is called so here. */
int service_begin(int argc, char **argv);

/* For the store: how it ends, and what it finds. All zero once the input has nothing left. */
enum tc_status fuzz_status(void);
unsigned fuzz_number(void); /* up to 255 */
bool fuzz_yes(void);
const char *fuzz_id(void); /* one of the above */

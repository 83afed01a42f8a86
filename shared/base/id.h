#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TC_ID_SIZE 37  /* a UUID in text form and its NUL */
#define TC_ID_BYTES 16 /* the same in binary */

/*
 * A new UUIDv7 (RFC 9562) of this moment, in lower case. Those of one process are in the
 * order in which they were made, if a microsecond at least lies between them.
 */
void tc_id_make(char out[TC_ID_SIZE]);

/*
 * A UUIDv7 made of a time and of 74 bits that the caller brings; the version
 * and variant bits are set here. The same input makes the same id.
 */
void tc_id_compose(int64_t ms, const uint8_t random[10], char out[TC_ID_SIZE]);

/* Any UUID in its canonical form, lower case: 8-4-4-4-12. */
bool tc_id_is_valid(const char *text);

/* Whether it is a UUIDv7, and the time in it (milliseconds since 1970). */
bool tc_id_is_v7(const char *text);
int64_t tc_id_time_ms(const char *text);

/* Text to binary and back; the text must be valid. */
void tc_id_pack(const char *text, uint8_t out[TC_ID_BYTES]);
void tc_id_unpack(const uint8_t bytes[TC_ID_BYTES], char out[TC_ID_SIZE]);

/* Random bytes of the kernel; for tokens and ids. */
void tc_random(void *out, uint32_t size);

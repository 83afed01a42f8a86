#pragma once

#include <stdbool.h>
#include <stddef.h>

struct tc_buf;

/* Bytes as text that is safe everywhere: base64url (RFC 4648 §5), without padding. */
void tc_base64_write(const void *bytes, size_t len, struct tc_buf *out);

/*
 * And back, appended to out. False, with out as it was, for what tc_base64_write
 * would never write: so that a text stands for its bytes alone.
 */
bool tc_base64_read(const char *text, struct tc_buf *out);

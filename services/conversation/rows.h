#pragma once

#include <stddef.h>

struct conversation;
struct tc_rows;

/* For the store's files: a whole conversation, out of a statement that returns COLUMNS. */
void conversation_read(const struct tc_rows *rows, size_t row, struct conversation *out);

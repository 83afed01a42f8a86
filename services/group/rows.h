#pragma once

#include <stddef.h>

struct group_info;
struct tc_rows;

/* For the store's files: a group and the asker's role, out of a statement that returns GROUP. */
void group_read(const struct tc_rows *rows, size_t row, struct group_info *out);
#define GROUP_COLUMNS 9 /* of those: where a statement's own begin */

/* Numbers for the one JSON object that a run ends with. */
#pragma once

struct tc_buf;

/* A member with four decimals. */
void figure_write(struct tc_buf *out, const char *key, double number);

/* Seconds of CPU that this program has used. */
double figure_cpu(void);

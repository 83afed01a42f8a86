/* A run that cannot be trusted has no figures: it ends here. */
#pragma once

/* Prints {"error": sentence} on standard output and ends the program with status 1. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#pragma once

#include <stdbool.h>
#include <termios.h>

/* Turns modes (ECHO, ICANON, …) of the terminal at standard input off, until terminal_restore or
 * the process is ended by a signal. False: it is no terminal. */
bool terminal_without(tcflag_t modes);
void terminal_restore(void);

/* The terminal's modes, which outlive the process that changes them. */

#include "cli/terminal.h"

#include <signal.h>
#include <unistd.h>

#include "shared/base/mem.h"

static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static struct termios before;

static void restore_and_end(int number)
{
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    signal(number, SIG_DFL);
    raise(number);
}

static void on_endings(void (*handler)(int number))
{
    for (size_t i = 0; i < TC_COUNT(endings); i++)
        signal(endings[i], handler);
}

bool terminal_without(tcflag_t modes)
{
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return false;
    struct termios fewer = before;
    fewer.c_lflag &= ~modes;
    on_endings(restore_and_end);
    return tcsetattr(STDIN_FILENO, TCSADRAIN, &fewer) == 0;
}

void terminal_restore(void)
{
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    on_endings(SIG_DFL);
}

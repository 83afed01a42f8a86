/* One line that is typed while others talk. */
#pragma once

#include <stdbool.h>

#include "shared/base/buf.h"

struct editor {
    struct tc_buf text; /* as typed so far */
    unsigned escape;    /* how far into the sequence of a key that means nothing here */
};

enum editor_event { EDITOR_GOES_ON, EDITOR_LINE, EDITOR_END };

/* What a byte from the keyboard does. After EDITOR_LINE the text is what was typed: clear it. */
enum editor_event editor_byte(struct editor *editor, unsigned char byte);

/* Takes the terminal at standard input over; false if there is none. */
bool editor_open(struct editor *editor);
void editor_close(struct editor *editor);

/* Makes room for other lines, and comes back. */
void editor_hide(const struct editor *editor);
void editor_show(const struct editor *editor);

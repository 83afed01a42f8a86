/* The line below the conversation. */

#include "cli/editor.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/terminal.h"

#define PROMPT "> "
#define PROMPT_COLUMNS 3
#define COLUMNS 80

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, CTRL_W = 23, ESC = 27, DELETE = 127 };

static bool is_inside(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

static void take_back(struct tc_buf *text)
{
    size_t size = text->len;
    while (size > 0 && is_inside((unsigned char)text->data[size - 1]))
        size--;
    if (text->len > 0)
        tc_buf_cut(text, size > 0 ? size - 1 : 0);
}

static void take_back_word(struct tc_buf *text)
{
    while (text->len > 0 && text->data[text->len - 1] == ' ')
        take_back(text);
    while (text->len > 0 && text->data[text->len - 1] != ' ')
        take_back(text);
}

/* ESC, or ESC [ and on to a letter or ~: arrows and the like. */
static bool is_escaped(struct editor *editor, unsigned char byte)
{
    if (editor->escape == 0)
        return false;
    bool more = editor->escape == 1 ? byte == '[' || byte == 'O' : byte < 0x40;
    editor->escape = more ? 2 : 0;
    return true;
}

enum editor_event editor_byte(struct editor *editor, unsigned char byte)
{
    if (is_escaped(editor, byte))
        return EDITOR_GOES_ON;
    switch (byte) {
    case '\r':
    case '\n':
        return editor->text.len > 0 ? EDITOR_LINE : EDITOR_GOES_ON;
    case CTRL_C:
        return EDITOR_END;
    case CTRL_D:
        return editor->text.len == 0 ? EDITOR_END : EDITOR_GOES_ON;
    case BACKSPACE:
    case DELETE:
        take_back(&editor->text);
        break;
    case CTRL_U:
        tc_buf_clear(&editor->text);
        break;
    case CTRL_W:
        take_back_word(&editor->text);
        break;
    case ESC:
        editor->escape = 1;
        break;
    default:
        if (byte >= ' ' || byte == '\t')
            tc_buf_byte(&editor->text, (char)byte);
    }
    return EDITOR_GOES_ON;
}

bool editor_open(struct editor *editor)
{
    if (!terminal_without(ICANON | ECHO | ISIG))
        return false;
    editor_show(editor);
    return true;
}

void editor_close(struct editor *editor)
{
    editor_hide(editor);
    terminal_restore();
    tc_buf_free(&editor->text);
}

void editor_hide(const struct editor *editor)
{
    (void)editor;
    fputs("\r\033[K", stdout);
    fflush(stdout);
}

/* As much of the text's end as fits into one row. */
static const char *visible(const struct tc_buf *text)
{
    struct winsize window;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > PROMPT_COLUMNS;
    size_t room = (known ? window.ws_col : COLUMNS) - PROMPT_COLUMNS, at = text->len;
    while (at > 0 && room > 0)
        if (!is_inside((unsigned char)text->data[--at]))
            room--;
    return text->data + at;
}

void editor_show(const struct editor *editor)
{
    fputs("\r\033[K" PROMPT, stdout);
    if (editor->text.len > 0)
        fputs(visible(&editor->text), stdout);
    fflush(stdout);
}

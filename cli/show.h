#pragma once

#include <stdbool.h>
#include <stdio.h>

struct cJSON;
struct client;
struct editor;
struct tc_table;

/* Text that somebody else has written: control characters cannot reach the terminal. */
void show_text(FILE *out, const char *text);

/* A value as one line of JSON on standard output. */
void show_json(const struct cJSON *value);

/* Messages, a line each; zero-initialise, show_done at the end. */
struct show {
    struct client *client;       /* to ask who has which id */
    bool json;                   /* messages as they are */
    const struct editor *editor; /* a line being typed below them; NULL: none */
    struct tc_table *names;
};

void show_message(struct show *show, const struct cJSON *message);
void show_done(struct show *show);

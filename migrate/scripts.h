#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A migration as it lies in its file. */
struct script {
    char *name; /* of the file */
    char *sql;
    char checksum[65]; /* SHA-256, in hexadecimal */
};

struct scripts {
    struct script *items; /* in the order of their names */
    size_t count;
};

/* Reads all NNNN_<schema>_<what>.sql of a folder. False: it could not, and the log says why. */
bool scripts_read(const char *folder, struct scripts *out);
void scripts_free(struct scripts *scripts);

/* The migrations' files: found, put in order, read, summed up. */

#include "migrate/scripts.h"

#include <ctype.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"

static bool fail(const char *event, const char *path)
{
    char quoted[TC_QUOTE_SIZE];
    tc_log(TC_ERROR, event, "path=%s", tc_log_quote(path, quoted));
    return false;
}

static bool is_script_name(const char *name)
{
    size_t digits = strspn(name, "0123456789");
    size_t len = strlen(name);
    return digits == 4 && name[4] == '_' && len > 9 && strcmp(name + len - 4, ".sql") == 0;
}

static void sum_up(const struct tc_buf *text, char out[65])
{
    unsigned char digest[32];
    EVP_Digest(text->data, text->len, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < sizeof(digest); i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static bool read_file(const char *path, struct tc_buf *out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return fail("migration_unreadable", path);
    size_t got;
    do {
        tc_buf_reserve(out, 65536);
        got = fread(out->data + out->len, 1, 65536, file);
        out->len += got;
    } while (got > 0);
    bool done = ferror(file) == 0;
    fclose(file);
    tc_buf_byte(out, '\n');
    if (!done)
        return fail("migration_unreadable", path);
    if (memchr(out->data, '\0', out->len) != NULL)
        return fail("migration_holds_nul", path);
    return true;
}

static bool read_script(const char *folder, const char *name, struct script *out)
{
    struct tc_buf path = {0};
    struct tc_buf text = {0};
    tc_buf_printf(&path, "%s/%s", folder, name);
    bool done = read_file(path.data, &text);
    tc_buf_free(&path);
    if (!done) {
        tc_buf_free(&text);
        return false;
    }
    *out = (struct script){.name = tc_strdup(name), .sql = text.data};
    sum_up(&text, out->checksum);
    return true;
}

static int by_name(const void *one, const void *other)
{
    return strcmp(((const struct script *)one)->name, ((const struct script *)other)->name);
}

static bool read_folder(const char *folder, DIR *dir, struct scripts *out)
{
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!is_script_name(entry->d_name))
            continue;
        out->items = tc_realloc(out->items, (out->count + 1) * sizeof(*out->items));
        if (!read_script(folder, entry->d_name, &out->items[out->count]))
            return false;
        out->count++;
    }
    return out->count > 0 || fail("no_migrations", folder);
}

bool scripts_read(const char *folder, struct scripts *out)
{
    *out = (struct scripts){0};
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return fail("migrations_unreadable", folder);
    bool done = read_folder(folder, dir, out);
    closedir(dir);
    if (!done) {
        scripts_free(out);
        return false;
    }
    qsort(out->items, out->count, sizeof(*out->items), by_name);
    return true;
}

void scripts_free(struct scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++) {
        free(scripts->items[i].name);
        free(scripts->items[i].sql);
    }
    free(scripts->items);
    *scripts = (struct scripts){0};
}

/* A table from path to bytes. */

#include "edge/site.h"

#include <errno.h>
#include <ftw.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/edge.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"
#include "shared/http/http.h"

#define PATH_MAX_SIZE 256
#define FILE_MAX_BYTES (1000 * 1000) /* what a connection may have unsent, about */
#define FILES_OPEN 16
#define HEADERS_SIZE 768

#define PACKED ".gz"

struct body {
    char *bytes; /* NULL: there is none */
    size_t size;
    char etag[20]; /* with its quotes */
};

struct site_file {
    const char *content_type;
    struct body plain, packed;
};

struct site {
    struct tc_table *files;
};

static const struct {
    const char *suffix, *content_type;
} content_types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *content_type_of(const char *path)
{
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < TC_COUNT(content_types); i++)
        if (strcmp(dot, content_types[i].suffix) == 0)
            return content_types[i].content_type;
    return "application/octet-stream";
}

static void write_etag(struct body *body)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)body->bytes, body->size, hash);
    snprintf(body->etag, sizeof(body->etag), "\"%02x%02x%02x%02x%02x%02x%02x%02x\"", hash[0],
             hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]);
}

static bool read_body(const char *path, size_t size, struct body *out)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    char *bytes = tc_alloc(size + 1);
    size_t got = fread(bytes, 1, size, file);
    fclose(file);
    if (got != size) {
        free(bytes);
        return false;
    }
    *out = (struct body){.bytes = bytes, .size = size};
    write_etag(out);
    return true;
}

static bool is_packed(const char *name)
{
    size_t length = strlen(name), suffix = strlen(PACKED);
    return length > suffix && strcmp(name + length - suffix, PACKED) == 0;
}

/* What the build has put beside a file, if it has. */
static bool read_packed(const char *path, struct body *out)
{
    struct stat stat_of;
    size_t size = strlen(path) + sizeof(PACKED);
    char *packed = tc_alloc(size);
    snprintf(packed, size, "%s%s", path, PACKED);
    bool ok = stat(packed, &stat_of) != 0 || (stat_of.st_size <= FILE_MAX_BYTES &&
                                              read_body(packed, (size_t)stat_of.st_size, out));
    free(packed);
    return ok;
}

static void free_file(struct site_file *file)
{
    free(file->plain.bytes);
    free(file->packed.bytes);
    free(file);
}

/* Where nftw, which takes no context, puts what it finds. */
static struct site *loading;
static size_t loading_root;

static int load_file(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)ftw;
    const char *name = path + loading_root;
    if (type != FTW_F)
        return type == FTW_DNR || type == FTW_NS ? -1 : 0;
    if (strstr(name, "/.") != NULL || is_packed(name))
        return 0; /* hidden: an editor's, or version control's; or comes with its file */
    if (strlen(name) >= PATH_MAX_SIZE || stat->st_size > FILE_MAX_BYTES) {
        tc_log(TC_WARN, "web_file_left_out", "bytes=%lld", (long long)stat->st_size);
        return 0;
    }
    struct site_file *file = tc_alloc(sizeof(*file));
    *file = (struct site_file){.content_type = content_type_of(name)};
    if (!read_body(path, (size_t)stat->st_size, &file->plain) ||
        !read_packed(path, &file->packed)) {
        free_file(file);
        return -1;
    }
    tc_table_set(loading->files, name, file);
    return 0;
}

struct site *site_load(const char *directory)
{
    struct site *site = tc_alloc(sizeof(*site));
    site->files = tc_table_create();
    loading = site;
    loading_root = strlen(directory);
    while (loading_root > 0 && directory[loading_root - 1] == '/')
        loading_root--;
    if (directory[0] != '\0' && nftw(directory, load_file, FILES_OPEN, FTW_PHYS) != 0) {
        char quoted[TC_QUOTE_SIZE];
        tc_log(TC_ERROR, "web_dir_unreadable", "dir=%s reason=\"%s\"",
               tc_log_quote(directory, quoted), strerror(errno));
        site_free(&site);
    }
    return site;
}

static bool destroy_file(void *value, void *ctx)
{
    (void)ctx;
    free_file(value);
    return false;
}

void site_free(struct site **site)
{
    if (*site == NULL)
        return;
    tc_table_sweep((*site)->files, destroy_file, NULL);
    tc_table_free(&(*site)->files);
    free(*site);
    *site = NULL;
}

const struct site_file *site_find(const struct site *site, struct http_text path)
{
    char name[PATH_MAX_SIZE];
    if (path.size >= sizeof(name))
        return NULL;
    memcpy(name, path.data, path.size);
    name[path.size] = '\0';
    return tc_table_get(site->files, strcmp(name, "/") == 0 ? "/index.html" : name);
}

void site_respond(struct edge *edge, struct connection_id id, const struct http_request *request,
                  const struct site_file *file)
{
    bool packed = file->packed.bytes != NULL && http_header_has(request, "Accept-Encoding", "gzip");
    const struct body *body = packed ? &file->packed : &file->plain;
    bool unchanged = http_header_has(request, "If-None-Match", body->etag);
    char headers[HEADERS_SIZE];
    snprintf(headers, sizeof(headers),
             "%s"
             "ETag: %s\r\n"
             "Vary: Accept-Encoding\r\n"
             "Cache-Control: no-cache\r\n"
             "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
             "img-src 'self'; font-src 'self'; manifest-src 'self'; connect-src 'self'; "
             "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
             "require-trusted-types-for 'script'; trusted-types 'none'\r\n"
             "Cross-Origin-Opener-Policy: same-origin\r\n"
             "X-Content-Type-Options: nosniff\r\n"
             "Referrer-Policy: no-referrer\r\n",
             packed && !unchanged ? "Content-Encoding: gzip\r\n" : "", body->etag);
    connection_respond(edge->connections, id,
                       &(struct http_response){
                           .status = unchanged ? 304 : 200,
                           .content_type = unchanged ? NULL : file->content_type,
                           .headers = headers,
                           .body = body->bytes,
                           .body_size = body->size,
                       });
}

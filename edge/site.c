/* A table from path to bytes. */

#include "edge/site.h"

#include <errno.h>
#include <ftw.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "edge/edge.h"
#include "edge/http.h"
#include "shared/base/log.h"
#include "shared/base/mem.h"
#include "shared/base/table.h"

#define PATH_MAX_SIZE 256
#define FILE_MAX_BYTES (1000 * 1000) /* what a connection may have unsent, about */
#define FILES_OPEN 16
#define HEADERS_SIZE 512

struct site_file {
    char *bytes;
    size_t size;
    const char *content_type;
    char etag[20]; /* with its quotes */
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

static char *read_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    char *bytes = tc_alloc(size + 1);
    size_t got = fread(bytes, 1, size, file);
    fclose(file);
    if (got == size)
        return bytes;
    free(bytes);
    return NULL;
}

static void write_etag(struct site_file *file)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    SHA256((const unsigned char *)file->bytes, file->size, hash);
    snprintf(file->etag, sizeof(file->etag), "\"%02x%02x%02x%02x%02x%02x%02x%02x\"", hash[0],
             hash[1], hash[2], hash[3], hash[4], hash[5], hash[6], hash[7]);
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
    if (strstr(name, "/.") != NULL)
        return 0; /* hidden: an editor's, or version control's */
    if (strlen(name) >= PATH_MAX_SIZE || stat->st_size > FILE_MAX_BYTES) {
        tc_log(TC_WARN, "web_file_left_out", "bytes=%lld", (long long)stat->st_size);
        return 0;
    }
    char *bytes = read_file(path, (size_t)stat->st_size);
    if (bytes == NULL)
        return -1;
    struct site_file *file = tc_alloc(sizeof(*file));
    file->bytes = bytes;
    file->size = (size_t)stat->st_size;
    file->content_type = content_type_of(name);
    write_etag(file);
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
    struct site_file *file = value;
    free(file->bytes);
    free(file);
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
    char headers[HEADERS_SIZE];
    snprintf(headers, sizeof(headers),
             "ETag: %s\r\n"
             "Cache-Control: no-cache\r\n"
             "Content-Security-Policy: default-src 'self'; connect-src 'self' ws: wss:; "
             "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
             "frame-ancestors 'none'\r\n"
             "X-Content-Type-Options: nosniff\r\n"
             "Referrer-Policy: no-referrer\r\n",
             file->etag);
    bool unchanged = http_header_has(request, "If-None-Match", file->etag);
    connection_respond(edge->connections, id,
                       &(struct http_response){
                           .status = unchanged ? 304 : 200,
                           .content_type = unchanged ? NULL : file->content_type,
                           .headers = headers,
                           .body = file->bytes,
                           .body_size = file->size,
                       });
}

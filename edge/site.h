/* The web client's files: all read into memory at the start, so that no path leads anywhere else.
 * What is in `x.gz` goes out as `x` to those who take it so. */
#pragma once

#include "edge/connection.h"

struct edge;
struct http_request;
struct http_text;
struct site;
struct site_file;

/* Every file below the directory; "" is none. NULL, and a line in the log: it cannot be read. */
struct site *site_load(const char *directory);
void site_free(struct site **site);

/* By path; "/" is "/index.html". NULL: there is none. */
const struct site_file *site_find(const struct site *site, struct http_text path);

void site_respond(struct edge *edge, struct connection_id id, const struct http_request *request,
                  const struct site_file *file);

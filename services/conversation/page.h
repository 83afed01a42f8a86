#pragma once

#include "services/conversation/store_read.h"

struct tc_buf;
struct tc_request;

#define PAGE_BYTES 262144 /* 256 KiB */

/* A page of conversation/list: what was found, and how it is asked for and shown. */
struct page {
    struct conversation *items;
    size_t count;
    bool more; /* there are further ones behind these */
};

/* Reads `limit` and `cursor` into the query. */
void page_read(struct tc_request *req, struct conversation_query *query);

/* Writes `conversations`, as many as fit into PAGE_BYTES, and the `cursor` to go on from. */
void page_write(const struct page *page, struct tc_buf *out);

#pragma once

#include <stddef.h>

struct tc_request;

/* Gathers the access facts of requests whose route is flagged TC_ACCESS: one ask for all misses. */
void gather_access(struct tc_request **reqs, size_t count);

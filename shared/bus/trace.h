#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The place of a request in a trace of somebody else's, as W3C's Trace Context spells it:
 * "00-<trace>-<span>-<flags>". It is carried along as it came; we add no spans of our own
 * (docs/decisions/0021).
 */
#define TC_HEADER_TRACE "traceparent"
#define TC_TRACE_SIZE 56 /* with its NUL */

/* False, and out is "", for what is none. */
bool tc_trace_read(const char *text, size_t len, char out[TC_TRACE_SIZE]);

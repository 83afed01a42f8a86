#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault;
struct url;

/* A connection to an edge, TCP or TLS. Times are of tc_mono_ms. */
struct stream;

/* NULL: *fault says why. */
struct stream *stream_open(const struct url *url, int64_t deadline_ms, struct fault *fault);
void stream_free(struct stream **stream);

/* All of it, or false: the connection is of no more use. */
bool stream_write(struct stream *stream, const void *bytes, size_t size);

enum stream_result { STREAM_DATA, STREAM_LATE, STREAM_END };

/* Waits until something is there; *size is how much, and says at first how much may be. */
enum stream_result stream_read(struct stream *stream, void *bytes, size_t *size,
                               int64_t deadline_ms);

/* What to poll for reading, once stream_read has said that it is too late. */
int stream_fd(const struct stream *stream);

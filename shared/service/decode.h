#pragma once

#include "shared/service/request_private.h"

/* A request for a message that has come in; takes ownership of msg. Still to be decoded. */
struct tc_request *request_create(struct tc_msg *msg, const struct tc_listener *listener);

/* Whether another process asks, and no client. */
bool request_is_internal(const struct tc_request *req);

/*
 * Reads subject, headers and payload. False: to be dropped without an answer,
 * since nobody waits for one or nobody may be told. What is wrong with it
 * otherwise is in its status, and it is finished.
 */
bool request_decode(struct tc_request *req, const struct tc_service *service);

#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The subjects of TinCan: docs/subjects.md is their contract.
 *
 *     tincan.rpc.<entity>.<verb>[.<conversation>]          an edge's client asks
 *     tincan.as.<user>.<entity>.<verb>[.<conversation>]    a bot asks, as that user
 *     tincan.internal.<service>.<verb>                     edges and services ask
 *     tincan.event.<audience>.<owner>.<about>.<entity>.<verb>    what happened
 *     tincan.signal.<audience>.<owner>.<about>.<entity>.<verb>   what need not be kept
 */
#define TC_SUBJECT_SIZE 192

/* Headers of requests, answers and events. */
#define TC_HEADER_USER "Tincan-User"         /* whose request it is */
#define TC_HEADER_SESSION "Tincan-Session"   /* and in which session */
#define TC_HEADER_ADDRESS "Tincan-Address"   /* the client's address, for log-ins */
#define TC_HEADER_DEADLINE "Tincan-Deadline" /* ms since 1970; later nobody waits */
#define TC_HEADER_STATUS "Tincan-Status"     /* of a failed answer: its code; else absent */
#define TC_HEADER_ORIGIN "Tincan-Origin"     /* of an event: the reply subject of its request */

/* Of typing. "1": nobody is told. "0", of an end: told if he takes part. Absent, of an end: its
 * start was allowed, so the others are told, though he may have left since. */
#define TC_HEADER_QUIET "Tincan-Quiet"

enum tc_audience {
    TC_TO_GROUP,  /* all members of the group `owner` */
    TC_TO_CLOSED, /* the participants of the closed conversation `about`, of the group `owner` */
    TC_TO_USER,   /* the user `owner` */
};

/* An event's subject, taken apart. The texts lie in `copy`. */
struct tc_event_subject {
    char copy[TC_SUBJECT_SIZE];
    bool signal;
    enum tc_audience audience;
    const char *owner;
    const char *about;
    const char *entity;
    const char *verb;
};

/* type is "group/joined". Its slash becomes a dot. */
void tc_subject_event(char out[TC_SUBJECT_SIZE], bool signal, enum tc_audience audience,
                      const char *owner, const char *about, const char *type);

/* False for what is no event or signal, or names no valid ids. */
bool tc_subject_parse_event(const char *subject, struct tc_event_subject *out);

/*
 * What logs call a request: its reply subject without "_INBOX."; "-" for one that is none, or
 * would not fit into a log line as it is.
 */
const char *tc_request_name(const char *reply);

/* conversation_id may be NULL. */
void tc_subject_rpc(char out[TC_SUBJECT_SIZE], const char *type, const char *conversation_id);

/* What the files behind connection.h and connections.h share; for them only. */
#pragma once

#include <uv.h>

#include "edge/address.h"
#include "edge/connections.h"
#include "edge/frame.h"
#include "shared/base/buf.h"

struct gate;
struct gate_seat;

enum { CODE_NONE_GIVEN = 1005, CODE_LOST = 1006, CODE_IDLE = 4000, CODE_TOO_SLOW = 4001 };

/* In the order they are passed through; an answer may lead back to PHASE_HEAD. */
enum connection_phase {
    PHASE_PROXY,     /* a PROXY header is to come */
    PHASE_HEAD,      /* a request's head is to come */
    PHASE_BODY,      /* its body is */
    PHASE_ANSWER,    /* it was told, and is to be answered */
    PHASE_OPEN,      /* a WebSocket */
    PHASE_CLOSING,   /* our close frame is queued, the peer's is to come */
    PHASE_FLUSHING,  /* what is queued is still to go */
    PHASE_LINGERING, /* all has gone, our FIN too; the peer's is to come */
    PHASE_DEAD,
};

/* What is between a connection and its socket. */
struct line {
    struct tls *tls; /* NULL: in clear */
    bool over;       /* of TLS nothing more is to be read or written */
    bool has_client;
    struct address client; /* who came by the proxy */
};

struct connection {
    struct connections *set;
    void *context;
    struct line *line;      /* NULL: nothing */
    struct gate_seat *seat; /* NULL: none, or nobody counts */
    char *accept;           /* while a good upgrade waits for its answer, else NULL */
    struct tc_buf held;     /* what came and cannot be used yet */
    size_t wanted;          /* so much of a request must be held before it is read */
    struct frame **queue;
    uint32_t queue_first, queue_end, queue_capacity;
    uint32_t first_sent; /* bytes of the first frame in it that have gone */
    uint32_t unsent;     /* bytes in it that have not */
    struct frame_parser parser;
    uint32_t index;
    uint32_t kept;  /* bytes of what came, as it is counted in all */
    uint32_t heard; /* ms: when the peer last gave a sound */
    int fd;
    uint16_t code; /* what `closed` will say */
    uint8_t phase, interest;
    uint8_t refusal;    /* an enum gate_verdict: it was not let in, and is to be told */
    bool touched : 1;   /* to be looked after at the end of the tick */
    bool told : 1;      /* of a request: `closed` is owed */
    bool stalled : 1;   /* what is held could be used, were reading allowed */
    bool paused : 1;    /* by the layer above */
    bool blocked : 1;   /* the socket takes no more for now */
    bool ended : 1;     /* the peer has sent its FIN */
    bool pinged : 1;    /* since it was last heard */
    bool keep : 1;      /* the connection, after the answer */
    bool head_only : 1; /* the answer is to a HEAD */
};

struct connections {
    uv_loop_t *loop;
    struct connection_limits limits;
    struct connection_ops ops;
    void *user;
    struct connection_slot *slots;
    uint32_t slot_count, slot_free;
    size_t count, handles, turned_away;
    size_t kept;       /* bytes of what came to all of them and is not used yet */
    struct gate *gate; /* NULL: everybody is let in */
    struct poller *poller;
    struct sends *sends;
    struct connection_id *touched;
    size_t touched_count, touched_capacity;
    uv_prepare_t tick;
    uv_timer_t sweep;
    struct frame *ping;
    uint64_t random;
    bool draining;
    bool proxy_told; /* that one said something else, and none has done better since */
    unsigned char input[64 * 1024];
};

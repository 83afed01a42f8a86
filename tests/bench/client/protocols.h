/* The servers that can be spoken to, by name. */
#pragma once

#include "tests/bench/client/load.h"

extern const struct protocol protocol_tincan; /* an edge */
extern const struct protocol protocol_login;  /* an edge's HTTP: log-ins alone */
extern const struct protocol protocol_bare;   /* a floor of tests/bench/floors */
extern const struct protocol protocol_nats;   /* nats-server's WebSocket */
extern const struct protocol
    protocol_jetstream;                     /* the same with a stream that says what it stored */
extern const struct protocol protocol_mqtt; /* any MQTT 3.1.1 broker */
extern const struct protocol protocol_xmpp; /* any XMPP server with rooms */
extern const struct protocol protocol_socketio; /* tests/bench/peers/socketio */

/* Ends the program if there is none of this name. */
const struct protocol *protocol_named(const char *name);

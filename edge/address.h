/* Addresses of peers, and lists of networks. Pure: no socket. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

#define ADDRESS_TEXT_SIZE 46 /* INET6_ADDRSTRLEN */

/* IPv6, or IPv4 mapped into it: the same client is the same by either. */
struct address {
    unsigned char bytes[16];
};

/* False, and nothing is written: it is of another family. */
bool address_of(const struct sockaddr *from, struct address *out);

struct address address_of_v4(const unsigned char bytes[4]);

bool address_is_v4(const struct address *address);

/* As people write it, without a port. */
void address_write(const struct address *address, char out[ADDRESS_TEXT_SIZE]);

struct networks;

/* "10.0.0.0/8,fd00::/8,192.0.2.7"; NULL: this is no list of networks. Of none: "". */
struct networks *networks_read(const char *list);
bool networks_have(const struct networks *networks, const struct address *address);
void networks_free(struct networks **networks);

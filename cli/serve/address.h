/* The address that the server listens at: "127.0.0.1:8080", "[::1]:8080", "localhost:0". */
#ifndef FER_SERVE_ADDRESS_H
#define FER_SERVE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct address {
    char host[64]; /* a number, without brackets */
    char port[6];
    bool local; /* only this machine can reach it */
    bool six;   /* IPv6 */
};

/** False: `why` says what is expected. Nothing is looked up: the host is a number or "localhost". */
bool address_parse(const char *text, struct address *out, const char **why);

/** A socket that listens there. -1 after an error message. *port receives the port, also where 0 was asked for. */
int address_listen(const struct address *a, unsigned *port);

#endif

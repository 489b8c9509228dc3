/* All open connections, and how long each may take for what it does. libmicrohttpd itself only notices connections in
 * which nothing happens at all; a byte now and then keeps them open. */
#ifndef FER_SERVE_MICROHTTPD_PEERS_H
#define FER_SERVE_MICROHTTPD_PEERS_H

#include "serve/wire.h"

#include <pthread.h>

enum peer_phase {
    PEER_IDLE,   /* waits for a request, or its headers arrive */
    PEER_BODY,   /* a body arrives */
    PEER_FILM,   /* a video arrives, as fast as it is taken */
    PEER_WORK,   /* its request waits or is computed */
    PEER_SEND,   /* its answer is sent */
    PEER_LINGER, /* it was answered before its body ended, and gets a moment to read that */
    PEER_CUT     /* it was dropped */
};

struct peer {
    int fd;
    enum peer_phase phase;
    double since;      /* clock: begin of the phase */
    size_t bytes;      /* received or to send in the phase */
    char headers[512]; /* of an answer that is written directly */
    bool late;         /* it was dropped in the midst of a body */
    struct peer *next, **link;
};

struct peers {
    pthread_mutex_t lock;
    struct peer *first;
    size_t n, most;
    double timeout;
};

void peers_init(struct peers *all, size_t most, double timeout);
void peers_destroy(struct peers *all);

/** A new connection; if there are too many, the one that has been idle for the longest is dropped, or this one.
 * *dropped: one was. NULL: out of memory. */
struct peer *peers_add(struct peers *all, int fd, bool *dropped);
void peers_remove(struct peers *all, struct peer *p);
/** bytes: what is to be sent. */
void peers_phase(struct peers *all, struct peer *p, enum peer_phase phase, size_t bytes);
void peers_received(struct peers *all, struct peer *p, size_t bytes);
/** Whether the peer was dropped in the midst of a body. */
bool peers_was_late(struct peers *all, struct peer *p);
/** Drop those that take too long; with `idle` also those that have been idle for a second. Returns how many. */
size_t peers_reap(struct peers *all, bool idle);
/** How many there are, and how many of them are amid a request. */
void peers_count(struct peers *all, size_t *n, size_t *busy);

#endif

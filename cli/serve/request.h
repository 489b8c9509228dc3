/* One request, as the handlers see it, and what all requests share. */
#ifndef FER_SERVE_REQUEST_H
#define FER_SERVE_REQUEST_H

#include "serve/metrics.h"
#include "serve/query.h"
#include "serve/reply.h"
#include "serve/workers.h"

#include <stdatomic.h>

struct sessions;

/* The server without its network: what handlers use of it. */
struct service {
    struct engine engine;
    struct workers *workers;
    struct sessions *sessions;
    struct metrics metrics;
    struct reply description; /* what /openapi.json answers */
    atomic_bool draining;     /* no new connections: the server is about to end */
    atomic_bool stopping;     /* whatever still runs must end now */
    atomic_size_t bytes;      /* of bodies in memory */
    atomic_size_t connections, films;
    double begun; /* clock */
};

struct request {
    struct service *service;
    const char *tail;          /* the path after the route's: a session's name; "": none */
    const char *type;          /* Content-Type; "": none was given */
    const char *if_none_match; /* NULL: none was given */
    uint8_t *body;
    size_t size;
    struct query query;
    struct reply reply;
    size_t pictures, faces; /* looked at, found */
    void *session;          /* of frames.c */
};

/* A text that handlers print into, then give to a reply. */
struct printed {
    FILE *f; /* NULL: out of memory */
    char *text;
    size_t size;
};
void printed_open(struct printed *p);
/** The printed text becomes the answer; out of memory becomes 503. */
void printed_reply(struct printed *p, const char *type, struct reply *r);

/** The answer to a failed call of the library. One that was stopped says why. */
void request_failed(struct request *r, const fer_error *err);
/** Decode a picture within the server's limit. False: the reply says why not. */
bool request_decode(struct request *r, const uint8_t *data, size_t size, fer_image **out, fer_error *err);

#endif

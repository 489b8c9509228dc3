/* An address of the server: what it takes and who answers. */
#ifndef FER_SERVE_ROUTE_H
#define FER_SERVE_ROUTE_H

#include "serve/request.h"

enum route_body { BODY_NONE, BODY_PICTURES, BODY_DEEPFACE, BODY_FILM };

struct route {
    const char *method, *path; /* a path that ends in "{session}" takes a last step of any name */
    const char *summary;
    enum route_body body;
    enum query_kind query;
    bool open;                          /* needs no token */
    void (*now)(struct request *r);     /* answers at once, without a worker */
    bool (*admit)(struct request *r);   /* before it waits for a worker; NULL: always. False: the reply says why not */
    void (*release)(struct request *r); /* it was admitted, but no worker will see it; NULL: nothing */
    void (*run)(struct worker *w, struct request *r); /* answers on a worker */
    /* the same for up to BATCH_MAX requests of one pipeline, which are small */
    void (*run_many)(struct worker *w, struct request *const requests[], size_t n);
    /* None of them: the body is a film, which is answered while it arrives (film.h). */
};

/** Whether the path is that of the route; *tail is then its last step, "" if it has none. */
bool route_matches(const struct route *route, const char *path, const char **tail);
/** Whether a route takes a body of that Content-Type. */
bool route_takes(const struct route *route, const char *type);

#endif

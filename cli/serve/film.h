/* POST /v1/video: a video that is answered while it is uploaded. It has threads of its own. */
#ifndef FER_SERVE_FILM_H
#define FER_SERVE_FILM_H

#include "serve/request.h"
#include "serve/wire.h"

struct film_upload;

/* How a film asks its connection to wait, and to go on. Both may be called with the film's lock held. */
struct film_flow {
    void (*pause)(void *user);
    void (*go_on)(void *user);
    void *user;
};

/** Begin. The answer goes to the wire, whose descriptor belongs to the film from now on. False: the reply says why. */
bool film_begin(struct request *r, const struct wire *wire, const struct film_flow *flow, struct film_upload **out);
/** Take bytes of the upload. Returns how many were taken; if not all, the connection was paused, and is woken when
 * there is room again. After the film has ended, all are taken and dropped. */
size_t film_feed(struct film_upload *f, const char *data, size_t n);
/** The upload is complete. Unless the film has ended, the connection is paused until it has. */
void film_complete(struct film_upload *f);
/** Whether the answer is complete. */
bool film_has_ended(struct film_upload *f);
/** Let go of it; if it has not ended, it ends as soon as it can. `out` receives what was sent and found so far. */
void film_leave(struct film_upload *f, struct metrics_request *out);

#endif

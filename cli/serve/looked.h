/* A picture of a request, decoded and looked at. */
#ifndef FER_SERVE_LOOKED_H
#define FER_SERVE_LOOKED_H

#include "serve/body.h"
#include "serve/request.h"

struct looked {
    struct request *request;
    const struct body_picture *picture;
    fer_image *image;        /* NULL: it could not be decoded */
    struct photo_seen *seen; /* borrowed */
    fer_error error;         /* status FER_OK: it was looked at */
};

/** Decode and look at n <= BATCH_MAX pictures, whose requests are of one pipeline; request, picture and seen are set.
 */
void looked_at(fer_pipeline *p, size_t n, struct looked *pictures);
void looked_free(struct looked *l);

#endif

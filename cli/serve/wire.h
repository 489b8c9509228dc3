/* HTTP/1.1 written directly to a connection: answers that begin before the request has ended, which libmicrohttpd has
 * no way to send. */
#ifndef FER_SERVE_WIRE_H
#define FER_SERVE_WIRE_H

#include "serve/reply.h"

struct wire {
    int fd;
    bool chunked;      /* HTTP/1.1; otherwise the end of the connection ends the answer */
    char headers[512]; /* more lines, each with its line break */
    double patience;   /* seconds that the client may take to accept some bytes; 0: it must take all at once */
    unsigned status;   /* sent; 0: nothing yet */
    size_t bytes;      /* of bodies, sent */
    bool failed;       /* the client is gone or too slow */
};

/** Begin an answer of any length. */
void wire_begin(struct wire *w, const char *type);
void wire_add(struct wire *w, const char *data, size_t size);
/** Complete it, and say that no more comes. */
void wire_end(struct wire *w);
/** Send a whole answer, and say that no more comes. */
void wire_reply(struct wire *w, const struct reply *r);

#endif

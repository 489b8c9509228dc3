/* The answer to one request, before it is sent. */
#ifndef FER_SERVE_REPLY_H
#define FER_SERVE_REPLY_H

#include "base/json.h"

#include <stdbool.h>

struct reply {
    unsigned status; /* of HTTP; 0: none yet */
    const char *type;
    char *body;       /* freed by reply_free() */
    const char *lent; /* in place of a body: bytes that stay */
    size_t size;      /* of either */
    const char *etag; /* clients may keep the answer and ask whether it still holds; NULL: they may not keep it */
    const char *const *headers; /* more of them: names and values by turns, then NULL; NULL: none */
    unsigned retry_after;       /* seconds; 0: no such header */
    char allow[64];             /* 405: methods; "": no such header */
};

/** An error: JSON with the sentence. What was in the reply is freed. */
void reply_error(struct reply *r, unsigned status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/** The same for a failed call of the library: its sentence, and the status that fits. */
void reply_failed(struct reply *r, const fer_error *err);
/** "Not now": 503, or another status, with Retry-After. */
void reply_later(struct reply *r, unsigned status, unsigned seconds, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/** An answer; body is from malloc() and belongs to the reply from now on. */
void reply_take(struct reply *r, const char *type, char *body, size_t size);
/** An answer whose bytes stay as long as the process. */
void reply_lend(struct reply *r, const char *type, const char *bytes, size_t size);
/** An answer from a document, which is marked with the schema and released. */
void reply_json(struct reply *r, json_t *doc);
void reply_free(struct reply *r);

/** The words of a status: "Not Found". */
const char *reply_words(unsigned status);

#endif

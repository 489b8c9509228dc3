#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "serve/request.h"

#include <stdlib.h>

void printed_open(struct printed *p)
{
    *p = (struct printed){0};
    p->f = open_memstream(&p->text, &p->size);
}

void printed_reply(struct printed *p, const char *type, struct reply *r)
{
    bool ok = p->f && !ferror(p->f);
    if (p->f && fclose(p->f) != 0) ok = false;
    p->f = NULL;
    if (ok && !r->status) reply_take(r, type, p->text, p->size);
    else {
        free(p->text);
        if (!r->status) reply_later(r, 503, 1, "out of memory");
    }
    p->text = NULL;
}

void request_failed(struct request *r, const fer_error *err)
{
    const struct service *s = r->service;
    if (err->status != FER_ERR_STOPPED) reply_failed(&r->reply, err);
    else if (s->stopping) reply_later(&r->reply, 503, 5, "the server is about to end");
    else
        reply_later(&r->reply, 503, 1, "the request takes more than %g s of work, which this server does not give it",
                    s->engine.work_max);
}

bool request_decode(struct request *r, const uint8_t *data, size_t size, fer_image **out, fer_error *err)
{
    r->pictures++;
    *out = NULL;
    if (size > 0) return fer_image_decode_within(data, size, r->service->engine.pixels_max, out, err) == FER_OK;
    err->status = FER_ERR_FORMAT;
    snprintf(err->text, sizeof err->text, "is empty, expected a picture");
    return false;
}

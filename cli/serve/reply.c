#include "serve/reply.h"

#include "common/cli.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void set_error(struct reply *r, unsigned status, const char *fmt, va_list ap)
{
    char text[FER_ERROR_TEXT_MAX + 256];
    vsnprintf(text, sizeof text, fmt, ap);
    json_t *doc = json_object();
    feri_json_set(doc, "error", feri_json_string(text));
    feri_json_set(doc, "status", json_integer((json_int_t)status));
    reply_free(r);
    reply_json(r, doc);
    r->status = status;
}

void reply_error(struct reply *r, unsigned status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set_error(r, status, fmt, ap);
    va_end(ap);
}

void reply_later(struct reply *r, unsigned status, unsigned seconds, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    set_error(r, status, fmt, ap);
    va_end(ap);
    r->retry_after = seconds;
}

static unsigned status_of(fer_status st)
{
    switch (st) {
    case FER_OK: return 200;
    case FER_ERR_FORMAT:
    case FER_ERR_NUMERIC: return 422;
    case FER_ERR_ARGUMENT: return 400;
    case FER_ERR_UNSUPPORTED: return 415;
    case FER_ERR_MEMORY:
    case FER_ERR_STOPPED: return 503;
    case FER_ERR_IO:
    case FER_ERR_SHAPE: break;
    }
    return 500;
}

void reply_failed(struct reply *r, const fer_error *err)
{
    unsigned status = status_of(err->status);
    if (status == 503) reply_later(r, status, 1, "%s", err->text);
    else reply_error(r, status, "%s", err->text);
}

void reply_take(struct reply *r, const char *type, char *body, size_t size)
{
    reply_free(r);
    r->status = 200;
    r->type = type;
    r->body = body;
    r->size = size;
}

void reply_lend(struct reply *r, const char *type, const char *bytes, size_t size)
{
    reply_take(r, type, NULL, size);
    r->lent = bytes;
}

void reply_json(struct reply *r, json_t *doc)
{
    char *text = cli_json_mark(doc) ? feri_json_dump(doc, JSON_COMPACT | JSON_REAL_PRECISION(7)) : NULL;
    json_decref(doc);
    reply_take(r, "application/json", text, text ? strlen(text) : 0);
    if (!text) r->status = 503; /* out of memory */
}

void reply_free(struct reply *r)
{
    free(r->body);
    *r = (struct reply){0};
}

const char *reply_words(unsigned status)
{
    static const struct {
        unsigned status;
        const char *words;
    } all[] = {{200, "OK"},
               {204, "No Content"},
               {304, "Not Modified"},
               {400, "Bad Request"},
               {401, "Unauthorized"},
               {404, "Not Found"},
               {405, "Method Not Allowed"},
               {408, "Request Timeout"},
               {409, "Conflict"},
               {411, "Length Required"},
               {413, "Content Too Large"},
               {415, "Unsupported Media Type"},
               {422, "Unprocessable Content"},
               {429, "Too Many Requests"},
               {500, "Internal Server Error"},
               {501, "Not Implemented"},
               {503, "Service Unavailable"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].status == status) return all[i].words;
    return "Error";
}

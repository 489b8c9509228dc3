#include "serve/body.h"

#include "base/mem.h"
#include "base/names.h"
#include "serve/base64.h"
#include "serve/media.h"
#include "serve/parse.h"

#include <stdlib.h>
#include <string.h>

/* ---- a list of pictures ---- */

static struct body_picture *add(struct body *b, const char *name, struct reply *why)
{
    if (b->n == BODY_PICTURES_MAX) {
        reply_error(why, 413, "a request may hold at most %d pictures", BODY_PICTURES_MAX);
        return NULL;
    }
    char *copy = feri_strdup(name && *name ? name : "-");
    if (!copy) {
        reply_later(why, 503, 1, "out of memory");
        return NULL;
    }
    b->items[b->n] = (struct body_picture){.name = copy};
    return &b->items[b->n++];
}

bool body_add(struct body *b, const char *name, const uint8_t *data, size_t size, struct reply *why)
{
    struct body_picture *p = add(b, name, why);
    if (!p) return false;
    p->data = data;
    p->size = size;
    return true;
}

static bool refuse_address(const char *text, size_t n, struct reply *why)
{
    char begin[64];
    snprintf(begin, sizeof begin, "%.*s", (int)(n < 60 ? n : 60), text);
    if (!feri_names_address(begin)) return true;
    reply_error(why, 400, "'%.40s' is an address, which this server does not fetch; send the picture in base64", begin);
    return false;
}

bool body_add_base64(struct body *b, const char *name, const char *text, size_t n, struct reply *why)
{
    size_t skip = base64_prefix(text, n);
    if (!skip && !refuse_address(text, n, why)) return false;
    struct body_picture *p = add(b, name, why);
    if (!p) return false;
    p->data = p->owned = malloc(base64_room(n - skip));
    if (!p->owned) {
        reply_later(why, 503, 1, "out of memory");
        return false;
    }
    size_t end = base64_decode(text + skip, n - skip, p->owned, &p->size);
    if (end == n - skip && p->size > 0) return true;
    if (n == skip) reply_error(why, 400, "a picture in base64 is empty");
    else reply_error(why, 400, "a picture is no valid base64: character %zu does not belong there", skip + end + 1);
    return false;
}

void body_free(struct body *b)
{
    for (size_t i = 0; i < b->n; i++) {
        free(b->items[i].name);
        free(b->items[i].owned);
    }
    b->n = 0;
}

/* ---- a form ---- */

static bool add_part(void *arg, const struct part *p, struct reply *why)
{
    struct body *b = arg;
    if (p->is_file || media_is(p->type, "image/")) return body_add(b, p->file, p->data, p->size, why);
    reply_error(why, 400, "the form's field '%s' is no file; options go into the address, such as ?faces=all", p->name);
    return false;
}

/* ---- JSON ---- */

/* {"name": "a.jpg", "data": "..."} after its '{'. */
static bool read_named(struct feri_pull *s, struct body *out, struct reply *why)
{
    fer_error err;
    size_t n = 0;
    bool more = true, any = false, ok = true;
    char *name = NULL;
    while (ok && more) {
        fer_status st = feri_pull_member(s, &n, &more, &err);
        if (parse_failed(st, &err, why)) break;
        if (!more) {
            free(name);
            if (!any) reply_error(why, 400, "the body: a picture has no \"data\"");
            return any;
        }
        bool is_name = strcmp(s->text, "name") == 0, is_data = strcmp(s->text, "data") == 0;
        if (!is_name && !is_data) {
            reply_error(why, 400, "the body: a picture has \"name\" and \"data\", not \"%.40s\"", s->text);
            break;
        }
        if (parse_failed(feri_pull_string(s, &err), &err, why)) break;
        if (is_name) {
            free(name);
            ok = (name = feri_strdup(s->text)) != NULL;
            if (!ok) reply_later(why, 503, 1, "out of memory");
        } else if (!any) ok = any = body_add_base64(out, "", s->text, s->length, why);
        if (ok && any && name) { /* in either order */
            free(out->items[out->n - 1].name);
            out->items[out->n - 1].name = name;
            name = NULL;
        }
    }
    free(name);
    return false;
}

static bool read_picture(struct feri_pull *s, struct body *out, struct reply *why)
{
    fer_error err;
    if (feri_pull_take(s, '{')) return read_named(s, out, why);
    return !parse_failed(feri_pull_string(s, &err), &err, why) && body_add_base64(out, "", s->text, s->length, why);
}

static bool read_list(struct feri_pull *s, struct body *out, struct reply *why)
{
    fer_error err;
    if (parse_failed(feri_pull_expect(s, '[', &err), &err, why)) return false;
    if (feri_pull_take(s, ']')) return true;
    do
        if (!read_picture(s, out, why)) return false;
    while (feri_pull_take(s, ','));
    return !parse_failed(feri_pull_expect(s, ']', &err), &err, why);
}

static bool read_member(void *arg, struct feri_pull *s, struct reply *why)
{
    bool one = strcmp(s->text, "image") == 0, many = strcmp(s->text, "images") == 0;
    if (one || many) return (one ? read_picture : read_list)(s, arg, why);
    reply_error(why, 400,
                "the body has \"%.40s\"; expected {\"image\": BASE64} or {\"images\": [BASE64, ...]}; options go into "
                "the address",
                s->text);
    return false;
}

/* ---- all ---- */

bool body_is_bytes(const char *type)
{
    /* The last is what curl says of any bytes. */
    return !*type || media_is(type, "application/octet-stream") || media_is(type, "application/x-www-form-urlencoded");
}

bool body_holds_pictures(const char *type)
{
    return body_is_bytes(type) || media_is(type, "image/") || media_is(type, "multipart/form-data") ||
           media_is(type, "application/json");
}

bool body_read(const char *type, const uint8_t *data, size_t size, struct body *out, struct reply *why)
{
    bool ok = true;
    out->n = 0;
    if (media_is(type, "multipart/form-data")) ok = parse_form(type, data, size, add_part, out, why);
    else if (media_is(type, "application/json")) ok = parse_object(data, size, read_member, out, why);
    else if (size > 0) ok = body_add(out, "-", data, size, why);
    if (ok && out->n > 0) return true;
    if (ok) reply_error(why, 400, "the request has no picture");
    body_free(out);
    return false;
}

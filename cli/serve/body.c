#include "serve/body.h"

#include "base/json_pull.h"
#include "base/mem.h"
#include "base/names.h"
#include "serve/base64.h"
#include "serve/media.h"
#include "serve/multipart.h"

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

static bool add_part(struct body *b, const struct part *p, struct reply *why)
{
    if (p->is_file || media_is(p->type, "image/")) return body_add(b, p->file, p->data, p->size, why);
    reply_error(why, 400, "the form's field '%s' is no file; options go into the address, such as ?faces=all", p->name);
    return false;
}

static bool read_form(const char *type, const uint8_t *data, size_t size, struct body *out, struct reply *why)
{
    struct multipart m;
    struct part part;
    fer_error err;
    bool more = true;
    fer_status st = multipart_open(&m, type, data, size, &err);
    while (st == FER_OK && more) {
        st = multipart_next(&m, &part, &more, &err);
        if (st == FER_OK && more && !add_part(out, &part, why)) return false;
    }
    if (st != FER_OK) reply_failed(why, &err);
    return st == FER_OK;
}

/* ---- JSON ---- */

static bool bad_json(fer_status st, const fer_error *err, struct reply *why)
{
    if (st != FER_OK) reply_error(why, st == FER_ERR_MEMORY ? 503 : 400, "the body: %s", err->text);
    return st != FER_OK;
}

/* {"name": "a.jpg", "data": "..."} after its '{'. */
static bool read_named(struct feri_pull *s, struct body *out, struct reply *why)
{
    fer_error err;
    size_t n = 0;
    bool more = true, any = false, ok = true;
    char *name = NULL;
    while (ok && more) {
        fer_status st = feri_pull_member(s, &n, &more, &err);
        if (bad_json(st, &err, why)) break;
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
        if (bad_json(feri_pull_string(s, &err), &err, why)) break;
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
    return !bad_json(feri_pull_string(s, &err), &err, why) && body_add_base64(out, "", s->text, s->length, why);
}

static bool read_list(struct feri_pull *s, struct body *out, struct reply *why)
{
    fer_error err;
    if (bad_json(feri_pull_expect(s, '[', &err), &err, why)) return false;
    if (feri_pull_take(s, ']')) return true;
    do
        if (!read_picture(s, out, why)) return false;
    while (feri_pull_take(s, ','));
    return !bad_json(feri_pull_expect(s, ']', &err), &err, why);
}

static bool read_members(struct feri_pull *s, struct body *out, struct reply *why)
{
    fer_error err;
    size_t n = 0;
    bool more = true;
    if (bad_json(feri_pull_expect(s, '{', &err), &err, why)) return false;
    for (;;) {
        if (bad_json(feri_pull_member(s, &n, &more, &err), &err, why)) return false;
        if (!more) return !bad_json(feri_pull_end(s, &err), &err, why);
        bool one = strcmp(s->text, "image") == 0, many = strcmp(s->text, "images") == 0;
        if (!one && !many) {
            reply_error(why, 400,
                        "the body has \"%.40s\"; expected {\"image\": BASE64} or {\"images\": [BASE64, ...]}; options "
                        "go into the address",
                        s->text);
            return false;
        }
        if (!(one ? read_picture : read_list)(s, out, why)) return false;
    }
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
    if (media_is(type, "multipart/form-data")) ok = read_form(type, data, size, out, why);
    else if (media_is(type, "application/json")) {
        struct feri_pull s = feri_pull_new((const char *)data, size);
        ok = read_members(&s, out, why);
        feri_pull_free(&s);
    } else if (size > 0) ok = body_add(out, "-", data, size, why);
    if (ok && out->n > 0) return true;
    if (ok) reply_error(why, 400, "the request has no picture");
    body_free(out);
    return false;
}

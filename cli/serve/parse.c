#include "serve/parse.h"

bool parse_failed(fer_status st, const fer_error *err, struct reply *why)
{
    if (st != FER_OK) reply_error(why, st == FER_ERR_MEMORY ? 503 : 400, "the body: %s", err->text);
    return st != FER_OK;
}

static bool read_members(struct feri_pull *s, parse_member_fn *member, void *arg, struct reply *why)
{
    fer_error err;
    size_t n = 0;
    bool more = true;
    if (parse_failed(feri_pull_expect(s, '{', &err), &err, why)) return false;
    for (;;) {
        if (parse_failed(feri_pull_member(s, &n, &more, &err), &err, why)) return false;
        if (!more) return !parse_failed(feri_pull_end(s, &err), &err, why);
        if (!member(arg, s, why)) return false;
    }
}

bool parse_object(const uint8_t *data, size_t size, parse_member_fn *member, void *arg, struct reply *why)
{
    struct feri_pull s = feri_pull_new((const char *)data, size);
    bool ok = read_members(&s, member, arg, why);
    feri_pull_free(&s);
    return ok;
}

bool parse_form(const char *type, const uint8_t *data, size_t size, parse_part_fn *part, void *arg, struct reply *why)
{
    struct multipart m;
    struct part p;
    fer_error err;
    bool more = true;
    fer_status st = multipart_open(&m, type, data, size, &err);
    while (st == FER_OK && more) {
        st = multipart_next(&m, &p, &more, &err);
        if (st == FER_OK && more && !part(arg, &p, why)) return false;
    }
    return !parse_failed(st, &err, why);
}

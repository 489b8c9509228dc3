#include "serve/multipart.h"

#include "base/error.h"
#include "serve/media.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HEADERS_MAX 16

fer_status multipart_open(struct multipart *m, const char *type, const uint8_t *data, size_t size, fer_error *err)
{
    char boundary[PART_BOUNDARY_MAX];
    *m = (struct multipart){.at = data, .end = data + size};
    if (!media_parameter(type, "boundary", boundary, sizeof boundary) || !*boundary)
        return feri_fail(err, FER_ERR_ARGUMENT, "multipart: Content-Type has no boundary of 1 to 70 characters");
    m->n_boundary = strlen(boundary) + 4;
    memcpy(m->boundary, "\r\n--", 4);
    memcpy(m->boundary + 4, boundary, m->n_boundary - 4);
    return FER_OK;
}

static fer_status bad(const struct multipart *m, const char *what, fer_error *err)
{
    return feri_fail(err, FER_ERR_ARGUMENT, "multipart: part %zu: %s", m->n + 1, what);
}

static const uint8_t *find(const uint8_t *from, const uint8_t *end, const char *what, size_t n)
{
    while ((size_t)(end - from) >= n) {
        const uint8_t *hit = memchr(from, what[0], (size_t)(end - from) - n + 1);
        if (!hit) return NULL;
        if (memcmp(hit, what, n) == 0) return hit;
        from = hit + 1;
    }
    return NULL;
}

/* ---- headers of a part ---- */

/* Names may come with folders; only the last step is a name here. */
static void keep_file_name(struct part *p, const char *disposition)
{
    char name[PART_NAME_MAX];
    if (!media_parameter(disposition, "filename", name, sizeof name)) return;
    p->is_file = true;
    char *last = name;
    for (char *c = name; *c; c++)
        if (*c == '/' || *c == '\\') last = c + 1;
    snprintf(p->file, sizeof p->file, "%s", last);
}

static void take_header(struct part *p, const char *line)
{
    static const char disposition[] = "content-disposition:", type[] = "content-type:";
    if (strncasecmp(line, disposition, sizeof disposition - 1) == 0) {
        const char *value = line + sizeof disposition - 1;
        media_parameter(value, "name", p->name, sizeof p->name);
        keep_file_name(p, value);
    } else if (strncasecmp(line, type, sizeof type - 1) == 0) {
        const char *value = line + sizeof type - 1;
        value += strspn(value, " \t");
        snprintf(p->type, sizeof p->type, "%.*s", (int)sizeof p->type - 1, value);
    }
}

static fer_status read_headers(struct multipart *m, struct part *p, fer_error *err)
{
    char line[1024];
    for (int i = 0; i < HEADERS_MAX; i++) {
        const uint8_t *end = find(m->at, m->end, "\r\n", 2);
        if (!end) return bad(m, "its headers have no end", err);
        size_t n = (size_t)(end - m->at);
        if (n >= sizeof line) return bad(m, "a header is longer than 1023 bytes", err);
        if (n == 0) {
            m->at = end; /* the boundary may follow at once */
            return FER_OK;
        }
        memcpy(line, m->at, n);
        line[n] = '\0';
        if (strlen(line) != n) return bad(m, "a header has a zero byte", err);
        take_header(p, line);
        m->at = end + 2;
    }
    return bad(m, "has more than 16 headers", err);
}

/* ---- parts ---- */

/* After a boundary: "--" ends the body, a line break begins a part. */
static fer_status after_boundary(struct multipart *m, fer_error *err)
{
    size_t left = (size_t)(m->end - m->at);
    m->done = left >= 2 && memcmp(m->at, "--", 2) == 0;
    if (m->done) return FER_OK;
    while (m->at < m->end && (*m->at == ' ' || *m->at == '\t')) m->at++;
    if (m->end - m->at < 2 || memcmp(m->at, "\r\n", 2) != 0) return bad(m, "no line break after the boundary", err);
    m->at += 2;
    return FER_OK;
}

/* What is before the first boundary is left aside, as the standard says. */
static fer_status find_first(struct multipart *m, fer_error *err)
{
    size_t n = m->n_boundary - 2;
    if ((size_t)(m->end - m->at) >= n && memcmp(m->at, m->boundary + 2, n) == 0) m->at += n;
    else {
        const uint8_t *hit = find(m->at, m->end, m->boundary, m->n_boundary);
        if (!hit)
            return feri_fail(err, FER_ERR_ARGUMENT, "multipart: the body does not have the boundary '%s'",
                             m->boundary + 4);
        m->at = hit + m->n_boundary;
    }
    return after_boundary(m, err);
}

fer_status multipart_next(struct multipart *m, struct part *out, bool *more, fer_error *err)
{
    *out = (struct part){0};
    *more = false;
    fer_status st = m->n == 0 && !m->done ? find_first(m, err) : FER_OK;
    if (st != FER_OK || m->done) return st;
    st = read_headers(m, out, err);
    if (st != FER_OK) return st;
    /* The line break before a boundary belongs to it. The one after the headers may be that. */
    const uint8_t *begin = m->at + 2, *hit = find(m->at, m->end, m->boundary, m->n_boundary);
    if (!hit) return bad(m, "is cut off: no boundary follows", err);
    out->data = hit < begin ? hit : begin;
    out->size = hit < begin ? 0 : (size_t)(hit - begin);
    m->at = hit + m->n_boundary;
    m->n++;
    *more = true;
    return after_boundary(m, err);
}

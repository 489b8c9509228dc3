#define _POSIX_C_SOURCE 200809L /* fseeko */
#include "films/spool.h"

#include "common/cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct spool {
    FILE *file;
    uint64_t size; /* bytes of whole records */
};

static bool failed(void)
{
    return cli_refuse("a temporary file for the film's faces failed: %s", errno ? strerror(errno) : "it broke off");
}

struct spool *spool_new(void)
{
    struct spool *s = calloc(1, sizeof *s);
    if (!s) {
        cli_no_memory();
        return NULL;
    }
    s->file = tmpfile();
    if (s->file) return s;
    failed();
    free(s);
    return NULL;
}

struct spool *spool_of(FILE *file, uint64_t begin, uint64_t size)
{
    struct spool *s = calloc(1, sizeof *s);
    if (s) *s = (struct spool){file, begin + size};
    else cli_no_memory();
    return s;
}

uint64_t spool_size(const struct spool *s)
{
    return s->size;
}

void spool_free(struct spool *s)
{
    if (!s) return;
    fclose(s->file);
    free(s);
}

bool spool_add(struct spool *s, const struct faces_frame *frame)
{
    errno = 0;
    bool ok = fseeko(s->file, (off_t)s->size, SEEK_SET) == 0 && fwrite(frame, sizeof *frame, 1, s->file) == 1 &&
              fwrite(frame->faces, sizeof *frame->faces, frame->n, s->file) == frame->n;
    if (!ok) return failed();
    s->size += sizeof *frame + frame->n * sizeof *frame->faces;
    return true;
}

bool spool_copy(struct spool *s, FILE *to)
{
    char block[65536];
    errno = 0;
    if (fseeko(s->file, 0, SEEK_SET) != 0) return failed();
    for (uint64_t left = s->size; left > 0;) {
        size_t n = left < sizeof block ? (size_t)left : sizeof block;
        if (fread(block, 1, n, s->file) != n) return failed();
        fwrite(block, 1, n, to);
        left -= n;
    }
    return true;
}

bool spool_peek(struct spool *s, const struct spool_cursor *c, double *seconds, bool *more)
{
    struct faces_frame frame;
    *more = c->at < s->size;
    if (!*more) return true;
    errno = 0;
    if (fseeko(s->file, (off_t)c->at, SEEK_SET) != 0 || fread(&frame, sizeof frame, 1, s->file) != 1) return failed();
    *seconds = frame.seconds;
    return true;
}

bool spool_read(struct spool *s, struct spool_cursor *c, struct faces_frame *frame, fer_face *faces, bool *more)
{
    *more = c->at < s->size;
    if (!*more) return true;
    errno = 0;
    bool ok = fseeko(s->file, (off_t)c->at, SEEK_SET) == 0 && fread(frame, sizeof *frame, 1, s->file) == 1 &&
              fread(faces, sizeof *faces, frame->n, s->file) == frame->n;
    if (!ok) return failed();
    frame->faces = faces;
    c->at += sizeof *frame + frame->n * sizeof *faces;
    return true;
}

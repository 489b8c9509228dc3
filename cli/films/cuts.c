#include "films/cuts.h"

#include "base/stop.h"
#include "common/cli.h"
#include "common/file.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OVERLAP_LEAST 2.0f
#define AFTER_HIDDEN  1.0f /* seconds in which a face that was hidden for the tracker's patience is confirmed again */
#define PIECES_MAX    100000

/* ---- where ---- */

static double length_of(const struct film *usual, const char *path, double *first)
{
    fer_error err;
    fer_video *v;
    fer_video_info info = {.duration = (double)NAN};
    if (fer_video_open(path, &usual->video, &v, &err) != FER_OK) return (double)NAN;
    fer_video_get_info(v, &info, &err);
    fer_video_close(v);
    double end = info.first + info.duration;
    *first = fmax((double)usual->start, info.first);
    if (usual->end > 0) end = fmin(end, (double)usual->end);
    return end - *first;
}

struct film_cuts film_cuts_of(const struct film *usual, const char *path, float seconds)
{
    double first = 0, pieces = length_of(usual, path, &first) / (double)seconds;
    struct film_cuts c = {(float)first, seconds, 1};
    if (isfinite(pieces) && pieces >= 2) c.n = (size_t)fmin(pieces, PIECES_MAX);
    return c;
}

float film_overlap(const struct film *usual)
{
    float patience = usual->tracker.patience > 0 ? usual->tracker.patience : fer_tracker_defaults().patience;
    return fmaxf(OVERLAP_LEAST, patience + AFTER_HIDDEN);
}

/* ---- the file ---- */

struct head {
    char magic[16];
    uint64_t frame_size, face_size, bytes; /* they keep away files of another build */
    char why[FER_ERROR_TEXT_MAX + 64];     /* "": the piece is whole */
};

static const char magic[16] = "fer: piece 1";

char *film_piece_path(const char *directory, size_t film, size_t piece)
{
    char name[96];
    snprintf(name, sizeof name, "journal/film-%zu.piece-%zu.faces", film, piece);
    return cli_join(directory, name);
}

static bool read_head(FILE *f, struct head *h)
{
    if (fread(h, sizeof *h, 1, f) != 1 || memcmp(h->magic, magic, sizeof magic) != 0 ||
        h->frame_size != sizeof(struct faces_frame) || h->face_size != sizeof(fer_face))
        return false;
    h->why[sizeof h->why - 1] = '\0';
    return fseek(f, 0, SEEK_END) == 0 && (uint64_t)ftell(f) == sizeof *h + h->bytes;
}

bool film_piece_is_there(const char *path)
{
    struct head h;
    FILE *f = fopen(path, "rb");
    bool whole = f && read_head(f, &h) && !h.why[0];
    if (f) fclose(f);
    return whole;
}

static bool write_piece(struct spool *spool, const char *why, const char *path)
{
    struct feri_atomic_file file;
    struct head h;
    memset(&h, 0, sizeof h);
    memcpy(h.magic, magic, sizeof magic);
    h.frame_size = sizeof(struct faces_frame);
    h.face_size = sizeof(fer_face);
    h.bytes = spool ? spool_size(spool) : 0;
    snprintf(h.why, sizeof h.why, "%s", why);
    if (!cli_file_open(&file, path)) return false;
    fwrite(&h, sizeof h, 1, file.f);
    bool copied = !spool || spool_copy(spool, file.f);
    return cli_file_close(&file, copied) == CLI_OK && copied;
}

enum film_end film_piece(const struct film_shop *s, const char *film, const struct film_cuts *cuts, size_t k,
                         unsigned threads, const char *path)
{
    char why[FER_ERROR_TEXT_MAX + 64];
    struct spool *spool;
    struct film f = *s->usual;
    f.source = film;
    f.model = s->model;
    f.pipeline.threads = threads;
    f.whole = f.quiet = f.in_pieces = true;
    if (k > 0) f.start = fmaxf(film_cut(cuts, k) - film_overlap(s->usual), cuts->first);
    if (k + 1 < cuts->n) f.end = film_cut(cuts, k + 1);
    cli_keep_error(why, sizeof why);
    bool whole = film_find(&f, &spool);
    cli_keep_error(NULL, 0);
    enum film_end end = !whole && feri_stop_pending() ? FILM_STOPPED : FILM_DONE;
    if (!whole && !why[0]) snprintf(why, sizeof why, "%s: was not read to its end", film);
    if (end == FILM_DONE && !write_piece(spool, whole ? "" : why, path)) end = FILM_FAILED;
    spool_free(spool);
    return end;
}

struct spool *film_piece_open(const char *path, struct spool_cursor *cursor, char *why, size_t size)
{
    struct head h;
    FILE *f = fopen(path, "rb");
    struct spool *s = NULL;
    if (f && read_head(f, &h)) s = spool_of(f, sizeof h, h.bytes);
    else cli_say("%s: cannot be read: %s", path, f ? "it is damaged" : strerror(errno));
    if (!s && f) fclose(f);
    if (!s) return NULL;
    cursor->at = sizeof h;
    snprintf(why, size, "%s", h.why);
    return s;
}

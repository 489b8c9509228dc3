#include "films/join.h"

#include "base/mem.h"
#include "common/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define IOU_LEAST 0.3  /* in a frame, to speak for two ids being one */
#define SAME_TIME 1e-6 /* seconds */

/* The last frames before a cut, with the film's ids. */
struct tail {
    struct kept {
        double seconds;
        size_t first, n; /* in the faces */
    } * frames;
    fer_face *faces;
    size_t n_frames, cap_frames, n_faces, cap_faces;
};

/* How much speaks for an id of a piece being an id of the film: overlaps, summed over frames. */
struct vote {
    uint64_t film, piece;
    double sum;
};

struct joining {
    const char *film;
    struct spool *out;
    struct tail before, now; /* of the piece before, and of this one */
    double last;             /* time of the last joined frame */
    uint64_t next_id;
    struct vote *votes; /* of this piece */
    size_t n_votes, cap_votes;
    uint64_t *ids; /* [n_ids] of the film, for each of the piece; 0: none yet */
    size_t n_ids, cap_ids;
    bool linked; /* the votes were counted */
    fer_face faces[FILM_FACES_MAX];
};

static bool keep(struct tail *t, const struct faces_frame *frame)
{
    if (!feri_grow(&t->frames, &t->cap_frames, t->n_frames + 1, sizeof *t->frames) ||
        !feri_grow(&t->faces, &t->cap_faces, t->n_faces + frame->n + 1, sizeof *t->faces))
        return cli_no_memory();
    t->frames[t->n_frames++] = (struct kept){frame->seconds, t->n_faces, frame->n};
    memcpy(t->faces + t->n_faces, frame->faces, frame->n * sizeof *t->faces);
    t->n_faces += frame->n;
    return true;
}

/* ---- which ids are one ---- */

static double iou(const fer_face *a, const fer_face *b)
{
    double w =
        fmin((double)a->x + (double)a->width, (double)b->x + (double)b->width) - fmax((double)a->x, (double)b->x);
    double h =
        fmin((double)a->y + (double)a->height, (double)b->y + (double)b->height) - fmax((double)a->y, (double)b->y);
    double both = fmax(w, 0) * fmax(h, 0);
    double either = (double)a->width * (double)a->height + (double)b->width * (double)b->height - both;
    return either > 0 ? both / either : 0;
}

static bool add_vote(struct joining *j, uint64_t film, uint64_t piece, double sum)
{
    size_t i = 0;
    while (i < j->n_votes && (j->votes[i].film != film || j->votes[i].piece != piece)) i++;
    if (i == j->n_votes) {
        if (!feri_grow(&j->votes, &j->cap_votes, i + 1, sizeof *j->votes)) return cli_no_memory();
        j->votes[j->n_votes++] = (struct vote){film, piece, 0};
    }
    j->votes[i].sum += sum;
    return true;
}

static bool compare(struct joining *j, const struct kept *before, const struct faces_frame *frame)
{
    for (size_t a = before->first; a < before->first + before->n; a++)
        for (size_t b = 0; b < frame->n; b++) {
            double share = iou(&j->before.faces[a], &frame->faces[b]);
            if (share >= IOU_LEAST && !add_vote(j, j->before.faces[a].id, frame->faces[b].id, share)) return false;
        }
    return true;
}

/* A frame that the piece before has, too. */
static bool look_back(struct joining *j, const struct faces_frame *frame)
{
    for (size_t i = 0; i < j->before.n_frames; i++)
        if (fabs(j->before.frames[i].seconds - frame->seconds) < SAME_TIME)
            return compare(j, &j->before.frames[i], frame);
    return true;
}

static int by_sum(const void *a, const void *b)
{
    const struct vote *x = a, *y = b;
    if (x->sum < y->sum || x->sum > y->sum) return x->sum > y->sum ? -1 : 1;
    if (x->film != y->film) return x->film < y->film ? -1 : 1;
    return (x->piece > y->piece) - (x->piece < y->piece);
}

static uint64_t *id_of(struct joining *j, uint64_t piece)
{
    size_t n = (size_t)piece + 1;
    if (!feri_grow(&j->ids, &j->cap_ids, n, sizeof *j->ids)) {
        cli_no_memory();
        return NULL;
    }
    while (j->n_ids < n) j->ids[j->n_ids++] = 0;
    return &j->ids[piece];
}

static bool is_given(const struct joining *j, uint64_t film)
{
    for (size_t i = 0; i < j->n_ids; i++)
        if (j->ids[i] == film) return true;
    return false;
}

/* The pair that overlaps most first; each id once. */
static bool link_ids(struct joining *j)
{
    if (j->n_votes) qsort(j->votes, j->n_votes, sizeof *j->votes, by_sum);
    for (size_t i = 0; i < j->n_votes; i++) {
        uint64_t *id = id_of(j, j->votes[i].piece);
        if (!id) return false;
        if (*id == 0 && !is_given(j, j->votes[i].film)) *id = j->votes[i].film;
    }
    j->linked = true;
    return true;
}

/* ---- frames ---- */

static int by_id(const void *a, const void *b)
{
    const fer_face *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static bool add_frame(struct joining *j, struct faces_frame *frame, double keep_from)
{
    if (!j->linked && !link_ids(j)) return false;
    for (size_t i = 0; i < frame->n; i++) {
        uint64_t *id = id_of(j, j->faces[i].id);
        if (!id) return false;
        if (*id == 0) *id = j->next_id++;
        j->faces[i].id = *id;
    }
    if (frame->n) qsort(j->faces, frame->n, sizeof *j->faces, by_id);
    frame->file = j->film;
    j->last = frame->seconds;
    return spool_add(j->out, frame) && (frame->seconds < keep_from || keep(&j->now, frame));
}

static bool join_frames(struct joining *j, struct spool *piece, struct spool_cursor *c, double keep_from)
{
    struct faces_frame frame;
    for (bool more;;) {
        if (!spool_read(piece, c, &frame, j->faces, &more)) return false;
        if (!more) return true;
        bool before = frame.seconds <= j->last + SAME_TIME;
        if (!(before ? look_back(j, &frame) : add_frame(j, &frame, keep_from))) return false;
    }
}

/* keep_from: which frames the next piece has, too. */
static bool join_piece(struct joining *j, const char *path, double keep_from, char *why, size_t size)
{
    char reason[FER_ERROR_TEXT_MAX + 64];
    struct spool_cursor c;
    struct spool *piece = film_piece_open(path, &c, reason, sizeof reason);
    if (!piece) return false;
    if (!why[0]) snprintf(why, size, "%s", reason);
    j->n_votes = j->n_ids = 0;
    j->linked = false;
    bool ok = join_frames(j, piece, &c, keep_from);
    spool_free(piece);
    struct tail old = j->before;
    j->before = j->now;
    j->now = old;
    j->now.n_frames = j->now.n_faces = 0;
    return ok;
}

static bool join_all(struct joining *j, const char *directory, size_t number, const struct film_cuts *cuts,
                     float overlap, char *why, size_t size)
{
    bool ok = true;
    for (size_t k = 0; ok && k < cuts->n; k++) {
        char *path = film_piece_path(directory, number, k);
        ok = path && join_piece(j, path, k + 1 < cuts->n ? (double)film_cut(cuts, k + 1) - (double)overlap : INFINITY,
                                why, size);
        free(path);
    }
    return ok;
}

bool film_join(const char *directory, size_t number, const char *film, const struct film_cuts *cuts, float overlap,
               struct film_found *out, char *why, size_t size)
{
    struct joining *j = calloc(1, sizeof *j);
    *out = (struct film_found){.spool = spool_new()};
    *why = '\0';
    if (!j) cli_no_memory();
    bool ok = j && out->spool;
    if (ok) {
        j->film = film;
        j->out = out->spool;
        j->last = -INFINITY;
        j->next_id = 1;
        ok = join_all(j, directory, number, cuts, overlap, why, size);
        free(j->before.frames);
        free(j->before.faces);
        free(j->now.frames);
        free(j->now.faces);
        free(j->votes);
        free(j->ids);
    }
    out->failed = *why != '\0';
    free(j);
    if (ok) return true;
    spool_free(out->spool);
    out->spool = NULL;
    return false;
}

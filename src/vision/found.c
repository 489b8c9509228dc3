#include "vision/found.h"

#include <string.h>

/* If a large share of a detection's box is inside the box of a confident face, it is a part of that face, such as its
 * mouth. The share refers to the smaller box. Among 16,000 labelled faces of training pictures no other face reaches
 * this share, except three that are labelled twice. A detection that is confident itself is kept; parts of faces reach
 * a confidence of 0.8. */
#define NESTED      0.65f
#define NESTED_SURE 0.85f
#define AROUND_SURE 0.8f

struct list {
    fer_face *faces; /* a heap while it fills: the lowest score is on top */
    size_t n, max;
};

static void sift_down(fer_face *f, size_t n, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1;
        if (left < n && f[left].confidence < f[least].confidence) least = left;
        if (left + 1 < n && f[left + 1].confidence < f[least].confidence) least = left + 1;
        if (least == i) return;
        fer_face swap = f[i];
        f[i] = f[least];
        f[least] = swap;
        i = least;
    }
}

static void add(struct list *l, const fer_face *f)
{
    if (l->n == l->max) {
        if (l->max == 0 || f->confidence <= l->faces[0].confidence) return;
        l->faces[0] = *f;
        sift_down(l->faces, l->n, 0);
        return;
    }
    size_t i = l->n++;
    for (; i > 0 && l->faces[(i - 1) / 2].confidence > f->confidence; i = (i - 1) / 2)
        l->faces[i] = l->faces[(i - 1) / 2];
    l->faces[i] = *f;
}

/* Heap sort, in decreasing order of confidence. */
static void sort(struct list *l)
{
    for (size_t n = l->n; n > 1; n--) {
        fer_face least = l->faces[0];
        l->faces[0] = l->faces[n - 1];
        l->faces[n - 1] = least;
        sift_down(l->faces, n - 1, 0);
    }
}

static fer_face face_of(struct feri_face_cell c, const float *row, float confidence, float scale)
{
    struct feri_face_box b = feri_face_cell_box(c, row);
    fer_face f = {.x = b.left * scale,
                  .y = b.top * scale,
                  .width = (b.right - b.left) * scale,
                  .height = (b.bottom - b.top) * scale,
                  .confidence = confidence,
                  .seen = true,
                  .valence = NAN,
                  .arousal = NAN,
                  .yaw = NAN,
                  .pitch = NAN,
                  .roll = NAN,
                  .size = sqrtf((b.right - b.left) * (b.bottom - b.top)) * scale,
                  .sharpness = NAN,
                  .occlusion = NAN,
                  .quality = NAN};
    for (size_t i = 0; i < FERI_FACE_POINTS; i++) {
        f.points[i][0] = (c.x + row[FERI_FACE_XY + 2 * i] * c.stride) * scale;
        f.points[i][1] = (c.y + row[FERI_FACE_XY + 2 * i + 1] * c.stride) * scale;
    }
    return f;
}

static struct feri_face_box box_of(const fer_face *f)
{
    return feri_face_box_at(f->x, f->y, f->width, f->height);
}

float feri_found_overlap(const fer_face *a, const fer_face *b)
{
    return feri_face_box_iou(box_of(a), box_of(b));
}

/* Whether the less confident one is another detection of the same face, or a part of it. */
static bool is_double(const fer_face *sure, const fer_face *less, float most)
{
    if (feri_found_overlap(sure, less) >= most) return true;
    if (sure->confidence < AROUND_SURE || less->confidence >= NESTED_SURE) return false;
    float smaller = fminf(sure->width * sure->height, less->width * less->height);
    return smaller > 0 && feri_face_box_common(box_of(sure), box_of(less)) >= NESTED * smaller;
}

size_t feri_found_suppress(fer_face *f, size_t n, float most)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool alone = true;
        for (size_t j = 0; j < kept && alone; j++) alone = !is_double(&f[j], &f[i], most);
        if (alone) f[kept++] = f[i];
    }
    return kept;
}

size_t feri_found_faces(size_t h, size_t w, const float *rows, const struct feri_found_options *opt, fer_face *faces)
{
    struct list found = {faces, 0, opt->max};
    float least = opt->threshold <= 0   ? -INFINITY
                  : opt->threshold >= 1 ? INFINITY
                                        : logf(opt->threshold / (1 - opt->threshold));
    for (size_t level = 0; level < FERI_FACE_LEVELS; level++) {
        size_t columns = w / feri_face_stride(level), n = feri_face_cells_of_level(h, w, level);
        for (size_t i = 0; i < n; i++, rows += FERI_FACE_COLUMNS) {
            float logit = rows[FERI_FACE_SCORE];
            if (!(logit >= least)) continue;
            fer_face f = face_of(feri_face_cell_at(level, columns, i), rows, 1 / (1 + expf(-logit)), opt->scale);
            add(&found, &f);
        }
    }
    sort(&found);
    return feri_found_suppress(faces, found.n, opt->overlap);
}

size_t feri_found_merge(fer_face *faces, size_t n, const fer_face *more, size_t n_more, size_t max, float most)
{
    for (size_t i = 0; i < n_more; i++) {
        size_t at = n;
        while (at > 0 && faces[at - 1].confidence < more[i].confidence) at--;
        if (at == max) continue;
        if (n == max) n--;
        memmove(faces + at + 1, faces + at, (n - at) * sizeof *faces);
        faces[at] = more[i];
        n++;
    }
    return feri_found_suppress(faces, n, most);
}

#include "vision/score.h"

#include "base/error.h"
#include "base/mem.h"
#include "models/face_cells.h"

#include <math.h>
#include <stdlib.h>

const float feri_score_sizes[FERI_SCORE_SIZES] = {14, 24, 32, 48};

struct find {
    float confidence;
    float width; /* of the matched face; negative: a false alarm */
};

struct feri_score {
    float iou;
    size_t images, faces, faces_of_size[FERI_SCORE_SIZES];
    struct find *finds;
    size_t n, cap;
    bool sorted;
    bool *taken; /* scratch for the picture being added */
    size_t cap_taken;
};

fer_status feri_score_new(float iou, struct feri_score **out, fer_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return feri_fail_memory(err, sizeof **out);
    (*out)->iou = iou;
    return FER_OK;
}

void feri_score_free(struct feri_score *s)
{
    if (!s) return;
    free(s->finds);
    free(s->taken);
    free(s);
}

struct overlap {
    float both, iou;
};

static struct overlap overlap(const fer_face *f, const struct feri_score_truth *t)
{
    struct feri_face_box found = feri_face_box_at(f->x, f->y, f->width, f->height),
                         truth = feri_face_box_at(t->x, t->y, t->w, t->h);
    return (struct overlap){feri_face_box_common(found, truth), feri_face_box_iou(found, truth)};
}

/* In an ignored region: enough overlap, or half of the box inside it. */
static bool is_ignored(const struct feri_score *s, const fer_face *f, size_t n, const struct feri_score_truth *truth)
{
    for (size_t i = 0; i < n; i++) {
        if (!truth[i].ignored) continue;
        struct overlap o = overlap(f, &truth[i]);
        if (o.iou >= s->iou || o.both >= 0.5f * f->width * f->height) return true;
    }
    return false;
}

static size_t best_face(const struct feri_score *s, const fer_face *f, size_t n, const struct feri_score_truth *truth)
{
    size_t best = n;
    float most = s->iou;
    for (size_t i = 0; i < n; i++) {
        float iou = truth[i].ignored || s->taken[i] ? -1 : overlap(f, &truth[i]).iou;
        if (iou < most) continue;
        most = iou;
        best = i;
    }
    return best;
}

static void count_faces(struct feri_score *s, size_t n, const struct feri_score_truth *truth)
{
    s->images++;
    for (size_t i = 0; i < n; i++) {
        s->taken[i] = false;
        if (truth[i].ignored) continue;
        s->faces++;
        for (size_t k = 0; k < FERI_SCORE_SIZES; k++) s->faces_of_size[k] += truth[i].w >= feri_score_sizes[k];
    }
}

fer_status feri_score_add(struct feri_score *s, size_t n_truth, const struct feri_score_truth *truth, size_t n_found,
                          const fer_face *found, fer_error *err)
{
    if (!feri_grow(&s->taken, &s->cap_taken, n_truth + 1, sizeof *s->taken) ||
        !feri_grow(&s->finds, &s->cap, s->n + n_found + 1, sizeof *s->finds))
        return feri_fail(err, FER_ERR_MEMORY, "out of memory for %zu detections", s->n + n_found);
    count_faces(s, n_truth, truth);
    s->sorted = false;
    for (size_t i = 0; i < n_found; i++) {
        size_t face = best_face(s, &found[i], n_truth, truth);
        if (face < n_truth) s->taken[face] = true;
        else if (is_ignored(s, &found[i], n_truth, truth)) continue;
        s->finds[s->n++] = (struct find){found[i].confidence, face < n_truth ? truth[face].w : -1};
    }
    return FER_OK;
}

/* In decreasing order of confidence. Among equals, false alarms come first, so that a threshold never flatters. */
static int by_confidence(const void *a, const void *b)
{
    const struct find *x = a, *y = b;
    if (x->confidence != y->confidence) return x->confidence > y->confidence ? -1 : 1;
    return (x->width > y->width) - (x->width < y->width);
}

static void sort(struct feri_score *s)
{
    if (!s->sorted && s->n) qsort(s->finds, s->n, sizeof *s->finds, by_confidence);
    s->sorted = true;
}

/* ---- calibration ---- */

#define BINS       10
#define ROUNDS_MAX 100

static double logit(float p)
{
    double q = fmin(fmax((double)p, 1e-6), 1 - 1e-6);
    return log(q / (1 - q));
}

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* The number of detections that count: a detector that answers with everything has hundreds of a confidence near 0 in a
 * picture, and what it says of them matters to nobody. */
static size_t surest(struct feri_score *s)
{
    sort(s);
    return s->n < 2 * s->faces ? s->n : 2 * s->faces;
}

/* Scale and shift of the logits. */
struct change {
    double scale, shift;
};

/* The cross-entropy of n detections, and Newton's step to its minimum. Right and wrong ones count as almost sure, by
 * Platt's shares, and a scale far from 1 costs a little, so that there is a minimum also if all right detections are
 * surer than all wrong ones. */
static double cross_entropy(const struct feri_score *s, size_t n, const double target[2], struct change c,
                            struct change *step)
{
    double loss = (c.scale - 1) * (c.scale - 1) / 2, ga = c.scale - 1, gb = 0, aa = 1, ab = 0, bb = 1e-9;
    for (size_t i = 0; i < n; i++) {
        double x = logit(s->finds[i].confidence), z = c.scale * x + c.shift, p = sigmoid(z), k = p * (1 - p);
        double t = target[s->finds[i].width >= 0], d = p - t;
        loss += (z > 0 ? z + log1p(exp(-z)) : log1p(exp(z))) - t * z;
        ga += d * x;
        gb += d;
        aa += k * x * x;
        ab += k * x;
        bb += k;
    }
    double det = aa * bb - ab * ab;
    *step = (struct change){(bb * ga - ab * gb) / det, (aa * gb - ab * ga) / det};
    return loss;
}

/* Newton's method for a convex function, with steps halved until they lower it. */
static struct change minimise(const struct feri_score *s, size_t n, const double target[2])
{
    struct change c = {1, 0}, step, further;
    double loss = cross_entropy(s, n, target, c, &step);
    for (size_t round = 0; round < ROUNDS_MAX && fabs(step.scale) + fabs(step.shift) > 1e-9; round++) {
        struct change next = {c.scale - step.scale, c.shift - step.shift};
        double lower = cross_entropy(s, n, target, next, &further);
        if (lower > loss) {
            step = (struct change){step.scale / 2, step.shift / 2};
            continue;
        }
        c = next;
        loss = lower;
        step = further;
    }
    return c;
}

fer_status feri_score_fit(struct feri_score *s, struct feri_score_fit *out, fer_error *err)
{
    size_t hits = 0, n = surest(s);
    for (size_t i = 0; i < n; i++) hits += s->finds[i].width >= 0;
    if (hits == 0 || hits == n)
        return feri_fail(err, FER_ERR_FORMAT, "%zu of %zu detections are faces, expected right and wrong ones", hits,
                         n);
    const double target[2] = {1 / ((double)(n - hits) + 2), ((double)hits + 1) / ((double)hits + 2)};
    struct change c = minimise(s, n, target);
    *out = (struct feri_score_fit){n, hits, c.scale, c.shift};
    return c.scale > 0
               ? FER_OK
               : feri_fail(err, FER_ERR_FORMAT, "surer detections are not more often right: nothing to calibrate");
}

double feri_score_calibration_error(struct feri_score *s, double scale, double shift)
{
    double sums[BINS] = {0}, error = 0; /* of confidence less hits */
    size_t n = surest(s);
    for (size_t i = 0; i < n; i++) {
        double p = sigmoid(scale * logit(s->finds[i].confidence) + shift);
        size_t bin = (size_t)(p * BINS);
        sums[bin < BINS ? bin : BINS - 1] += p - (s->finds[i].width >= 0);
    }
    for (size_t i = 0; i < BINS; i++) error += fabs(sums[i]);
    return n ? error / (double)n : (double)NAN;
}

/* ---- figures ---- */

static double average_precision(const struct feri_score *s)
{
    size_t hits = 0, later;
    double sum = 0, best = 0;
    for (size_t i = 0; i < s->n; i++) hits += s->finds[i].width >= 0;
    later = hits;
    for (size_t i = s->n; i-- > 0;) {
        double precision = (double)later / (double)(i + 1);
        if (precision > best) best = precision;
        if (s->finds[i].width < 0) continue;
        sum += best;
        later--;
    }
    return s->faces ? sum / (double)s->faces : (double)NAN;
}

struct feri_score_result feri_score_at(struct feri_score *s, float threshold)
{
    struct feri_score_result r = {.images = s->images, .faces = s->faces};
    size_t hits[FERI_SCORE_SIZES] = {0};
    sort(s);
    for (size_t i = 0; i < s->n && s->finds[i].confidence >= threshold; i++) {
        bool hit = s->finds[i].width >= 0;
        r.hits += hit;
        r.false_alarms += !hit;
        for (size_t k = 0; k < FERI_SCORE_SIZES; k++) hits[k] += hit && s->finds[i].width >= feri_score_sizes[k];
    }
    for (size_t k = 0; k < FERI_SCORE_SIZES; k++) {
        r.faces_of_size[k] = s->faces_of_size[k];
        r.recall[k] = s->faces_of_size[k] ? (double)hits[k] / (double)s->faces_of_size[k] : (double)NAN;
    }
    r.precision = r.hits + r.false_alarms ? (double)r.hits / (double)(r.hits + r.false_alarms) : (double)NAN;
    r.average_precision = average_precision(s);
    r.calibration_error = feri_score_calibration_error(s, 1, 0);
    return r;
}

float feri_score_threshold(struct feri_score *s, size_t false_alarms)
{
    size_t seen = 0;
    sort(s);
    for (size_t i = 0; i < s->n; i++)
        if (s->finds[i].width < 0 && ++seen > false_alarms) return nextafterf(s->finds[i].confidence, 2);
    return 0;
}

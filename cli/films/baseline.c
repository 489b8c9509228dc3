#include "films/baseline.h"

#include "base/emotions.h"
#include "base/mem.h"
#include "base/scores.h"
#include "base/smooth.h"
#include "base/sorted.h"
#include "base/words.h"
#include "common/cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Less probable classes are all the same here: what a network says of them is noise. */
#define FLOOR 1e-4f
/* A person who looks neutral in so many of the frames has neutral frames to learn from. Of anyone else it is not known
 * whether the face shows an expression or is one that looks like it at rest. */
#define NEUTRAL_LEAST 0.25

/* Odds of each expression against neutral that seven of ten neutral faces stay below: 1,500 neutral faces of FER+'s
 * training set, by the model that ships with fer. A usual face within these is an ordinary neutral face, and nothing is
 * subtracted. */
static const struct {
    enum feri_emotion emotion;
    double odds;
} ordinary[] = {{FERI_HAPPINESS, 0.0023}, {FERI_SURPRISE, 0.00088}, {FERI_SADNESS, 0.086},  {FERI_ANGER, 0.0049},
                {FERI_DISGUST, 0.00026},  {FERI_FEAR, 0.00019},     {FERI_CONTEMPT, 0.0025}};
#define ORDINARY_OTHER 0.003 /* of classes of other names */

struct person {
    uint64_t id;                   /* first, see find() */
    double first;                  /* seconds: when it is first seen */
    float *odds;                   /* [n][classes], logarithms; freed when the usual face is known */
    size_t n, cap;                 /* cap: of numbers */
    size_t n_neutral;              /* frames in which neutral leads */
    float usual[FER_FACE_CLASSES]; /* what is subtracted from the logarithms of the scores */
    struct feri_smooth smooth;
};

struct baseline {
    struct faces_kind kind;
    struct baseline_options options;
    double tau;
    size_t neutral;               /* the class */
    float most[FER_FACE_CLASSES]; /* logarithms of the ordinary odds */
    struct person *people;        /* by id */
    size_t n, cap;
    fer_face faces[FILM_FACES_MAX];
};

bool baseline_parse(const char *text, struct baseline_options *out)
{
    char *end;
    *out = (struct baseline_options){.automatic = strcmp(text, "auto") == 0};
    if (out->automatic) return true;
    out->seconds = strtof(text, &end);
    return end != text && !*end && out->seconds > 0 && out->seconds <= 1e6f;
}

static double ordinary_odds(const char *name)
{
    size_t emotion = feri_emotion_named(name);
    for (size_t i = 0; i < sizeof ordinary / sizeof *ordinary; i++)
        if (ordinary[i].emotion == emotion) return ordinary[i].odds;
    return ORDINARY_OTHER;
}

struct baseline *baseline_new(const struct faces_kind *kind, const struct baseline_options *o, double smooth)
{
    size_t neutral;
    if (!feri_class_find(kind->n_classes, kind->classes, "neutral", &neutral)) {
        cli_say("--baseline: the model has no class 'neutral'");
        return NULL;
    }
    struct baseline *b = calloc(1, sizeof *b);
    if (!b) {
        cli_no_memory();
        return NULL;
    }
    b->kind = *kind;
    b->options = *o;
    b->tau = smooth;
    b->neutral = neutral;
    for (size_t k = 0; k < kind->n_classes; k++) b->most[k] = (float)log(ordinary_odds(kind->classes[k]));
    return b;
}

void baseline_free(struct baseline *b)
{
    if (!b) return;
    for (size_t i = 0; i < b->n; i++) free(b->people[i].odds);
    free(b->people);
    free(b);
}

/* ---- people ---- */

/* The first person whose id is not smaller. */
static size_t find(const struct baseline *b, uint64_t id)
{
    return feri_find_id(b->n, b->people, sizeof *b->people, id);
}

static struct person *person_of(struct baseline *b, uint64_t id)
{
    size_t i = find(b, id);
    return i < b->n && b->people[i].id == id ? &b->people[i] : NULL;
}

/* NULL after an error message: out of memory. */
static struct person *new_person(struct baseline *b, uint64_t id, double seconds)
{
    size_t i = find(b, id);
    if (!feri_grow(&b->people, &b->cap, b->n + 1, sizeof *b->people)) {
        cli_no_memory();
        return NULL;
    }
    memmove(b->people + i + 1, b->people + i, (b->n - i) * sizeof *b->people);
    b->n++;
    b->people[i] = (struct person){.id = id, .first = seconds};
    return &b->people[i];
}

/* ---- the usual face ---- */

static bool note(struct baseline *b, double seconds, const fer_face *f)
{
    size_t n = b->kind.n_classes;
    struct person *p = person_of(b, f->id);
    if (!p && !(p = new_person(b, f->id, seconds))) return false;
    if (!b->options.automatic && seconds - p->first >= (double)b->options.seconds) return true;
    if (!feri_grow(&p->odds, &p->cap, (p->n + 1) * n, sizeof *p->odds)) return cli_no_memory();
    float *odds = p->odds + p->n++ * n, neutral = logf(fmaxf(f->scores[b->neutral], FLOOR));
    for (size_t k = 0; k < n; k++) odds[k] = logf(fmaxf(f->scores[k], FLOOR)) - neutral;
    p->n_neutral += feri_largest(n, f->scores) == b->neutral;
    return true;
}

static bool leads(const struct baseline *b, const float *odds)
{
    for (size_t k = 0; k < b->kind.n_classes; k++)
        if (odds[k] > 0) return false;
    return true;
}

/* The median is not moved by the moments of expression as long as they are fewer than half. values [p->n]. */
static double usual_odds(const struct baseline *b, const struct person *p, size_t k, double *values)
{
    size_t n = 0, classes = b->kind.n_classes;
    for (size_t i = 0; i < p->n; i++)
        if (!b->options.automatic || leads(b, p->odds + i * classes)) values[n++] = (double)p->odds[i * classes + k];
    feri_sort(n, values);
    return n > 0 ? feri_median(n, values) : -INFINITY;
}

static bool is_known(const struct baseline *b, const struct person *p)
{
    return !b->options.automatic || (double)p->n_neutral >= NEUTRAL_LEAST * (double)p->n;
}

static bool settle(struct baseline *b, struct person *p)
{
    if (!is_known(b, p)) return true;
    double *values = malloc((p->n + 1) * sizeof *values);
    if (!values) return cli_no_memory();
    for (size_t k = 0; k < b->kind.n_classes; k++) {
        float over = (float)usual_odds(b, p, k, values) - b->most[k];
        p->usual[k] = k != b->neutral && over > 0 ? over : 0;
    }
    free(values);
    free(p->odds);
    p->odds = NULL;
    return true;
}

static void note_unknown(const struct baseline *b, const char *film)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) n += !is_known(b, &b->people[i]);
    if (n > 0)
        cli_note("%s: nothing is subtracted from %zu of %zu faces, in which neutral leads in fewer than a quarter of "
                 "their frames; --baseline SECONDS uses their first seconds",
                 film, n, b->n);
}

bool baseline_learn(struct baseline *b, struct spool *spool, const char *film)
{
    struct spool_cursor cursor = {0};
    struct faces_frame frame;
    bool more;
    for (;;) {
        if (!spool_read(spool, &cursor, &frame, b->faces, &more)) return false;
        if (!more) break;
        for (size_t i = 0; i < frame.n; i++)
            if (b->faces[i].seen && !note(b, frame.seconds, &b->faces[i])) return false;
    }
    for (size_t i = 0; i < b->n; i++)
        if (!settle(b, &b->people[i])) return false;
    note_unknown(b, film);
    return true;
}

/* ---- scores without it ---- */

static void subtract(const struct baseline *b, const struct person *p, fer_face *f)
{
    float sum = 0;
    for (size_t k = 0; k < b->kind.n_classes; k++) sum += f->scores[k] *= expf(-p->usual[k]);
    for (size_t k = 0; k < b->kind.n_classes; k++) f->scores[k] /= sum > 0 ? sum : 1;
}

/* As the tracker does: a hidden face keeps its last scores. */
void baseline_apply(struct baseline *b, const struct faces_frame *frame, fer_face *faces)
{
    size_t n = b->kind.n_classes;
    for (size_t i = 0; i < frame->n; i++) {
        fer_face *f = &faces[i];
        struct person *p = person_of(b, f->id);
        if (!p || !is_known(b, p)) continue; /* never seen, or its scores stay */
        if (f->seen) {
            subtract(b, p, f);
            feri_smooth_add(&p->smooth, frame->seconds, b->tau, n, f->scores);
        } else {
            memcpy(f->scores, p->smooth.value, n * sizeof *f->scores);
        }
        memcpy(f->smoothed, p->smooth.value, n * sizeof *f->smoothed);
        f->label = feri_largest(n, f->smoothed);
    }
}

#include "train/teacher_input.h"

#include "base/error.h"
#include "image/image.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct job {
    const fer_model *student, *teacher;
    const float *images;
    float *out;
    fer_status *statuses; /* [n] */
};

/* The inverse of feri_preprocess_apply(), rounded to 8 bits. */
static void to_pixels(const struct feri_preprocess *p, const float *x, struct feri_pixels *px)
{
    for (size_t i = 0; i < px->w * px->h * px->c; i++) {
        size_t ch = i % px->c;
        float value = (x[i] * p->std[ch] + p->mean[ch]) / p->scale;
        px->data[i] = (uint8_t)lroundf(fminf(fmaxf(value, 0), 255));
    }
}

static fer_status convert(const struct job *j, size_t i)
{
    const fer_model *s = j->student, *t = j->teacher;
    struct feri_pixels px = {0}, sized = {0}, other = {0};
    fer_status st = feri_pixels_new(s->w, s->h, s->c, &px, NULL);
    if (st == FER_OK) to_pixels(&s->pixels, j->images + i * s->w * s->h * s->c, &px);
    if (st == FER_OK) st = feri_image_resize(&px, t->w, t->h, &sized, NULL);
    if (st == FER_OK) st = feri_image_convert(&sized, t->c, &other, NULL);
    if (st == FER_OK) feri_preprocess_apply(&t->pixels, &other, j->out + i * t->w * t->h * t->c);
    feri_pixels_free(&px);
    feri_pixels_free(&sized);
    feri_pixels_free(&other);
    return st;
}

static void task(void *arg, size_t i, size_t worker)
{
    const struct job *j = arg;
    (void)worker;
    j->statuses[i] = convert(j, i);
}

static bool is_same(const fer_model *s, const fer_model *t)
{
    return t->h == s->h && t->w == s->w && t->c == s->c && strcmp(t->preprocess, s->preprocess) == 0;
}

fer_status feri_teacher_input(const fer_model *student, const fer_model *teacher, size_t n, const float *images,
                              float *out, struct feri_pool *pool, fer_error *err)
{
    fer_status st = FER_OK;
    if (is_same(student, teacher)) {
        memcpy(out, images, n * student->h * student->w * student->c * sizeof *images);
        return FER_OK;
    }
    struct job j = {student, teacher, images, out, calloc(n + 1, sizeof *j.statuses)};
    if (!j.statuses) return feri_fail_memory(err, n * sizeof *j.statuses);
    feri_pool_run(pool, n, task, &j);
    for (size_t i = 0; st == FER_OK && i < n; i++) st = j.statuses[i];
    free(j.statuses);
    return st == FER_OK ? FER_OK : feri_fail(err, st, "a picture cannot be resized for a teacher");
}

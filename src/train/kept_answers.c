#include "train/kept_answers.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

struct feri_kept_answers {
    size_t samples, width;
    float *rows; /* [views][samples][width] */
    bool *known; /* [views][samples] */
};

fer_status feri_kept_answers_new(size_t views, size_t samples, size_t width, struct feri_kept_answers **out,
                                 fer_error *err)
{
    size_t rows, bytes;
    *out = NULL;
    if (!feri_size_mul(views, samples, &rows) || !feri_size_mul(rows, width * sizeof(float), &bytes))
        return feri_fail(err, FER_ERR_MEMORY, "out of memory for teachers' answers to %zu views of %zu pictures", views,
                         samples);
    struct feri_kept_answers *a = calloc(1, sizeof *a);
    if (!a) return feri_fail_memory(err, sizeof *a);
    *a = (struct feri_kept_answers){samples, width, calloc(rows, width * sizeof *a->rows),
                                    calloc(rows, sizeof *a->known)};
    if (!a->rows || !a->known) {
        feri_kept_answers_free(a);
        return feri_fail_memory(err, bytes);
    }
    *out = a;
    return FER_OK;
}

void feri_kept_answers_free(struct feri_kept_answers *a)
{
    if (!a) return;
    free(a->rows);
    free(a->known);
    free(a);
}

const float *feri_kept_answers_find(const struct feri_kept_answers *a, size_t view, size_t sample)
{
    size_t i = view * a->samples + sample;
    return a->known[i] ? a->rows + i * a->width : NULL;
}

float *feri_kept_answers_add(struct feri_kept_answers *a, size_t view, size_t sample)
{
    size_t i = view * a->samples + sample;
    a->known[i] = true;
    return a->rows + i * a->width;
}

/* Teachers' answers to views of pictures that come again, each a row of numbers. */
#ifndef FERI_TRAIN_KEPT_ANSWERS_H
#define FERI_TRAIN_KEPT_ANSWERS_H

#include "fer/base.h"

#include <stddef.h>

struct feri_kept_answers;

fer_status feri_kept_answers_new(size_t views, size_t samples, size_t width, struct feri_kept_answers **out,
                                 fer_error *err);
void feri_kept_answers_free(struct feri_kept_answers *a);
/** The row [width] of a sample's view; NULL: there is none yet. */
const float *feri_kept_answers_find(const struct feri_kept_answers *a, size_t view, size_t sample);
/** A place for it, for the caller to fill. */
float *feri_kept_answers_add(struct feri_kept_answers *a, size_t view, size_t sample);

#endif

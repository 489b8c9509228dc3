/* Progress of calls that only count images. */
#ifndef FERI_BASE_PROGRESS_H
#define FERI_BASE_PROGRESS_H

#include "fer/base.h"

#include <math.h>

/** False: the callback requested a stop. progress NULL: no callback. */
static inline bool feri_progress(fer_progress_fn *progress, void *user, const char *what, size_t done, size_t total)
{
    fer_progress p = {.what = what, .done = done, .total = total, .eta_seconds = NAN, .loss = NAN};
    return !progress || progress(user, &p);
}

#endif

#include "api/face_quality.h"

#include "image/view.h"
#include "models/model.h"

#define SIDE FERI_QUALITY_SIDE

fer_status feri_quality_of_whole(struct feri_resizer *r, const struct feri_pixels *picture, struct feri_quality *out,
                                 fer_error *err)
{
    uint8_t sized[SIDE * SIDE * 3], grey[SIDE];
    struct feri_pixels crop = {SIDE, SIDE, picture->c, sized};
    fer_status st = feri_resizer_run(r, picture, &crop, err);
    if (st != FER_OK) return st;
    fer_view v = feri_view_of(&crop);
    for (size_t y = 0; picture->c > 1 && y < SIDE; y++) { /* a row of grey ends before the next row of colour begins */
        const uint8_t *row = feri_view_row(&v, 0, y, SIDE, 1, grey);
        for (size_t x = 0; x < SIDE; x++) sized[y * SIDE + x] = row[x];
    }
    *out = feri_quality_of(sized);
    return FER_OK;
}

fer_status feri_quality_of_input(const fer_model *m, struct feri_resizer *r, const float *input, uint8_t *pixels,
                                 struct feri_quality *out, fer_error *err)
{
    struct feri_pixels px = {m->w, m->h, m->c, pixels};
    feri_preprocess_undo(&m->pixels, input, &px);
    return feri_quality_of_whole(r, &px, out, err);
}

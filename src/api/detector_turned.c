/* Faces that do not stand upright: looked for where no upright one is sure. */
#include "api/detector.h"

#include <math.h>
#include <string.h>

/* Of 400 pictures of FairFace's training part, none of which trained the detector, 94 % have an upright find this sure,
 * and 2 % have one if they stand on their head. */
#define SURE 0.9991f
/* A find at another turn counts from here on: of 300 other such pictures in the middle of photographs, tilted by 45
 * degrees, 97.7 % are found. Seven turns are seven chances for a false alarm. */
#define SURE_TURNED    0.98f
#define CERTAIN        0.9995f /* no further turn is tried: hardly any reaches it on its head or side */
#define TURNS          7
#define TURNS_OF_DOUBT 3   /* of them, where there is an upright find: those that are no multiple of 90 are left out */
#define SIDE           224 /* pixels: the square that turned pictures are looked at in */
#define LARGE          0.125f /* of the longer side: a small unsure find is as a rule a face far away, not a turned one */
#define SAME           0.3f   /* IoU from which an upright find and a turned one are one face */

int feri_detector_turn(const fer_detector *d)
{
    return d->rotate == FER_ROTATE_AUTO ? 0 : 90 * (int)d->rotate;
}

bool feri_detector_doubts(const fer_detector *d, const fer_view *picture, size_t n, const fer_face *faces)
{
    if (d->rotate != FER_ROTATE_AUTO) return false;
    size_t longer = picture->width > picture->height ? picture->width : picture->height;
    return n == 0 || (faces[0].confidence < SURE && faces[0].height >= LARGE * (float)longer);
}

/* The turn with the surest face, and its faces in d->turned. */
static fer_status best_turn(fer_detector *d, const fer_view *picture, size_t n_turns, size_t *n_best, fer_error *err)
{
    static const int turns[TURNS] = {180, 90, 270, 45, 315, 135, 225};
    fer_status st = FER_OK;
    *n_best = 0;
    for (size_t i = 0; st == FER_OK && i < n_turns; i++) {
        size_t n;
        st = feri_finder_find_turned(d->finder, picture, turns[i], SIDE, FERI_TURNED_MAX, d->look, &n, err);
        if (st != FER_OK || n == 0 || (*n_best > 0 && d->look[0].confidence <= d->turned[0].confidence)) continue;
        memcpy(d->turned, d->look, n * sizeof *d->look);
        *n_best = n;
        if (d->turned[0].confidence >= CERTAIN) break;
    }
    return st;
}

/* Leave out upright finds that are a turned face. */
static size_t without(fer_face *faces, size_t n, const fer_face *turned, size_t n_turned)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool other = true;
        for (size_t k = 0; k < n_turned && other; k++)
            other = feri_found_overlap(&faces[i], &turned[k]) < SAME || faces[i].confidence >= turned[k].confidence;
        if (other) faces[kept++] = faces[i];
    }
    return kept;
}

fer_status feri_detector_add_turned(fer_detector *d, const fer_view *picture, size_t max, fer_face *faces, size_t *n,
                                    fer_error *err)
{
    size_t n_turned;
    float threshold = feri_finder_threshold(d->finder);
    if (max == 0 || !feri_detector_doubts(d, picture, *n, faces)) return FER_OK;
    feri_finder_set_threshold(d->finder, fmaxf(threshold, SURE_TURNED));
    fer_status st = best_turn(d, picture, *n ? TURNS_OF_DOUBT : TURNS, &n_turned, err);
    feri_finder_set_threshold(d->finder, threshold);
    if (st != FER_OK) return st;
    *n = without(faces, *n, d->turned, n_turned);
    *n = feri_found_merge(faces, *n, d->turned, n_turned, max, FERI_FINDER_SAME);
    return FER_OK;
}

fer_status feri_detector_find(fer_detector *d, const fer_view *picture, size_t max, fer_face *faces, size_t *n_out,
                              fer_error *err)
{
    feri_finder_set_turn(d->finder, feri_detector_turn(d));
    fer_status st = feri_finder_find(d->finder, picture, max, faces, n_out, err);
    feri_finder_set_turn(d->finder, 0);
    if (st == FER_OK) st = feri_detector_add_turned(d, picture, max, faces, n_out, err);
    if (st != FER_OK) *n_out = 0;
    return st;
}

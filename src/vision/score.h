/* How well faces were found, over many pictures: matches of boxes at an overlap, regions that do not count, recall by
 * size. */
#ifndef FERI_VISION_SCORE_H
#define FERI_VISION_SCORE_H

#include "fer/face.h"

#include <stdbool.h>
#include <stddef.h>

struct feri_score_truth {
    float x, y, w, h;
    bool ignored; /* a region in which a find is neither a hit nor a false alarm */
};

enum { FERI_SCORE_SIZES = 4 };
extern const float feri_score_sizes[FERI_SCORE_SIZES]; /* least widths of faces: 14, 24, 32, 48 pixels */

struct feri_score;

fer_status feri_score_new(float iou, struct feri_score **out, fer_error *err);
void feri_score_free(struct feri_score *s);

/** One picture: faces found, the surest first. A find takes the face that it overlaps most, if no surer one has it. */
fer_status feri_score_add(struct feri_score *s, size_t n_truth, const struct feri_score_truth *truth, size_t n_found,
                          const fer_face *found, fer_error *err);

struct feri_score_result {
    size_t images, faces, hits, false_alarms;
    size_t faces_of_size[FERI_SCORE_SIZES];
    double recall[FERI_SCORE_SIZES]; /* of faces at least so wide; NaN: there are none */
    double precision;                /* NaN: nothing was found */
    /* of all finds, whatever the threshold: area under the curve whose precision never rises with recall */
    double average_precision;
};
/** At a threshold: finds below it do not count, but for the average precision. */
struct feri_score_result feri_score_at(struct feri_score *s, float threshold);
/** The least threshold with at most so many false alarms. */
float feri_score_threshold(struct feri_score *s, size_t false_alarms);

#endif

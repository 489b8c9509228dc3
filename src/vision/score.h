/* How well faces were detected over many pictures: boxes matched by overlap, ignored regions, recall by size. */
#ifndef FERI_VISION_SCORE_H
#define FERI_VISION_SCORE_H

#include "fer/face.h"

#include <stdbool.h>
#include <stddef.h>

struct feri_score_truth {
    float x, y, w, h;
    bool ignored; /* a region in which a detection is neither a hit nor a false alarm */
};

enum { FERI_SCORE_SIZES = 4 };
extern const float feri_score_sizes[FERI_SCORE_SIZES]; /* smallest widths of faces: 14, 24, 32, 48 pixels */

struct feri_score;

fer_status feri_score_new(float iou, struct feri_score **out, fer_error *err);
void feri_score_free(struct feri_score *s);

/** Add one picture; its detections are ordered by confidence. A detection takes the face that it overlaps most, unless
 * a more confident one has it. */
fer_status feri_score_add(struct feri_score *s, size_t n_truth, const struct feri_score_truth *truth, size_t n_found,
                          const fer_face *found, fer_error *err);

struct feri_score_result {
    size_t images, faces, hits, false_alarms;
    size_t faces_of_size[FERI_SCORE_SIZES];
    double recall[FERI_SCORE_SIZES]; /* of faces at least this wide; NaN: there are none */
    double precision;                /* NaN: there are no detections */
    /* over all detections and thresholds: area under the curve of precision made non-increasing in recall */
    double average_precision;
    double calibration_error; /* of the surest detections, twice as many as faces; NaN: there are none */
};
/** The figures at a threshold. Detections below it count only for the average precision. */
struct feri_score_result feri_score_at(struct feri_score *s, float threshold);
struct feri_score_fit {
    size_t detections, hits; /* that counted */
    double scale, shift;
};
/** Let a detection of confidence p be right with probability sigmoid(scale logit(p) + shift): fit both to the surest
 * detections, twice as many as there are faces (Platt 1999). FER_ERR_FORMAT: all of them are right, or all wrong. */
fer_status feri_score_fit(struct feri_score *s, struct feri_score_fit *out, fer_error *err);
/** The expected calibration error of the same detections over ten bins, with confidences changed by scale and shift; 1
 * and 0: not changed. NaN: there are no detections. */
double feri_score_calibration_error(struct feri_score *s, double scale, double shift);

/** The lowest threshold with at most this many false alarms. */
float feri_score_threshold(struct feri_score *s, size_t false_alarms);

#endif

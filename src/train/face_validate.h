/* How well a detector finds the faces of a data set; training and evaluation share it. */
#ifndef FERI_TRAIN_FACE_VALIDATE_H
#define FERI_TRAIN_FACE_VALIDATE_H

#include "data/scenes.h"
#include "fer/detect.h"
#include "fer/ranks.h"
#include "train/agree.h"
#include "vision/finder.h"
#include "vision/score.h"

#define FERI_FACE_IOU          0.4f /* smallest overlap that counts as a hit */
#define FERI_FACE_FALSE_ALARMS 13

/** Compare the detections with the faces; the caller frees *out with feri_score_free(). iou 0: FERI_FACE_IOU. ranks
 * (NULL: one process): each looks for faces in its part of the pictures, and all have the result. */
fer_status feri_face_score(struct feri_finder *finder, const struct feri_scenes *scenes, const fer_ranks *ranks,
                           float iou, struct feri_score **out, fer_error *err);
/** The figures by iou, threshold and false_alarms of opt, with their defaults. */
fer_detector_eval feri_face_report(struct feri_score *score, const fer_detector_eval_options *opt);
/** Both. */
fer_status feri_face_validate(struct feri_finder *finder, const struct feri_scenes *scenes, const fer_ranks *ranks,
                              const fer_detector_eval_options *opt, fer_detector_eval *out, fer_error *err);

#endif

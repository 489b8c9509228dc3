/* A run of fer_train_detector(): its inputs and everything it holds. */
#ifndef FERI_TRAIN_FACE_RUN_H
#define FERI_TRAIN_FACE_RUN_H

#include "data/canvas.h"
#include "fer/detect.h"
#include "image/image.h"
#include "train/face_loss.h"
#include "train/run_core.h"
#include "train/schedule.h"

struct feri_face_run {
    const fer_detector_train_options *opt;
    const fer_detector_train_events *events;
    struct feri_run_core core;
    struct feri_pool *pool;
    struct feri_scene_sets data;
    struct feri_scenes *val;    /* NULL: none */
    struct feri_dataset *crops; /* NULL: none */
    struct feri_canvas_source *source;
    struct feri_canvas_options canvas;
    struct feri_schedule schedule;
    struct feri_face_grid grid;
    struct feri_canvas *canvases;  /* [batch] */
    struct feri_face_truth *truth; /* [batch] */
    fer_status *statuses;          /* [batch] */
    float *images;                 /* [batch][size][size][3] */
    int *face_of;                  /* [cells] */
    size_t batches;
    uint64_t first; /* number of the batch's first canvas, counted over the whole run */
    struct feri_face_losses sums;
    double *slot_sums; /* of the current step */
    double seconds;    /* of training, in this process */
};

/** r->opt and r->events are set; everything else is zero. Creates all parts and restores a checkpoint if there is one.
 * Call feri_face_run_close() afterwards, also after a failure. */
fer_status feri_face_run_open(struct feri_face_run *r, fer_error *err);
void feri_face_run_close(struct feri_face_run *r);

#endif

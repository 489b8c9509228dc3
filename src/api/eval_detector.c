#include "api/detector.h"
#include "base/error.h"
#include "train/face_validate.h"

fer_detector_eval_options fer_detector_eval_defaults(void)
{
    return (fer_detector_eval_options){
        .detector = fer_detector_defaults(), .iou = FERI_FACE_IOU, .false_alarms = FERI_FACE_FALSE_ALARMS};
}

/* A detector that answers with all detections that count in the average precision. */
static fer_status open_sensitive(const fer_detector_eval_options *opt, fer_detector **out, fer_error *err)
{
    fer_detector_options sensitive = opt->detector;
    sensitive.threshold = FERI_FINDER_EVERY;
    return fer_detector_new(&sensitive, out, err);
}

static fer_status evaluate(fer_detector *d, const char *data, const fer_detector_eval_options *opt,
                           fer_detector_eval *out, fer_error *err)
{
    struct feri_scenes *scenes;
    fer_status st = feri_scenes_open(data, &scenes, err);
    if (st != FER_OK) return st;
    st = feri_face_validate(d->finder, scenes, opt, out, err);
    feri_scenes_close(scenes);
    return st;
}

fer_status fer_evaluate_detector(const char *data, const fer_detector_eval_options *opt, fer_detector_eval *out,
                                 fer_error *err)
{
    static const fer_detector_eval_options defaults;
    fer_detector *d;
    if (!data || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_evaluate_detector: data and out must not be NULL");
    if (!opt) opt = &defaults;
    fer_status st = open_sensitive(opt, &d, err);
    if (st != FER_OK) return st;
    st = evaluate(d, data, opt, out, err);
    fer_detector_free(d);
    return st;
}

static fer_status fit(const char *data, struct feri_score *score, fer_detector_calibration *out, fer_error *err)
{
    struct feri_score_fit f;
    fer_status st = feri_score_fit(score, &f, err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s", data);
    *out = (fer_detector_calibration){.detections = f.detections, .hits = f.hits, .scale = f.scale, .shift = f.shift};
    out->error_before = feri_score_calibration_error(score, 1, 0);
    out->error = feri_score_calibration_error(score, f.scale, f.shift);
    return FER_OK;
}

static fer_status calibrate(fer_detector *d, const char *data, float iou, fer_detector_calibration *out, fer_error *err)
{
    struct feri_scenes *scenes;
    struct feri_score *score = NULL;
    fer_status st = feri_scenes_open(data, &scenes, err);
    if (st != FER_OK) return st;
    st = feri_face_score(d->finder, scenes, iou, &score, err);
    if (st == FER_OK) st = fit(data, score, out, err);
    feri_score_free(score);
    feri_scenes_close(scenes);
    return st;
}

fer_status fer_calibrate_detector(const char *data, const fer_detector_eval_options *opt, fer_detector_calibration *out,
                                  fer_error *err)
{
    static const fer_detector_eval_options defaults;
    fer_detector *d;
    if (!data || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_calibrate_detector: data and out must not be NULL");
    if (!opt) opt = &defaults;
    fer_status st = open_sensitive(opt, &d, err);
    if (st != FER_OK) return st;
    st = calibrate(d, data, opt->iou, out, err);
    fer_detector_free(d);
    return st;
}

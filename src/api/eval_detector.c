#include "api/detector.h"
#include "base/error.h"
#include "train/face_validate.h"

fer_detector_eval_options fer_detector_eval_defaults(void)
{
    return (fer_detector_eval_options){
        .detector = fer_detector_defaults(), .iou = FERI_FACE_IOU, .false_alarms = FERI_FACE_FALSE_ALARMS};
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
    fer_detector_options sensitive = opt->detector;
    sensitive.threshold = FERI_FINDER_EVERY;
    fer_status st = fer_detector_new(&sensitive, &d, err);
    if (st != FER_OK) return st;
    st = evaluate(d, data, opt, out, err);
    fer_detector_free(d);
    return st;
}

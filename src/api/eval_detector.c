#include "api/detector.h"
#include "base/error.h"
#include "data/digest.h"
#include "train/agree.h"
#include "train/face_validate.h"

fer_detector_eval_options fer_detector_eval_defaults(void)
{
    return (fer_detector_eval_options){
        .detector = fer_detector_defaults(), .iou = FERI_FACE_IOU, .false_alarms = FERI_FACE_FALSE_ALARMS};
}

/* What must be the same on all ranks: each counts what all have found as if it had found it itself. The sizes are those
 * that the caller gave, so that 0 and the default differ. */
static fer_status agree(const fer_detector *d, const struct feri_scenes *scenes, const fer_detector_eval_options *opt,
                        fer_error *err)
{
    char digest[FERI_DIGEST_MAX];
    uint64_t weights, check = 0;
    enum feri_isa isa;
    if (!opt->ranks) return FER_OK;
    fer_status st = feri_isa_find(opt->detector.isa, &isa, err);
    if (st == FER_OK) st = feri_scenes_digest(scenes, digest, err);
    if (st == FER_OK) st = feri_weights_hash(d->model, &weights, err);
    if (st == FER_OK && d->check) st = feri_weights_hash(d->check, &check, err);
    if (st != FER_OK) return st;
    json_t *facts = json_pack(
        "{s:s, s:I, s:I, s:f, s:I, s:f, s:f, s:I}", "data", digest, "weights", (json_int_t)weights, "check",
        (json_int_t)check, "smallest", (double)opt->detector.smallest, "longest", (json_int_t)opt->detector.longest,
        "iou", (double)opt->iou, "threshold", (double)opt->threshold, "false alarms", (json_int_t)opt->false_alarms);
    st = facts ? feri_ranks_agree(opt->ranks, facts, feri_kernels_get(isa), err)
               : feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
    json_decref(facts);
    return st;
}

/* Compare all detections that count in the average precision with the faces of a data set. */
static fer_status score_scenes(const char *data, const fer_detector_eval_options *opt, struct feri_score **out,
                               fer_error *err)
{
    struct feri_scenes *scenes;
    fer_detector *d;
    fer_detector_options sensitive = opt->detector;
    sensitive.threshold = FERI_FINDER_EVERY;
    fer_status st = fer_detector_new(&sensitive, &d, err);
    if (st != FER_OK) return st;
    if ((st = feri_scenes_open(data, &scenes, err)) == FER_OK) {
        st = agree(d, scenes, opt, err);
        if (st == FER_OK) st = feri_face_score(d->finder, scenes, opt->ranks, opt->iou, out, err);
        feri_scenes_close(scenes);
    }
    fer_detector_free(d);
    return st;
}

fer_status fer_evaluate_detector(const char *data, const fer_detector_eval_options *opt, fer_detector_eval *out,
                                 fer_error *err)
{
    static const fer_detector_eval_options defaults;
    struct feri_score *score;
    if (!data || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_evaluate_detector: data and out must not be NULL");
    fer_status st = score_scenes(data, opt ? opt : &defaults, &score, err);
    if (st != FER_OK) return st;
    *out = feri_face_report(score, opt ? opt : &defaults);
    feri_score_free(score);
    return FER_OK;
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

fer_status fer_calibrate_detector(const char *data, const fer_detector_eval_options *opt, fer_detector_calibration *out,
                                  fer_error *err)
{
    static const fer_detector_eval_options defaults;
    struct feri_score *score;
    if (!data || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_calibrate_detector: data and out must not be NULL");
    fer_detector_eval_options alone = opt ? *opt : defaults;
    alone.detector.check = "none"; /* scale and shift are for the detector's own cells */
    fer_status st = score_scenes(data, &alone, &score, err);
    if (st != FER_OK) return st;
    st = fit(data, score, out, err);
    feri_score_free(score);
    return st;
}

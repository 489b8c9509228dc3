#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"

enum format { TEXT, JSON };

struct job {
    const char *data, *out;
    fer_detector_eval_options opt;
    float threshold;
    int format;
};

static void print_text(const fer_detector_calibration *c)
{
    printf("detections   %zu, %zu of them faces\n", c->detections, c->hits);
    printf("scale        %.4f\nshift        %.4f\n", c->scale, c->shift);
    printf("ECE          %.2f %% before, %.2f %% after\n", 100 * c->error_before, 100 * c->error);
}

static int print_json(const struct job *j, const fer_detector_calibration *c)
{
    return cli_json_print(json_pack("{s:o, s:o, s:o, s:I, s:I, s:f, s:f, s:f, s:f, s:f}", "detector",
                                    feri_json_string(j->opt.detector.weights), "out", feri_json_string(j->out), "data",
                                    feri_json_string(j->data), "detections", (json_int_t)c->detections, "hits",
                                    (json_int_t)c->hits, "scale", c->scale, "shift", c->shift, "ece_before",
                                    c->error_before, "ece", c->error, "threshold", (double)j->threshold),
                          true);
}

static fer_status save(const struct job *j, const fer_detector_calibration *c, fer_error *err)
{
    const double confidence[2] = {c->scale, c->shift};
    const fer_model_changes changes = {.confidence = confidence, .threshold = (double)j->threshold};
    fer_model *m, *calibrated;
    fer_status st = fer_model_load(j->opt.detector.weights, NULL, &m, err);
    if (st != FER_OK) return st;
    st = fer_model_with(m, &changes, &calibrated, err);
    fer_model_free(m);
    if (st != FER_OK) return st;
    st = fer_model_save(calibrated, j->out, FER_FLOAT32, err);
    fer_model_free(calibrated);
    return st;
}

static int run_job(const struct job *j)
{
    fer_error err;
    fer_detector_calibration c;
    fer_status st = fer_calibrate_detector(j->data, &j->opt, &c, &err);
    if (st == FER_OK) st = save(j, &c, &err);
    if (st != FER_OK) return cli_fail("%s", err.text);
    if (j->format == JSON) return print_json(j, &c);
    print_text(&c);
    return CLI_OK;
}

int cmd_calibrate_detector(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", NULL};
    struct job j = {.opt = fer_detector_eval_defaults(), .threshold = 0.5f};
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "detector", .file = CLI_SOURCE, .value = &j.opt.detector.weights, .arg = "FILE",
                   .required = true, .help = "the detector"),
        CLI_OPTION(CLI_TEXT, "data", .file = CLI_SOURCE, .value = &j.data, .arg = "PATH", .required = true,
                   .help = "pictures, faces.csv, ignore.csv: neither the training data nor the test data"),
        CLI_OPTION(CLI_TEXT, "out", .file = CLI_TARGET, .endings = ".safetensors", .value = &j.out, .arg = "FILE",
                   .required = true, .help = "output: the same weights with calibrated confidence, .safetensors"),
        CLI_OPTION(CLI_REAL, "threshold", .value = &j.threshold, .min = 0.01, .max = 0.99,
                   .help = "least confidence of a face, stored with the weights"),
        CLI_OPTION(CLI_REAL, "iou", .value = &j.opt.iou, .min = 0.05, .max = 0.95,
                   .help = "least overlap (IoU) of a detection with the face"),
        CLI_OPTION_FORMAT(&j.format, formats),
        CLI_OPTION_THREADS(&j.opt.detector.threads),
        CLI_OPTION_ISA(&j.opt.detector.isa),
    };
    struct cli_usage usage = {.command = "calibrate-detector",
                              .operands = "",
                              .summary = "calibrate a face detector's confidence",
                              .notes = "Fits a scale and a shift of the logits by logistic regression (Platt 1999), so "
                                       "that of the detections with confidence 0.9 nine of ten are faces. The order of "
                                       "the detections does not change.",
                              .example = "fer calibrate-detector --detector final.safetensors --data check \\\n"
                                         "      --out calibrated.safetensors"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? run_job(&j) : code;
}

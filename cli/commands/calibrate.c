#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/data_options.h"
#include "runs/eval_degrade.h"

enum format { TEXT, JSON };

struct job {
    const char *weights, *out;
    const char *crops; /* NULL: keep the crop */
    fer_crop_fit fit;
    fer_eval_options opt;
    bool by_quality;
    int format;
    struct cli_progress progress;
};

static void print_images(const struct job *j, size_t images, size_t skipped)
{
    printf("images       %zu\n", images);
    if (skipped) printf("left out     %zu\n", skipped);
    printf("protocol     %s\n\n%-12s %10s %10s\n", fer_protocol_name(j->opt.data.protocol), "", "before", "after");
}

static void print_text(const struct job *j, const fer_calibration *c)
{
    print_images(j, c->images, c->skipped);
    printf("temperature  %10.4f %10.4f\nNLL          %10.4f %10.4f\nECE          %8.2f %% %8.2f %%\n",
           c->temperature_before, c->temperature, c->loss_before, c->loss, 100 * c->ece_before, 100 * c->ece);
}

static int print_json(const struct job *j, const fer_calibration *c)
{
    return cli_json_print(json_pack("{s:o, s:o, s:o, s:s, s:I, s:I, s:{s:f, s:f, s:f}, s:{s:f, s:f, s:f}}", "weights",
                                    feri_json_string(j->weights), "out", feri_json_string(j->out), "data",
                                    feri_json_string(j->opt.data.path), "protocol",
                                    fer_protocol_name(j->opt.data.protocol), "images", (json_int_t)c->images, "skipped",
                                    (json_int_t)c->skipped, "before", "temperature", c->temperature_before, "nll",
                                    c->loss_before, "ece", c->ece_before, "after", "temperature", c->temperature, "nll",
                                    c->loss, "ece", c->ece),
                          true);
}

/* ---- by quality ---- */

static void print_quality_text(const struct job *j, const fer_quality_calibration *c)
{
    print_images(j, c->images, c->skipped);
    printf("temperature  %10.4f %10.4f\ndoubt        %10.4f %10.4f\n\n", c->temperature_before, c->temperature,
           c->doubt_before, c->doubt);
    printf("%-14s %8s %10s\n", "ECE of", "before", "after, cross-fitted");
    for (int d = 0; d < FER_DEGRADATIONS; d++)
        printf("%-14s %6.2f %% %8.2f %%\n", eval_degrade_name(d), 100 * c->ece_before[d], 100 * c->ece[d]);
}

static json_t *json_side(double temperature, double doubt, const double *ece)
{
    json_t *each = json_object();
    for (int d = 0; d < FER_DEGRADATIONS; d++) feri_json_set(each, eval_degrade_name(d), json_real(ece[d]));
    return json_pack("{s:f, s:f, s:o}", "temperature", temperature, "doubt", doubt, "ece", each);
}

static int print_quality_json(const struct job *j, const fer_quality_calibration *c)
{
    return cli_json_print(json_pack("{s:o, s:o, s:o, s:s, s:I, s:I, s:o, s:o}", "weights", feri_json_string(j->weights),
                                    "out", feri_json_string(j->out), "data", feri_json_string(j->opt.data.path),
                                    "protocol", fer_protocol_name(j->opt.data.protocol), "images",
                                    (json_int_t)c->images, "skipped", (json_int_t)c->skipped, "before",
                                    json_side(c->temperature_before, c->doubt_before, c->ece_before), "after",
                                    json_side(c->temperature, c->doubt, c->ece)),
                          true);
}

/* ---- the command ---- */

static void say_crop(const struct job *j)
{
    const fer_crop *c = &j->fit.crop;
    if (!j->crops) return;
    cli_note("%s: faces found in %zu of %zu crops: eyes %.3f of the width apart, %.3f of the height down; crop %.3f "
             "boxes high, %.3f, %.3f from its "
             "centre",
             j->crops, j->fit.found, j->fit.images, (double)c->eye_distance, (double)c->eye_height,
             (double)c->box_scale, (double)c->box_x, (double)c->box_y);
}

/* temperature 0: the model's own. */
static fer_status save(const struct job *j, const fer_model *m, double temperature, fer_error *err)
{
    const fer_model_changes changes = {.temperature = temperature, .crop = j->crops ? &j->fit.crop : NULL};
    fer_model *calibrated;
    fer_status st = fer_model_with(m, &changes, &calibrated, err);
    if (st != FER_OK) return st;
    st = fer_model_save(calibrated, j->out, FER_FLOAT32, err);
    fer_model_free(calibrated);
    return st;
}

/* The crops are a training set in the same layout. */
static fer_status fit_crop(struct job *j, fer_error *err)
{
    fer_data_source crops = j->opt.data;
    crops.path = j->crops;
    crops.protocol = FER_MAJORITY;
    crops.skip_bad = false;
    return fer_fit_crop(&crops, NULL, &j->fit, err);
}

struct results {
    fer_calibration plain;
    fer_quality_calibration by_quality;
};

static fer_status calibrate(struct job *j, const fer_model *m, struct results *r, fer_error *err)
{
    fer_model *calibrated = NULL;
    cli_progress_start(&j->progress);
    fer_status st = j->by_quality ? fer_calibrate_by_quality(m, &j->opt, &r->by_quality, &calibrated, err)
                                  : fer_calibrate(m, &j->opt, &r->plain, err);
    cli_progress_clear(&j->progress);
    if (st == FER_OK && j->crops) st = fit_crop(j, err);
    if (st == FER_OK) st = calibrated ? save(j, calibrated, 0, err) : save(j, m, r->plain.temperature, err);
    fer_model_free(calibrated);
    return st;
}

static int print(const struct job *j, const struct results *r)
{
    if (j->format == JSON) return j->by_quality ? print_quality_json(j, &r->by_quality) : print_json(j, &r->plain);
    if (j->by_quality) print_quality_text(j, &r->by_quality);
    else print_text(j, &r->plain);
    return CLI_OK;
}

static int run_job(struct job *j)
{
    fer_error err;
    struct results results;
    fer_model *m = cli_load_model(j->weights);
    if (!m) return CLI_FAILED;
    j->opt.progress = cli_progress_report;
    j->opt.progress_user = &j->progress;
    fer_status st = calibrate(j, m, &results, &err);
    fer_model_free(m);
    if (st != FER_OK) return cli_fail("%s", err.text);
    say_crop(j);
    return print(j, &results);
}

int cmd_calibrate(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", NULL};
    struct job j = {.opt.batch = 64};
    struct cli_option options[] = {
        CLI_OPTION_WEIGHTS(&j.weights),
        CLI_OPTION(CLI_TEXT, "data", .file = CLI_SOURCE, .value = &j.opt.data.path, .arg = "PATH", .required = true,
                   .help = "validation data: neither the training data nor the test data"),
        CLI_OPTION(CLI_TEXT, "out", .file = CLI_TARGET, .endings = ".safetensors", .value = &j.out, .arg = "FILE",
                   .required = true, .help = "output: the same weights with their temperature, .safetensors"),
        CLI_OPTION(CLI_TEXT, "crop", .file = CLI_SOURCE, .value = &j.crops, .arg = "PATH",
                   .help = "also store where faces lie in these crops (the training set), for faces in photos",
                   .unset = "unchanged"),
        CLI_OPTION(CLI_FLAG, "by-quality", .value = &j.by_quality,
                   .help = "also fit how much less sure scores are for faces of low quality: blurred, small, covered"),
        CLI_OPTIONS_DATA(&j.opt.data),
        cli_data_option("protocol", &j.opt.data),
        CLI_OPTION_FORMAT(&j.format, formats),
        CLI_OPTION_THREADS(&j.opt.threads),
        CLI_OPTION_BATCH(&j.opt.batch),
        CLI_OPTION_ISA(&j.opt.isa),
        cli_data_option("skip-bad", &j.opt.data),
    };
    struct cli_usage usage = {.command = "calibrate",
                              .operands = "",
                              .summary = "calibrate a model's scores",
                              .notes = "Fits one temperature that minimises the cross-entropy (NLL). Scores become "
                                       "softmax(logits / temperature). --by-quality fits it to degraded copies of "
                                       "the pictures too. Predicted classes do not change.",
                              .example = "fer calibrate --weights best.safetensors --data FER2013Valid.tar \\\n"
                                         "      --out calibrated.safetensors"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code == CLI_GO_ON) code = run_job(&j);
    cli_data_source_free(&j.opt.data);
    return code;
}

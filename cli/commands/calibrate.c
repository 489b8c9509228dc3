#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/data_options.h"

enum format { TEXT, JSON };

struct job {
    const char *weights, *out;
    const char *crops; /* NULL: keep the crop */
    fer_crop_fit fit;
    fer_eval_options opt;
    int format;
    struct cli_progress progress;
};

static void print_text(const struct job *j, const fer_calibration *c)
{
    printf("images       %zu\n", c->images);
    if (c->skipped) printf("left out     %zu\n", c->skipped);
    printf("protocol     %s\n\n%-12s %10s %10s\n", fer_protocol_name(j->opt.data.protocol), "", "before", "after");
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

static fer_status calibrate(struct job *j, const fer_model *m, fer_calibration *c, fer_error *err)
{
    cli_progress_start(&j->progress);
    fer_status st = fer_calibrate(m, &j->opt, c, err);
    cli_progress_clear(&j->progress);
    if (st == FER_OK && j->crops) st = fit_crop(j, err);
    return st == FER_OK ? save(j, m, c->temperature, err) : st;
}

static int run_job(struct job *j)
{
    fer_error err;
    fer_calibration c;
    fer_model *m = cli_load_model(j->weights);
    if (!m) return CLI_FAILED;
    j->opt.progress = cli_progress_report;
    j->opt.progress_user = &j->progress;
    fer_status st = calibrate(j, m, &c, &err);
    fer_model_free(m);
    if (st != FER_OK) return cli_fail("%s", err.text);
    say_crop(j);
    if (j->format == JSON) return print_json(j, &c);
    print_text(j, &c);
    return CLI_OK;
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
                                       "softmax(logits / temperature). Predicted classes do not change.",
                              .example = "fer calibrate --weights best.safetensors --data FER2013Valid.tar \\\n"
                                         "      --out calibrated.safetensors"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code == CLI_GO_ON) code = run_job(&j);
    cli_data_source_free(&j.opt.data);
    return code;
}

#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/data_options.h"
#include "common/stop.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum format { TEXT, JSON };
enum { MODELS_MAX = 16 };

struct job {
    const char *weights, *out; /* weights NULL: those that ship with fer */
    fer_label_options opt;
    int format;
    struct cli_progress progress;
    fer_model *models[MODELS_MAX];
};

static bool load_one(struct job *j, const char *path)
{
    if (j->opt.n_models == MODELS_MAX) return cli_refuse("label: --weights: more than %d files", MODELS_MAX);
    fer_model *m = cli_load_model(path);
    if (m) j->models[j->opt.n_models++] = m;
    return m != NULL;
}

static bool load_models(struct job *j)
{
    char *list = j->weights ? feri_strdup(j->weights) : NULL, *at = list;
    bool ok = j->weights ? list || cli_no_memory() : load_one(j, NULL);
    while (ok && at) {
        char *comma = strchr(at, ',');
        if (comma) *comma = '\0';
        ok = load_one(j, at);
        at = comma ? comma + 1 : NULL;
    }
    free(list);
    return ok;
}

static int print_summary(const struct job *j, const fer_labels *l)
{
    if (j->format == JSON)
        return cli_json_print(json_pack("{s:o, s:I, s:I, s:I, s:f}", "out", feri_json_string(j->out), "images",
                                        (json_int_t)l->images, "skipped", (json_int_t)l->skipped, "predictions",
                                        (json_int_t)l->predictions, "agreement", l->agreement),
                              true);
    printf("%s: %zu images, %zu predictions each, mean agreement %.1f %%\n", j->out, l->images, l->predictions,
           100 * l->agreement);
    if (l->skipped) printf("left out: %zu unreadable pictures\n", l->skipped);
    return CLI_OK;
}

static int run_job(struct job *j)
{
    fer_error err;
    fer_labels labels;
    if (!load_models(j)) return CLI_FAILED;
    j->opt.models = (const fer_model *const *)j->models;
    j->opt.progress = cli_progress_report;
    j->opt.progress_user = &j->progress;
    cli_progress_start(&j->progress);
    cli_stop_watch();
    fer_status st = fer_label(&j->opt, j->out, &labels, &err);
    cli_progress_clear(&j->progress);
    return st == FER_OK ? print_summary(j, &labels) : cli_fail("%s", err.text);
}

int cmd_label(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", NULL};
    struct job j = {.opt = {.batch = 64, .mirror = true}};
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "weights", .file = CLI_SOURCES, .value = &j.weights, .arg = "FILE,...",
                   .help = "models whose scores are averaged", .unset = "those that ship with fer"),
        CLI_OPTION(CLI_TEXT, "data", .file = CLI_SOURCE, .value = &j.opt.data.path, .arg = "PATH", .required = true,
                   .help = "cropped faces: a directory, .tar or .zip of pictures, or a data set, whose labels are not "
                           "used"),
        CLI_OPTION(CLI_TEXT, "out", .file = CLI_TARGET, .endings = ".csv", .value = &j.out, .arg = "FILE",
                   .required = true, .help = "output: the table, .csv"),
        CLI_OPTION(CLI_FLAG, "mirror", .value = &j.opt.mirror, .help = "predict the mirror image of each picture too"),
        CLI_OPTION(CLI_REAL, "crop", .value = &j.opt.crop, .min = 0.3, .max = 1,
                   .help = "predict the middle of each picture too, this fraction of its sides", .unset = "off"),
        CLI_OPTIONS_DATA(&j.opt.data),
        CLI_OPTION_FORMAT(&j.format, formats),
        CLI_OPTION_THREADS(&j.opt.threads),
        CLI_OPTION_BATCH(&j.opt.batch),
        CLI_OPTION_ISA(&j.opt.isa),
        cli_data_option("skip-bad", &j.opt.data),
    };
    struct cli_usage usage = {.command = "label",
                              .operands = "",
                              .summary = "label faces by models, as training data",
                              .notes = "Writes a table with the mean scores of all models as 'distribution', and with "
                                       "'agreement', the share of the predictions that are the label. 'fer train "
                                       "--protocol distribution' learns from it.",
                              .example = "fer label --data faces/ --weights a.safetensors,b.safetensors \\\n"
                                         "      --out labels.csv"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code == CLI_GO_ON) code = run_job(&j);
    for (size_t i = 0; i < j.opt.n_models; i++) fer_model_free(j.models[i]);
    cli_data_source_free(&j.opt.data);
    return code;
}

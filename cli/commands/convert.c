#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"

#include <stdlib.h>
#include <string.h>

struct job {
    const char *in, *out, *model, *preprocess, *provenance;
    char *classes; /* a copy, split at its commas */
    size_t input, channels;
    int dtype;
    float threshold;
    const char *average; /* weights to average with; NULL: none */
    float share;
    const char *prior; /* adjust for this data set's class shares; NULL: no */
    float logit_adjust;
    bool partial;
};

struct report {
    size_t lines;
};

static void report_line(void *user, const char *line)
{
    struct report *r = user;
    r->lines++;
    cli_note("%s", line);
}

/* Split "a,b,c" into names. The caller frees the array. NULL: a name is empty, or out of memory. */
static const char **cut_names(char *list, size_t *n_out)
{
    size_t n = 1;
    for (const char *c = list; *c; c++) n += *c == ',';
    const char **names = calloc(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) {
        char *end = list + strcspn(list, ",");
        names[i] = list;
        if (end == list) {
            free(names);
            return NULL;
        }
        if (*end) *end++ = '\0';
        list = end;
    }
    *n_out = n;
    return names;
}

/* *m becomes the model that was made of it. */
static void replace(fer_model **m, fer_model *changed)
{
    fer_model_free(*m);
    *m = changed;
}

static fer_status average(const struct job *j, fer_model **m, fer_error *err)
{
    fer_model *other, *mean;
    if (!j->average) return FER_OK;
    fer_status st = fer_model_load(j->average, NULL, &other, err);
    if (st != FER_OK) return st;
    st = fer_model_with(*m, &(fer_model_changes){.average = other, .share = j->share}, &mean, err);
    fer_model_free(other);
    if (st == FER_OK) replace(m, mean);
    return st;
}

static fer_status adjust(const struct job *j, fer_model **m, fer_error *err)
{
    fer_model *adjusted;
    if (!j->prior) return FER_OK;
    const fer_data_source prior = {.path = j->prior};
    fer_status st = fer_adjust_logits(*m, &prior, (double)j->logit_adjust, &adjusted, err);
    if (st == FER_OK) replace(m, adjusted);
    return st;
}

static int convert(const struct job *j, fer_load_options *load)
{
    fer_error err;
    fer_model *m = NULL;
    struct report report = {0};
    load->model = j->model;
    load->partial = j->partial;
    load->report = report_line;
    load->report_user = &report;
    load->override.height = load->override.width = j->input;
    load->override.channels = j->channels;
    load->override.preprocess = j->preprocess;
    load->override.provenance = j->provenance;
    load->override.threshold = (double)j->threshold;
    fer_status st = fer_model_load(j->in, load, &m, &err);
    if (st == FER_OK) st = average(j, &m, &err);
    if (st == FER_OK) st = adjust(j, &m, &err);
    if (st == FER_OK) st = fer_model_save(m, j->out, j->dtype ? FER_FLOAT16 : FER_FLOAT32, &err);
    if (st != FER_OK) cli_say("%s", err.text);
    else {
        fer_model_info info = fer_model_get_info(m);
        if (report.lines > 0) cli_note("%zu tensors did not fit", report.lines);
        printf("%s: %s, %zu parameters, %zu x %zu x %zu, %zu classes, preprocessing %s\n", j->out, info.name,
               info.n_params, info.height, info.width, info.channels, info.n_classes, info.preprocess);
    }
    fer_model_free(m);
    return st == FER_OK ? CLI_OK : CLI_FAILED;
}

static int run_job(struct job *j, const char *classes)
{
    fer_load_options load = {0};
    const char **names = NULL;
    if (classes) {
        j->classes = malloc(strlen(classes) + 1);
        if (!j->classes) return cli_fail("out of memory");
        strcpy(j->classes, classes);
        names = cut_names(j->classes, &load.override.n_classes);
        load.override.classes = names;
    }
    int code = CLI_USAGE;
    if (classes && !names) cli_say("convert: --classes '%s': must be names with one comma between them", classes);
    else code = convert(j, &load);
    free(names);
    free(j->classes);
    return code;
}

int cmd_convert(int argc, char **argv)
{
    static const char *const dtypes[] = {"f32", "f16", NULL};
    struct job j = {.share = 0.5f, .logit_adjust = 1};
    const char *classes = NULL;
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "model", .value = &j.model, .arg = "NAME", .help = "which network the weights belong to",
                   .unset = "from the file"),
        CLI_OPTION(CLI_TEXT, "preprocess", .value = &j.preprocess, .words = fer_preprocess_names(),
                   .help = "preprocessing of the pixels", .unset = "from the file"),
        CLI_OPTION(CLI_TEXT, "classes", .value = &classes, .arg = "A,B,C", .unset = "from the file",
                   .help = "class names in the network's order"),
        CLI_OPTION_INPUT(&j.input, "from the file"),
        CLI_OPTION_CHANNELS(&j.channels, "from the file"),
        CLI_OPTION(CLI_WORD, "dtype", .value = &j.dtype, .words = dtypes, .help = "number format of the new file"),
        CLI_OPTION(CLI_TEXT, "average", .file = CLI_SOURCE, .value = &j.average, .arg = "FILE",
                   .help = "average the weights with those of this file", .unset = "none"),
        CLI_OPTION(CLI_REAL, "share", .value = &j.share, .min = 0, .max = 1,
                   .help = "share of that file in the average"),
        CLI_OPTION(CLI_TEXT, "prior", .file = CLI_SOURCE, .value = &j.prior, .arg = "PATH", .unset = "none",
                   .help = "adjust the scores for the class shares of this data set (the training set), so that rare "
                           "classes are predicted more often"),
        CLI_OPTION(CLI_REAL, "logit-adjust", .value = &j.logit_adjust, .min = 0, .max = 10,
                   .help = "strength of that adjustment; 1: scores as if all classes were equally frequent"),
        CLI_OPTION(CLI_FLAG, "partial", .value = &j.partial,
                   .help = "load the tensors that fit and report the others, which stay random"),
        CLI_OPTION(CLI_REAL, "threshold", .value = &j.threshold, .min = 0.01, .max = 0.99,
                   .help = "for a detector: least confidence of a face", .unset = "from the file"),
        CLI_OPTION(CLI_TEXT, "provenance", .value = &j.provenance, .unset = "from the file",
                   .help = "where the weights come from"),
    };
    struct cli_usage usage = {.command = "convert",
                              .operands = "IN OUT.safetensors",
                              .summary = "convert weights from PyTorch",
                              .notes = "Reads .pt and .pth (without executing anything in them) and .safetensors.",
                              .example = "fer convert mcct7.pth mcct-7.safetensors --model mcct-7 \\\n"
                                         "      --preprocess imagenet-255",
                              .operands_min = 2,
                              .operands_max = 2,
                              .each = CLI_SOURCE,
                              .last = CLI_TARGET,
                              .endings = ".safetensors"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    j.in = operands.items[0];
    j.out = operands.items[1];
    return run_job(&j, classes);
}

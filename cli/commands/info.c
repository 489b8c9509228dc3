#define _POSIX_C_SOURCE 200809L /* access */
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum format { JSON, TEXT };

static json_t *json_tensor(const fer_tensor_info *t)
{
    json_t *shape = json_array();
    for (size_t d = 0; d < t->n_dims; d++) feri_json_add(shape, json_integer((json_int_t)t->dims[d]));
    return json_pack("{s:o, s:o, s:b}", "name", feri_json_string(t->name), "shape", shape, "trained", t->trained);
}

static json_t *json_tensors(const fer_model *m, size_t n)
{
    json_t *all = json_array();
    for (size_t i = 0; i < n; i++) {
        fer_tensor_info t = fer_model_tensor(m, i);
        feri_json_add(all, json_tensor(&t));
    }
    return all;
}

static json_t *json_classes(const fer_model_info *info)
{
    json_t *all = json_array();
    for (size_t k = 0; k < info->n_classes; k++) feri_json_add(all, feri_json_string(info->classes[k]));
    return all;
}

/* The class shares that the scores assume, by class. NULL: the weights do not say. */
static json_t *json_prior(const fer_model *m, const fer_model_info *info)
{
    const float *prior = fer_model_prior(m);
    json_t *all = prior ? json_object() : NULL;
    for (size_t k = 0; all && k < info->n_classes; k++)
        feri_json_set(all, info->classes[k], json_real((double)prior[k]));
    return all;
}

static int print_json(const fer_model *m, const fer_model_info *i)
{
    json_t *doc = json_pack("{s:o, s:I, s:I, s:{s:I, s:I, s:I}, s:o, s:o, s:o, s:f, s:o}", "name",
                            feri_json_string(i->name), "params", (json_int_t)i->n_params, "macs", (json_int_t)i->macs,
                            "input", "height", (json_int_t)i->height, "width", (json_int_t)i->width, "channels",
                            (json_int_t)i->channels, "classes", json_classes(i), "preprocess",
                            feri_json_string(i->preprocess), "provenance", feri_json_string(i->provenance),
                            "temperature", fer_model_temperature(m), "tensors", json_tensors(m, i->n_tensors));
    if (doc && fer_model_doubt(m) > 0) feri_json_set(doc, "doubt", json_real(fer_model_doubt(m)));
    if (doc && fer_model_has_valence_arousal(m)) feri_json_set(doc, "valence_arousal", json_true());
    if (doc && fer_model_prior(m)) feri_json_set(doc, "prior", json_prior(m, i));
    return cli_json_print(doc, true);
}

static void print_tensor(const fer_tensor_info *t)
{
    char shape[96] = "scalar";
    for (size_t d = 0, used = 0; d < t->n_dims && used < sizeof shape; d++) {
        int n = snprintf(shape + used, sizeof shape - used, "%s%zu", d ? " x " : "", t->dims[d]);
        if (n > 0) used += (size_t)n;
    }
    printf("  %-56s %-20s%s\n", t->name, shape, t->trained ? "" : " buffer");
}

static void print_prior(const float *prior, const fer_model_info *i)
{
    if (!prior) return;
    printf("\nprior      ");
    for (size_t k = 0; k < i->n_classes; k++)
        printf("%s %s %.4g %%", k ? "," : "", i->classes[k], 100 * (double)prior[k]);
}

static int print_text(const fer_model *m, const fer_model_info *i)
{
    printf("name        %s\nparameters  %zu\nmult-adds   %" PRIu64 "\ninput       %zu x %zu x %zu\nclasses     ",
           i->name, i->n_params, i->macs, i->height, i->width, i->channels);
    for (size_t k = 0; k < i->n_classes; k++) printf("%s%s", k ? ", " : "", i->classes[k]);
    if (fer_model_has_valence_arousal(m)) printf("; valence and arousal");
    printf("\npreprocess  %s\nprovenance  %s\ntemperature %.6g", i->preprocess, i->provenance,
           fer_model_temperature(m));
    if (fer_model_doubt(m) > 0) printf("\ndoubt       %.6g", fer_model_doubt(m));
    print_prior(fer_model_prior(m), i);
    printf("\ntensors     %zu\n", i->n_tensors);
    for (size_t k = 0; k < i->n_tensors; k++) {
        fer_tensor_info t = fer_model_tensor(m, k);
        print_tensor(&t);
    }
    return CLI_OK;
}

/* A path exists or has an extension. Everything else is a name, such as "CCT-7/3x2". */
static bool looks_like_file(const char *what)
{
    return strchr(what, '.') != NULL || access(what, F_OK) == 0;
}

static int describe(const char *what, size_t input, size_t channels, int format)
{
    fer_error err;
    fer_model *m = NULL;
    fer_model_options opt = {.height = input, .width = input, .channels = channels};
    fer_load_options load = {.override = opt, .report = cli_say_line};
    fer_status st = looks_like_file(what) ? fer_model_load(what, &load, &m, &err) : fer_model_new(what, &opt, &m, &err);
    if (st != FER_OK) return cli_fail("%s", err.text);
    fer_model_info info = fer_model_get_info(m);
    int code = format == JSON ? print_json(m, &info) : print_text(m, &info);
    fer_model_free(m);
    return code;
}

int cmd_info(int argc, char **argv)
{
    static const char *const formats[] = {"json", "text", NULL};
    int format = JSON;
    size_t input = 0, channels = 0;
    struct cli_option options[] = {
        CLI_OPTION_FORMAT(&format, formats),
        CLI_OPTION_INPUT(&input, "the model's own"),
        CLI_OPTION_CHANNELS(&channels, "the model's own"),
    };
    struct cli_usage usage = {
        .command = "info",
        .operands = "NAME|WEIGHTS",
        .summary = "describe a model or a weights file",
        .notes =
            "A name is one of 'fer models'. An argument with a dot in it, or the name of a file, is read as weights.",
        .example = "fer info mcct-7 --format text",
        .operands_min = 1,
        .operands_max = 1};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? describe(operands.items[0], input, channels, format) : code;
}

#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"

#include <stdlib.h>

struct job {
    const char *weights, *input, *output, *isa;
    unsigned threads;
    size_t batch;
};

static int check_shape(const char *path, const fer_npy *x, const fer_model_info *info)
{
    if (x->n_dims == 4 && x->dims[1] == info->channels && x->dims[2] == info->height && x->dims[3] == info->width)
        return CLI_OK;
    char shape[128] = "a scalar";
    for (size_t d = 0, used = 0; d < x->n_dims && used < sizeof shape; d++) {
        int n = snprintf(shape + used, sizeof shape - used, "%s%zu", d ? " x " : "", x->dims[d]);
        if (n > 0) used += (size_t)n;
    }
    return cli_fail("%s: the array is %s, model %s wants N x %zu x %zu x %zu", path, shape, info->name, info->channels,
                    info->height, info->width);
}

static int compute(const struct job *j, const fer_model *m, const fer_npy *x)
{
    fer_error err;
    fer_model_info info = fer_model_get_info(m);
    if (check_shape(j->input, x, &info) != CLI_OK) return CLI_FAILED;
    size_t n = x->dims[0], dims[2] = {n, info.n_classes};
    float *logits = calloc(n * info.n_classes + 1, sizeof *logits);
    if (!logits) return cli_fail("out of memory");
    size_t batch = n > 0 && n < j->batch ? n : j->batch; /* memory for those that are there */
    fer_session_options opt = {.threads = j->threads, .batch_max = batch, .isa = j->isa};
    fer_session *s = NULL;
    fer_status st = fer_session_new(m, &opt, &s, &err);
    if (st == FER_OK) st = fer_session_run(s, n, x->data, logits, &err);
    if (st == FER_OK) st = fer_npy_write(j->output, 2, dims, logits, &err);
    fer_session_free(s);
    free(logits);
    return st == FER_OK ? CLI_OK : cli_fail("%s", err.text);
}

static int run_job(const struct job *j)
{
    fer_model *m = cli_load_model(j->weights);
    if (!m) return CLI_FAILED;
    fer_error err;
    fer_npy x = {0};
    int code = fer_npy_read(j->input, &x, &err) == FER_OK ? compute(j, m, &x) : cli_fail("%s", err.text);
    fer_npy_free(&x);
    fer_model_free(m);
    return code;
}

int cmd_run(int argc, char **argv)
{
    struct job j = {.batch = 8};
    struct cli_option options[] = {
        CLI_OPTION_WEIGHTS(&j.weights),
        CLI_OPTION(CLI_TEXT, "input", .file = CLI_SOURCE, .value = &j.input, .arg = "FILE", .required = true,
                   .help = "NumPy array [N, channels, height, width]"),
        CLI_OPTION(CLI_TEXT, "output", .file = CLI_TARGET, .endings = ".npy", .value = &j.output, .arg = "FILE",
                   .required = true, .help = "output NumPy array, logits [N, classes]"),
        CLI_OPTION_THREADS(&j.threads),
        CLI_OPTION_BATCH(&j.batch),
        CLI_OPTION_ISA(&j.isa),
    };
    struct cli_usage usage = {.command = "run",
                              .operands = "",
                              .summary = "run a model on raw tensors",
                              .notes = "The input is in PyTorch's layout and already preprocessed. The output is that "
                                       "of the network's last layer.",
                              .example = "fer run --weights best.safetensors --input x.npy --output y.npy"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? run_job(&j) : code;
}

#include "args.h"
#include "cli.h"
#include "plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum format { TEXT, JSON };

/* What --help offers; the rest of fer_train_options is filled in from these after parsing. */
struct job {
    fer_train_options opt;
    int optimizer, schedule, protocol, val_protocol, format;
    struct cli_pair randaugment;
    struct cli_list freeze;

    struct cli_progress progress;
    fer_train_epoch last, best;
    size_t n_epochs; /* seen in this process */
    bool any_best;
};

static bool show_progress(void *user, const fer_train_progress *t)
{
    struct job *j = user;
    char what[64], note[64];
    snprintf(what, sizeof what, "epoch %zu/%zu", t->epoch + 1, t->epochs);
    snprintf(note, sizeof note, "  loss %.4f", t->loss);
    cli_progress_show(&j->progress, what, t->batch, t->batches, t->images_per_second, t->eta_seconds, note);
    return true;
}

static void show_epoch(void *user, const fer_train_epoch *e)
{
    struct job *j = user;
    cli_progress_clear(&j->progress);
    fprintf(stderr, "epoch %3zu/%zu  loss %.4f  accuracy %5.2f %%", e->epoch + 1, j->opt.epochs, e->loss,
            100 * e->accuracy);
    if (!isnan(e->val_accuracy))
        fprintf(stderr, "  val loss %.4f  val accuracy %5.2f %%", e->val_loss, 100 * e->val_accuracy);
    fprintf(stderr, "  lr %.3g  %.0f images/s, %.1f %% of the time waiting for data%s\n", e->lr, e->images_per_second, 100 * e->waiting,
            e->best ? "  best" : "");
    j->last = *e;
    j->n_epochs++;
    if (e->best) {
        j->best = *e;
        j->any_best = true;
    }
}

static void show_note(void *user, const char *line)
{
    struct job *j = user;
    cli_progress_clear(&j->progress);
    cli_say("%s", line);
}

/* JSON has no NaN, which stands for "no validation". */
static json_t *json_number(double v)
{
    return isfinite(v) ? json_real(v) : json_null();
}

static json_t *json_epoch(const fer_train_epoch *e)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:f}", "epoch", (json_int_t)e->epoch + 1, "loss",
                     json_number(e->loss), "accuracy", json_number(e->accuracy), "val_loss",
                     json_number(e->val_loss), "val_accuracy", json_number(e->val_accuracy),
                     "waiting", e->waiting);
}

static void print_epoch(const char *name, const fer_train_epoch *e)
{
    printf("%-6s epoch %zu: loss %.4f, accuracy %.2f %%", name, e->epoch + 1, e->loss, 100 * e->accuracy);
    if (!isnan(e->val_accuracy))
        printf(", validation loss %.4f, accuracy %.2f %%", e->val_loss, 100 * e->val_accuracy);
    putchar('\n');
}

static json_t *json_summary(const struct job *j, double seconds)
{
    return json_pack("{s:o, s:o, s:I, s:f, s:o, s:o}", "out", cli_json_text(j->opt.out), "model",
                     cli_json_text(j->opt.model), "epochs", (json_int_t)j->n_epochs, "seconds", seconds,
                     "best", j->any_best ? json_epoch(&j->best) : json_null(), "last",
                     j->n_epochs ? json_epoch(&j->last) : json_null());
}

static int print_summary(const struct job *j, double seconds)
{
    if (j->format == JSON) return cli_json_print(json_summary(j, seconds), true);
    printf("%s: %zu epochs of %s in %.1f s\n", j->opt.out, j->n_epochs, j->opt.model, seconds);
    if (j->n_epochs) print_epoch("last", &j->last);
    if (j->any_best) print_epoch("best", &j->best);
    return CLI_OK;
}

static char *join(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s/%s", directory, name);
    return path;
}

static int draw_one(const struct job *j, const char *name, const struct plot_log *log)
{
    char *path = join(j->opt.out, name);
    int code = path ? plot_curves(path, j->opt.model, log) : cli_fail("out of memory");
    free(path);
    return code;
}

/* The log holds the epochs before a resume too, which this process has not seen. */
static int draw_curves(const struct job *j)
{
#ifdef FER_PLOTS
    struct plot_log log;
    char *path = join(j->opt.out, "log.csv");
    int code = path && plot_log_read(path, &log) ? CLI_OK : CLI_FAILED;
    free(path);
    if (code != CLI_OK) return code;
    code = draw_one(j, "curves.png", &log);
    if (code == CLI_OK) code = draw_one(j, "curves.svg", &log);
    plot_log_free(&log);
    return code;
#else
    (void)draw_one;
    (void)j;
    return CLI_OK;
#endif
}

static int run_job(struct job *j)
{
    fer_error err;
    fer_train_options *o = &j->opt;
    o->optimizer = (fer_optimizer)j->optimizer;
    o->schedule = (fer_schedule)j->schedule;
    o->protocol = (fer_protocol)j->protocol;
    o->val_protocol = (fer_protocol)j->val_protocol;
    o->augment.randaugment_ops = j->randaugment.a;
    o->augment.randaugment_magnitude = j->randaugment.b;
    o->freeze = j->freeze.items;
    o->n_freeze = j->freeze.n;

    fer_train_events events = {.user = j, .progress = show_progress, .epoch = show_epoch, .note = show_note};
    cli_progress_start(&j->progress);
    double start = cli_now();
    fer_status st = fer_train(o, &events, &err);
    cli_progress_clear(&j->progress);
    if (st != FER_OK) return cli_fail("%s", err.text);
    int code = print_summary(j, cli_now() - start);
    return code == CLI_OK ? draw_curves(j) : code;
}

/* The tables below are the public options under their kebab-case names. */
static int parse(struct job *j, int argc, char **argv)
{
    static const char *const optimizers[] = {"adamw", "sgd", NULL};
    static const char *const schedules[] = {"constant", "cosine", "one-cycle", NULL};
    static const char *const formats[] = {"text", "json", NULL};
    fer_train_options *o = &j->opt;
    fer_augment_options *a = &o->augment;
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "model", .value = &o->model, .arg = "NAME", .required = true,
                   .help = "one of 'fer models'"),
        CLI_OPTION(CLI_TEXT, "data", .value = &o->data, .arg = "PATH", .required = true,
                   .help =
                       "training set: a directory or .tar with FER+'s label.csv, or with a folder per class"),
        CLI_OPTION(CLI_TEXT, "val", .value = &o->val, .arg = "PATH", .help = "validation set",
                   .unset = "none"),
        CLI_OPTION(CLI_TEXT, "out", .value = &o->out, .arg = "RUN", .required = true,
                   .help = "directory of this run, made if missing"),
        CLI_OPTION(CLI_FLAG, "resume", .value = &o->resume, .help = "go on from the last checkpoint in RUN"),
        CLI_OPTION(CLI_TEXT, "init", .value = &o->init, .arg = "FILE",
                   .help = "weights to start from; what fits is loaded", .unset = "random"),
        CLI_OPTION(CLI_LIST, "freeze", .value = &j->freeze, .arg = "PATTERN",
                   .help = "parameters that stay as they are, such as 'vgg.*'; may be repeated"),

        CLI_OPTION_INPUT(&o->input, "the model's own"),
        CLI_OPTION_CHANNELS(&o->channels, "the model's own"),
        CLI_OPTION(CLI_TEXT, "preprocess", .value = &o->preprocess, .words = cli_preprocess_words,
                   .help = "how pixels become input", .unset = "the model's own"),
        CLI_OPTION(CLI_WORD, "protocol", .value = &j->protocol, .words = cli_protocol_words,
                   .help = "which images of FER+ count, and their truth"),
        CLI_OPTION(CLI_WORD, "val-protocol", .value = &j->val_protocol, .words = cli_protocol_words,
                   .help = "the same for the validation set"),
        CLI_OPTION(CLI_FLAG, "skip-bad", .value = &o->skip_bad,
                   .help = "leave out and count pictures that cannot be read, instead of failing"),

        CLI_OPTION(CLI_SIZE, "epochs", .value = &o->epochs, .min = 1, .max = 100000,
                   .help = "passes over the data"),
        CLI_OPTION_BATCH(&o->batch),
        CLI_OPTION(CLI_REAL, "oversample", .value = &o->oversample, .min = 0, .max = 100,
                   .help = "images drawn per epoch as a multiple of the set, classes equally likely; 0: "
                           "every image once"),
        CLI_OPTION(CLI_WORD, "optimizer", .value = &j->optimizer, .words = optimizers, .help = "update rule"),
        CLI_OPTION(CLI_REAL, "lr", .value = &o->lr, .min = 1e-12, .max = 100, .help = "learning rate"),
        CLI_OPTION(CLI_REAL, "weight-decay", .value = &o->weight_decay, .min = 0, .max = 10,
                   .help = "weight decay"),
        CLI_OPTION(CLI_FLAG, "decay-all", .value = &o->decay_all,
                   .help = "weight decay on norms, biases and slopes too"),
        CLI_OPTION(CLI_REAL, "momentum", .value = &o->momentum, .min = 0, .max = 0.9999, .help = "of sgd"),
        CLI_OPTION(CLI_FLAG, "nesterov", .value = &o->nesterov, .help = "Nesterov's momentum"),
        CLI_OPTION(CLI_REAL, "beta1", .value = &o->beta1, .min = 0, .max = 0.9999999, .help = "of adamw"),
        CLI_OPTION(CLI_REAL, "beta2", .value = &o->beta2, .min = 0, .max = 0.9999999, .help = "of adamw"),
        CLI_OPTION(CLI_REAL, "eps", .value = &o->eps, .min = 1e-20, .max = 1, .help = "of adamw"),
        CLI_OPTION(CLI_WORD, "schedule", .value = &j->schedule, .words = schedules,
                   .help = "learning rate over the run"),
        CLI_OPTION(CLI_REAL, "warmup", .value = &o->warmup, .min = 0, .max = 1000,
                   .help = "epochs of linear warm-up"),
        CLI_OPTION(CLI_REAL, "lr-final", .value = &o->lr_final, .min = 0, .max = 1,
                   .help = "fraction of the learning rate at the end of a cosine or one-cycle schedule"),
        CLI_OPTION(CLI_REAL, "clip", .value = &o->clip, .min = 0, .max = 1e6,
                   .help = "largest norm of the gradient; 0: off"),
        CLI_OPTION(CLI_REAL, "ema", .value = &o->ema, .min = 0, .max = 0.999999,
                   .help = "decay of the moving average of the weights; 0: off"),
        CLI_OPTION(CLI_REAL, "label-smoothing", .value = &o->label_smoothing, .min = 0, .max = 0.9,
                   .help = "share of the truth spread over all classes"),
        CLI_OPTION(CLI_REAL, "dropout", .value = &o->dropout, .min = -1, .max = 0.9,
                   .help = "for all dropout; 0: none, -1: as the model says"),

        CLI_OPTION(CLI_REAL, "flip", .value = &a->flip, .min = 0, .max = 1,
                   .help = "probability of a horizontal flip"),
        CLI_OPTION(CLI_REAL, "crop", .value = &a->crop_scale_min, .min = 0, .max = 1,
                   .help = "smallest area of a random resized crop; 0: off"),
        CLI_OPTION(CLI_REAL, "shift", .value = &a->shift, .min = 0, .max = 0.5,
                   .help = "+- fraction of the side"),
        CLI_OPTION(CLI_REAL, "zoom", .value = &a->zoom, .min = 0, .max = 0.9, .help = "scale within 1 +- X"),
        CLI_OPTION(CLI_REAL, "rotation", .value = &a->rotation, .min = 0, .max = 180, .help = "+- degrees"),
        CLI_OPTION(CLI_REAL, "brightness", .value = &a->brightness, .min = 0, .max = 1,
                   .help = "factor within 1 +- X"),
        CLI_OPTION(CLI_REAL, "contrast", .value = &a->contrast, .min = 0, .max = 1,
                   .help = "factor within 1 +- X"),
        CLI_OPTION(CLI_REAL, "erase", .value = &a->erase, .min = 0, .max = 1,
                   .help = "probability of random erasing"),
        CLI_OPTION(CLI_PAIR, "randaugment", .value = &j->randaugment, .min = 0, .max = 30,
                   .help = "RandAugment: N operations of magnitude M; 0,0: off"),

        CLI_OPTION(CLI_SEED, "seed", .value = &o->seed,
                   .help = "of weights, order, augmentation and dropout"),
        CLI_OPTION_THREADS(&o->threads),
        CLI_OPTION(CLI_COUNT, "workers", .value = &o->workers, .min = 1, .max = 256,
                   .help = "threads that decode and augment", .unset = "1"),
        CLI_OPTION_ISA(&o->isa),
        CLI_OPTION(CLI_WORD, "format", .value = &j->format, .words = formats, .help = "of the summary"),
    };
    struct cli_usage usage = {
        .command = "train",
        .operands = "",
        .summary = "train a model on labelled faces",
        .notes = "Writes config.json, log.csv, last.safetensors (checkpoint), best.safetensors, "
                 "final.safetensors and the curves into "
                 "RUN. An interrupted run goes on with the same command and --resume, to the same result.",
        .example = "fer train --model resnet-8 --data FER2013Train.tar --val FER2013Valid.tar \\\n"
                   "      --flip 0.5 --out run1"};
    struct cli_operands operands;
    return cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
}

int cmd_train(int argc, char **argv)
{
    struct job j = {.opt = fer_train_defaults()};
    j.optimizer = (int)j.opt.optimizer;
    j.schedule = (int)j.opt.schedule;
    j.protocol = (int)j.opt.protocol;
    j.val_protocol = (int)j.opt.val_protocol;
    j.randaugment = (struct cli_pair){j.opt.augment.randaugment_ops, j.opt.augment.randaugment_magnitude};
    int code = parse(&j, argc, argv);
    if (code == CLI_GO_ON) code = run_job(&j);
    free(j.freeze.items);
    return code;
}

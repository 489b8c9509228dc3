#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"

struct job {
    struct cli_progress progress;
    size_t epochs;
};

static bool show_progress(void *user, const fer_progress *p)
{
    struct job *j = user;
    return cli_progress_report(&j->progress, p);
}

static void show_epoch(void *user, const fer_detector_epoch *e)
{
    struct job *j = user;
    cli_progress_clear(&j->progress);
    fprintf(stderr, "epoch %zu/%zu  score %.4f  box %.4f  points %.4f", e->epoch + 1, j->epochs, e->score, e->box,
            e->points);
    if (e->val.images) {
        fprintf(stderr, "  validation: average precision %.4f, at %zu false alarms recall", e->val.average_precision,
                e->val.false_alarms);
        for (size_t k = 0; k < FER_FACE_SIZES; k++) fprintf(stderr, " %.3f", e->val.recall[k]);
        fprintf(stderr, "%s", e->best ? " (best)" : "");
    }
    fprintf(stderr, "  %.1f canvases/s\n", e->canvases_per_second);
}

static int train(const fer_detector_train_options *o)
{
    fer_error err;
    struct job j = {.epochs = o->epochs};
    fer_detector_train_events events = {
        .user = &j, .progress = show_progress, .epoch = show_epoch, .note = cli_say_line};
    cli_progress_start(&j.progress);
    if (fer_train_detector(o, &events, &err) != FER_OK) return cli_fail("%s", err.text);
    return CLI_OK;
}

int cmd_train_detector(int argc, char **argv)
{
    fer_detector_train_options o = fer_detector_train_defaults();
    float lr = (float)o.lr, decay = (float)o.weight_decay, ema = (float)o.ema;
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "data", .value = &o.data, .arg = "PATH",
                   .help = "pictures and faces.csv: directory, tar or zip", .required = true),
        CLI_OPTION(CLI_TEXT, "val", .value = &o.val, .arg = "PATH", .help = "the same, to measure after every epoch",
                   .unset = "none"),
        CLI_OPTION(CLI_TEXT, "out", .value = &o.out, .arg = "DIR", .help = "directory of this run", .required = true),
        CLI_OPTION(CLI_TEXT, "model", .value = &o.model, .arg = "NAME", .help = "one of 'fer models'"),
        CLI_OPTION(CLI_TEXT, "crops", .value = &o.crops, .arg = "PATH",
                   .help = "cropped faces, cut as FER2013's, to paste beside the pictures' own", .unset = "none"),
        CLI_OPTION(CLI_TEXT, "init", .value = &o.init, .arg = "FILE", .help = "weights to start from",
                   .unset = "random"),
        CLI_OPTION(CLI_SIZE, "epochs", .value = &o.epochs, .min = 1, .max = 100000, .help = "epochs"),
        CLI_OPTION(CLI_SIZE, "canvases", .value = &o.canvases, .min = 1, .max = 10000000,
                   .help = "composed pictures of an epoch"),
        CLI_OPTION(CLI_SIZE, "size", .value = &o.size, .min = 64, .max = 1024,
                   .help = "their height and width, a multiple of 32"),
        CLI_OPTION(CLI_SIZE, "batch", .value = &o.batch, .min = 1, .max = 1024, .help = "canvases of a step"),
        CLI_OPTION(CLI_REAL, "lr", .value = &lr, .min = 1e-6, .max = 1,
                   .help = "largest learning rate of the one-cycle schedule"),
        CLI_OPTION(CLI_REAL, "weight-decay", .value = &decay, .min = 0, .max = 1, .help = "AdamW's"),
        CLI_OPTION(CLI_REAL, "ema", .value = &ema, .min = 0, .max = 0.99999,
                   .help = "decay of the weights' moving average, 0: none"),
        CLI_OPTION(CLI_SEED, "seed", .value = &o.seed, .help = "of weights and canvases"),
        CLI_OPTION(CLI_FLAG, "resume", .value = &o.resume, .help = "go on from DIR's last checkpoint"),
        CLI_OPTION_THREADS(&o.threads),
        CLI_OPTION_ISA(&o.isa),
    };
    struct cli_usage usage = {
        .command = "train-detector",
        .operands = "",
        .summary = "train a face detector",
        .notes =
            "Pictures for training are composed anew all the time: mosaics of scaled parts of the data set's pictures, "
            "and faces "
            "pasted into those that have none. Writes log.csv, last.safetensors (to resume from), best.safetensors and "
            "final.safetensors into DIR.",
        .example = "fer train-detector --data train.tar --val val.tar --out detector"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    o.lr = (double)lr;
    o.weight_decay = (double)decay;
    o.ema = (double)ema;
    return train(&o);
}

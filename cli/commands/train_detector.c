#include "commands/commands.h"
#include "ranks/ranks.h"
#include "runs/train_options.h"

struct job {
    struct cli_progress progress;
    size_t epochs;
};

static bool show_progress(void *user, const fer_progress *p)
{
    struct job *j = user;
    return cli_progress_report(&j->progress, p);
}

static void print_line(const struct job *j, const fer_detector_epoch *e)
{
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

static void show_epoch(void *user, const fer_detector_epoch *e)
{
    struct job *j = user;
    cli_progress_clear(&j->progress);
    if (!cli_quiet) print_line(j, e);
}

static int train(fer_detector_train_options *o, const struct ranks *ranks)
{
    fer_error err;
    struct job j = {.epochs = o->epochs};
    fer_detector_train_events events = {
        .user = &j, .progress = show_progress, .epoch = show_epoch, .note = cli_say_line};
    cli_progress_start(&j.progress);
    o->ranks = ranks_table(ranks);
    if (fer_train_detector(o, &events, &err) != FER_OK) return ranks_fail(ranks, "%s", err.text);
    return CLI_OK;
}

static int run_ranks(fer_detector_train_options *o)
{
    struct ranks *ranks = ranks_join();
    return ranks ? ranks_leave(ranks, train(o, ranks)) : CLI_FAILED;
}

int cmd_train_detector(int argc, char **argv)
{
    fer_detector_train_options o = fer_detector_train_defaults();
    struct cli_option rows[2 * TRAIN_OPTIONS_MAX];
    size_t n = cli_bind_options(fer_detector_train_table(), &o, true, rows);
    n += cli_bind_options(fer_detector_train_table(), &o, false, rows + n);
    struct cli_usage usage = {.command = "train-detector",
                              .operands = "",
                              .summary = "train a face detector",
                              .notes =
                                  "fer composes the training pictures: mosaics of scaled parts of the data set's "
                                  "pictures, and faces pasted into pictures without faces. It writes log.csv, "
                                  "last.safetensors (the checkpoint), best.safetensors and final.safetensors into DIR.",
                              .example = "fer train-detector --data train.tar --val val.tar --out detector"};
    struct cli_operands operands;
    int code = cli_parse(&usage, rows, n, argc, argv, &operands);
    return code == CLI_GO_ON ? run_ranks(&o) : code;
}

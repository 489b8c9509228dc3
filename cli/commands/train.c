#include "base/clock.h"
#include "commands/commands.h"
#include "common/file.h"
#include "draw/plot.h"
#include "ranks/ranks.h"
#include "runs/recipe.h"
#include "runs/train_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum format { TEXT, JSON };

struct job {
    fer_train_options opt;
    const char *recipe;
    bool check;
    int format;

    struct cli_progress progress;
    fer_train_epoch last, best;
    size_t n_epochs; /* seen in this process */
    bool any_best;
};

static bool show_progress(void *user, const fer_progress *p)
{
    struct job *j = user;
    return cli_progress_report(&j->progress, p);
}

static void print_line(const struct job *j, const fer_train_epoch *e)
{
    fprintf(stderr, "epoch %3zu/%zu  loss %.4f  accuracy %5.2f %%", e->epoch + 1, j->opt.epochs, e->loss,
            100 * e->accuracy);
    if (!isnan(e->val_accuracy))
        fprintf(stderr, "  val loss %.4f  val accuracy %5.2f %%", e->val_loss, 100 * e->val_accuracy);
    if (!isnan(e->val_ccc_valence) && !isnan(e->val_ccc_arousal))
        fprintf(stderr, "  val CCC %.3f valence, %.3f arousal", e->val_ccc_valence, e->val_ccc_arousal);
    fprintf(stderr, "  lr %.3g  %.0f images/s, %.1f %% of the time waiting for data%s\n", e->lr, e->images_per_second,
            100 * e->waiting, e->best ? "  best" : "");
}

static void show_epoch(void *user, const fer_train_epoch *e)
{
    struct job *j = user;
    cli_progress_clear(&j->progress);
    if (!cli_quiet) print_line(j, e);
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
    cli_note("%s", line);
}

static json_t *json_epoch(const fer_train_epoch *e)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:f}", "epoch", (json_int_t)e->epoch + 1, "loss",
                     cli_json_number(e->loss), "accuracy", cli_json_number(e->accuracy), "val_loss",
                     cli_json_number(e->val_loss), "val_accuracy", cli_json_number(e->val_accuracy), "waiting",
                     e->waiting);
}

static void print_epoch(const char *name, const fer_train_epoch *e)
{
    printf("%-6s epoch %zu: loss %.4f, accuracy %.2f %%", name, e->epoch + 1, e->loss, 100 * e->accuracy);
    if (!isnan(e->val_accuracy)) printf(", validation loss %.4f, accuracy %.2f %%", e->val_loss, 100 * e->val_accuracy);
    putchar('\n');
}

static json_t *json_summary(const struct job *j, double seconds)
{
    return json_pack("{s:o, s:o, s:I, s:f, s:o, s:o}", "out", feri_json_string(j->opt.out), "model",
                     feri_json_string(j->opt.model), "epochs", (json_int_t)j->n_epochs, "seconds", seconds, "best",
                     j->any_best ? json_epoch(&j->best) : json_null(), "last",
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

static int draw_one(const struct job *j, const char *name, const struct run_log *log)
{
    char *path = cli_join(j->opt.out, name);
    int code = path ? plot_curves(path, j->opt.model, log) : CLI_FAILED;
    free(path);
    return code;
}

/* The log also holds the epochs before a resume, which this process has not seen. */
static int draw_curves(const struct job *j)
{
#ifdef FER_PLOTS
    struct run_log log;
    char *path = cli_join(j->opt.out, "log.csv");
    int code = path && run_log_read(path, &log) ? CLI_OK : CLI_FAILED;
    free(path);
    if (code != CLI_OK) return code;
    code = draw_one(j, "curves.png", &log);
    if (code == CLI_OK) code = draw_one(j, "curves.svg", &log);
    run_log_free(&log);
    return code;
#else
    (void)draw_one;
    (void)j;
    return CLI_OK;
#endif
}

static int run_job(struct job *j, const struct ranks *ranks)
{
    fer_error err;
    j->opt.ranks = ranks_table(ranks);
    fer_train_events events = {.user = j, .progress = show_progress, .epoch = show_epoch, .note = show_note};
    cli_progress_start(&j->progress);
    double start = feri_now();
    fer_status st = fer_train(&j->opt, &events, &err);
    cli_progress_clear(&j->progress);
    if (st != FER_OK) return ranks_fail(ranks, "%s", err.text);
    if (ranks_rank(ranks) > 0) return CLI_OK;
    int code = print_summary(j, feri_now() - start);
    return code == CLI_OK ? draw_curves(j) : code;
}

static int run_ranks(struct job *j)
{
    struct ranks *ranks = ranks_join();
    return ranks ? ranks_leave(ranks, run_job(j, ranks)) : CLI_FAILED;
}

/* ---- options ---- */

enum { OWN_MAX = 8 };

struct table {
    struct cli_option rows[OWN_MAX + TRAIN_OPTIONS_MAX];
    size_t n, first; /* the options of recipes follow those of this call */
};

static void make_table(struct table *t, struct job *j)
{
    static const char *const formats[] = {"text", "json", NULL};
    const struct cli_option own[] = {
        CLI_OPTION(CLI_TEXT, "recipe", .file = CLI_SOURCE, .value = &j->recipe, .arg = "FILE",
                   .help = "take options from a recipe; options on the command line take precedence", .unset = "none"),
        CLI_OPTION(CLI_FLAG, "check", .value = &j->check,
                   .help = "only print the options as a recipe and check that the model can be made"),
        CLI_OPTION(CLI_WORD, "format", .value = &j->format, .words = formats, .help = "format of the summary"),
    };
    memcpy(t->rows, own, sizeof own);
    t->first = CLI_N(own) + cli_bind_options(fer_train_table(), &j->opt, true, t->rows + CLI_N(own));
    t->n = t->first + cli_bind_options(fer_train_table(), &j->opt, false, t->rows + t->first);
}

static void require(struct table *t, const char *name, bool required)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->rows[i].name, name) == 0) t->rows[i].required = required;
}

static int parse(struct table *t, int argc, char **argv)
{
    struct cli_usage usage = {
        .command = "train",
        .operands = "",
        .summary = "train a model on labelled faces",
        .notes = "Writes config.json, log.csv, last.safetensors (the checkpoint), best.safetensors, final.safetensors "
                 "and the curves into RUN. To continue an interrupted run, repeat the command with --resume. The "
                 "result is the same as without the interruption. A build with MPI also trains with many processes: "
                 "'mpirun -n 4 fer train ...'; each takes a part of every batch, and the result is the same.",
        .example = "fer train --model resnet-8 --data FER2013Train.tar --val FER2013Valid.tar \\\n"
                   "      --flip 0.5 --out run1"};
    struct cli_operands operands;
    return cli_parse(&usage, t->rows, t->n, argc, argv, &operands);
}

static int check_job(struct job *j, struct table *t)
{
    if (!train_options_check(&j->opt, j->recipe ? j->recipe : "train")) return CLI_FAILED;
    return recipe_write(stdout, t->rows + t->first, t->n - t->first) ? CLI_OK : CLI_FAILED;
}

/* The recipe is read first. The command line need not repeat what it gives. */
static int set_up(struct job *j, struct table *t, struct recipe *recipe, int argc, char **argv)
{
    const char *path = cli_peek(t->rows, t->n, argc, argv, "recipe");
    bool check = cli_peek(t->rows, t->n, argc, argv, "check") != NULL;
    if (path && *path && !(recipe_read(path, recipe) && recipe_apply(recipe, t->rows + t->first, t->n - t->first)))
        return CLI_FAILED;
    require(t, "data", !check && !j->opt.data.path);
    require(t, "out", !check);
    return parse(t, argc, argv);
}

int cmd_train(int argc, char **argv)
{
    struct job j = {.opt = fer_train_defaults()};
    struct table t;
    struct recipe recipe = {0};
    make_table(&t, &j);
    int code = set_up(&j, &t, &recipe, argc, argv);
    if (code == CLI_GO_ON) code = j.check ? check_job(&j, &t) : run_ranks(&j);
    cli_clear_options(fer_train_table(), &j.opt);
    recipe_free(&recipe);
    return code;
}

#include "base/clock.h"
#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"
#include "common/data_options.h"
#include "common/file.h"
#include "common/stop.h"
#include "draw/plot.h"
#include "ranks/ranks.h"
#include "runs/eval_degrade.h"
#include "runs/eval_json.h"
#include "runs/predictions.h"

enum format { TEXT, JSON, CSV };

struct job {
    const char *weights, *prior, *confusion, *reliability, *predictions;
    fer_eval_options opt;
    int format, degrade;
    struct cli_progress progress;
    fer_model *model;
    fer_model_info info;
    struct feri_atomic_file file; /* for the predictions */
    struct predictions_table table;
    double seconds;
    struct ranks *ranks; /* rank 0 alone writes */
};

static bool show_progress(void *user, const fer_progress *p)
{
    struct job *j = user;
    return ranks_rank(j->ranks) > 0 || cli_progress_report(&j->progress, p);
}

static void write_prediction(void *user, const fer_eval_image *im)
{
    struct job *j = user;
    predictions_row(&j->table, im);
}

static double percent(size_t part, size_t whole)
{
    return 100 * (double)part / (double)whole;
}

static void print_matrix(const fer_evaluation *e)
{
    printf("\nconfusion: %% of the images of a class (row) that were predicted as another (column)\n%-12s", "");
    for (size_t k = 0; k < e->n_classes; k++) printf(" %9.9s", e->per_class[k].name);
    putchar('\n');
    for (size_t i = 0; i < e->n_classes; i++) {
        printf("%-12.12s", e->per_class[i].name);
        for (size_t k = 0; k < e->n_classes; k++) {
            if (e->per_class[i].support == 0) printf(" %9s", "-");
            else printf(" %9.1f", percent(e->confusion[i * e->n_classes + k], e->per_class[i].support));
        }
        putchar('\n');
    }
}

static void print_calibration(const fer_evaluation *e)
{
    printf("\n%-17s %8s %14s %10s\n", "confidence", "images", "mean of them", "accuracy");
    for (size_t i = 0; i < FER_CALIBRATION_BINS; i++) {
        const fer_calibration_bin *b = &e->bins[i];
        if (b->images == 0) continue;
        printf("%5.1f to %5.1f %% %9zu %12.2f %% %8.2f %%\n", percent(i, FER_CALIBRATION_BINS),
               percent(i + 1, FER_CALIBRATION_BINS), b->images, 100 * b->confidence, 100 * b->accuracy);
    }
}

static void print_share(const char *name, double value, const fer_interval *i)
{
    printf("%-12s %.2f %%", name, 100 * value);
    if (i) printf("  (%.2f to %.2f)", 100 * i->low, 100 * i->high);
    putchar('\n');
}

static void print_figures(const fer_evaluation *e)
{
    const fer_intervals *i = e->intervals;
    print_share("accuracy", e->accuracy, i ? &i->accuracy : NULL);
    print_share("mean recall", e->mean_recall, i ? &i->mean_recall : NULL);
    print_share("macro F1", e->macro_f1, i ? &i->macro_f1 : NULL);
    printf("loss         %.4f\nBrier score  %.4f\n", e->loss, e->brier);
    print_share("ECE", e->ece, i ? &i->ece : NULL);
    printf("surest       50 %%: %.2f %%, 70 %%: %.2f %%, 90 %%: %.2f %% right\n", 100 * e->selective[0],
           100 * e->selective[1], 100 * e->selective[2]);
    printf("best quality 50 %%: %.2f %%, 70 %%: %.2f %%, 90 %%: %.2f %% right\n", 100 * e->by_quality[0],
           100 * e->by_quality[1], 100 * e->by_quality[2]);
    printf("AURC         %.4f\n", e->aurc);
    if (i) printf("in brackets  95 %% intervals of %zu resamples\n", i->resamples);
}

static void print_concordance(const char *name, const fer_concordance *c)
{
    if (c->images) printf("%-12s %8zu %10.3f %10.3f %8.2f %%\n", name, c->images, c->ccc, c->rmse, 100 * c->sagr);
}

static void print_valence_arousal(const fer_evaluation *e)
{
    if (e->valence.images + e->arousal.images == 0) return;
    printf("\n%-12s %8s %10s %10s %10s\n", "", "images", "CCC", "RMSE", "SAGR");
    print_concordance("valence", &e->valence);
    print_concordance("arousal", &e->arousal);
}

static void print_text(const struct job *j, const fer_evaluation *e)
{
    printf("images       %zu\n", e->images);
    if (e->skipped) printf("left out     %zu\n", e->skipped);
    printf("protocol     %s\n", fer_protocol_name(j->opt.data.protocol));
    if (j->degrade) printf("degraded     %s\n", eval_degrade_words[j->degrade]);
    print_figures(e);
    putchar('\n');
    printf("%-12s %8s %10s %10s %10s\n", "class", "images", "precision", "recall", "F1");
    for (size_t k = 0; k < e->n_classes; k++) {
        const fer_class_metrics *c = &e->per_class[k];
        printf("%-12s %8zu %8.2f %% %8.2f %% %8.2f %%", c->name, c->support, 100 * c->precision, 100 * c->recall,
               100 * c->f1);
        if (e->intervals && c->support)
            printf("  (recall %.2f to %.2f)", 100 * e->intervals->recall[k].low, 100 * e->intervals->recall[k].high);
        putchar('\n');
    }
    print_matrix(e);
    print_calibration(e);
    print_valence_arousal(e);
}

static void print_csv(const fer_evaluation *e)
{
    printf("class,images,precision,recall,f1");
    for (size_t k = 0; k < e->n_classes; k++) {
        putchar(',');
        cli_csv_field(stdout, "as_", e->per_class[k].name);
    }
    putchar('\n');
    for (size_t i = 0; i < e->n_classes; i++) {
        const fer_class_metrics *c = &e->per_class[i];
        cli_csv_text(c->name);
        printf(",%zu,%.6f,%.6f,%.6f", c->support, c->precision, c->recall, c->f1);
        for (size_t k = 0; k < e->n_classes; k++) printf(",%zu", e->confusion[i * e->n_classes + k]);
        putchar('\n');
    }
}

static int print_json(const struct job *j, const fer_evaluation *e)
{
    struct eval_subject s = {.weights = j->weights,
                             .data = j->opt.data.path,
                             .model = j->model,
                             .protocol = j->opt.data.protocol,
                             .degradation = eval_degrade_words[j->degrade],
                             .seconds = j->seconds};
    return cli_json_print(eval_json(&s, e), true);
}

static int draw(const struct job *j, const fer_evaluation *e)
{
    char title[160];
    int code = CLI_OK;
    snprintf(title, sizeof title, "%s on %zu images (%s): accuracy %.2f %%, mean recall %.2f %%", j->info.name,
             e->images, fer_protocol_name(j->opt.data.protocol), 100 * e->accuracy, 100 * e->mean_recall);
    if (j->confusion) code = plot_confusion(j->confusion, title, e);
    snprintf(title, sizeof title, "%s on %zu images", j->info.name, e->images);
    if (j->reliability && code == CLI_OK) code = plot_reliability(j->reliability, title, e);
    return code;
}

static int report(const struct job *j, const fer_evaluation *e)
{
    int code = CLI_OK;
    if (j->format == TEXT) print_text(j, e);
    else if (j->format == JSON) code = print_json(j, e);
    else print_csv(e);
    return code == CLI_OK ? draw(j, e) : code;
}

static int evaluate(struct job *j)
{
    fer_error err;
    fer_evaluation *e = NULL;
    cli_progress_start(&j->progress);
    double start = feri_now();
    fer_status st = fer_evaluate(j->model, &j->opt, &e, &err);
    j->seconds = feri_now() - start;
    cli_progress_clear(&j->progress);
    int code = st == FER_OK ? CLI_OK : ranks_fail(j->ranks, "%s", err.text);
    if (j->file.f) {
        int written = cli_file_close(&j->file, code == CLI_OK);
        if (code == CLI_OK) code = written;
    }
    if (e && ranks_rank(j->ranks) == 0) { /* print the result even if another output could not be written */
        int reported = report(j, e);
        if (code == CLI_OK) code = reported;
    }
    fer_evaluation_free(e);
    return code;
}

/* Every degradation in turn. A drawing or a table of predictions can only cover one of them. */
static int evaluate_all(struct job *j)
{
    fer_error err;
    fer_evaluation *all[FER_DEGRADATIONS] = {0};
    fer_status st = FER_OK;
    for (int d = 0; d < FER_DEGRADATIONS && st == FER_OK; d++) {
        j->opt.degradation = (fer_degradation)d;
        cli_progress_start(&j->progress);
        st = fer_evaluate(j->model, &j->opt, &all[d], &err);
        cli_progress_clear(&j->progress);
    }
    int code = st == FER_OK ? CLI_OK : ranks_fail(j->ranks, "%s", err.text);
    bool writes = st == FER_OK && ranks_rank(j->ranks) == 0;
    struct eval_subject s = {
        .weights = j->weights, .data = j->opt.data.path, .model = j->model, .protocol = j->opt.data.protocol};
    if (writes && j->format == JSON) code = cli_json_print(eval_degrade_json(&s, all), true);
    else if (writes) eval_degrade_print(all);
    for (int d = 0; d < FER_DEGRADATIONS; d++) fer_evaluation_free(all[d]);
    return code;
}

static int run_job(struct job *j)
{
    if (j->confusion && !plot_possible(j->confusion)) return CLI_FAILED;
    if (j->reliability && !plot_possible(j->reliability)) return CLI_FAILED;
    j->model = cli_load_model_for(j->weights, j->prior);
    if (!j->model) return CLI_FAILED;
    j->info = fer_model_get_info(j->model);
    cli_stop_watch();
    j->opt.ranks = ranks_table(j->ranks);
    j->opt.progress = show_progress;
    j->opt.progress_user = j;
    if (j->degrade < FER_DEGRADATIONS) j->opt.degradation = (fer_degradation)j->degrade;
    int code = CLI_OK;
    if (j->predictions && ranks_rank(j->ranks) == 0) {
        if (!cli_file_open(&j->file, j->predictions)) code = CLI_FAILED;
        j->table = (struct predictions_table){j->file.f, j->info, fer_model_has_valence_arousal(j->model)};
        if (code == CLI_OK) predictions_head(&j->table);
        j->opt.image = write_prediction;
        j->opt.image_user = j;
    }
    if (code == CLI_OK) code = j->degrade == FER_DEGRADATIONS ? evaluate_all(j) : evaluate(j);
    fer_model_free(j->model);
    return code;
}

static int run_ranks(struct job *j)
{
    j->ranks = ranks_join();
    return j->ranks ? ranks_leave(j->ranks, run_job(j)) : CLI_FAILED;
}

int cmd_eval(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", "csv", NULL};
    struct job j = {.opt.batch = 64};
    struct cli_option options[] = {
        CLI_OPTION_WEIGHTS(&j.weights),
        CLI_OPTION_PRIOR(&j.prior),
        CLI_OPTION(CLI_TEXT, "data", .file = CLI_SOURCE, .value = &j.opt.data.path, .arg = "PATH", .required = true,
                   .help = "a directory, .tar, .zip, .csv or pack; 'fer data info' describes it"),
        CLI_OPTIONS_DATA(&j.opt.data),
        cli_data_option("protocol", &j.opt.data),
        CLI_OPTION_FORMAT(&j.format, formats),
        CLI_OPTION(CLI_TEXT, "confusion", .file = CLI_TARGET, .value = &j.confusion, .arg = "FILE",
                   .help = "draw the confusion matrix, .png or .svg"),
        CLI_OPTION(CLI_TEXT, "reliability", .file = CLI_TARGET, .value = &j.reliability, .arg = "FILE",
                   .help = "draw accuracy over confidence, .png or .svg"),
        CLI_OPTION(CLI_TEXT, "predictions", .file = CLI_TARGET, .endings = ".csv", .value = &j.predictions,
                   .arg = "FILE", .help = "write every image's prediction and scores, .csv"),
        CLI_OPTION_TTA(&j.opt.tta),
        CLI_OPTION(CLI_WORD, "degrade", .value = &j.degrade, .words = eval_degrade_words,
                   .help = "degrade every picture first; all: print a table of all kinds"),
        CLI_OPTION(CLI_SIZE, "bootstrap", .value = &j.opt.bootstrap, .min = 0, .max = 1000000, .arg = "N",
                   .help = "number of resamples for 95 % intervals", .unset = "none"),
        CLI_OPTION_THREADS(&j.opt.threads),
        CLI_OPTION_BATCH(&j.opt.batch),
        CLI_OPTION_ISA(&j.opt.isa),
        cli_data_option("skip-bad", &j.opt.data),
    };
    struct cli_usage usage = {
        .command = "eval",
        .operands = "",
        .summary = "measure a model on labelled faces",
        .notes =
            "Prints accuracy, cross-entropy, recall, precision and F1 per class, the confusion matrix and calibration. "
            "Mean recall and macro F1 cover the classes that occur. Classes of data and model are matched by name. "
            "'mpirun -n N fer eval ...' of a build with MPI shares the images among N processes.",
        .example = "fer eval --weights best.safetensors --data FER2013Valid.tar \\\n"
                   "      --confusion confusion.png --predictions predictions.csv"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code == CLI_GO_ON) {
        if (j.degrade == FER_DEGRADATIONS && (j.format == CSV || j.confusion || j.reliability || j.predictions)) {
            cli_say("eval: --degrade all prints a table, as text or json; --confusion, --reliability, --predictions "
                    "and csv need one kind");
            code = CLI_USAGE;
        } else code = run_ranks(&j);
    }
    cli_data_source_free(&j.opt.data);
    return code;
}

#include "args.h"
#include "cli.h"
#include "plot.h"

enum format { TEXT, JSON, CSV };

struct job {
    const char *weights, *confusion;
    fer_eval_options opt;
    int format, protocol;
    struct cli_progress progress;
};

static bool show_progress(void *user, size_t done, size_t total)
{
    struct job *j = user;
    cli_progress_count(&j->progress, "evaluating", done, total);
    return true;
}

static double percent(size_t part, size_t whole)
{
    return 100 * (double)part / (double)whole;
}

static void print_matrix(const fer_evaluation *e)
{
    printf("\nconfusion, %% of the images of a class (row) that were answered as another (column)\n%-12s",
           "");
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

static void print_text(const struct job *j, const fer_evaluation *e)
{
    printf("images       %zu\n", e->images);
    if (e->skipped) printf("left out     %zu\n", e->skipped);
    printf("protocol     %s\naccuracy     %.2f %%\nmean recall  %.2f %%\nmacro F1     %.2f %%\nloss         "
           "%.4f\n\n",
           fer_protocol_name(j->opt.protocol), 100 * e->accuracy, 100 * e->mean_recall, 100 * e->macro_f1,
           e->loss);
    printf("%-12s %8s %10s %10s %10s\n", "class", "images", "precision", "recall", "F1");
    for (size_t k = 0; k < e->n_classes; k++) {
        const fer_class_metrics *c = &e->per_class[k];
        printf("%-12s %8zu %8.2f %% %8.2f %% %8.2f %%\n", c->name, c->support, 100 * c->precision,
               100 * c->recall, 100 * c->f1);
    }
    print_matrix(e);
}

static void print_csv(const fer_evaluation *e)
{
    printf("class,images,precision,recall,f1");
    for (size_t k = 0; k < e->n_classes; k++) {
        printf(",as_");
        cli_csv_text(e->per_class[k].name);
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

static json_t *json_per_class(const fer_evaluation *e)
{
    json_t *all = json_object();
    for (size_t k = 0; k < e->n_classes; k++) {
        const fer_class_metrics *c = &e->per_class[k];
        json_object_set_new(all, c->name,
                            json_pack("{s:I, s:f, s:f, s:f}", "images", (json_int_t)c->support, "precision",
                                      c->precision, "recall", c->recall, "f1", c->f1));
    }
    return all;
}

static json_t *json_classes(const fer_evaluation *e)
{
    json_t *all = json_array();
    for (size_t k = 0; k < e->n_classes; k++) json_array_append_new(all, cli_json_text(e->per_class[k].name));
    return all;
}

static json_t *json_confusion(const fer_evaluation *e)
{
    json_t *all = json_array();
    for (size_t i = 0; i < e->n_classes; i++) {
        json_t *row = json_array();
        for (size_t k = 0; k < e->n_classes; k++)
            json_array_append_new(row, json_integer((json_int_t)e->confusion[i * e->n_classes + k]));
        json_array_append_new(all, row);
    }
    return all;
}

static int print_json(const struct job *j, const fer_evaluation *e)
{
    return cli_json_print(json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:f, s:o, s:o, s:o}", "protocol",
                                    fer_protocol_name(j->opt.protocol), "images", (json_int_t)e->images,
                                    "skipped", (json_int_t)e->skipped, "accuracy", e->accuracy, "mean_recall",
                                    e->mean_recall, "macro_f1", e->macro_f1, "loss", e->loss, "classes",
                                    json_classes(e), "per_class", json_per_class(e), "confusion",
                                    json_confusion(e)),
                          true);
}

static int report(const struct job *j, const char *model, const fer_evaluation *e)
{
    int code = CLI_OK;
    if (j->format == TEXT) print_text(j, e);
    else if (j->format == JSON) code = print_json(j, e);
    else print_csv(e);
    if (!j->confusion || code != CLI_OK) return code;
    char title[160];
    snprintf(title, sizeof title, "%s on %zu images (%s): accuracy %.2f %%, mean recall %.2f %%", model,
             e->images, fer_protocol_name(j->opt.protocol), 100 * e->accuracy, 100 * e->mean_recall);
    return plot_confusion(j->confusion, title, e);
}

static int run_job(struct job *j)
{
    if (j->confusion && !plot_possible(j->confusion)) return CLI_FAILED;
    fer_model *m = cli_load_model(j->weights);
    if (!m) return CLI_FAILED;
    fer_error err;
    fer_evaluation *e = NULL;
    j->opt.protocol = (fer_protocol)j->protocol;
    j->opt.user = j;
    j->opt.progress = show_progress;
    cli_progress_start(&j->progress);
    fer_status st = fer_evaluate(m, &j->opt, &e, &err);
    cli_progress_clear(&j->progress);
    int code = st == FER_OK ? report(j, fer_model_get_info(m).name, e) : cli_fail("%s", err.text);
    fer_evaluation_free(e);
    fer_model_free(m);
    return code;
}

int cmd_eval(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", "csv", NULL};
    struct job j = {.opt.batch = 64};
    struct cli_option options[] = {
        CLI_OPTION_WEIGHTS(&j.weights),
        CLI_OPTION(CLI_TEXT, "data", .value = &j.opt.data, .arg = "PATH", .required = true,
                   .help = "a directory or .tar with FER+'s label.csv, or with a folder per class"),
        CLI_OPTION(CLI_WORD, "protocol", .value = &j.protocol, .words = cli_protocol_words,
                   .help = "which images of FER+ count"),
        CLI_OPTION(CLI_WORD, "format", .value = &j.format, .words = formats, .help = "how to print"),
        CLI_OPTION(CLI_TEXT, "confusion", .value = &j.confusion, .arg = "FILE",
                   .help = "draw the confusion matrix, .png or .svg"),
        CLI_OPTION_THREADS(&j.opt.threads),
        CLI_OPTION_BATCH(&j.opt.batch),
        CLI_OPTION_ISA(&j.opt.isa),
        CLI_OPTION(CLI_FLAG, "skip-bad", .value = &j.opt.skip_bad,
                   .help = "leave out and count pictures that cannot be read, instead of failing"),
    };
    struct cli_usage usage = {
        .command = "eval",
        .operands = "",
        .summary = "measure a model on labelled faces",
        .notes = "Accuracy, cross-entropy, recall, precision and F1 per class, and the confusion matrix. "
                 "Mean recall and macro F1 are "
                 "over the classes that occur. Classes of data and model are matched by name.",
        .example = "fer eval --weights best.safetensors --data FER2013Valid.tar \\\n"
                   "      --confusion confusion.png"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? run_job(&j) : code;
}

#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "common/file.h"
#include "draw/plot.h"
#include "experiment/experiment.h"
#include "runs/published.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEST_LIMIT ((size_t)16 << 20) /* bytes of a test.json */

static const char *const states[] = {"waiting", "training", "testing", "done", "failed", "stopped"};

/* ---- results ---- */

static bool read_test(struct run *r)
{
    char path[RUN_PATH_MAX];
    size_t size;
    json_error_t bad;
    fer_error err;
    json_t *doc = NULL;
    char *text = cli_file_read(run_path(r, "test.json", path), TEST_LIMIT, &size);
    if (!text) return false;
    bool ok = feri_json_read(text, size, &doc, &err) == FER_OK;
    free(text);
    if (!ok) return cli_refuse("%s: %s", path, err.text);
    ok = json_unpack_ex(doc, &bad, 0, "{s:F, s:F, s:F}", "accuracy", &r->result.accuracy, "mean_recall",
                        &r->result.mean_recall, "macro_f1", &r->result.macro_f1) == 0;
    if (!ok) cli_say("%s: not an evaluation as 'fer eval --format json' prints it: %s", path, bad.text);
    json_decref(doc);
    return ok;
}

/* Every epoch has the same number of images, so the overall speed is the harmonic mean. */
static bool read_log(struct run *r)
{
    char path[RUN_PATH_MAX];
    struct run_log log;
    double inverse = 0;
    if (!run_log_read(run_path(r, "log.csv", path), &log)) return false;
    r->result.epochs = log.n;
    size_t best = run_log_best(&log);
    r->result.best_val_accuracy = best < log.n ? log.val_accuracy[best] : NAN;
    r->result.best_epoch = best < log.n ? best + 1 : 0;
    for (size_t i = 0; log.images_per_s && i < log.n; i++) inverse += 1 / log.images_per_s[i];
    r->result.images_per_second = inverse > 0 ? (double)log.n / inverse : NAN;
    run_log_free(&log);
    return true;
}

static bool read_parameters(struct run *r)
{
    char path[RUN_PATH_MAX];
    fer_model *m = NULL;
    fer_error err;
    fer_load_options opt = {.mapped = true};
    if (fer_model_load(run_path(r, "best.safetensors", path), &opt, &m, &err) != FER_OK)
        return cli_refuse("%s", err.text);
    r->result.parameters = fer_model_get_info(m).n_params;
    fer_model_free(m);
    return true;
}

static void read_seconds(struct run *r)
{
    char path[RUN_PATH_MAX];
    FILE *f = fopen(run_path(r, "seconds", path), "r");
    if (!f || fscanf(f, "%lf", &r->result.seconds) != 1) r->result.seconds = NAN;
    if (f) fclose(f);
}

bool experiment_collect(struct run *r)
{
    r->result = (struct run_result){0};
    read_seconds(r);
    return read_test(r) && read_log(r) && read_parameters(r);
}

/* ---- Markdown ---- */

static void print_percent(FILE *f, double v)
{
    if (isfinite(v)) fprintf(f, " %.2f %% |", 100 * v);
    else fprintf(f, " - |");
}

static void print_rounded(FILE *f, double v)
{
    if (isfinite(v)) fprintf(f, " %.*f |", v < 10 ? 1 : 0, v);
    else fprintf(f, " - |");
}

static void print_row(FILE *f, const struct run *r)
{
    const struct run_result *s = &r->result;
    const struct published *p = published_of(&r->opt);
    fprintf(f, "| %s | %s |", r->name, r->opt.model);
    if (r->state != RUN_DONE) {
        fprintf(f, " - | %s |", states[r->state]);
    } else {
        fprintf(f, " %zu |", s->parameters);
        print_percent(f, s->accuracy);
    }
    if (p && p->validation) fprintf(f, " %.2f %% (validation) |", 100 * p->accuracy);
    else print_percent(f, p ? p->accuracy : NAN);
    if (r->state != RUN_DONE) {
        fputs(" - | - | - | - | - | - | - |\n", f);
        return;
    }
    print_percent(f, s->mean_recall);
    print_percent(f, s->macro_f1);
    print_percent(f, s->best_val_accuracy);
    fprintf(f, " %zu | %zu |", s->best_epoch, s->epochs);
    print_rounded(f, s->seconds);
    print_rounded(f, s->images_per_second);
    putc('\n', f);
}

static void print_overrides(const struct experiment *x, FILE *f)
{
    for (size_t i = 0; i < x->set.n; i++) fprintf(f, "%s`%s`", i ? ", " : "", x->set.items[i]);
    if (!x->set.n) fputs("none", f);
}

static bool print_markdown(const struct experiment *x, FILE *f)
{
    fprintf(
        f,
        "# Experiment\n\n- fer %s\n- training set `%s`, validation set `%s`, test set `%s`\n- changes to the recipes: ",
        fer_version(), x->train, x->val, x->test);
    print_overrides(x, f);
    fputs("\n- published: accuracy on AffectNet-8's test set with the unchanged recipe; it compares only with runs on "
          "the same data\n- accuracy, mean recall, macro F1: of the best epoch's weights on the test set\n\n| recipe | "
          "model | parameters | accuracy | published | mean recall | macro F1 | best validation | of epoch | epochs | "
          "seconds | images/s |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n",
          f);
    for (size_t i = 0; i < x->n; i++) print_row(f, &x->runs[i]);
    bool any = false;
    for (size_t i = 0; i < x->n; i++) {
        const struct run *r = &x->runs[i];
        if (r->state != RUN_FAILED) continue;
        if (!any) fputs("\nFailed:\n\n", f);
        any = true;
        fprintf(f, "- %s: %s\n", r->name, r->why);
    }
    return !ferror(f);
}

/* ---- CSV ---- */

static void print_field(FILE *f, double v)
{
    if (isfinite(v)) fprintf(f, ",%.6g", v);
    else putc(',', f);
}

static bool print_csv(const struct experiment *x, FILE *f)
{
    fputs("recipe,model,state,parameters,accuracy,published,mean_recall,macro_f1,best_val_accuracy,best_"
          "epoch,epochs,seconds,"
          "images_per_s\n",
          f);
    for (size_t i = 0; i < x->n; i++) {
        const struct run *r = &x->runs[i];
        const struct run_result *s = &r->result;
        bool done = r->state == RUN_DONE;
        fprintf(f, "%s,%s,%s,", r->name, r->opt.model, states[r->state]);
        if (done) fprintf(f, "%zu", s->parameters);
        print_field(f, done ? s->accuracy : NAN);
        print_field(f, published_accuracy(&r->opt));
        print_field(f, done ? s->mean_recall : NAN);
        print_field(f, done ? s->macro_f1 : NAN);
        print_field(f, done ? s->best_val_accuracy : NAN);
        if (done) fprintf(f, ",%zu,%zu", s->best_epoch, s->epochs);
        else fputs(",,", f);
        print_field(f, done ? s->seconds : NAN);
        print_field(f, done ? s->images_per_second : NAN);
        putc('\n', f);
    }
    return !ferror(f);
}

/* ---- JSON ---- */

static json_t *json_run(const struct run *r)
{
    const struct run_result *s = &r->result;
    json_t *run = json_pack("{s:s, s:o, s:o, s:s, s:o}", "recipe", r->name, "title", feri_json_string(r->recipe.title),
                            "model", feri_json_string(r->opt.model), "state", states[r->state], "published",
                            cli_json_number(published_accuracy(&r->opt)));
    if (!run) return NULL;
    if (r->state == RUN_FAILED) feri_json_set(run, "why", feri_json_string(r->why));
    if (r->state != RUN_DONE) return run;
    feri_json_set(run, "parameters", json_integer((json_int_t)s->parameters));
    feri_json_set(run, "accuracy", cli_json_number(s->accuracy));
    feri_json_set(run, "mean_recall", cli_json_number(s->mean_recall));
    feri_json_set(run, "macro_f1", cli_json_number(s->macro_f1));
    feri_json_set(run, "best_val_accuracy", cli_json_number(s->best_val_accuracy));
    feri_json_set(run, "best_epoch", json_integer((json_int_t)s->best_epoch));
    feri_json_set(run, "epochs", json_integer((json_int_t)s->epochs));
    feri_json_set(run, "seconds", cli_json_number(s->seconds));
    feri_json_set(run, "images_per_s", cli_json_number(s->images_per_second));
    return run;
}

static bool print_json(const struct experiment *x, FILE *f)
{
    json_t *set = json_array(), *runs = json_array();
    for (size_t i = 0; i < x->set.n; i++) feri_json_add(set, feri_json_string(x->set.items[i]));
    for (size_t i = 0; i < x->n; i++) feri_json_add(runs, json_run(&x->runs[i]));
    json_t *doc =
        json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "version", fer_version(), "train", feri_json_string(x->train),
                  "val", feri_json_string(x->val), "test", feri_json_string(x->test), "set", set, "runs", runs);
    char *text = !cli_json_mark(doc) ? NULL : feri_json_dump(doc, JSON_INDENT(2) | JSON_REAL_PRECISION(7));
    json_decref(doc);
    bool ok = text && fprintf(f, "%s\n", text) >= 0;
    free(text);
    return ok;
}

/* ---- files ---- */

static bool write_table(const struct experiment *x, const char *name, bool (*print)(const struct experiment *, FILE *))
{
    char *text = NULL, *path = cli_join(x->out, name);
    size_t size = 0;
    FILE *f = path ? open_memstream(&text, &size) : NULL;
    bool ok = f && print(x, f);
    if (f && fclose(f) != 0) ok = false;
    if (path && !ok) cli_say("%s: out of memory", path);
    if (ok) ok = cli_file_write(path, text, size);
    free(text);
    free(path);
    return ok;
}

bool experiment_write(const struct experiment *x)
{
    bool ok = write_table(x, "experiment.md", print_markdown);
    ok &= write_table(x, "experiment.csv", print_csv);
    ok &= write_table(x, "experiment.json", print_json);
    return ok;
}

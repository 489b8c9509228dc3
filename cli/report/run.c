#define _POSIX_C_SOURCE 200809L /* strdup, stat */
#include "base/clock.h"
#include "common/cli.h"
#include "common/file.h"
#include "report/report.h"
#include "runs/eval_json.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define JSON_LIMIT ((size_t)64 << 20) /* bytes of a config.json or an evaluation */

/* ---- files of a run ---- */

static bool check_directory(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) cli_say("%s: cannot be opened: %s", path, strerror(errno));
    else if (!S_ISDIR(st.st_mode)) cli_say("%s: not a run; expected a directory of 'fer train'", path);
    else return true;
    return false;
}

static bool read_json(const char *path, json_t **out)
{
    fer_error err;
    size_t size;
    *out = NULL;
    char *text = cli_file_read(path, JSON_LIMIT, &size);
    if (!text) return false;
    bool ok = feri_json_read(text, size, out, &err) == FER_OK;
    free(text);
    if (!ok) return cli_refuse("%s: %s", path, err.text);
    return json_is_object(*out) || cli_refuse("%s: not a JSON object", path);
}

static bool read_config(struct report_run *run)
{
    char *path = cli_join(run->path, "config.json");
    bool ok = path != NULL;
    if (ok && !cli_file_exists(path)) {
        cli_say("%s: not a run of 'fer train': it holds no config.json", run->path);
        ok = false;
    }
    if (ok) ok = read_json(path, &run->config);
    if (ok && !json_is_string(json_object_get(run->config, "model"))) {
        cli_say("%s: names no model", path);
        ok = false;
    }
    free(path);
    return ok;
}

static bool read_log(struct report_run *run)
{
    char *path = cli_join(run->path, "log.csv");
    bool ok = path && run_log_read(path, &run->log);
    if (ok) run->best = run_log_best(&run->log);
    free(path);
    return ok;
}

/* ---- its test ---- */

static bool add_row(void *user, const struct prediction *p)
{
    struct report_mistakes *m = user;
    report_mistakes_add(m, p);
    if (m->failed) cli_no_memory();
    return !m->failed;
}

static size_t n_wrong(const fer_evaluation *e)
{
    size_t right = 0;
    for (size_t k = 0; k < e->n_classes; k++) right += e->confusion[k * e->n_classes + k];
    return e->images - right;
}

static bool read_predictions(struct report_run *run)
{
    struct report_mistakes *m = &run->mistakes;
    char *path = cli_join(run->path, "predictions.csv");
    bool ok = path != NULL;
    if (ok && cli_file_exists(path)) {
        ok = predictions_read(path, add_row, m);
        if (ok && (m->seen != run->eval.images || m->wrong != n_wrong(&run->eval))) {
            cli_say("%s: %zu images, %zu predicted wrong, but test.json next to it has %zu and %zu", path, m->seen,
                    m->wrong, run->eval.images, n_wrong(&run->eval));
            ok = false;
        }
    }
    free(path);
    return ok;
}

/* ---- evaluation there and then ---- */

struct evaluator {
    struct report_run *run;
    const struct report_test *test;
    fer_model_info info;
    struct cli_progress progress;
};

static bool show_progress(void *user, const fer_progress *p)
{
    struct evaluator *v = user;
    cli_progress_count(&v->progress, v->run->path, p->done, p->total);
    return true;
}

static void add_image(void *user, const fer_eval_image *im)
{
    struct evaluator *v = user;
    const struct prediction p = {im->file, v->info.classes[im->label], v->info.classes[im->answer],
                                 (double)im->scores[im->answer]};
    report_mistakes_add(&v->run->mistakes, &p);
}

static bool evaluate_model(struct evaluator *v, const fer_model *m, const char *weights)
{
    fer_error err;
    fer_evaluation *e;
    fer_eval_options opt = {.data = v->test->data,
                            .threads = v->test->threads,
                            .progress = show_progress,
                            .progress_user = v,
                            .image = add_image,
                            .image_user = v};
    struct eval_subject s = {
        .weights = weights, .data = v->test->data.path, .model = m, .protocol = v->test->data.protocol};
    v->info = fer_model_get_info(m);
    cli_progress_start(&v->progress);
    double start = feri_now();
    fer_status st = fer_evaluate(m, &opt, &e, &err);
    s.seconds = feri_now() - start;
    cli_progress_clear(&v->progress);
    if (st == FER_OK) v->run->test = eval_json(&s, e);
    fer_evaluation_free(e);
    if (st != FER_OK) cli_say("%s: %s", v->run->path, err.text);
    else if (!v->run->test || v->run->mistakes.failed) cli_no_memory();
    else return report_eval_parse(weights, v->run->test, &v->run->eval);
    return false;
}

/* Without a validation set there is no best epoch, so the last one represents the run. */
static bool evaluate(struct report_run *run, const struct report_test *test)
{
    bool validated = run->best < run->log.n;
    char *weights = cli_join(run->path, validated ? "best.safetensors" : "final.safetensors");
    fer_model *m = weights ? cli_load_model(weights) : NULL;
    struct evaluator v = {.run = run, .test = test};
    bool ok = m && evaluate_model(&v, m, weights);
    fer_model_free(m);
    free(weights);
    return ok;
}

static bool read_test(struct report_run *run, const struct report_test *test)
{
    char *path = cli_join(run->path, "test.json");
    bool ok = path != NULL;
    if (ok && cli_file_exists(path))
        ok = read_json(path, &run->test) && report_eval_parse(path, run->test, &run->eval) && read_predictions(run);
    else if (ok && test->data.path) ok = evaluate(run, test);
    free(path);
    if (ok && run->mistakes.n)
        report_mistakes_load(&run->mistakes, &test->data, json_string_value(json_object_get(run->test, "data")));
    return ok;
}

bool report_run_open(struct report_run *run, const char *path, const struct report_test *test)
{
    *run = (struct report_run){.path = path};
    return check_directory(path) && read_config(run) && read_log(run) && read_test(run, test);
}

void report_run_close(struct report_run *run)
{
    report_mistakes_clear(&run->mistakes);
    report_eval_clear(&run->eval);
    run_log_free(&run->log);
    json_decref(run->config);
    json_decref(run->test);
    free(run->name);
    free(run->stem);
    *run = (struct report_run){0};
}

/* ---- names ---- */

/* The last meaningful component of a path, as valid UTF-8. */
static char *base_name(const char *path)
{
    size_t end = strlen(path), start;
    while (end > 1 && path[end - 1] == '/') end--;
    for (start = end; start > 0 && path[start - 1] != '/';) start--;
    bool dots = end - start <= 2 && strspn(path + start, "./") >= end - start;
    char *cut = dots ? strdup(path) : strndup(path + start, end - start);
    json_t *text = cut ? feri_json_string(cut) : NULL;
    char *name = json_is_string(text) ? strdup(json_string_value(text)) : NULL;
    json_decref(text);
    free(cut);
    return name;
}

/* Letters, digits and a few characters that are safe in file systems and shells. */
static char *stem_of(const char *name)
{
    char *stem = strndup(name, 100);
    for (char *p = stem; p && *p; p++)
        if (!isalnum((unsigned char)*p) && (!strchr("._-", *p) || p == stem)) *p = '_';
    return stem;
}

static bool taken(const struct report_run *runs, size_t i, bool stem)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(stem ? runs[k].stem : runs[k].name, stem ? runs[i].stem : runs[i].name) == 0) return true;
    return false;
}

/* A name that is taken gets a number at its end. */
static bool make_unlike(struct report_run *runs, size_t i, bool stem)
{
    char **text = stem ? &runs[i].stem : &runs[i].name;
    for (size_t number = i + 1; taken(runs, i, stem); number++) {
        size_t size = strlen(*text) + 32;
        char *longer = malloc(size);
        if (!longer) return false;
        snprintf(longer, size, stem ? "%s-%zu" : "%s (%zu)", *text, number);
        free(*text);
        *text = longer;
    }
    return true;
}

bool report_name_runs(struct report_run *runs, size_t n)
{
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        runs[i].name = base_name(runs[i].path);
        ok = runs[i].name && make_unlike(runs, i, false);
        runs[i].stem = ok ? stem_of(runs[i].name) : NULL;
        ok = runs[i].stem && make_unlike(runs, i, true);
    }
    if (!ok) cli_no_memory();
    return ok;
}

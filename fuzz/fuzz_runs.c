/* What the command reads back of runs and recipes: the first byte chooses recipe, log.csv, predictions.csv or the
 * answer of `fer eval --format json`. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "base/json.h"
#include "common/args.h"
#include "fuzz_file.h"
#include "report/report.h"
#include "runs/log.h"
#include "runs/predictions.h"
#include "runs/recipe.h"

#include <string.h>

static const char *const files[] = {"input", NULL};

static bool count(void *user, const struct prediction *p)
{
    demand(p->file && p->label && p->answer);
    return ++*(size_t *)user < 10000;
}

static void read_recipe(const char *path)
{
    struct recipe r;
    if (recipe_read(path, &r))
        for (size_t i = 0; i < r.n; i++) demand(r.lines[i].name && r.lines[i].value && r.lines[i].number > 0);
    recipe_free(&r);
}

static void read_log(const char *path)
{
    struct run_log log;
    if (run_log_read(path, &log)) {
        demand(run_log_best(&log) <= log.n);
        for (size_t i = 0; i < log.n; i++) demand(log.epoch != NULL);
        run_log_free(&log);
    }
}

static void read_evaluation(const uint8_t *data, size_t size)
{
    fer_evaluation e;
    json_t *doc = NULL;
    feri_json_read((const char *)data, size, &doc, NULL);
    if (doc && report_eval_parse("input", doc, &e)) {
        demand(e.n_classes > 0);
        report_eval_clear(&e);
    }
    json_decref(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n = 0;
    if (size < 1) return 0;
    if (data[0] % 4 == 3) {
        read_evaluation(data + 1, size - 1);
        return 0;
    }
    const char *path = fuzz_write(files, files[0], data + 1, size - 1);
    if (data[0] % 4 == 0) read_recipe(path);
    else if (data[0] % 4 == 1) read_log(path);
    else predictions_read(path, count, &n);
    return 0;
}

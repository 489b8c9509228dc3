#define _DEFAULT_SOURCE /* flock, strdup, open_memstream, isatty */
#include "experiment/experiment.h"
#include "commands/commands.h"
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define MADE_OF_LIMIT ((size_t)1 << 20) /* bytes of a run.recipe */
#define LOCK_TRIES    50 /* each a tenth of a second: time for the children of a killed experiment to end */

/* ---- recipes to runs ---- */

/* "a/b/mcct-1.recipe" -> "mcct-1", the name of the run's directory. */
static bool name_run(struct run *r, const char *path)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path, *end = strstr(base, ".recipe");
    size_t n = end && !end[7] ? (size_t)(end - base) : strlen(base);
    if (n > 0 && n < RUN_NAME_MAX && base[0] != '.' && strspn(base, allowed) >= n) {
        snprintf(r->name, sizeof r->name, "%.*s", (int)n, base);
        return true;
    }
    return cli_refuse(
        "%s: a recipe's file name gives its run's: must be 1 to %d letters, digits, '.', '_' and '-', no '.' first",
        path, RUN_NAME_MAX - 1);
}

static bool refuse_override(const struct run *r, const char *text, size_t length)
{
    static const char *const more[] = {NULL};
    char typed[64];
    snprintf(typed, sizeof typed, "%.*s", (int)(length < 63 ? length : 63), text);
    const char *near = text[length] ? cli_nearest_option(r->options, r->n_options, more, typed) : NULL;
    if (near) return cli_refuse("experiment: --set '%s': recipes have no '%s'; did you mean '%s'?", text, typed, near);
    return cli_refuse("experiment: --set '%s': must be name=value, with a name that recipes have; 'fer train --help' "
                      "lists them",
                      text);
}

/* The value of an earlier override of the same option; NULL: there is none. */
static const char *earlier_override(const struct experiment *x, size_t i, size_t length)
{
    for (size_t k = 0; k < i; k++)
        if (strncmp(x->set.items[k], x->set.items[i], length + 1) == 0) return x->set.items[k] + length + 1;
    return NULL;
}

/* A list takes several values, which replace the recipe's. */
static bool set_override(const struct experiment *x, struct run *r, size_t i)
{
    fer_error err;
    const char *text = x->set.items[i];
    size_t length = strcspn(text, "=");
    const struct cli_option *o = text[length] ? cli_find_option(r->options, r->n_options, text, length) : NULL;
    if (!o) return refuse_override(r, text, length);
    const char *before = earlier_override(x, i, length);
    if (before && o->type != CLI_LIST)
        return cli_refuse("experiment: --set %s is given twice, '%s' and '%s'; give it once", o->name, before,
                          text + length + 1);
    if (!before) cli_clear_option(o);
    if (cli_set_option(o, text + length + 1, &err) == FER_OK) return true;
    return cli_refuse("experiment: --set: %s", err.text);
}

/* Everything that decides a run's result. It shows whether a finished run was made with the same options. */
static bool write_made_of(const struct experiment *x, struct run *r)
{
    FILE *f = open_memstream(&r->made_of, &r->made_size);
    bool ok =
        f &&
        fprintf(f, "# The recipe of this run with all that the command line changed. Its test set:\n# test = %s\n",
                x->test) > 0 &&
        recipe_write(f, r->options, r->n_options);
    if (f && fclose(f) != 0) ok = false;
    return ok;
}

/* CLI_GO_ON, or the exit code. */
static int make_run(const struct experiment *x, struct run *r, const char *path)
{
    r->opt = fer_train_defaults();
    r->n_options = cli_bind_options(fer_train_table(), &r->opt, false, r->options);
    if (!name_run(r, path) || !recipe_read(path, &r->recipe) || !recipe_apply(&r->recipe, r->options, r->n_options))
        return CLI_FAILED;
    r->dir = cli_join(x->out, r->name);
    if (!r->dir || strlen(r->dir) > RUN_PATH_MAX - 64) return cli_fail("%s: the path is too long", x->out);
    for (size_t i = 0; i < x->set.n; i++)
        if (!set_override(x, r, i)) return CLI_USAGE;
    r->opt.data.path = x->train;
    r->opt.val.path = x->val;
    if (!train_options_check(&r->opt, path) || !write_made_of(x, r)) return CLI_FAILED;
    return CLI_GO_ON;
}

static int check_names(const struct experiment *x)
{
    for (size_t i = 0; i < x->n; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(x->runs[i].name, x->runs[k].name) == 0)
                return cli_misuse("experiment: %s and %s would both be the run '%s'; rename one of them",
                                  x->runs[k].recipe.path, x->runs[i].recipe.path, x->runs[i].name);
    return CLI_GO_ON;
}

static int make_runs(struct experiment *x, const struct cli_operands *recipes)
{
    x->runs = calloc(recipes->n + 1, sizeof *x->runs);
    if (!x->runs) return cli_fail("out of memory");
    for (; x->n < recipes->n; x->n++) {
        int code = make_run(x, &x->runs[x->n], recipes->items[x->n]);
        if (code == CLI_GO_ON) continue;
        x->n++; /* so that it is freed too */
        return code;
    }
    return check_names(x);
}

/* ---- runs that are there already ---- */

/* Report the first line in which the run's recipe has changed. */
static void say_difference(const struct run *r, const char *then)
{
    const char *now = r->made_of;
    for (;;) {
        size_t a = strcspn(then, "\n"), b = strcspn(now, "\n");
        if (a != b || strncmp(then, now, a) != 0) {
            cli_say("%s: was made with '%.*s', now '%.*s'; use another --out, or the recipe and options it "
                    "was made with",
                    r->dir, (int)a, then, (int)b, now);
            return;
        }
        if (!then[a] || !now[b]) return;
        then += a + 1;
        now += b + 1;
    }
}

static bool look_back(const struct experiment *x, struct run *r)
{
    char path[RUN_PATH_MAX];
    size_t size;
    if (!cli_file_exists(run_path(r, "run.recipe", path))) return true;
    if (!x->resume)
        return cli_refuse("%s: holds an earlier run; continue it with --resume, or use another --out", r->dir);
    char *then = cli_file_read(path, MADE_OF_LIMIT, &size);
    bool same = then && strcmp(then, r->made_of) == 0;
    if (then && !same) say_difference(r, then);
    free(then);
    if (!same || !cli_file_exists(run_path(r, "test.json", path))) return same;
    r->state = RUN_DONE;
    return experiment_collect(r);
}

/* ---- the directory ---- */

/* The children hold the lock too, so that no second experiment writes into a run that one of them still trains. -1: not
 * locked. */
static int lock(const struct experiment *x)
{
    char *path = cli_join(x->out, "experiment.lock");
    int fd = path ? open(path, O_RDWR | O_CREAT, 0666) : -1;
    if (path && fd < 0) cli_say("%s: cannot be made: %s", path, strerror(errno));
    for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno == EWOULDBLOCK && i < LOCK_TRIES) {
            nanosleep(&(struct timespec){.tv_nsec = 100000000L}, NULL);
            continue;
        }
        cli_say("%s: another experiment is running here (%s)", x->out, strerror(errno));
        close(fd);
        fd = -1;
    }
    free(path);
    return fd;
}

static int report(const struct experiment *x, bool whole)
{
    size_t done = 0;
    for (size_t i = 0; i < x->n; i++) done += x->runs[i].state == RUN_DONE;
    printf("%s/experiment.md: %zu of %zu runs done\n", x->out, done, x->n);
    for (size_t i = 0; i < x->n; i++)
        if (x->runs[i].state == RUN_FAILED) cli_say("%s failed: %s", x->runs[i].name, x->runs[i].why);
    if (!whole) return cli_fail("stopped; to continue, repeat the command with --resume");
    return done == x->n ? CLI_OK : CLI_FAILED;
}

static int go(struct experiment *x)
{
    if (!cli_make_dirs(x->out)) return CLI_FAILED;
    int fd = lock(x);
    bool ok = fd >= 0;
    for (size_t i = 0; ok && i < x->n; i++) ok = look_back(x, &x->runs[i]);
    if (ok) ok = experiment_write(x);
    int code = CLI_FAILED;
    if (ok) {
        bool whole = experiment_go(x);
        ok = experiment_write(x);
        code = report(x, whole);
    }
    if (fd >= 0) close(fd);
    return ok ? code : CLI_FAILED;
}

/* ---- options ---- */

static const char *in_data(const struct experiment *x, const char *given, const char *name, char **made)
{
    *made = !given && x->data ? cli_join(x->data, name) : NULL;
    return given ? given : *made;
}

static int run_job(struct experiment *x, const struct cli_operands *recipes)
{
    char *train, *val, *test;
    x->train = in_data(x, x->train, "train.csv", &train);
    x->val = in_data(x, x->val, "val.csv", &val);
    x->test = in_data(x, x->test, "test.csv", &test);
    int code = CLI_GO_ON;
    if (!x->train || !x->val || !x->test) {
        cli_say("experiment: --data is required, or each of --train, --val and --test; see 'fer experiment "
                "--help'");
        code = CLI_USAGE;
    }
    if (code == CLI_GO_ON) code = make_runs(x, recipes);
    if (code == CLI_GO_ON) code = go(x);
    free(train);
    free(val);
    free(test);
    return code;
}

/* Each run gets its share of the processors, or of --threads. */
static void share_threads(struct experiment *x)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (!x->threads)
        x->threads = processors < 1 ? 1 : processors > CLI_THREADS_MAX ? CLI_THREADS_MAX : (unsigned)processors;
    x->threads = x->threads > x->jobs ? x->threads / x->jobs : 1;
}

static void free_runs(struct experiment *x)
{
    for (size_t i = 0; i < x->n; i++) {
        cli_clear_options(fer_train_table(), &x->runs[i].opt);
        recipe_free(&x->runs[i].recipe);
        free(x->runs[i].dir);
        free(x->runs[i].made_of);
    }
    free(x->runs);
    cli_clear_list(&x->set);
}

int cmd_experiment(int argc, char **argv)
{
    struct experiment x = {.jobs = 1, .terminal = isatty(STDERR_FILENO) == 1};
    static const char *const written[] = {"experiment.md", "experiment.csv", "experiment.json", "experiment.lock",
                                          NULL};
    const struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "data", .file = CLI_SOURCE, .value = &x.data, .arg = "DIR",
                   .help = "directory with train.csv, val.csv and test.csv"),
        CLI_OPTION(CLI_TEXT, "train", .file = CLI_SOURCE, .value = &x.train, .arg = "PATH", .help = "training set",
                   .unset = "DIR/train.csv"),
        CLI_OPTION(CLI_TEXT, "val", .file = CLI_SOURCE, .value = &x.val, .arg = "PATH", .help = "validation set",
                   .unset = "DIR/val.csv"),
        CLI_OPTION(CLI_TEXT, "test", .file = CLI_SOURCE, .value = &x.test, .arg = "PATH", .help = "test set",
                   .unset = "DIR/test.csv"),
        CLI_OPTION(CLI_TEXT, "out", .file = CLI_TARGET_DIR, .names = written, .value = &x.out, .arg = "DIR",
                   .required = true, .help = "directory for the runs, created if missing"),
        CLI_OPTION(CLI_LIST, "set", .value = &x.set, .arg = "NAME=VALUE",
                   .help = "set this option of fer train in all recipes; may be repeated"),
        CLI_OPTION(CLI_COUNT, "jobs", .value = &x.jobs, .min = 1, .max = 64,
                   .help = "runs at the same time; they share the threads"),
        CLI_OPTION_THREADS(&x.threads),
        CLI_OPTION(CLI_FLAG, "resume", .value = &x.resume, .help = "continue a stopped experiment"),
    };
    const struct cli_usage usage = {
        .command = "experiment",
        .operands = "RECIPE ...",
        .operands_min = 1,
        .operands_max = 1000,
        .each = CLI_SOURCE,
        .summary = "train and test several recipes, and compare them",
        .notes = "Each recipe becomes a run DIR/<its name>. fer trains it, then tests the weights of its best epoch. "
                 "experiment.md, .csv and .json compare the results with the published ones; fer updates them after "
                 "every run. A failed run does not stop the others.",
        .example = "fer experiment recipes/mcct-*.recipe --data affectnet --out runs \\\n"
                   "      --set epochs=2 --set input=112"};
    struct cli_operands recipes;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &recipes);
    if (code == CLI_GO_ON) {
        share_threads(&x);
        code = run_job(&x, &recipes);
    }
    free_runs(&x);
    return code;
}

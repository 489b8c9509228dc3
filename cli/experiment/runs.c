/* The children of an experiment. Each run goes through `fer train`, then `fer eval`. test.json gets its name when the
 * evaluation has succeeded; it marks the run as done. */
#define _POSIX_C_SOURCE 200809L /* sigtimedwait, kill */
#include "base/clock.h"
#include "common/file.h"
#include "experiment/child.h"
#include "experiment/experiment.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS   200000000L /* between two polls of the children */
#define SECONDS_S 5.0        /* between two writes of a run's training time */
#define PATIENCE  50         /* polls of children that were asked to end, before they are killed */

struct waiting {
    sigset_t ours, before; /* signals to wait for; the mask of the children */
};

/* ---- how long a run was trained ---- */

static void load_seconds(struct run *r)
{
    char path[RUN_PATH_MAX];
    double seconds;
    FILE *f = fopen(run_path(r, "seconds", path), "r");
    r->seconds_before = f && fscanf(f, "%lf", &seconds) == 1 && seconds >= 0 ? seconds : 0;
    if (f) fclose(f);
}

static double seconds_of(const struct run *r)
{
    return r->seconds_before + feri_now() - r->started;
}

static bool save_seconds(struct run *r)
{
    char path[RUN_PATH_MAX], text[48];
    r->seconds_saved = seconds_of(r);
    int n = snprintf(text, sizeof text, "%.1f\n", r->seconds_saved);
    return cli_file_write(run_path(r, "seconds", path), text, (size_t)n);
}

/* ---- one run ---- */

static void fail_run(struct experiment *x, struct run *r, const char *why)
{
    char line[RUN_WHY_MAX + 16];
    if (why) snprintf(r->why, sizeof r->why, "%s", why);
    r->state = RUN_FAILED;
    snprintf(line, sizeof line, "failed: %s", r->why);
    experiment_say(x, r, line);
}

static void start(struct experiment *x, struct run *r, struct child *c, enum run_state state)
{
    char threads[16], log[RUN_PATH_MAX];
    snprintf(threads, sizeof threads, "%u", x->threads);
    child_arg(c, "--threads");
    child_arg(c, threads);
    c->log = run_path(r, "train.log", log);
    r->why[0] = r->line[0] = '\0';
    r->pid = child_start(c);
    r->state = state;
    if (r->pid < 0) fail_run(x, r, "its process cannot be started");
}

static void start_training(struct experiment *x, struct run *r, const struct waiting *w)
{
    char recipe[RUN_PATH_MAX];
    struct child c = {.mask = &w->before};
    if (!cli_make_dirs(r->dir) || !cli_file_write(run_path(r, "run.recipe", recipe), r->made_of, r->made_size)) {
        fail_run(x, r, "its directory cannot be written");
        return;
    }
    const char *const args[] = {"train", "--recipe", recipe, "--out", r->dir, "--resume"};
    for (size_t i = 0; i < CLI_N(args); i++) child_arg(&c, args[i]);
    experiment_skip_log(r);
    load_seconds(r);
    r->started = feri_now();
    experiment_say(x, r, x->resume && r->seconds_before > 0 ? "continues" : "starts");
    start(x, r, &c, RUN_TRAINING);
}

/* --name=value for each value of the training option `of`. */
static void pass_option(struct child *c, const struct run *r, const char *name, const char *of)
{
    const fer_option *row = fer_option_find(fer_train_table(), of);
    size_t n;
    for (size_t i = 0; c->n < CHILD_ARGS_MAX && (n = fer_option_get(row, &r->opt, i, NULL, 0)) > 0; i++) {
        size_t before = strlen(name) + 3;
        char *arg = malloc(before + n + 1);
        if (!arg) return;
        snprintf(arg, before + n + 1, "--%s=", name);
        fer_option_get(row, &r->opt, i, arg + before, n + 1);
        child_arg(c, arg);
    }
}

/* The test set is opened like the training set, except for its split, with the protocol of the validation set. */
static void pass_data_options(struct child *c, const struct run *r)
{
    static const char *const same[] = {"layout", "order", "classes", "merge", "margin"};
    for (size_t i = 0; i < CLI_N(same); i++) pass_option(c, r, same[i], same[i]);
    pass_option(c, r, "protocol", "val-protocol");
}

static void start_testing(struct experiment *x, struct run *r, const struct waiting *w)
{
    char weights[RUN_PATH_MAX], out[RUN_PATH_MAX], predictions[RUN_PATH_MAX];
    struct child c = {.mask = &w->before};
    const char *const args[] = {"eval",   "--weights",     run_path(r, "best.safetensors", weights),
                                "--data", x->test,         "--format",
                                "json",   "--predictions", run_path(r, "predictions.csv", predictions)};
    for (size_t i = 0; i < CLI_N(args); i++) child_arg(&c, args[i]);
    if (r->opt.data.skip_bad) child_arg(&c, "--skip-bad");
    size_t own = c.n;
    pass_data_options(&c, r);
    size_t end = c.n;
    c.out = run_path(r, "test.json.tmp", out);
    start(x, r, &c, RUN_TESTING);
    for (size_t i = own; i < end; i++) free((char *)(uintptr_t)c.args[i]);
}

static void finish(struct experiment *x, struct run *r)
{
    char tmp[RUN_PATH_MAX], path[RUN_PATH_MAX], line[RUN_LINE_MAX];
    if (!cli_file_publish(run_path(r, "test.json.tmp", tmp), run_path(r, "test.json", path)) ||
        !experiment_collect(r)) {
        fail_run(x, r, "its results cannot be read");
        return;
    }
    r->state = RUN_DONE;
    snprintf(line, sizeof line, "done: accuracy %.2f %% on the test set, %.2f %% on validation (epoch %zu)",
             100 * r->result.accuracy, 100 * r->result.best_val_accuracy, r->result.best_epoch);
    experiment_say(x, r, line);
}

/* ---- children that end ---- */

static bool under_way(const struct run *r)
{
    return r->state == RUN_TRAINING || r->state == RUN_TESTING;
}

static void end_badly(struct experiment *x, struct run *r, int status)
{
    char why[64];
    const char *what = r->state == RUN_TRAINING ? "training" : "evaluation";
    if (WIFSIGNALED(status)) r->why[0] = '\0'; /* its last message is not the reason */
    if (WIFSIGNALED(status)) snprintf(why, sizeof why, "%s was ended by signal %d", what, WTERMSIG(status));
    else snprintf(why, sizeof why, "%s ended with exit code %d", what, WEXITSTATUS(status));
    fail_run(x, r, r->why[0] ? NULL : why);
}

/* True if the run is over, successful or not. */
static bool look_at(struct experiment *x, struct run *r, const struct waiting *w)
{
    int status;
    pid_t ended = waitpid(r->pid, &status, WNOHANG);
    experiment_follow(x, r);
    if (r->state == RUN_TRAINING && (ended == r->pid || seconds_of(r) - r->seconds_saved > SECONDS_S) &&
        !save_seconds(r))
        cli_say("%s: its training time cannot be saved", r->name);
    if (ended != r->pid) return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != CLI_OK) end_badly(x, r, status);
    else if (r->state == RUN_TRAINING) start_testing(x, r, w);
    else finish(x, r);
    return !under_way(r);
}

/* ---- all of them ---- */

static size_t count(const struct experiment *x, enum run_state state)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++) n += x->runs[i].state == state;
    return n;
}

static size_t count_under_way(const struct experiment *x)
{
    return count(x, RUN_TRAINING) + count(x, RUN_TESTING);
}

static void start_waiting(struct experiment *x, const struct waiting *w)
{
    for (size_t i = 0; i < x->n && count_under_way(x) < x->jobs; i++)
        if (x->runs[i].state == RUN_WAITING) start_training(x, &x->runs[i], w);
}

/* Wait for a child that ends, a signal to stop, or a timeout. Returns the signal, 0: none. */
static int wait_for(const struct waiting *w)
{
    struct timespec a_while = {.tv_nsec = POLL_NS};
    int signal = sigtimedwait(&w->ours, NULL, &a_while);
    return signal < 0 || signal == SIGCHLD ? 0 : signal;
}

static void signal_children(const struct experiment *x, int signal)
{
    for (size_t i = 0; i < x->n; i++)
        if (under_way(&x->runs[i])) kill(x->runs[i].pid, signal);
}

/* A child that was asked to end writes its last checkpoint. */
static void stop_children(struct experiment *x, const struct waiting *w)
{
    signal_children(x, SIGTERM);
    for (int looks = 0; count_under_way(x) > 0; looks++) {
        if (looks == PATIENCE) signal_children(x, SIGKILL);
        for (size_t i = 0; i < x->n; i++) {
            struct run *r = &x->runs[i];
            if (!under_way(r) || waitpid(r->pid, NULL, WNOHANG) != r->pid) continue;
            if (r->state == RUN_TRAINING) save_seconds(r);
            r->state = RUN_STOPPED;
        }
        if (count_under_way(x) > 0) wait_for(w);
    }
}

static bool go_on(struct experiment *x, const struct waiting *w)
{
    while (count(x, RUN_WAITING) + count_under_way(x) > 0) {
        start_waiting(x, w);
        int signal = wait_for(w);
        if (signal) {
            stop_children(x, w);
            return false;
        }
        bool ended = false;
        for (size_t i = 0; i < x->n; i++)
            if (under_way(&x->runs[i])) ended |= look_at(x, &x->runs[i], w);
        if (ended) experiment_write(x);
        experiment_show(x);
    }
    return true;
}

/* Signals stay pending until they are polled, so no code runs inside a handler. */
bool experiment_go(struct experiment *x)
{
    struct waiting w;
    sigemptyset(&w.ours);
    sigaddset(&w.ours, SIGINT);
    sigaddset(&w.ours, SIGTERM);
    sigaddset(&w.ours, SIGHUP);
    sigaddset(&w.ours, SIGCHLD);
    sigprocmask(SIG_BLOCK, &w.ours, &w.before);
    bool whole = go_on(x, &w);
    sigprocmask(SIG_SETMASK, &w.before, NULL);
    return whole;
}

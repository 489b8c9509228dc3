/* The options determine a run: threads and interruptions do not change it, and a failure loses nothing. */
#include "fixture.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

/* Die or stop after so many batches of this process. */
struct end {
    size_t left;
    bool kill;
};

static bool end_soon(void *user, const fer_progress *p)
{
    struct end *e = user;
    (void)p;
    if (e->left == 0 || --e->left > 0) return true;
    if (e->kill) raise(SIGKILL);
    return false;
}

/* Train in a separate process. Returns its status from waitpid(). */
static pid_t start_child(const fer_train_options *o, size_t kill_after)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0) return pid;
    struct end end = {kill_after, true};
    const fer_train_events events = {.user = &end, .progress = end_soon};
    _exit(fer_train(o, &events, NULL) == FER_OK ? 0 : 1);
}

static int wait_child(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void reference_run(void)
{
    if (access(in_run("reference", "final.safetensors"), F_OK) == 0) return;
    fer_train_options o = small_options("reference");
    train_ok(&o, NULL);
}

static void test_killed_and_resumed_equals_uninterrupted(void **state)
{
    (void)state;
    static const size_t batches[] = {3, 8, 6,
                                     1}; /* of 6 an epoch: in the first, in the second, at an end, at a start */
    reference_run();
    fer_train_options o = small_options("killed");
    o.resume = true; /* the first time there is nothing to resume: it starts */
    for (size_t i = 0; i < 4; i++) {
        int status = wait_child(start_child(&o, batches[i]));
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    train_ok(&o, NULL);
    assert_same_results("reference", "killed");
}

static void sleep_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* At any moment, so now and then within the writing of a file. */
static void test_killed_at_random_times(void **state)
{
    (void)state;
    reference_run();
    fer_train_options o = small_options("random");
    o.resume = true;
    struct feri_rng r = feri_rng_new((uint64_t)time(NULL), 0, 0);
    for (long longest = 40;; longest += 15) {
        pid_t pid = start_child(&o, 0);
        sleep_ms((long)feri_rng_below(&r, (uint32_t)longest));
        kill(pid, SIGKILL);
        int status = wait_child(pid);
        if (WIFSIGNALED(status)) continue;
        assert_int_equal(WEXITSTATUS(status), 0);
        break;
    }
    assert_same_results("reference", "random");
}

static void test_stopped_and_resumed_equals_uninterrupted(void **state)
{
    (void)state;
    fer_error err = {0};
    struct end end = {10, false};
    const fer_train_events events = {.user = &end, .progress = end_soon};
    reference_run();
    fer_train_options o = small_options("stopped");
    assert_int_equal(fer_train(&o, &events, &err), FER_ERR_STOPPED);
    assert_non_null(strstr(err.text, "stopped in epoch 2, batch 4; 1 epochs are saved"));
    o.resume = true;
    o.threads = 1;
    train_ok(&o, NULL);
    assert_same_results("reference", "stopped");
}

static void test_threads_do_not_change_the_bits(void **state)
{
    (void)state;
    reference_run();
    fer_train_options o = small_options("threads");
    o.threads = 1;
    o.workers = 3;
    train_ok(&o, NULL);
    assert_same_results("reference", "threads");
    o = small_options("threads5");
    o.threads = 5;
    train_ok(&o, NULL);
    assert_same_results("reference", "threads5");
}

/* All options that make a batch or a step special. */
static fer_train_options technique_options(const char *run)
{
    fer_train_options o = small_options(run);
    o.mixup = 0.4f;
    o.cutmix = 1;
    o.logit_adjust = 1;
    o.sam = 0.05f;
    o.oversample = 0;
    return o;
}

static void test_techniques_are_resumed_and_do_not_depend_on_threads(void **state)
{
    (void)state;
    fer_train_options o = technique_options("techniques");
    train_ok(&o, NULL);
    o = technique_options("techniques-killed");
    o.resume = true;
    int status = wait_child(start_child(&o, 8));
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    o.threads = 1;
    o.workers = 3;
    train_ok(&o, NULL);
    assert_same_results("techniques", "techniques-killed");
    o.mixup = 0;
    assert_refused(&o, FER_ERR_ARGUMENT, "option 'mixup' is 0.4 in the checkpoint and 0.0 now");
}

/* What the first process kept of the teacher's answers, the second does not have. */
static fer_train_options taught_options(const char *run)
{
    fer_train_options o = small_options(run);
    o.teacher = in_run("reference", "final.safetensors");
    o.distill_mirror = true;
    o.views = 2;
    o.degrade = 0.5f;
    return o;
}

static void test_answers_to_views_are_the_same_after_resuming(void **state)
{
    (void)state;
    reference_run();
    fer_train_options o = taught_options("taught");
    train_ok(&o, NULL);
    o = taught_options("taught-killed");
    o.resume = true;
    int status = wait_child(start_child(&o, 14)); /* in the third epoch, whose views are the first's */
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    o.threads = 1;
    train_ok(&o, NULL);
    assert_same_results("taught", "taught-killed");
    o.mixup = 0.2f;
    assert_refused(&o, FER_ERR_ARGUMENT, "views: 2, expected 0 with mixup");
}

static void test_log_and_final_are_rebuilt(void **state)
{
    (void)state;
    reference_run();
    fer_train_options o = small_options("rebuilt");
    train_ok(&o, NULL);
    assert_int_equal(remove(in_run("rebuilt", "log.csv")), 0);
    assert_int_equal(remove(in_run("rebuilt", "final.safetensors")), 0);
    o.resume = true;
    train_ok(&o, NULL);
    assert_same_results("reference", "rebuilt");
}

static void test_a_constant_rate_can_be_prolonged(void **state)
{
    (void)state;
    fer_train_options o = small_options("long");
    o.schedule = FER_CONSTANT;
    train_ok(&o, NULL);
    o.out = in_fixture("prolonged");
    o.epochs = 1;
    train_ok(&o, NULL);
    o.epochs = 3;
    o.resume = true;
    train_ok(&o, NULL);
    assert_same_log("long", "prolonged");
    assert_same_file("long", "prolonged", "final.safetensors");
    o.epochs = 2;
    assert_refused(&o, FER_ERR_ARGUMENT, "3 epochs already");
}

static void test_other_options_are_refused(void **state)
{
    (void)state;
    static const char *const freeze[] = {"fc.*"};
    fer_train_options o;
    reference_run();
#define REFUSED(change, words)      \
    o = small_options("reference"); \
    o.resume = true;                \
    change;                         \
    assert_refused(&o, FER_ERR_ARGUMENT, words)
    REFUSED(o.lr = 1e-3f, "option 'lr' is 0.003 in the checkpoint and 0.001 now");
    REFUSED(o.seed = 8, "option 'seed' is 7 in the checkpoint and 8 now");
    REFUSED(o.epochs = 4, "option 'epochs'");
    REFUSED(o.optimizer = FER_SGD, "option 'optimizer' is \"adamw\" in the checkpoint and \"sgd\" now");
    REFUSED((o.freeze = freeze, o.n_freeze = 1), "option 'freeze' is [] in the checkpoint and [\"fc.*\"] now");
    REFUSED(o.val.margin = 0.1f, "val: only its path, split and protocol");
    REFUSED(o.val.path = NULL, "option 'val'");
    REFUSED(o.data.path = o.val.path, "option 'data' is \"72 images, 3 classes, digest");
    REFUSED(o.resume = false, "resume it (--resume) or use another directory");
}

static void test_a_broken_checkpoint_is_refused(void **state)
{
    (void)state;
    size_t n;
    reference_run();
    assert_int_equal(feri_make_dirs(in_fixture("broken"), NULL), FER_OK);
    uint8_t *bytes = read_bytes(in_run("reference", "last.safetensors"), &n);
    FILE *f = fopen(in_run("broken", "last.safetensors"), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n / 2, f), n / 2);
    fclose(f);
    free(bytes);
    fer_train_options o = small_options("broken");
    o.resume = true;
    assert_refused(&o, FER_ERR_FORMAT, "last.safetensors");
    assert_int_equal(rename(in_run("reference", "best.safetensors"), in_run("broken", "last.safetensors")), 0);
    assert_refused(&o, FER_ERR_FORMAT, "not a training checkpoint");
    assert_int_equal(rename(in_run("broken", "last.safetensors"), in_run("reference", "best.safetensors")), 0);
}

/* ---- no space, no permission ---- */

static void test_a_directory_that_cannot_be_made(void **state)
{
    (void)state;
    fer_train_options o = small_options("train/left/00.png/run");
    assert_refused(&o, FER_ERR_IO, "00.png");
}

/* Train in a process whose files may not exceed a limit: for write() this is a full disk. */
static void train_with_room(const fer_train_options *o, rlim_t bytes, const char *file)
{
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct rlimit limit = {bytes, bytes};
        fer_error err = {0};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        fer_status st = fer_train(o, NULL, &err);
        _exit(st == FER_ERR_IO && strstr(err.text, file) && strstr(err.text, "cannot be written") ? 0 : 1);
    }
    assert_int_equal(wait_child(pid), 0);
}

static void test_a_full_disk_leaves_the_last_checkpoint(void **state)
{
    (void)state;
    size_t model, before, after;
    reference_run();
    fer_train_options o = small_options("full");
    o.resume = true;
    free(read_bytes(in_run("reference", "best.safetensors"), &model));
    /* Room for best.safetensors, but not for the checkpoint, which is several times as large. */
    train_with_room(&o, (rlim_t)model + 4096, "last.safetensors");
    assert_int_not_equal(access(in_run("full", "last.safetensors"), F_OK), 0);
    struct end end = {7, false};
    const fer_train_events events = {.user = &end, .progress = end_soon};
    assert_int_equal(fer_train(&o, &events, NULL), FER_ERR_STOPPED);
    uint8_t *then = read_bytes(in_run("full", "last.safetensors"), &before);
    train_with_room(&o, 100000, ".safetensors");
    uint8_t *now = read_bytes(in_run("full", "last.safetensors"), &after);
    assert_true(before == after && memcmp(then, now, before) == 0);
    free(then);
    free(now);
    train_ok(&o, NULL);
    assert_same_results("reference", "full");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_and_resumed_equals_uninterrupted),
        cmocka_unit_test(test_killed_at_random_times),
        cmocka_unit_test(test_stopped_and_resumed_equals_uninterrupted),
        cmocka_unit_test(test_threads_do_not_change_the_bits),
        cmocka_unit_test(test_techniques_are_resumed_and_do_not_depend_on_threads),
        cmocka_unit_test(test_answers_to_views_are_the_same_after_resuming),
        cmocka_unit_test(test_log_and_final_are_rebuilt),
        cmocka_unit_test(test_a_constant_rate_can_be_prolonged),
        cmocka_unit_test(test_other_options_are_refused),
        cmocka_unit_test(test_a_broken_checkpoint_is_refused),
        cmocka_unit_test(test_a_directory_that_cannot_be_made),
        cmocka_unit_test(test_a_full_disk_leaves_the_last_checkpoint),
    };
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

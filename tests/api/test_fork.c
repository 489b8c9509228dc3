/* Children after fork(): they can use and free what the parent made, with the same results, and never hang. */
#define _DEFAULT_SOURCE /* fork, alarm, usleep */
#include "canvas.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS  25
#define SECONDS 60 /* seconds that a child may take */

struct fixture {
    fer_image *face;
    fer_view view;
    fer_face want;
};

static fer_pipeline *three_threads(const fer_model *m)
{
    return new_pipeline(&(fer_pipeline_options){.model = m, .threads = 3, .detector.smallest = 25});
}

static int set_up(void **state)
{
    static struct fixture f;
    f.face = load_face();
    f.view = fer_image_view(f.face);
    fer_pipeline *p = three_threads(NULL);
    assert_int_equal(run(p, &f.view, 1, &f.want), 1);
    fer_pipeline_free(p);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fer_image_free(((struct fixture *)*state)->face);
    return 0;
}

/* Returns 0 for the same result. A child cannot use cmocka's functions for failing. */
static int answer(const struct fixture *f, fer_pipeline *p)
{
    fer_face got;
    size_t n = 0;
    if (fer_pipeline_run(p, &f->view, 1, &got, &n, NULL) != FER_OK || n != 1) return 1;
    return memcmp(got.scores, f->want.scores, sizeof got.scores) || got.x != f->want.x || got.width != f->want.width;
}

/* Returns the signal that ended the child, or 0; -1 if it ended otherwise than it should. */
static int end_of(pid_t child)
{
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child) return -1;
    if (WIFSIGNALED(status)) return WTERMSIG(status);
    return WEXITSTATUS(status) ? -1 : 0;
}

static void wait_for(pid_t child)
{
    assert_int_equal(end_of(child), 0);
}

static void child_runs_and_frees(const struct fixture *f, fer_pipeline *p)
{
    pid_t child = fork();
    if (child == 0) {
        alarm(SECONDS);
        int bad = answer(f, p) || answer(f, p);
        fer_pipeline_free(p);
        _exit(bad);
    }
    wait_for(child);
}

/* Before LLVM 17 the address sanitizer's own allocator does not survive fork() while another thread allocates, for
 * example while a pool's threads start: the child waits for ever for a lock of that thread. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && __clang_major__ < 17
#define ALLOCATOR_DIES_IN_FORK
#endif
#endif

static void test_a_child_runs_what_has_not_run(void **state)
{
#ifdef ALLOCATOR_DIES_IN_FORK
    skip();
#endif
    const struct fixture *f = *state;
    for (int i = 0; i < ROUNDS; i++) {
        fer_pipeline *p = three_threads(NULL);
        child_runs_and_frees(f, p);
        assert_int_equal(answer(f, p), 0);
        fer_pipeline_free(p);
    }
}

static void test_a_child_runs_what_has_run(void **state)
{
    const struct fixture *f = *state;
    fer_pipeline *p = three_threads(NULL);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(answer(f, p), 0);
        child_runs_and_frees(f, p);
    }
    fer_pipeline_free(p);
}

static void test_a_child_frees_alone(void **state)
{
    const struct fixture *f = *state;
    fer_pipeline *p = three_threads(NULL);
    assert_int_equal(answer(f, p), 0);
    for (int i = 0; i < ROUNDS; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(SECONDS);
            fer_pipeline_free(p);
            _exit(0);
        }
        wait_for(child);
    }
    fer_pipeline_free(p);
}

static void test_a_grandchild_runs_too(void **state)
{
    const struct fixture *f = *state;
    fer_pipeline *p = three_threads(NULL);
    pid_t child = fork();
    if (child == 0) {
        int status = 0, bad = answer(f, p);
        pid_t grandchild = fork();
        if (grandchild == 0) {
            alarm(SECONDS);
            _exit(answer(f, p));
        }
        bad = bad || waitpid(grandchild, &status, 0) != grandchild || status || answer(f, p);
        fer_pipeline_free(p);
        _exit(bad);
    }
    wait_for(child);
    fer_pipeline_free(p);
}

struct busy {
    const struct fixture *f;
    fer_pipeline *p;
    atomic_bool stop;
    atomic_int bad;
};

static void *run_on(void *arg)
{
    struct busy *b = arg;
    while (!atomic_load(&b->stop)) atomic_fetch_add(&b->bad, answer(b->f, b->p));
    return NULL;
}

/* The child runs another pipeline of the same model, and frees the one that was in use. */
static void test_a_child_runs_while_another_thread_runs(void **state)
{
#ifdef ALLOCATOR_DIES_IN_FORK
    skip();
#endif
    const struct fixture *f = *state;
    fer_pipeline *p = three_threads(NULL), *other = three_threads(fer_pipeline_model(p));
    struct busy b = {.f = f, .p = p};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, run_on, &b), 0);
    int end = 0;
    for (int i = 0; i < ROUNDS && !end; i++) {
        usleep((useconds_t)(137 * i)); /* another moment of the run each time */
        pid_t child = fork();
        if (child == 0) {
            alarm(SECONDS);
            int bad = answer(f, other);
            fer_pipeline_free(other);
            fer_pipeline_free(p);
            _exit(bad);
        }
        end = end_of(child);
    }
    atomic_store(&b.stop, true);
    pthread_join(thread, NULL);
    assert_int_equal(end, 0);
    assert_int_equal(b.bad, 0);
    fer_pipeline_free(other);
    fer_pipeline_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_child_runs_what_has_not_run),
        cmocka_unit_test(test_a_child_runs_what_has_run),
        cmocka_unit_test(test_a_child_frees_alone),
        cmocka_unit_test(test_a_grandchild_runs_too),
        cmocka_unit_test(test_a_child_runs_while_another_thread_runs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}

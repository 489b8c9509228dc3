/* Training by several ranks, here threads: the bits are those of one process. */
#include "fixture.h"
#include "ranks.h"

struct rank_run {
    fer_train_options opt;
    struct member member;
    pthread_t thread;
    fer_status status;
    fer_error error;
};

static void *run_rank(void *arg)
{
    struct rank_run *r = arg;
    r->status = fer_train(&r->opt, NULL, &r->error);
    return NULL;
}

/* The same run on n ranks; changed: rank 1 has another learning rate. */
static void train_ranks(const fer_train_options *o, size_t n, bool changed, struct rank_run runs[])
{
    static struct board board;
    board_open(&board, n);
    for (size_t i = 0; i < n; i++) {
        runs[i] = (struct rank_run){.opt = *o};
        member_open(&runs[i].member, &board, i);
        runs[i].opt.ranks = &runs[i].member.table;
        runs[i].opt.threads = 1;
        if (changed && i == 1) runs[i].opt.lr *= 2;
    }
    for (size_t i = 0; i < n; i++) assert_int_equal(pthread_create(&runs[i].thread, NULL, run_rank, &runs[i]), 0);
    for (size_t i = 0; i < n; i++) pthread_join(runs[i].thread, NULL);
    board_close(&board);
}

static void assert_ranks_train(const fer_train_options *o, size_t n)
{
    struct rank_run runs[RANKS_MAX];
    train_ranks(o, n, false, runs);
    for (size_t i = 0; i < n; i++)
        if (runs[i].status != FER_OK) fail_msg("rank %zu: %s", i, runs[i].error.text);
}

static fer_train_options with_everything(const char *run)
{
    fer_train_options o = small_options(run);
    o.epochs = 2;
    o.batch = 13; /* not the same number in each slot, and the middle one has no partner */
    o.mixup = 0.4f;
    o.cutmix = 1;
    o.sam = 0.05f;
    o.drop_path = 0.2f;
    o.degrade = 0.3f;
    return o;
}

static void test_ranks_give_the_bits_of_one_process(void **state)
{
    (void)state;
    fer_train_options o = with_everything("alone");
    train_ok(&o, NULL);
    o.out = in_fixture("two");
    assert_ranks_train(&o, 2);
    assert_same_results("alone", "two");
    o.out = in_fixture("three");
    o.epochs = 1; /* then on, with another number */
    o.schedule = FER_CONSTANT;
    o.warmup = 0;
    assert_ranks_train(&o, 3);
    o.resume = true;
    o.epochs = 2;
    assert_ranks_train(&o, 5);
    o.resume = false;
    o.out = in_fixture("constant");
    train_ok(&o, NULL);
    assert_same_results("constant", "three");
}

static void test_teachers_answer_on_every_rank(void **state)
{
    (void)state;
    fer_train_options o = with_everything("taught");
    o.epochs = 2;
    o.mixup = o.cutmix = 0;
    o.views = 1; /* each rank answers, in the second epoch, only for what it has not seen in the first */
    o.distill_mirror = true;
    o.teacher = in_run("alone", "final.safetensors");
    train_ok(&o, NULL);
    o.out = in_fixture("taught-by-two");
    assert_ranks_train(&o, 2);
    assert_same_results("taught", "taught-by-two");
}

static void test_a_picture_that_cannot_be_read_is_replaced_everywhere(void **state)
{
    (void)state;
    fer_train_options o = small_options("bad");
    o.epochs = 1;
    o.data.skip_bad = true;
    o.mixup = 0.4f;
    FILE *f = fopen(in_run("train", "left/07.png"), "w");
    assert_non_null(f);
    fputs("no picture", f);
    fclose(f);
    train_ok(&o, NULL);
    o.out = in_fixture("bad-two");
    assert_ranks_train(&o, 2);
    assert_same_results("bad", "bad-two");
    make_image(in_fixture("train"), "left", 0, 7, 1);
}

static void test_other_options_are_refused_on_all_ranks(void **state)
{
    (void)state;
    struct rank_run runs[RANKS_MAX];
    const fer_train_options o = small_options("different");
    train_ranks(&o, 2, true, runs);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(runs[i].status, FER_ERR_ARGUMENT);
        assert_non_null(strstr(runs[i].error.text, "'lr' is 0.003 in rank 0 and 0.006 in rank 1"));
    }
    assert_int_equal(access(in_run("different", "config.json"), F_OK), -1);
}

static void test_too_many_ranks_are_refused(void **state)
{
    (void)state;
    struct rank_run runs[RANKS_MAX];
    fer_train_options o = small_options("many");
    o.batch = 3;
    train_ranks(&o, 3, false, runs);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(runs[i].status, FER_ERR_ARGUMENT);
        assert_non_null(strstr(runs[i].error.text, "3 images make 2 slots, which cannot be divided among 3 ranks"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ranks_give_the_bits_of_one_process),
                                       cmocka_unit_test(test_teachers_answer_on_every_rank),
                                       cmocka_unit_test(test_a_picture_that_cannot_be_read_is_replaced_everywhere),
                                       cmocka_unit_test(test_other_options_are_refused_on_all_ranks),
                                       cmocka_unit_test(test_too_many_ranks_are_refused)};
    return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}

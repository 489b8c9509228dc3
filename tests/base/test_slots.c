/* Slots of a batch and the tree of their sums. */
#include "base/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 4096 };

static void add(void *arg, void *sum, const void *right)
{
    (void)arg;
    *(float *)sum += *(const float *)right;
}

/* Numbers of very different sizes: every order of additions has other bits. */
static float number(size_t slot)
{
    return (float)(slot * 2654435761u % 1000) * (slot % 3 ? 1e-4f : 1e3f) + 0.1f;
}

static float tree_sum(struct feri_slots s)
{
    float leaves[MOST], all[MOST];
    struct feri_subtree blocks[FERI_SLOTS_BLOCKS];
    struct feri_tree whole = {0};
    for (s.rank = 0; s.rank < s.size; s.rank++) {
        struct feri_tree local = {0};
        size_t first = feri_slots_first(&s, s.rank);
        for (size_t i = first; i < first + feri_slots_mine(&s); i++) {
            leaves[i] = number(i);
            feri_tree_push(&local, (struct feri_subtree){i, 1, &leaves[i]}, add, NULL);
        }
        assert_int_equal(feri_slots_blocks(&s, s.rank, blocks), local.n);
        for (size_t b = 0; b < local.n; b++) {
            assert_int_equal(blocks[b].first, local.stack[b].first);
            assert_int_equal(blocks[b].size, local.stack[b].size);
            all[blocks[b].first] = *(float *)local.stack[b].data;
            blocks[b].data = &all[blocks[b].first];
            feri_tree_push(&whole, blocks[b], add, NULL);
        }
    }
    assert_int_equal(whole.n, 1);
    assert_int_equal(whole.stack[0].size, s.count);
    return *(float *)whole.stack[0].data;
}

static void test_the_sum_has_the_same_bits_for_any_number_of_ranks(void **state)
{
    (void)state;
    float plain = 0, alone = tree_sum(feri_slots_of(1024, 0, 1));
    for (size_t i = 0; i < 64; i++) plain += number(i);
    assert_true(plain != alone); /* these numbers show in which order they were added */
    for (size_t ranks = 2; ranks <= 64; ranks++) {
        float sum = tree_sum(feri_slots_of(1024, 0, ranks));
        assert_memory_equal(&sum, &alone, sizeof sum);
    }
}

/* The largest batch of fer train. */
static void test_the_sum_of_the_largest_batch(void **state)
{
    (void)state;
    static const size_t ranks[] = {2, 3, 1000, 1024, 4095, 4096};
    float alone = tree_sum(feri_slots_of(65536, 0, 1));
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        float sum = tree_sum(feri_slots_of(65536, 0, ranks[i]));
        assert_memory_equal(&sum, &alone, sizeof sum);
    }
}

static void test_a_power_of_two_of_ranks_has_one_block_each(void **state)
{
    (void)state;
    struct feri_subtree blocks[FERI_SLOTS_BLOCKS];
    for (size_t ranks = 1; ranks <= 16; ranks *= 2)
        for (size_t r = 0; r < ranks; r++) {
            const struct feri_slots s = feri_slots_of(128, r, ranks);
            assert_int_equal(feri_slots_blocks(&s, r, blocks), 1);
        }
}

static void test_slots_follow_the_batch(void **state)
{
    (void)state;
    const size_t batches[] = {1, 2, 3, 15, 16, 100, 256, 257, 512, 513, 32768, 65536},
                 want[] = {1, 2, 2, 8, 16, 16, 16, 16, 32, 32, 2048, 4096};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) assert_int_equal(feri_slots_most(batches[i]), want[i]);
}

static void test_ranks_share_every_sample_once(void **state)
{
    (void)state;
    for (size_t n = 16; n < 40; n++)
        for (size_t ranks = 1; ranks <= 16; ranks++) {
            size_t total = 0;
            for (size_t r = 0; r < ranks; r++) {
                const struct feri_slots s = feri_slots_of(n, r, ranks);
                size_t own = feri_slots_samples(&s, r, n);
                assert_int_equal(feri_slots_begin(&s, r, n), total);
                assert_true(own >= 1 && own <= feri_slots_samples_max(&s, n));
                assert_int_equal(feri_slots_local(&s, feri_slots_mine(&s), n), own);
                total += own;
            }
            assert_int_equal(total, n);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_sum_has_the_same_bits_for_any_number_of_ranks),
                                       cmocka_unit_test(test_the_sum_of_the_largest_batch),
                                       cmocka_unit_test(test_a_power_of_two_of_ranks_has_one_block_each),
                                       cmocka_unit_test(test_slots_follow_the_batch),
                                       cmocka_unit_test(test_ranks_share_every_sample_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

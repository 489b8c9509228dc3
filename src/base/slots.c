#include "base/slots.h"

/* Up to SLOTS slots; more only if each then has SAMPLES samples. */
#define SLOTS   16
#define SAMPLES 16

static size_t power_of_two_up_to(size_t n)
{
    size_t power = 1;
    while (power <= n / 2) power *= 2;
    return power;
}

size_t feri_slots_most(size_t batch)
{
    if (batch > SLOTS * SAMPLES) return power_of_two_up_to(batch / SAMPLES);
    return power_of_two_up_to(batch < SLOTS ? batch : SLOTS);
}

struct feri_slots feri_slots_of(size_t batch, size_t rank, size_t size)
{
    return (struct feri_slots){.count = feri_slots_most(batch), .rank = rank, .size = size ? size : 1};
}

void feri_tree_push(struct feri_tree *t, struct feri_subtree s, feri_tree_add_fn *add, void *arg)
{
    while (t->n > 0) {
        struct feri_subtree *left = &t->stack[t->n - 1];
        if (left->size != s.size || left->first % (2 * s.size) != 0) break;
        add(arg, left->data, s.data);
        s = (struct feri_subtree){left->first, 2 * left->size, left->data};
        t->n--;
    }
    t->stack[t->n++] = s;
}

static void add_nothing(void *arg, void *sum, const void *right)
{
    (void)arg;
    (void)sum;
    (void)right;
}

size_t feri_slots_blocks(const struct feri_slots *s, size_t rank, struct feri_subtree blocks[FERI_SLOTS_BLOCKS])
{
    struct feri_tree t = {0};
    size_t end = feri_slots_first(s, rank + 1);
    for (size_t slot = feri_slots_first(s, rank); slot < end; slot++)
        feri_tree_push(&t, (struct feri_subtree){slot, 1, NULL}, add_nothing, NULL);
    for (size_t i = 0; i < t.n; i++) blocks[i] = t.stack[i];
    return t.n;
}

/* Names of expressions: the words data sets use for them, and the orders in which they are numbered. */
#ifndef FERI_DATA_LABELS_H
#define FERI_DATA_LABELS_H

#include "base/emotions.h"
#include "fer/base.h"

/** The emotion a word stands for ("Happy", "angry", ...), in AffectNet's order; -1: none. */
int feri_emotion_find(const char *word, size_t length);

/* What the numbers first, first + 1, ... mean. */
struct feri_order {
    const char *name, *used_by;
    size_t first, n;
    enum feri_emotion emotions[FERI_EMOTIONS];
};
/** The i-th known order; NULL behind the last. */
const struct feri_order *feri_order_at(size_t i);
const struct feri_order *feri_order_find(const char *name);
/** "affectnet (0 neutral, 1 happiness, ...); ...": every order that has all numbers from lo to hi. */
void feri_orders_text(size_t lo, size_t hi, char *out, size_t size);

#endif

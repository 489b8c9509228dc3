/* Names of expressions: the words that data sets use for them, and the orders in which they are numbered. */
#ifndef FERI_DATA_LABELS_H
#define FERI_DATA_LABELS_H

#include "base/emotions.h"
#include "fer/base.h"

/** The emotion that a word stands for ("Happy", "angry", ...), in AffectNet's order; -1: none. */
int feri_emotion_find(const char *word, size_t length);

/* The meaning of the numbers first, first + 1, ... */
struct feri_order {
    const char *name, *used_by;
    size_t first, n;
    enum feri_emotion emotions[FERI_EMOTIONS];
};
/** The i-th known order. NULL after the last one. */
const struct feri_order *feri_order_at(size_t i);
const struct feri_order *feri_order_find(const char *name);
/** "affectnet (0 neutral, 1 happiness, ...); ...": every order that contains all numbers from lo to hi. */
void feri_orders_text(size_t lo, size_t hi, char *out, size_t size);

#endif

#include "data/seen.h"

#include "base/error.h"
#include "base/rng.h"

#include <stdlib.h>

static size_t place(const uint64_t *slots, size_t cap, uint64_t h)
{
    size_t i = (size_t)h & (cap - 1);
    while (slots[i] && slots[i] != h) i = (i + 1) & (cap - 1);
    return i;
}

/* Twice the slots, so that at most half are taken. */
static bool grow(struct feri_seen *s)
{
    size_t cap = s->cap ? 2 * s->cap : 1024;
    uint64_t *slots = calloc(cap, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < s->cap; i++)
        if (s->slots[i]) slots[place(slots, cap, s->slots[i])] = s->slots[i];
    free(s->slots);
    s->slots = slots;
    s->cap = cap;
    return true;
}

/* Never 0. */
static uint64_t hash_of(uint64_t key, const char *name)
{
    return feri_mix_text(feri_mix64(key + 1), name) | 1;
}

bool feri_seen_has(const struct feri_seen *s, uint64_t key, const char *name)
{
    uint64_t h = hash_of(key, name);
    return s->n && s->slots[place(s->slots, s->cap, h)] == h;
}

fer_status feri_seen_add(struct feri_seen *s, uint64_t key, const char *name, bool *again, fer_error *err)
{
    uint64_t h = hash_of(key, name);
    if (2 * (s->n + 1) > s->cap && !grow(s)) return feri_fail_memory(err, 2 * s->cap * sizeof *s->slots);
    size_t i = place(s->slots, s->cap, h);
    *again = s->slots[i] == h;
    s->n += !*again;
    s->slots[i] = h;
    return FER_OK;
}

void feri_seen_free(struct feri_seen *s)
{
    free(s->slots);
    *s = (struct feri_seen){0};
}

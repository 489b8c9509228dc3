#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "base/hash.h"

#include "base/rng.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_CAP 16u /* number of slots, a power of two */

struct feri_hash_slot {
    uint32_t hash, place; /* place counts from 1; 0: free */
};

static uint64_t new_seed(const struct feri_hash *h)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return feri_mix64((uint64_t)(uintptr_t)h ^ feri_mix64((uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 32)) | 1;
}

static void put(struct feri_hash_slot *slots, size_t cap, struct feri_hash_slot s)
{
    size_t i = s.hash & (cap - 1);
    while (slots[i].place) i = (i + 1) & (cap - 1);
    slots[i] = s;
}

static bool grow(struct feri_hash *h)
{
    size_t cap = h->cap ? 2 * h->cap : FIRST_CAP;
    struct feri_hash_slot *slots = calloc(cap, sizeof *slots);
    if (!slots) return false;
    for (size_t i = 0; i < h->cap; i++)
        if (h->slots[i].place) put(slots, cap, h->slots[i]);
    free(h->slots);
    h->slots = slots;
    h->cap = cap;
    return true;
}

bool feri_hash_add(struct feri_hash *h, const char *name, size_t place)
{
    if (!h->seed) h->seed = new_seed(h);
    if (place >= UINT32_MAX || (4 * (h->n + 1) > 3 * h->cap && !grow(h))) return false;
    put(h->slots, h->cap, (struct feri_hash_slot){(uint32_t)feri_mix_text(h->seed, name), (uint32_t)place + 1});
    h->n++;
    return true;
}

size_t feri_hash_find(const struct feri_hash *h, const char *name, feri_hash_name_fn *name_of, const void *list)
{
    if (h->n == 0) return FERI_HASH_NONE;
    uint32_t hash = (uint32_t)feri_mix_text(h->seed, name);
    for (size_t i = hash & (h->cap - 1); h->slots[i].place; i = (i + 1) & (h->cap - 1)) {
        size_t place = (size_t)h->slots[i].place - 1;
        if (h->slots[i].hash == hash && strcmp(name_of(list, place), name) == 0) return place;
    }
    return FERI_HASH_NONE;
}

void feri_hash_free(struct feri_hash *h)
{
    free(h->slots);
    *h = (struct feri_hash){0};
}

#include "train/agree.h"

#include "base/error.h"
#include "fer/abi.h"
#include "fer/fer.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#define SHOWN      (JSON_ENCODE_ANY | JSON_REAL_PRECISION(7)) /* of a value in a message */
#define HASH_START UINT64_C(0xCBF29CE484222325)               /* FNV-1a */
#define HASH_PRIME UINT64_C(0x100000001B3)

void feri_ranks_share(const fer_ranks *ranks, const void *mine, const size_t *sizes, void *all)
{
    if (ranks) ranks->share(ranks->user, mine, sizes, all);
    else memcpy(all, mine, sizes[0]);
}

fer_status feri_ranks_numbers(const fer_ranks *ranks, uint64_t mine, uint64_t **out, fer_error *err)
{
    size_t n = feri_ranks_size(ranks), *sizes = calloc(n, sizeof *sizes);
    *out = calloc(n, sizeof **out);
    fer_status st = sizes && *out ? FER_OK : feri_fail_memory(err, n * sizeof **out);
    for (size_t r = 0; st == FER_OK && r < n; r++) sizes[r] = sizeof mine;
    if (st == FER_OK) feri_ranks_share(ranks, &mine, sizes, *out);
    free(sizes);
    return st;
}

fer_status feri_ranks_sum(const fer_ranks *ranks, size_t mine, size_t *sum_out, fer_error *err)
{
    uint64_t *all;
    fer_status st = feri_ranks_numbers(ranks, mine, &all, err);
    *sum_out = 0;
    for (size_t r = 0; st == FER_OK && r < feri_ranks_size(ranks); r++) *sum_out += (size_t)all[r];
    free(all);
    return st;
}

/* Rows have a multiple of this many bytes, so that those of every rank are aligned. */
#define ROW_ALIGN 8

fer_status feri_ranks_rows(const fer_ranks *ranks, const struct feri_rank_rows *rows, feri_rows_fn *fn, void *user,
                           fer_error *err)
{
    size_t count = feri_ranks_size(ranks), total = 0, *sizes = calloc(count, sizeof *sizes);
    uint64_t *numbers = NULL;
    assert(rows->size % ROW_ALIGN == 0);
    fer_status st = sizes ? feri_ranks_numbers(ranks, rows->n, &numbers, err) : feri_fail_memory(err, count);
    for (size_t r = 0; st == FER_OK && r < count; r++) total += sizes[r] = (size_t)numbers[r] * rows->size;
    char *all = malloc(total + 1), *at = all;
    if (st == FER_OK && !all) st = feri_fail_memory(err, total);
    if (st == FER_OK) feri_ranks_share(ranks, rows->mine, sizes, all);
    for (size_t r = 0; st == FER_OK && r < count; at += sizes[r++]) st = fn(user, r, (size_t)numbers[r], at, err);
    free(sizes);
    free(numbers);
    free(all);
    return st;
}

/* ---- the same options, data and programs ---- */

/* What compiled and linked it: other compilers and mathematical libraries round differently. */
static bool add_build(json_t *facts, const struct feri_kernels *k)
{
    const char *library = "unknown";
#ifdef __GLIBC__
    library = gnu_get_libc_version();
#endif
    return json_object_set_new(facts, "version", json_string(fer_version())) == 0 &&
           json_object_set_new(facts, "interface", json_integer(FER_ABI)) == 0 &&
           json_object_set_new(facts, "compiler", json_string(__VERSION__)) == 0 &&
           json_object_set_new(facts, "C library", json_string(library)) == 0 &&
           json_object_set_new(facts, "instruction set", json_string(k->isa)) == 0;
}

/* The first key whose value differs, of two objects. */
static fer_status compare(const char *zero, const char *other, size_t rank, fer_error *err)
{
    json_t *a = NULL, *b = NULL, *value;
    const char *key;
    fer_status st = feri_json_read(zero, strlen(zero), &a, err);
    if (st == FER_OK) st = feri_json_read(other, strlen(other), &b, err);
    json_object_foreach(a, key, value)
    {
        json_t *here = json_object_get(b, key);
        if (st != FER_OK || (here && json_equal(value, here))) continue;
        char *then = json_dumps(value, SHOWN), *now = here ? json_dumps(here, SHOWN) : NULL;
        st = feri_fail(err, FER_ERR_ARGUMENT,
                       "the processes differ: '%s' is %.150s in rank 0 and %.150s in rank %zu; start all with the same "
                       "options, data, program and kind of processor",
                       key, then ? then : "?", now ? now : "absent", rank);
        free(then);
        free(now);
    }
    json_decref(a);
    json_decref(b);
    return st;
}

static fer_status compare_all(const fer_ranks *ranks, const char *text, const uint64_t *lengths, fer_error *err)
{
    size_t n = ranks->size, total = 0, *sizes = calloc(n, sizeof *sizes);
    for (size_t r = 0; sizes && r < n; r++) total += sizes[r] = (size_t)lengths[r];
    char *all = sizes ? malloc(total) : NULL, *at = all;
    fer_status st = all ? FER_OK : feri_fail_memory(err, total);
    if (st == FER_OK) ranks->share(ranks->user, text, sizes, all);
    for (size_t r = 0; st == FER_OK && r < n; at += sizes[r++])
        if (strcmp(all, at) != 0) st = compare(all, at, r, err);
    free(sizes);
    free(all);
    return st;
}

fer_status feri_ranks_agree(const fer_ranks *ranks, json_t *facts, const struct feri_kernels *k, fer_error *err)
{
    uint64_t *lengths = NULL;
    if (!ranks) return FER_OK;
    char *text = add_build(facts, k) ? feri_json_dump(facts, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (!text) return feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
    fer_status st = feri_ranks_numbers(ranks, strlen(text) + 1, &lengths, err);
    if (st == FER_OK) st = compare_all(ranks, text, lengths, err);
    free(lengths);
    free(text);
    return st;
}

/* ---- the same weights ---- */

static uint64_t hash_floats(uint64_t hash, size_t n, const float *x)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        hash = (hash ^ bits) * HASH_PRIME;
    }
    return hash;
}

fer_status feri_weights_hash(const fer_model *m, uint64_t *hash_out, fer_error *err)
{
    size_t most = 0, n_params = feri_graph_n_params(m->graph);
    for (size_t i = 0; i < n_params; i++)
        if (feri_graph_param(m->graph, i)->count > most) most = feri_graph_param(m->graph, i)->count;
    float *copy = malloc((most + 1) * sizeof *copy);
    bool ok = copy;
    *hash_out = HASH_START;
    for (size_t i = 0; ok && i < n_params; i++) {
        ok = feri_graph_read_param(m->graph, i, copy);
        if (ok) *hash_out = hash_floats(*hash_out, feri_graph_param(m->graph, i)->count, copy);
    }
    free(copy);
    return ok ? FER_OK : feri_fail_memory(err, most * sizeof *copy);
}

fer_status feri_ranks_same_weights(const fer_ranks *ranks, const fer_model *m, fer_error *err)
{
    uint64_t *all = NULL, hash;
    if (!ranks) return FER_OK;
    fer_status st = feri_weights_hash(m, &hash, err);
    if (st == FER_OK) st = feri_ranks_numbers(ranks, hash, &all, err);
    for (size_t r = 1; st == FER_OK && r < ranks->size; r++)
        if (all[r] != all[0])
            st = feri_fail(err, FER_ERR_NUMERIC,
                           "rank %zu has other weights than rank 0: their processors compute different bits, so train "
                           "on processors of one kind",
                           r);
    free(all);
    return st;
}

/* Ranks that are threads of one process: a table for fer/ranks.h without MPI. */
#ifndef TESTS_TRAIN_RANKS_H
#define TESTS_TRAIN_RANKS_H

#include "fer/ranks.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { RANKS_MAX = 8, CALLS = 128 };
enum call_kind { CALL_SHARE, CALL_GATHER, CALL_EXCHANGE, CALL_KINDS };

/* The n-th call of a kind, on all ranks. */
struct call {
    const char *out[RANKS_MAX];
    size_t sizes[RANKS_MAX][RANKS_MAX];
    size_t posted, copied, left;
    unsigned long round; /* how often this place was used */
};

struct board {
    size_t size;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct call calls[CALL_KINDS][CALLS];
};

struct member {
    struct board *board;
    size_t rank;
    unsigned long n[CALL_KINDS];
    fer_ranks table;
};

struct pending {
    struct member *m;
    enum call_kind kind;
    struct call *call;
    char *in;
    bool copied;
};

static inline struct pending *post(struct member *m, enum call_kind kind, const void *out, const size_t *sizes,
                                   void *in)
{
    struct board *b = m->board;
    unsigned long n = m->n[kind]++;
    struct call *c = &b->calls[kind][n % CALLS];
    struct pending *p = malloc(sizeof *p);
    if (!p) abort();
    pthread_mutex_lock(&b->lock);
    while (c->round != n / CALLS) pthread_cond_wait(&b->changed, &b->lock);
    c->out[m->rank] = out;
    memcpy(c->sizes[m->rank], sizes, b->size * sizeof *sizes);
    c->posted++;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
    *p = (struct pending){m, kind, c, in, false};
    return p;
}

/* What rank r sends to this one. */
static inline size_t part_of(const struct pending *p, size_t r, const char **from)
{
    const struct call *c = p->call;
    *from = c->out[r];
    if (p->kind != CALL_EXCHANGE) return c->sizes[r][r];
    for (size_t i = 0; i < p->m->rank; i++) *from += c->sizes[r][i];
    return c->sizes[r][p->m->rank];
}

static inline void copy_parts(struct pending *p)
{
    char *to = p->in;
    for (size_t r = 0; r < p->m->board->size; r++) {
        const char *from;
        size_t n = part_of(p, r, &from);
        if (n) memcpy(to, from, n);
        to += n;
    }
    p->copied = true;
    p->call->copied++;
    pthread_cond_broadcast(&p->m->board->changed);
}

static inline bool ranks_done(void *user, void *handle, bool wait)
{
    struct pending *p = handle;
    struct member *m = user;
    struct board *b = m->board;
    struct call *c = p->call;
    pthread_mutex_lock(&b->lock);
    do {
        if (!p->copied && c->posted == b->size) copy_parts(p);
        if (c->copied == b->size) break;
        if (wait) pthread_cond_wait(&b->changed, &b->lock);
    } while (wait);
    bool done = c->copied == b->size;
    if (done && ++c->left == b->size) {
        c->posted = c->copied = c->left = 0;
        c->round++;
        pthread_cond_broadcast(&b->changed);
    }
    pthread_mutex_unlock(&b->lock);
    if (done) free(p);
    return done;
}

static inline void ranks_share_all(void *user, const void *mine, const size_t *sizes, void *all)
{
    ranks_done(user, post(user, CALL_SHARE, mine, sizes, all), true);
}

static inline void *ranks_gather(void *user, const void *mine, const size_t *sizes, void *all)
{
    return post(user, CALL_GATHER, mine, sizes, all);
}

static inline void *ranks_exchange(void *user, const void *out, const size_t *out_sizes, void *in,
                                   const size_t *in_sizes)
{
    (void)in_sizes;
    return post(user, CALL_EXCHANGE, out, out_sizes, in);
}

static inline void board_open(struct board *b, size_t size)
{
    memset(b, 0, sizeof *b);
    b->size = size;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->changed, NULL);
}

static inline void board_close(struct board *b)
{
    pthread_mutex_destroy(&b->lock);
    pthread_cond_destroy(&b->changed);
}

static inline void member_open(struct member *m, struct board *b, size_t rank)
{
    memset(m, 0, sizeof *m);
    m->board = b;
    m->rank = rank;
    m->table = (fer_ranks){m, rank, b->size, ranks_share_all, ranks_gather, ranks_exchange, ranks_done};
}

#endif

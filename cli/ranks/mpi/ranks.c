/* MPI's side of the table. MPI's own handler of errors stays: it ends the job with a message. */
#include "ranks/ranks.h"

#include "common/cli.h"
#include "ranks/launcher.h"

#include <limits.h>
#include <mpi.h>
#include <stdlib.h>
#include <string.h>

#define TAG 1

/* share() and gather() have communicators of their own, since only the calls of one kind have an order. */
struct ranks {
    bool launched; /* false: MPI was not started */
    MPI_Comm share, gather, exchange;
    fer_ranks table;
    int *counts; /* [4][size]: sizes and offsets of both sides */
    char name[MPI_MAX_PROCESSOR_NAME + 64];
};

/* ---- the library's table ---- */

/* MPI counts in int. The library passes pieces far below that. */
static int count_of(size_t n)
{
    if (n > INT_MAX) {
        cli_say("a message of %zu bytes is too long for MPI", n);
        MPI_Abort(MPI_COMM_WORLD, CLI_FAILED);
    }
    return (int)n;
}

static int lay_out(size_t n, const size_t *sizes, int *counts, int *offsets)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        offsets[i] = count_of(at);
        counts[i] = count_of(sizes[i]);
        at += sizes[i];
    }
    return count_of(at);
}

/* Nonblocking calls read their counts until they are done, so each has a copy. */
struct transfer {
    MPI_Request request;
    int counts[];
};

static struct transfer *transfer_new(const struct ranks *r)
{
    struct transfer *t = malloc(sizeof *t + 4 * r->table.size * sizeof *t->counts);
    if (t) return t;
    cli_no_memory();
    MPI_Abort(MPI_COMM_WORLD, CLI_FAILED);
    return NULL;
}

static void share(void *user, const void *mine, const size_t *sizes, void *all)
{
    struct ranks *r = user;
    int *counts = r->counts, *offsets = counts + r->table.size;
    lay_out(r->table.size, sizes, counts, offsets);
    MPI_Allgatherv(mine, counts[r->table.rank], MPI_BYTE, all, counts, offsets, MPI_BYTE, r->share);
}

static void *gather(void *user, const void *mine, const size_t *sizes, void *all)
{
    struct ranks *r = user;
    struct transfer *t = transfer_new(r);
    int *offsets = t->counts + r->table.size;
    lay_out(r->table.size, sizes, t->counts, offsets);
    MPI_Iallgatherv(mine, t->counts[r->table.rank], MPI_BYTE, all, t->counts, offsets, MPI_BYTE, r->gather,
                    &t->request);
    return t;
}

static void *exchange(void *user, const void *out, const size_t *out_sizes, void *in, const size_t *in_sizes)
{
    struct ranks *r = user;
    struct transfer *t = transfer_new(r);
    size_t n = r->table.size;
    int *to = t->counts, *to_at = to + n, *from = to_at + n, *from_at = from + n;
    lay_out(n, out_sizes, to, to_at);
    lay_out(n, in_sizes, from, from_at);
    MPI_Ialltoallv(out, to, to_at, MPI_BYTE, in, from, from_at, MPI_BYTE, r->exchange, &t->request);
    return t;
}

static bool done(void *user, void *handle, bool wait)
{
    struct transfer *t = handle;
    int is_done = 1;
    (void)user;
    if (wait) MPI_Wait(&t->request, MPI_STATUS_IGNORE);
    else MPI_Test(&t->request, &is_done, MPI_STATUS_IGNORE);
    if (is_done) free(t);
    return is_done;
}

/* ---- joining and leaving ---- */

static bool join(struct ranks *r)
{
    int thread_level, rank, size, length;
    char host[MPI_MAX_PROCESSOR_NAME];
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &thread_level);
    r->launched = true;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    MPI_Get_processor_name(host, &length);
    MPI_Comm_dup(MPI_COMM_WORLD, &r->share);
    MPI_Comm_dup(MPI_COMM_WORLD, &r->gather);
    MPI_Comm_dup(MPI_COMM_WORLD, &r->exchange);
    r->table.rank = (size_t)rank;
    r->table.size = (size_t)size;
    if (size > 1) snprintf(r->name, sizeof r->name, "rank %d of %d on %s", rank, size, host);
    r->counts = calloc(r->table.size, 2 * sizeof *r->counts);
    return r->counts != NULL;
}

struct ranks *ranks_join(void)
{
    bool many;
    struct ranks *r = calloc(1, sizeof *r);
    if (!r) {
        cli_no_memory();
        return NULL;
    }
    r->table = (fer_ranks){.user = r, .size = 1, .share = share, .gather = gather, .exchange = exchange, .done = done};
    if (launcher_started(&many) && !join(r)) {
        cli_no_memory();
        ranks_leave(r, CLI_FAILED);
        return NULL;
    }
    return r;
}

int ranks_leave(struct ranks *r, int code)
{
    if (!r) return code;
    if (r->launched) {
        fflush(NULL); /* MPI_Abort() does not */
        if (code != CLI_OK && r->table.size > 1) MPI_Abort(MPI_COMM_WORLD, code);
        MPI_Finalize();
    }
    free(r->counts);
    free(r);
    return code;
}

size_t ranks_rank(const struct ranks *r)
{
    return r ? r->table.rank : 0;
}

size_t ranks_size(const struct ranks *r)
{
    return r ? r->table.size : 1;
}

const fer_ranks *ranks_table(const struct ranks *r)
{
    return ranks_size(r) > 1 ? &r->table : NULL;
}

const char *ranks_name(const struct ranks *r)
{
    return r ? r->name : "";
}

/* ---- messages ---- */

void ranks_barrier(struct ranks *r)
{
    if (ranks_size(r) > 1) MPI_Barrier(MPI_COMM_WORLD);
}

void ranks_send(struct ranks *r, size_t to, const void *data, size_t n)
{
    (void)r;
    MPI_Send(data, count_of(n), MPI_BYTE, (int)to, TAG, MPI_COMM_WORLD);
}

bool ranks_receive(struct ranks *r, size_t from, size_t *from_out, char **data_out, size_t *n_out)
{
    MPI_Status status;
    int n;
    (void)r;
    MPI_Probe(from == RANKS_ANY ? MPI_ANY_SOURCE : (int)from, TAG, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, MPI_BYTE, &n);
    *from_out = (size_t)status.MPI_SOURCE;
    *n_out = (size_t)n;
    *data_out = malloc(*n_out + 1);
    if (!*data_out) return false;
    MPI_Recv(*data_out, n, MPI_BYTE, status.MPI_SOURCE, TAG, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    (*data_out)[n] = 0;
    return true;
}

bool ranks_waiting(struct ranks *r, size_t from)
{
    int there = 0;
    if (ranks_size(r) > 1)
        MPI_Iprobe(from == RANKS_ANY ? MPI_ANY_SOURCE : (int)from, TAG, MPI_COMM_WORLD, &there, MPI_STATUS_IGNORE);
    return there;
}

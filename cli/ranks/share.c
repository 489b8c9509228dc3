#include "ranks/share.h"

#include "common/cli.h"

#include <stdlib.h>

#define PIECE ((size_t)1 << 24) /* bytes at a time: MPI counts in int */

/* What a rank sends may not be where it receives, so rank 0 receives its own bytes elsewhere. */
static void share(const fer_ranks *t, void *data, size_t n, size_t *sizes, void *elsewhere)
{
    sizes[0] = n;
    t->share(t->user, data, sizes, t->rank == 0 ? elsewhere : data);
}

bool ranks_share(struct ranks *r, char **data, size_t *n)
{
    const fer_ranks *t = ranks_table(r);
    if (!t) return true;
    size_t *sizes = calloc(t->size, sizeof *sizes);
    char *elsewhere = malloc(PIECE);
    if (!sizes || !elsewhere) {
        free(sizes);
        free(elsewhere);
        return cli_no_memory();
    }
    share(t, n, sizeof *n, sizes, elsewhere);
    if (t->rank > 0) *data = malloc(*n + 1);
    for (size_t at = 0; *data && at < *n; at += PIECE)
        share(t, *data + at, *n - at < PIECE ? *n - at : PIECE, sizes, elsewhere);
    free(sizes);
    free(elsewhere);
    return *data || cli_no_memory();
}

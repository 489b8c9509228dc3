/* A build without MPI: every process is alone. */
#include "ranks/ranks.h"

#include "common/cli.h"
#include "ranks/launcher.h"

#include <stdlib.h>

struct ranks {
    char unused;
};

struct ranks *ranks_join(void)
{
    bool many;
    launcher_started(&many);
    if (many) {
        cli_say("several processes were started together, but this fer was built without MPI: build it with "
                "-DFER_MPI=ON, or start one process");
        return NULL;
    }
    struct ranks *r = calloc(1, sizeof *r);
    if (!r) cli_no_memory();
    return r;
}

int ranks_leave(struct ranks *r, int code)
{
    free(r);
    return code;
}

size_t ranks_rank(const struct ranks *r)
{
    (void)r;
    return 0;
}

size_t ranks_size(const struct ranks *r)
{
    (void)r;
    return 1;
}

const fer_ranks *ranks_table(const struct ranks *r)
{
    (void)r;
    return NULL;
}

const char *ranks_name(const struct ranks *r)
{
    (void)r;
    return "";
}

void ranks_barrier(struct ranks *r)
{
    (void)r;
}

void ranks_send(struct ranks *r, size_t to, const void *data, size_t n)
{
    (void)r;
    (void)to;
    (void)data;
    (void)n;
}

bool ranks_receive(struct ranks *r, size_t from, size_t *from_out, char **data_out, size_t *n_out)
{
    (void)r;
    *from_out = from;
    *data_out = NULL;
    *n_out = 0;
    return false;
}

bool ranks_waiting(struct ranks *r, size_t from)
{
    (void)r;
    (void)from;
    return false;
}

#include "archive/merge.h"

#include "archive/folder.h"
#include "archive/tables.h"
#include "common/cli.h"
#include "common/file.h"

static bool read_all(struct answers *a, const char *const *directories, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t before = a->n_files;
        if (!folder_read(a, directories[i], NULL)) return false;
        if (a->n_files == before)
            return cli_refuse("%s: has no journal; expected a directory that --out named", directories[i]);
    }
    return true;
}

static bool check_complete(const struct answers *a)
{
    size_t n = a->head.n_inputs, done = answers_count(a, SHARD_ALL, false), first = answers_missing(a, SHARD_ALL),
           shards = a->head.shard.count;
    if (done == n) return true;
    return cli_refuse("%zu of %zu inputs have no answer; the first is of shard %zu/%zu: run that again with --resume",
                      n - done, n, first % shards + 1, shards);
}

int archive_merge(const char *const *directories, size_t n, const char *out)
{
    struct answers a = {0};
    bool ok =
        read_all(&a, directories, n) && check_complete(&a) && cli_make_dirs(out) && tables_write(&a, SHARD_ALL, out);
    size_t failed = ok ? answers_count(&a, SHARD_ALL, true) : 0;
    if (failed > 0) cli_note("%zu of %zu inputs failed: %s/failures.csv", failed, a.head.n_inputs, out);
    answers_free(&a);
    return ok ? CLI_OK : CLI_FAILED;
}

#include "archive/tables.h"

#include "common/cli.h"
#include "common/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "faces.csv", of a shard "faces.2-of-4.csv". */
static char *table_path(const char *directory, const char *table, struct shard shard)
{
    char name[256];
    const char *ending = strrchr(table, '.');
    if (!ending) ending = table + strlen(table);
    if (shard.count == 1) snprintf(name, sizeof name, "%s", table);
    else
        snprintf(name, sizeof name, "%.*s.%zu-of-%zu%s", (int)(ending - table), table, shard.index, shard.count,
                 ending);
    return cli_join(directory, name);
}

struct table {
    const char *name, *head, *tail;
    bool failures; /* of the inputs that failed */
};

static bool write_table(const struct answers *a, struct shard shard, const char *directory, const struct table *t)
{
    struct feri_atomic_file file;
    char *path = table_path(directory, t->name, shard);
    bool ok = path && cli_file_open(&file, path);
    if (ok) {
        fputs(t->head, file.f);
        ok = answers_write(a, shard, t->failures, file.f);
        fputs(t->tail, file.f);
        ok = cli_file_close(&file, ok) == CLI_OK && ok;
    }
    free(path);
    return ok;
}

bool tables_write(const struct answers *a, struct shard shard, const char *directory)
{
    const struct table results = {answers_text(a, "table"), answers_text(a, "before"), answers_text(a, "after"), false},
                       failures = {"failures.csv", "file,error\n", "", true};
    return write_table(a, shard, directory, &results) && write_table(a, shard, directory, &failures);
}

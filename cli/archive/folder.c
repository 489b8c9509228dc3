#define _POSIX_C_SOURCE 200809L /* scandir */
#include "archive/folder.h"

#include "common/cli.h"
#include "common/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *folder_path(const char *directory, struct shard shard, size_t rank, const char *ending)
{
    char name[128];
    snprintf(name, sizeof name, "journal/shard-%zu-of-%zu.rank-%zu.%s", shard.index, shard.count, rank, ending);
    return cli_join(directory, name);
}

/* False: it is no journal. */
static bool parse(const char *name, struct shard *out)
{
    size_t rank;
    int n = 0;
    return sscanf(name, "shard-%7zu-of-%7zu.rank-%7zu.journal%n", &out->index, &out->count, &rank, &n) == 3 && n > 0 &&
           !name[n];
}

static int is_journal(const struct dirent *entry)
{
    struct shard shard;
    return parse(entry->d_name, &shard);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool read_one(struct answers *a, const char *folder, const char *name, const struct shard *wanted)
{
    struct shard shard;
    if (!parse(name, &shard)) return true;
    if (wanted && shard.count != wanted->count)
        return cli_refuse("%s: was begun by %zu processes (--shard I/%zu), not by %zu; name another --out", folder,
                          shard.count, shard.count, wanted->count);
    if (wanted && shard.index != wanted->index) return true;
    char *path = cli_join(folder, name);
    bool ok = path && answers_read(a, path);
    free(path);
    return ok;
}

bool folder_read(struct answers *a, const char *directory, const struct shard *shard)
{
    struct dirent **entries;
    char *folder = cli_join(directory, "journal");
    if (!folder) return false;
    int n = scandir(folder, &entries, is_journal, by_bytes);
    bool ok = n >= 0 || errno == ENOENT;
    if (!ok) cli_say("%s: cannot be read: %s", folder, strerror(errno));
    for (int i = 0; i < n; i++) {
        ok = ok && read_one(a, folder, entries[i]->d_name, shard);
        free(entries[i]);
    }
    if (n >= 0) free(entries);
    free(folder);
    answers_sort(a);
    return ok;
}

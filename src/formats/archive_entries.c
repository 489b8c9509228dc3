#include "formats/archive_entries.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- names and entries ---- */

static fer_status out_of_memory(const struct feri_archive *a, fer_error *err)
{
    return feri_fail(err, FER_ERR_MEMORY, "out of memory for the names of %zu entries", a->n);
}

fer_status feri_archive_intern(struct feri_archive *a, size_t container, const char *name, size_t length, uint32_t *out,
                               fer_error *err)
{
    const struct feri_container *c = &a->containers[container];
    size_t folder = c->inner ? strlen(a->names + c->name) - strlen(FERI_ARCHIVE_INNER) : 0,
           more = folder + 1 + length + 1;
    for (; length >= 2 && memcmp(name, "./", 2) == 0; name += 2) length -= 2;
    if (memchr(name, '\0', length))
        return feri_fail(err, FER_ERR_FORMAT, "an entry's name contains a zero byte: '%s'", name);
    if (a->names_size + more > UINT32_MAX) return feri_fail(err, FER_ERR_UNSUPPORTED, "more than 4 GiB of names");
    if (!feri_grow(&a->names, &a->names_cap, a->names_size + more, 1)) return out_of_memory(a, err);
    char *p = a->names + a->names_size;
    *out = (uint32_t)a->names_size;
    if (c->inner) {
        memcpy(p, a->names + c->name, folder);
        p += folder;
        *p++ = '/';
    }
    memcpy(p, name, length);
    p[length] = '\0';
    a->names_size = (size_t)(p + length + 1 - a->names);
    return FER_OK;
}

fer_status feri_archive_add(struct feri_archive *a, struct feri_entry e, const char *name, size_t length,
                            fer_error *err)
{
    fer_status st = feri_archive_intern(a, e.container, name, length, &e.name, err);
    if (st != FER_OK) return st;
    if (!feri_grow(&a->entries, &a->cap, a->n + 1, sizeof *a->entries)) return out_of_memory(a, err);
    a->entries[a->n++] = e;
    return FER_OK;
}

fer_status feri_archive_add_folder(struct feri_archive *a, size_t container, const char *name, size_t length,
                                   fer_error *err)
{
    uint32_t at;
    while (length && name[length - 1] == '/') length--;
    if (length == 0 || (length == 1 && *name == '.')) return FER_OK; /* the archive itself */
    fer_status st = feri_archive_intern(a, container, name, length, &at, err);
    if (st != FER_OK) return st;
    if (!feri_grow(&a->folders, &a->cap_folders, a->n_folders + 1, sizeof *a->folders)) return out_of_memory(a, err);
    a->folders[a->n_folders++] = at;
    return FER_OK;
}

void feri_archive_set_aside(struct feri_archive *a, enum feri_aside kind, const char *name, size_t length)
{
    if (a->aside[kind].n++) return;
    if (length >= sizeof a->aside[kind].first) length = sizeof a->aside[kind].first - 1;
    memcpy(a->aside[kind].first, name, length);
    a->aside[kind].first[length] = '\0';
}

fer_status feri_container_fail_in(const struct feri_archive *a, size_t container, fer_error *err, fer_status st)
{
    const struct feri_container *c = &a->containers[container];
    return c->inner ? feri_fail_in(err, st, "%s: '%s'", a->path, a->names + c->name)
                    : feri_fail_in(err, st, "%s", a->path);
}

fer_status feri_entry_fail_in(const struct feri_archive *a, const struct feri_entry *e, fer_error *err, fer_status st)
{
    return feri_fail_in(err, st, "%s: '%s'", a->path, feri_entry_name(a, e));
}

fer_status feri_archive_need_lib(struct feri_archive *a, fer_error *err)
{
    fer_status st = a->has_lib ? FER_OK : feri_libarchive_find(&a->lib, err);
    a->has_lib = st == FER_OK;
    return st;
}

/* ---- order: by name, then in the order of adding ---- */

static int compare(const struct feri_archive *a, uint32_t x, uint32_t y)
{
    return strcmp(feri_entry_name(a, &a->entries[x]), feri_entry_name(a, &a->entries[y]));
}

/* Merge sort of entry numbers: stable, and with a sixth of the memory that qsort() needs for the entries. spare holds n
 * / 2. */
static void sort_numbers(const struct feri_archive *a, uint32_t *numbers, uint32_t *spare, size_t n)
{
    if (n < 2) return;
    size_t half = n / 2, left = 0, right = half, out = 0;
    sort_numbers(a, numbers, spare, half);
    sort_numbers(a, numbers + half, spare, n - half);
    if (compare(a, numbers[half - 1], numbers[half]) <= 0) return;
    memcpy(spare, numbers, half * sizeof *spare);
    while (left < half)
        numbers[out++] = right < n && compare(a, numbers[right], spare[left]) < 0 ? numbers[right++] : spare[left++];
}

/* entries[i] = the previous entries[numbers[i]], one cycle at a time. */
static void reorder(struct feri_entry *entries, uint32_t *numbers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct feri_entry first = entries[i];
        size_t to = i;
        for (size_t from; (from = numbers[to]) != i; to = from) {
            entries[to] = entries[from];
            numbers[to] = (uint32_t)to;
        }
        entries[to] = first;
        numbers[to] = (uint32_t)to;
    }
}

static bool is_sorted(const struct feri_archive *a)
{
    for (size_t i = 1; i < a->n; i++)
        if (compare(a, (uint32_t)(i - 1), (uint32_t)i) > 0) return false;
    return true;
}

/* Of several entries with one name the last one counts, as when the archive is unpacked. Entries that were mounted are
 * removed. */
static void drop_hidden(struct feri_archive *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        bool last = i + 1 == a->n || compare(a, (uint32_t)i, (uint32_t)(i + 1)) != 0;
        const char *name = feri_entry_name(a, &a->entries[i]);
        if (last && a->entries[i].kind != FERI_ENTRY_MOUNTED) a->entries[n++] = a->entries[i];
        else if (!last) feri_archive_set_aside(a, FERI_ASIDE_REPLACED, name, strlen(name));
    }
    a->n = n;
}

fer_status feri_archive_sort(struct feri_archive *a, fer_error *err)
{
    if (!is_sorted(a)) {
        uint32_t *numbers = malloc(a->n * sizeof *numbers), *spare = malloc((a->n / 2) * sizeof *spare);
        if (numbers && spare) {
            for (size_t i = 0; i < a->n; i++) numbers[i] = (uint32_t)i;
            sort_numbers(a, numbers, spare, a->n);
            reorder(a->entries, numbers, a->n);
        }
        free(spare);
        free(numbers);
        if (!numbers || !spare) return feri_container_fail_in(a, 0, err, out_of_memory(a, err));
    }
    drop_hidden(a);
    return FER_OK;
}

/* ---- the archive ---- */

void feri_archive_close(struct feri_archive *a)
{
    if (!a) return;
    for (size_t i = 0; i < a->n_containers; i++)
        if (a->containers[i].fd >= 0 && !a->containers[i].borrowed) close(a->containers[i].fd);
    free(a->containers);
    free(a->entries);
    free(a->folders);
    free(a->names);
    free(a->path);
    free(a);
}

size_t feri_archive_count(const struct feri_archive *a)
{
    return a->n;
}

const char *feri_archive_name(const struct feri_archive *a, size_t i)
{
    return feri_entry_name(a, &a->entries[i]);
}

size_t feri_archive_aside(const struct feri_archive *a, enum feri_aside kind, const char **first)
{
    *first = a->aside[kind].first;
    return a->aside[kind].n;
}

size_t feri_archive_n_folders(const struct feri_archive *a)
{
    return a->n_folders;
}

const char *feri_archive_folder(const struct feri_archive *a, size_t i)
{
    return a->names + a->folders[i];
}

size_t feri_archive_size(const struct feri_archive *a, size_t i)
{
    return (size_t)a->entries[i].size;
}

size_t feri_archive_find(const struct feri_archive *a, const char *name)
{
    size_t lo = 0, hi = a->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strcmp(feri_archive_name(a, mid), name);
        if (order == 0) return mid;
        if (order < 0) lo = mid + 1;
        else hi = mid;
    }
    return (size_t)-1;
}

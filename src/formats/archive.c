/* Directories, tars and zips behind one sorted list of names. */
#define _XOPEN_SOURCE 700
#include "formats/archive_internal.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INNER        ".tar"
#define INNER_LENGTH (sizeof INNER - 1)

/* ---- names and entries ---- */

static fer_status out_of_memory(const struct feri_archive *a, fer_error *err)
{
    return feri_fail(err, FER_ERR_MEMORY, "out of memory for the names of %zu entries", a->n);
}

fer_status feri_archive_intern(struct feri_archive *a, size_t container, const char *name, size_t length, uint32_t *out,
                               fer_error *err)
{
    const struct feri_container *c = &a->containers[container];
    size_t folder = c->inner ? strlen(a->names + c->name) - INNER_LENGTH : 0, more = folder + 1 + length + 1;
    for (; length >= 2 && memcmp(name, "./", 2) == 0; name += 2) length -= 2;
    if (memchr(name, '\0', length))
        return feri_fail(err, FER_ERR_FORMAT, "an entry's name holds a zero byte: '%s'", name);
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

/* ---- order: by name; of one name, as they were added ---- */

static int compare(const struct feri_archive *a, uint32_t x, uint32_t y)
{
    return strcmp(feri_entry_name(a, &a->entries[x]), feri_entry_name(a, &a->entries[y]));
}

/* Merge sort of entry numbers: stable, and with a sixth of the memory that qsort() takes for the entries. spare holds n
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

/* entries[i] = what was entries[numbers[i]], cycle by cycle. */
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

/* Of several entries of one name the last counts, as when the archive is unpacked. What was mounted goes. */
static void drop_hidden(struct feri_archive *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        bool last = i + 1 == a->n || compare(a, (uint32_t)i, (uint32_t)(i + 1)) != 0;
        if (last && a->entries[i].kind != FERI_ENTRY_MOUNTED) a->entries[n++] = a->entries[i];
    }
    a->n = n;
}

static fer_status sort_entries(struct feri_archive *a, fer_error *err)
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

/* ---- opening ---- */

static fer_status add_container(struct feri_archive *a, struct feri_container c, fer_error *err)
{
    fer_status st = FER_OK;
    if (a->n_containers > UINT16_MAX)
        st = feri_fail(err, FER_ERR_UNSUPPORTED, "%s: more than %d tars inside", a->path, UINT16_MAX);
    else if (!feri_grow(&a->containers, &a->cap_containers, a->n_containers + 1, sizeof *a->containers))
        st = feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", a->path);
    if (st == FER_OK) a->containers[a->n_containers++] = c;
    else if (c.fd >= 0 && !c.borrowed) close(c.fd);
    return st;
}

/* A file named "<something>.tar": in a directory at its top, in a zip anywhere. */
static bool is_inner(const struct feri_archive *a, const struct feri_entry *e)
{
    const char *name = feri_entry_name(a, e), *slash = strrchr(name, '/');
    size_t length = strlen(slash ? slash + 1 : name);
    return length > INNER_LENGTH && strcmp(name + strlen(name) - INNER_LENGTH, INNER) == 0 &&
           !(e->kind == FERI_ENTRY_FILE && slash);
}

static fer_status mount_inner(struct feri_archive *a, size_t i, fer_error *err)
{
    struct feri_container c;
    fer_status st = feri_archive_open_inner(a, &a->entries[i], &c, err);
    if (st == FER_OK) st = add_container(a, c, err);
    if (st != FER_OK) return st;
    a->entries[i].kind = FERI_ENTRY_MOUNTED;
    return feri_tar_index(a, a->n_containers - 1, err);
}

static fer_status mount_all(struct feri_archive *a, fer_error *err)
{
    fer_status st = FER_OK;
    const size_t n = a->n;
    for (size_t i = 0; i < n && st == FER_OK; i++)
        if (is_inner(a, &a->entries[i])) st = mount_inner(a, i, err);
    return st == FER_OK && a->n_containers > 1 ? sort_entries(a, err) : st;
}

/* A link to a link that comes later in the names stays one: tars link to what stands before. */
static void follow_links(struct feri_archive *a)
{
    for (size_t i = 0; i < a->n; i++) {
        struct feri_entry *e = &a->entries[i];
        size_t target = e->kind == FERI_ENTRY_LINK ? feri_archive_find(a, a->names + e->offset) : (size_t)-1;
        if (target == (size_t)-1) continue;
        uint32_t name = e->name;
        *e = a->entries[target];
        e->name = name;
    }
}

static fer_status index_file(struct feri_archive *a, bool *tar, fer_error *err)
{
    uint8_t magic[4] = {0};
    struct stat s;
    struct feri_container *c = &a->containers[0];
    c->fd = open(a->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (c->fd < 0 || fstat(c->fd, &s) != 0) return feri_fail_errno(err, "%s: cannot be opened", a->path);
    if (!S_ISREG(s.st_mode)) return feri_fail(err, FER_ERR_IO, "%s: not a regular file", a->path);
    c->end = (uint64_t)s.st_size;
    if (feri_read_at(c->fd, magic, sizeof magic, 0) < 0) return feri_fail_errno(err, "%s: cannot be read", a->path);
    *tar = memcmp(magic, "PK\3\4", 4) != 0 && memcmp(magic, "PK\5\6", 4) != 0;
    return *tar ? feri_tar_index(a, 0, err) : feri_zip_index(a, err);
}

static fer_status index_all(struct feri_archive *a, fer_error *err)
{
    bool tar = false;
    fer_status st = add_container(a, (struct feri_container){.fd = -1}, err);
    if (st != FER_OK) return st;
    st = feri_is_dir(a->path) ? feri_dir_index(a, err) : index_file(a, &tar, err);
    if (st == FER_OK) st = sort_entries(a, err);
    if (st == FER_OK && !tar) st = mount_all(a, err);
    if (st == FER_OK) follow_links(a);
    return st;
}

fer_status feri_archive_open(const char *path, struct feri_archive **out, fer_error *err)
{
    *out = NULL;
    struct feri_archive *a = calloc(1, sizeof *a);
    if (!a || !(a->path = feri_strdup(path))) {
        free(a);
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", path);
    }
    fer_status st = index_all(a, err);
    if (st != FER_OK) {
        feri_archive_close(a);
        return st;
    }
    *out = a;
    return FER_OK;
}

void feri_archive_close(struct feri_archive *a)
{
    if (!a) return;
    for (size_t i = 0; i < a->n_containers; i++)
        if (a->containers[i].fd >= 0 && !a->containers[i].borrowed) close(a->containers[i].fd);
    free(a->containers);
    free(a->entries);
    free(a->names);
    free(a->crc);
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

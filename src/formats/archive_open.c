/* Directories, tars and zips as one sorted list of names. */
#define _XOPEN_SOURCE 700
#include "formats/archive_open.h"

#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "formats/archive_decoder.h"
#include "formats/archive_kinds.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* A file "<something>.tar": in a directory only at its top, in a zip anywhere. */
static bool is_inner(const struct feri_archive *a, const struct feri_entry *e)
{
    const char *name = feri_entry_name(a, e), *slash = strrchr(name, '/');
    size_t length = strlen(slash ? slash + 1 : name);
    return length > (sizeof FERI_ARCHIVE_INNER - 1) &&
           strcmp(name + strlen(name) - (sizeof FERI_ARCHIVE_INNER - 1), FERI_ARCHIVE_INNER) == 0 &&
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
    return st == FER_OK && a->n_containers > 1 ? feri_archive_sort(a, err) : st;
}

/* A link to a later link remains unresolved: tars link to earlier entries. */
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
    if (st == FER_OK) st = feri_archive_sort(a, err);
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

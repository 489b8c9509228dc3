#define _POSIX_C_SOURCE 200809L /* O_CLOEXEC */
#include "base/file.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/open_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

fer_status feri_file_load(const char *path, struct feri_bytes *out, fer_error *err)
{
    struct feri_open_file f;
    *out = (struct feri_bytes){NULL, 0};
    fer_status st = feri_open_file(path, &f, err);
    if (st != FER_OK) return st;
    st = feri_open_file_load(&f, out, err);
    feri_open_file_close(&f);
    return st;
}

fer_status feri_open_file_load(const struct feri_open_file *f, struct feri_bytes *out, fer_error *err)
{
    uint8_t *data = f->size < SIZE_MAX ? malloc((size_t)f->size + 1) : NULL;
    fer_status st =
        data ? feri_open_file_read(f, 0, (size_t)f->size, data, err) : feri_fail_memory(err, (size_t)f->size);
    *out = st == FER_OK ? (struct feri_bytes){data, (size_t)f->size} : (struct feri_bytes){NULL, 0};
    if (st == FER_OK) return FER_OK;
    free(data);
    return feri_fail_in(err, st, "%s", f->path);
}

void feri_bytes_free(struct feri_bytes *bytes)
{
    free((void *)(uintptr_t)bytes->data);
    *bytes = (struct feri_bytes){NULL, 0};
}

fer_status feri_stream_read(FILE *f, size_t limit, uint8_t **data_out, size_t *size_out, fer_error *err)
{
    uint8_t *data = NULL;
    size_t cap = 0, size = 0;
    *data_out = NULL;
    *size_out = 0;
    for (;;) {
        if (!feri_grow(&data, &cap, size + 65536, 1)) {
            free(data);
            return feri_fail_memory(err, size + 65536);
        }
        size_t got = fread(data + size, 1, cap - size, f);
        size += got;
        if (size > limit) {
            free(data);
            return feri_fail(err, FER_ERR_FORMAT, "stream: longer than the limit of %zu bytes", limit);
        }
        if (got == 0) break;
    }
    if (ferror(f)) {
        free(data);
        return feri_fail_errno(err, "stream: cannot be read");
    }
    *data_out = data;
    *size_out = size;
    return FER_OK;
}

static bool make_dir(const char *path)
{
    return mkdir(path, 0777) == 0 || (errno == EEXIST && feri_is_dir(path));
}

fer_status feri_make_dirs(const char *path, fer_error *err)
{
    char *copy = feri_strdup(path);
    if (!copy) return feri_fail_memory(err, strlen(path));
    fer_status st = FER_OK;
    for (char *p = copy + 1; st == FER_OK && *copy; p++) {
        if (*p != '/' && *p != '\0') continue;
        char c = *p;
        *p = '\0';
        if (!make_dir(copy)) st = feri_fail_errno(err, "%s: cannot create the directory", copy);
        *p = c;
        if (!c) break;
    }
    free(copy);
    return st;
}

bool feri_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

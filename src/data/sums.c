#define _POSIX_C_SOURCE 200809L /* getline */
#include "data/sums.h"

#include "base/error.h"
#include "base/fnv.h"
#include "base/mem.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME       "prepare.sums"
#define HEADER     "fer data prepare, version 1"
#define UNFINISHED "unfinished"

static fer_status write_text(const char *directory, const char *text, fer_error *err)
{
    char path[PATH_MAX + sizeof NAME];
    struct feri_atomic_file file;
    snprintf(path, sizeof path, "%s/" NAME, directory);
    fer_status st = feri_atomic_open(path, &file, err);
    if (st != FER_OK) return st;
    st = feri_atomic_write(&file, text, strlen(text), err);
    if (st == FER_OK) return feri_atomic_commit(&file, err);
    feri_atomic_abort(&file);
    return st;
}

fer_status feri_sums_begin(const char *directory, fer_error *err)
{
    return write_text(directory, HEADER "\n" UNFINISHED "\n", err);
}

static fer_status digest_of(struct feri_atomic_file *file, uint64_t *out, fer_error *err)
{
    uint8_t *data = NULL;
    size_t size = 0;
    rewind(file->f);
    fer_status st = feri_stream_read(file->f, SIZE_MAX, &data, &size, err);
    if (st == FER_OK) *out = feri_fnv(FERI_FNV_START, data, size);
    free(data);
    return st == FER_OK ? st : feri_fail_in(err, st, "%s", file->path);
}

fer_status feri_sums_write(const char *directory, struct feri_atomic_file *files, const char *const *names, size_t n,
                           fer_error *err)
{
    char text[512];
    int used = snprintf(text, sizeof text, HEADER "\n");
    for (size_t i = 0; i < n; i++) {
        uint64_t digest = 0;
        fer_status st = digest_of(&files[i], &digest, err);
        if (st != FER_OK) return st;
        used += snprintf(text + used, sizeof text - (size_t)used, "%s %016" PRIx64 "\n", names[i], digest);
    }
    return write_text(directory, text, err);
}

/* ---- reading ---- */

static fer_status compare(const char *directory, const char *name, uint64_t expected, fer_error *err)
{
    char path[PATH_MAX + 80];
    struct feri_bytes bytes;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    fer_status st = feri_file_load(path, &bytes, err);
    if (st != FER_OK) return st;
    bool same = feri_fnv(FERI_FNV_START, bytes.data, bytes.size) == expected;
    feri_bytes_free(&bytes);
    if (same) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT,
                     "%s: not the table that 'fer data prepare' wrote with the others in this directory, so they may "
                     "share pictures; prepare it again, or remove %s/" NAME " if you changed it yourself",
                     path, directory);
}

static fer_status check_lines(const char *directory, const char *base, const char *text, fer_error *err)
{
    char name[64];
    uint64_t expected;
    int n;
    fer_status st = FER_OK;
    text += sizeof HEADER;
    if (strcmp(text, UNFINISHED "\n") == 0)
        return feri_fail(err, FER_ERR_FORMAT,
                         "%s: 'fer data prepare' did not finish here, so tables and pictures may be of different "
                         "splits; run it again",
                         directory);
    for (; st == FER_OK && sscanf(text, "%63s %16" SCNx64 "%n", name, &expected, &n) == 2; text += n)
        if (!base || strcmp(base, name) == 0) st = compare(directory, name, expected, err);
    return st;
}

fer_status feri_sums_check(const char *path, fer_error *err)
{
    char directory[PATH_MAX], sums[PATH_MAX + sizeof NAME + 1], text[512];
    const char *slash = strrchr(path, '/'), *base = NULL;
    if (feri_is_dir(path)) snprintf(directory, sizeof directory, "%s", path);
    else {
        base = slash ? slash + 1 : path;
        snprintf(directory, sizeof directory, "%.*s", slash > path ? (int)(slash - path) : 1, slash ? path : ".");
    }
    snprintf(sums, sizeof sums, "%s/" NAME, directory);
    FILE *f = fopen(sums, "r");
    if (!f) return FER_OK;
    size_t got = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[got] = '\0';
    if (strncmp(text, HEADER "\n", sizeof HEADER) != 0) return FER_OK;
    return check_lines(directory, base, text, err);
}

/* The files of a directory, by their relative paths. */
#define _XOPEN_SOURCE 700 /* readdir, because nftw would need a global variable */
#include "base/error.h"
#include "formats/archive_kinds.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 32

/* An open folder, linked to its parent folder. */
struct folder {
    const char *relative;
    dev_t device;
    ino_t inode;
    const struct folder *above;
    int depth;
};

static fer_status walk(struct feri_archive *a, struct folder *folder, fer_error *err);

static fer_status walk_into(struct feri_archive *a, const char *relative, const struct stat *s,
                            const struct folder *above, fer_error *err)
{
    for (const struct folder *f = above; f; f = f->above)
        if (f->device == s->st_dev && f->inode == s->st_ino) { /* a link back up: all in it is met anyway */
            feri_archive_set_aside(a, FERI_ASIDE_LOOP, relative, strlen(relative));
            return FER_OK;
        }
    fer_status st = feri_archive_add_folder(a, 0, relative, strlen(relative), err);
    if (st != FER_OK) return st;
    return walk(a, &(struct folder){relative, s->st_dev, s->st_ino, above, above->depth + 1}, err);
}

static fer_status walk_one(struct feri_archive *a, const struct folder *in, const char *name, fer_error *err)
{
    char path[4096], child[4096];
    struct stat s;
    int n = snprintf(child, sizeof child, "%s%s%s", in->relative, *in->relative ? "/" : "", name);
    int m = snprintf(path, sizeof path, "%s/%s", a->path, child);
    if (n < 0 || m < 0 || (size_t)m >= sizeof path)
        return feri_fail(err, FER_ERR_IO, "%s: a path in it is too long", a->path);
    bool there = stat(path, &s) == 0;
    if (there && S_ISDIR(s.st_mode)) return walk_into(a, child, &s, in, err);
    if (!there || !S_ISREG(s.st_mode)) {
        feri_archive_set_aside(a, there ? FERI_ASIDE_SPECIAL : FERI_ASIDE_BROKEN, child, (size_t)n);
        return FER_OK;
    }
    return feri_archive_add(a, (struct feri_entry){.size = (uint64_t)s.st_size, .kind = FERI_ENTRY_FILE}, child,
                            (size_t)n, err);
}

static fer_status walk(struct feri_archive *a, struct folder *folder, fer_error *err)
{
    char path[4096];
    if (folder->depth > DEPTH_MAX)
        return feri_fail(err, FER_ERR_IO, "%s: folders nested more than %d deep", a->path, DEPTH_MAX);
    snprintf(path, sizeof path, "%s%s%s", a->path, *folder->relative ? "/" : "", folder->relative);
    DIR *dir = opendir(path);
    if (!dir) return feri_fail_errno(err, "%s: cannot be opened", path);
    fer_status st = FER_OK;
    for (struct dirent *d; st == FER_OK && (d = readdir(dir));)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0) st = walk_one(a, folder, d->d_name, err);
    closedir(dir);
    return st;
}

fer_status feri_dir_index(struct feri_archive *a, fer_error *err)
{
    struct stat s;
    if (stat(a->path, &s) != 0) return feri_fail_errno(err, "%s: cannot be opened", a->path);
    return walk(a, &(struct folder){"", s.st_dev, s.st_ino, NULL, 0}, err);
}

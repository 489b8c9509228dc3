/* A folder as an archive. The input is its files: name, zero byte, contents, zero byte, and so on; a name that ends in
 * a slash is a folder, a name that begins with '>' a link to what its contents name. */
#include "fuzz_archive.h"

#include "scratch.h"

#include <dirent.h>
#include <limits.h>

#define FILES 12

/* Its contents are the rest of the input: tars are full of zeros. */
static bool is_tar(const char *name)
{
    size_t n = strlen(name);
    return n > 4 && strcmp(name + n - 4, ".tar") == 0;
}

static void make_parents(char *path, size_t root)
{
    for (char *p = path + root + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            mkdir(path, 0700);
            *p = '/';
        }
}

static bool is_safe(const char *name)
{
    return *name && *name != '/' && !strstr(name, "..") && strlen(name) < 200;
}

static void make_one(const char *root, const char *name, const uint8_t *data, size_t size)
{
    char path[512], target[256];
    bool link = *name == '>';
    if (!is_safe(name + link)) return;
    snprintf(path, sizeof path, "%s/%s", root, name + link);
    make_parents(path, strlen(root));
    if (link) {
        snprintf(target, sizeof target, "%.*s", (int)(size < 200 ? size : 200), (const char *)data);
        if (is_safe(target) && symlink(target, path) != 0) return;
        return;
    }
    FILE *f = path[strlen(path) - 1] == '/' ? NULL : fopen(path, "wb");
    if (!f) return;
    fwrite(data, 1, size, f);
    fclose(f);
}

static void remove_all(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *d; dir && (d = readdir(dir));) {
        char below[PATH_MAX];
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0) continue;
        snprintf(below, sizeof below, "%s/%s", path, d->d_name);
        if (unlink(below) != 0) remove_all(below);
    }
    if (dir) closedir(dir);
    rmdir(path);
}

static void make_files(const char *root, const uint8_t *data, size_t size)
{
    for (int i = 0; i < FILES && size; i++) {
        char name[256];
        const uint8_t *zero = memchr(data, 0, size), *end;
        if (!zero) return;
        snprintf(name, sizeof name, "%.*s", (int)(zero - data < 255 ? zero - data : 255), (const char *)data);
        size -= (size_t)(zero - data) + 1;
        data = zero + 1;
        size_t length = is_tar(name) ? size : (end = memchr(data, 0, size)) ? (size_t)(end - data) : size;
        make_one(root, name, data, length);
        size_t step = length < size ? length + 1 : size;
        data += step;
        size -= step;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_archive *a;
    fer_error err = {0};
    const char *root = scratch_folder();
    scratch_make();
    make_files(root, data, size);
    if (succeeded(feri_archive_open(root, &a, &err), &err)) {
        read_entries(a, SIZE_MAX);
        remove_all(root); /* reads of what is gone are errors */
        for (size_t i = 0; i < feri_archive_count(a); i++) {
            uint8_t *bytes, byte;
            size_t n;
            succeeded(feri_archive_read(a, i, &bytes, &n, &err), &err);
            free(bytes);
            succeeded(feri_archive_read_part(a, i, 0, feri_archive_size(a, i) > 0, &byte, &err), &err);
            demand(feri_archive_read_part(a, i, feri_archive_size(a, i), 1, &byte, &err) == FER_ERR_ARGUMENT);
        }
    }
    feri_archive_close(a);
    remove_all(root);
    return 0;
}

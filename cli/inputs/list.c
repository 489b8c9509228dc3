#define _POSIX_C_SOURCE 200809L /* scandir, stat */
#include "inputs/list.h"

#include "base/encoding.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/words.h"
#include "common/cli.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 64                /* of directories */
#define LIST_MAX  ((size_t)1 << 30) /* bytes of names on standard input */

const struct input_kind input_pictures = {"picture", feri_names_picture, feri_picture_endings};
const struct input_kind input_films = {"film", feri_names_film, feri_film_endings};

bool input_list_append(struct input_list *l, const char *path, size_t below)
{
    if (!feri_grow(&l->items, &l->cap, l->n + 1, sizeof *l->items)) return cli_no_memory();
    char *copy = feri_strdup(path);
    if (!copy) return cli_no_memory();
    l->items[l->n++] = (struct input){copy, below};
    return true;
}

void input_list_free(struct input_list *l)
{
    for (size_t i = 0; i < l->n; i++) free(l->items[i].path);
    free(l->items);
    input_left_free(&l->left);
    *l = (struct input_list){0};
}

/* ---- directories ---- */

/* An open directory, in the directory above it. */
struct folder {
    const char *path;
    dev_t device;
    ino_t inode;
    const struct folder *above;
    int depth;
};

static int is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* alphasort() follows the locale; this order does not. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static char *joined(const char *directory, const char *name)
{
    size_t n = strlen(directory), size = n + strlen(name) + 2;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s%s%s", directory, n && directory[n - 1] == '/' ? "" : "/", name);
    return path;
}

static bool add_directory(struct input_list *l, const struct folder *in, size_t below);

/* A directory in another one, or a link to one. */
static bool enter(struct input_list *l, const char *path, const struct stat *s, const struct folder *above,
                  size_t below)
{
    struct stat out;
    if (l->leave && stat(l->leave, &out) == 0 && out.st_dev == s->st_dev && out.st_ino == s->st_ino) {
        input_left_add(&l->left, "directory that receives the outputs", path);
        return true;
    }
    for (const struct folder *f = above; f; f = f->above)
        if (f->device == s->st_dev && f->inode == s->st_ino) { /* all in it is met anyway */
            input_left_add(&l->left, "link to a directory that it lies in", path);
            return true;
        }
    if (above->depth < DEPTH_MAX)
        return add_directory(l, &(struct folder){path, s->st_dev, s->st_ino, above, above->depth + 1}, below);
    input_left_add(&l->left, "directory more than 64 levels down", path);
    return true;
}

/* The path of an entry of a directory. A pipe or a device is not looked at: reading it might never end. */
static bool add_entry(struct input_list *l, const struct folder *in, const char *path, size_t below)
{
    struct stat s;
    const char *name = strrchr(path, '/') + 1;
    bool there = stat(path, &s) == 0, wanted = l->kind->named(name);
    if (*name == '.') input_left_add(&l->left, "hidden file or directory", path);
    else if (there && S_ISDIR(s.st_mode)) return enter(l, path, &s, in, below);
    else if (there && !S_ISREG(s.st_mode)) input_left_add(&l->left, "pipe, socket or device", path);
    else if (wanted) return input_list_append(l, path, below); /* whoever opens it says that it is not there */
    else input_left_add_file(&l->left, l->kind->one, path);
    return true;
}

static bool add_directory(struct input_list *l, const struct folder *in, size_t below)
{
    struct dirent **entries;
    const char *path = in->path;
    int n = scandir(path, &entries, is_entry, by_bytes);
    bool ok = true;
    if (n < 0) {
        cli_say("%s: the directory cannot be read: %s", path, strerror(errno));
        l->failed = true;
        return true;
    }
    for (int i = 0; i < n; i++) {
        char *entry = ok ? joined(path, entries[i]->d_name) : NULL;
        if (ok) ok = entry ? add_entry(l, in, entry, below) : cli_no_memory();
        free(entry);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool add_tree(struct input_list *l, const char *path)
{
    size_t before = l->n, n = strlen(path), below = n + (n && path[n - 1] != '/');
    bool failed = l->failed;
    l->failed = false;
    struct stat s;
    if (stat(path, &s) != 0) s = (struct stat){0}; /* it was a directory a moment ago */
    bool ok = add_directory(l, &(struct folder){path, s.st_dev, s.st_ino, NULL, 0}, below);
    if (ok && l->n == before && !l->failed) {
        char endings[256];
        feri_words_text(l->kind->endings(), endings, sizeof endings);
        cli_say("%s: no %s (%s) in this directory", path, l->kind->one, endings);
        l->failed = true;
    }
    l->failed |= failed;
    return ok;
}

/* ---- operands ---- */

static size_t base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

static bool add_path(struct input_list *l, const char *path)
{
    return feri_is_dir(path) ? add_tree(l, path) : input_list_append(l, path, base_of(path));
}

static bool add_pattern(struct input_list *l, const char *pattern)
{
    glob_t found;
    bool ok = true;
    int code = glob(pattern, 0, NULL, &found);
    if (code == GLOB_NOMATCH) {
        cli_say("%s: no file matches this name", pattern);
        l->failed = true;
        return true;
    }
    if (code != 0) return cli_no_memory();
    for (size_t i = 0; ok && i < found.gl_pathc; i++) ok = add_path(l, found.gl_pathv[i]);
    globfree(&found);
    return ok;
}

bool input_list_add(struct input_list *l, const char *operand)
{
    struct stat st;
    if (strcmp(operand, "-") == 0) return input_list_append(l, operand, 0);
    if (strpbrk(operand, "*?[") && stat(operand, &st) != 0) return add_pattern(l, operand);
    return add_path(l, operand);
}

bool input_list_add_lines(struct input_list *l, const char *from, char *text, size_t size)
{
    bool ok = true;
    if (memchr(text, 0, size)) {
        cli_say("%s: holds a zero byte; expected one name per line", from);
        l->failed = true;
        return true;
    }
    for (char *line = text, *next; ok && *line; line = next) {
        size_t n = strcspn(line, "\n");
        next = line + n + (line[n] == '\n');
        while (n > 0 && line[n - 1] == '\r') n--;
        line[n] = '\0';
        if (n > 0) ok = add_path(l, line);
    }
    return ok;
}

bool input_list_read(struct input_list *l, const char *path)
{
    fer_error err;
    struct feri_bytes file = {0};
    uint8_t *data = NULL;
    size_t size = 0;
    fer_status st = strcmp(path, "-") == 0 ? feri_stream_read(stdin, LIST_MAX, &data, &size, &err)
                                           : feri_file_load(path, &file, &err);
    if (st != FER_OK) {
        cli_say("%s", err.text);
        l->failed = true;
        return true;
    }
    if (!data) {
        data = (uint8_t *)(uintptr_t)file.data;
        size = file.size;
    }
    char *text = feri_text_as_utf8(data, size, &size);
    if (!text) {
        cli_say("%s: cannot be read as the UTF-16 it says to be", path);
        l->failed = true;
        return true;
    }
    size_t before = l->n;
    bool ok = input_list_add_lines(l, path, text, size);
    free(text);
    if (ok && l->n == before && !l->failed) {
        cli_say("%s: holds no names", path);
        l->failed = true;
    }
    return ok;
}

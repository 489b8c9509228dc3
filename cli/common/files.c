/* Inputs and outputs of a command line are compared: no output replaces an input or another output. */
#define _DEFAULT_SOURCE /* major, minor, realpath */
#include "common/args.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/names.h"
#include "base/weighted.h"
#include "common/cli.h"
#include "fer/data.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum where { NOWHERE, STANDARD, PLACE };

/* What an option or operand names. A file that is not there yet is known by the closest directory that is, and the
 * rest of its path. */
struct named {
    const char *option; /* NULL: an operand */
    char *path;
    enum where where;
    dev_t device;
    ino_t inode;
    char *rest; /* NULL: it is there */
    bool directory, target;
};

struct names {
    struct named *items;
    size_t n, cap;
    bool failed;
};

/* ---- where a name leads ---- */

static void set_place(struct named *at, const struct stat *st)
{
    at->where = PLACE;
    at->device = st->st_dev;
    at->inode = st->st_ino;
    at->directory = S_ISDIR(st->st_mode);
    /* What is written there is gone: any number of outputs may be. */
    if (S_ISCHR(st->st_mode) && major(st->st_rdev) == 1 && minor(st->st_rdev) == 3) at->where = NOWHERE;
}

/* The path's end is cut off until the rest is there; path is overwritten. */
static void find_ancestor(struct named *at, char *path)
{
    struct stat st;
    at->rest = feri_strdup(path);
    for (size_t n = strlen(path); at->rest;) {
        while (n > 0 && path[n - 1] == '/') n--;
        while (n > 0 && path[n - 1] != '/') n--;
        char after = path[n];
        path[n] = '\0';
        if (stat(n ? path : ".", &st) == 0) {
            set_place(at, &st);
            memmove(at->rest, at->rest + n, strlen(at->rest + n) + 1);
            return;
        }
        path[n] = after;
        if (n == 0) return;
    }
}

static void locate(struct named *at)
{
    struct stat st;
    int descriptor = -1, standard = at->target ? STDOUT_FILENO : STDIN_FILENO;
    char *end = strcmp(at->path, "-") == 0 ? NULL : feri_follow(at->path, &descriptor);
    if (strcmp(at->path, "-") == 0) descriptor = standard;
    if (descriptor >= 0) {
        if (fstat(descriptor, &st) == 0 && (S_ISREG(st.st_mode) || S_ISFIFO(st.st_mode))) set_place(at, &st);
        if (descriptor == standard) at->where = STANDARD;
    } else if (end && stat(end, &st) == 0) set_place(at, &st);
    else if (end) find_ancestor(at, end);
    free(end);
}

static bool are_one(const struct named *a, const struct named *b)
{
    if (a->where == STANDARD && b->where == STANDARD && a->target == b->target) return true;
    if (a->where == NOWHERE || b->where == NOWHERE || !a->inode || a->device != b->device || a->inode != b->inode)
        return false;
    return a->rest && b->rest ? strcmp(a->rest, b->rest) == 0 : !a->rest && !b->rest;
}

/* ---- collecting ---- */

static void add(struct names *all, const char *option, const char *path, size_t length, bool target)
{
    if (all->failed || !feri_grow(&all->items, &all->cap, all->n + 1, sizeof *all->items)) {
        all->failed = true;
        return;
    }
    struct named *at = &all->items[all->n];
    *at = (struct named){.option = option, .path = malloc(length + 1), .target = target};
    if (!at->path) {
        all->failed = true;
        return;
    }
    memcpy(at->path, path, length);
    at->path[length] = '\0';
    locate(at);
    all->n++;
}

static void add_inside(struct names *all, const char *option, const char *directory, const char *const *names,
                       bool target)
{
    for (; names && *names && !all->failed; names++) {
        size_t size = strlen(directory) + strlen(*names) + 2;
        char *path = malloc(size);
        if (!path) all->failed = true;
        else add(all, option, path, (size_t)snprintf(path, size, "%s/%s", directory, *names), target);
        free(path);
    }
}

static void add_sets(struct names *all, const char *option, const char *text)
{
    const char *const protocols[] = {fer_protocol_name(FER_MAJORITY), fer_protocol_name(FER_DISTRIBUTION),
                                     fer_protocol_name(FER_ALL), NULL};
    struct feri_weighted_list list;
    if (feri_weighted_split(text, protocols, &list, NULL) == FER_OK) /* the command itself reports what is wrong */
        for (size_t i = 0; i < list.n; i++) add(all, option, list.items[i].path, strlen(list.items[i].path), false);
    feri_weighted_free(&list);
}

static void add_text(struct names *all, const char *option, enum cli_file file, const char *const *names,
                     const char *text)
{
    bool target = file == CLI_TARGET || file == CLI_TARGET_DIR;
    if (file == CLI_TARGET_DIR || file == CLI_RUN) add_inside(all, option, text, names, target);
    if (file == CLI_RUN && feri_is_dir(text)) return;
    if (file == CLI_TARGET || file == CLI_SOURCE || file == CLI_RUN) add(all, option, text, strlen(text), target);
    if (file == CLI_SETS) add_sets(all, option, text);
    for (size_t n; file == CLI_SOURCES && *text; text += n + (text[n] == ','))
        if ((n = strcspn(text, ",")) > 0) add(all, option, text, n, false);
}

static void add_option(struct names *all, const struct cli_option *o)
{
    size_t n;
    if (o->file == CLI_PRINTS && *(const bool *)o->value) add(all, o->name, "-", 1, true);
    if (o->file == CLI_NO_FILE || o->file == CLI_PRINTS) return;
    for (size_t item = 0; (n = cli_get_option(o, item, NULL, 0)) > 0 && !all->failed; item++) {
        char *text = malloc(n + 1);
        if (!text) all->failed = true;
        else {
            cli_get_option(o, item, text, n + 1);
            add_text(all, o->name, o->file, o->names, text);
        }
        free(text);
    }
}

static void collect(struct names *all, const struct cli_usage *u, const struct cli_option *options, size_t n,
                    const struct cli_operands *operands)
{
    for (size_t i = 0; i < operands->n; i++) {
        bool last = i + 1 == operands->n && u->last != CLI_NO_FILE;
        add_text(all, NULL, last ? u->last : u->each, u->names, operands->items[i]);
    }
    for (size_t i = 0; i < n; i++) add_option(all, &options[i]);
}

/* ---- what must not be ---- */

static void describe(const struct named *at, char *text, size_t size)
{
    if (at->option && strcmp(at->path, "-") == 0) snprintf(text, size, "--%s", at->option);
    else if (at->option) snprintf(text, size, "--%s %s", at->option, at->path);
    else snprintf(text, size, "%s", at->path);
}

static int refuse(const struct cli_usage *u, const struct named *a, const struct named *b)
{
    char one[PATH_MAX + 64], other[PATH_MAX + 64];
    describe(a, one, sizeof one);
    describe(b, other, sizeof other);
    if (a->where == STANDARD && b->where == STANDARD)
        return cli_misuse(a->target ? "%s: %s and %s would both go to standard output; name a file for one of them"
                                    : "%s: %s and %s would both be read from standard input; name a file for one of "
                                      "them",
                          u->command, one, other);
    if (a->target && b->target)
        return cli_misuse("%s: %s and %s are the same file; each output needs a file of its own", u->command, one,
                          other);
    return cli_misuse("%s: %s would replace %s, which is read; name another file", u->command, a->target ? one : other,
                      a->target ? other : one);
}

/* Results of the command itself, where an output would stand in the middle of them. */
static int check_own_output(const struct cli_usage *u, const struct names *all)
{
    for (size_t i = 0; !u->streams && i < all->n; i++)
        if (all->items[i].target && all->items[i].where == STANDARD)
            return cli_misuse("%s: %s: standard output already receives the results; name a file", u->command,
                              all->items[i].path);
    return CLI_GO_ON;
}

static int check_pairs(const struct cli_usage *u, const struct names *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct named *a = &all->items[i];
        if (!a->target && a->where != STANDARD) continue;
        for (size_t k = 0; k < all->n; k++)
            if (k != i && are_one(a, &all->items[k]))
                return refuse(u, k < i ? &all->items[k] : a, k < i ? a : &all->items[k]);
    }
    return CLI_GO_ON;
}

/* Part of a data set in a directory, by its name. */
static bool may_be_data(const char *path)
{
    static const char *const others[] = {".tar", ".zip", "/train.csv", "/val.csv", "/test.csv"};
    for (size_t i = 0; i < CLI_N(others); i++)
        if (feri_ends_in(path, others[i])) return true;
    return feri_names_picture(path);
}

static bool lies_in(const char *path, const struct named *directory)
{
    char at[PATH_MAX];
    struct stat st;
    if (!realpath(path, at)) return false;
    for (char *slash; (slash = strrchr(at, '/')) && slash != at;) {
        *slash = '\0';
        if (stat(at, &st) == 0 && st.st_dev == directory->device && st.st_ino == directory->inode) return true;
    }
    return false;
}

static int check_inside(const struct cli_usage *u, const struct names *all)
{
    for (size_t i = 0; i < all->n; i++) {
        const struct named *to = &all->items[i];
        if (!to->target || to->where != PLACE || to->rest || to->directory || !may_be_data(to->path)) continue;
        for (size_t k = 0; k < all->n; k++) {
            const struct named *from = &all->items[k];
            if (!from->target && from->directory && !from->rest && lies_in(to->path, from))
                return cli_misuse("%s: %s would be replaced, and may be part of %s, which is read; name another file",
                                  u->command, to->path, from->path);
        }
    }
    return CLI_GO_ON;
}

/* ---- endings ---- */

static bool is_among(const char *path, const char *endings)
{
    char ending[16];
    for (size_t n; *endings; endings += n + (endings[n] == ' ')) {
        n = strcspn(endings, " ");
        snprintf(ending, sizeof ending, "%.*s", (int)n, endings);
        if (feri_ends_in(path, ending)) return true;
    }
    return false;
}

/* An ending that promises something else would mislead whoever opens the file. */
static int check_ending(const struct cli_usage *u, const char *option, const char *endings, bool strict,
                        const char *path)
{
    static const char known[] =
        ".mp4 .m4v .mkv .mov .avi .webm .gif .png .jpg .jpeg .bmp .tif .tiff .webp .svg .pdf .csv .tsv .json .jsonl "
        ".xml .html .srt .vtt .safetensors .pth .pt .onnx .h5 .ckpt .npy .npz .tar .zip .gz .ferpack .wav .mp3";
    struct stat st;
    if (!endings || strcmp(path, "-") == 0 || is_among(path, endings)) return CLI_GO_ON;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) return CLI_GO_ON;
    if (!strict && !is_among(path, known)) return CLI_GO_ON;
    return cli_misuse("%s: %s%s%s%s: what is written would not be what the name says; expected a name that ends in %s",
                      u->command, option ? "--" : "", option ? option : "", option ? " " : "", path, endings);
}

static int check_endings(const struct cli_usage *u, const struct cli_option *options, size_t n,
                         const struct cli_operands *operands)
{
    int code = CLI_GO_ON;
    if (u->last == CLI_TARGET && operands->n > 0)
        code = check_ending(u, NULL, u->endings, false, operands->items[operands->n - 1]);
    for (size_t i = 0; code == CLI_GO_ON && i < n; i++) {
        char path[PATH_MAX];
        const struct cli_option *o = &options[i];
        if (o->file != CLI_TARGET || !o->endings || cli_get_option(o, 0, path, sizeof path) == 0) continue;
        code = check_ending(u, o->name, o->endings, o->strict, path);
    }
    return code;
}

int cli_check_files(const struct cli_usage *u, const struct cli_option *options, size_t n,
                    const struct cli_operands *operands)
{
    struct names all = {0};
    collect(&all, u, options, n, operands);
    int code = all.failed ? cli_fail("out of memory") : check_pairs(u, &all);
    if (code == CLI_GO_ON) code = check_own_output(u, &all);
    if (code == CLI_GO_ON) code = check_inside(u, &all);
    if (code == CLI_GO_ON) code = check_endings(u, options, n, operands);
    for (size_t i = 0; i < all.n; i++) {
        free(all.items[i].path);
        free(all.items[i].rest);
    }
    free(all.items);
    return code;
}

/* Class folders, [<split>/]<class>/<picture>. Words for emotions become the emotions' names. Folders that are all
 * numbers need a named order; other words are used unchanged, in byte order. */
#include "base/names.h"
#include "data/layouts/layout.h"
#include "data/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDINGS 24 /* that are counted by themselves */

static bool is_picture(const char *name)
{
    return feri_names_picture(name) && !feri_names_hidden(name);
}

static size_t depth_of(const char *name)
{
    size_t n = 0;
    for (; *name; name++) n += *name == '/';
    return n;
}

/* The shallowest depth at which folders contain pictures; deeper ones do not belong to the set. (size_t)-1: there are
 * none. */
static size_t picture_depth(const struct feri_archive *a)
{
    size_t least = (size_t)-1;
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        const char *name = feri_archive_name(a, i);
        size_t depth = depth_of(name);
        if (depth >= 1 && depth < least && is_picture(name)) least = depth;
    }
    return least;
}

static bool is(const struct feri_layout *l, const struct feri_archive *a)
{
    (void)l;
    return picture_depth(a) != (size_t)-1;
}

struct folder {
    const char *name; /* part of a path: not NUL-terminated */
    size_t length;
};

/* The class folder of entry i. Length 0: it is not a picture of a class. */
static struct folder class_folder(const struct feri_archive *a, size_t i, size_t depth)
{
    const char *name = feri_archive_name(a, i), *end = strrchr(name, '/'), *start = end;
    if (!end || depth_of(name) != depth || !is_picture(name)) return (struct folder){0};
    while (start > name && start[-1] != '/') start--;
    return (struct folder){start, (size_t)(end - start)};
}

static bool is_number(const struct folder *f, long *code)
{
    *code = 0;
    for (size_t i = 0; i < f->length; i++) {
        if (f->name[i] < '0' || f->name[i] > '9' || i > 5) return false;
        *code = *code * 10 + (f->name[i] - '0');
    }
    return f->length > 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static fer_status find_or_add(struct feri_dataset *ds, const struct folder *f, fer_error *err)
{
    for (size_t k = ds->n_classes; k-- > 0;)
        if (strlen(ds->classes[k]) == f->length && strncmp(ds->classes[k], f->name, f->length) == 0) return FER_OK;
    return feri_dataset_add_class(ds, f->name, f->length, err);
}

/* Counts of folder names: how many are emotions, numbers, other words. */
struct kinds {
    size_t emotions, numbers, others;
    long lo, hi;
};

static fer_status collect(struct feri_dataset *ds, size_t depth, struct kinds *kinds, fer_error *err)
{
    struct folder last = {0};
    fer_status st = FER_OK;
    for (size_t i = 0; i < feri_archive_count(ds->sources[0].archive) && st == FER_OK; i++) {
        struct folder f = class_folder(ds->sources[0].archive, i, depth);
        bool same = f.length == 0 || (f.length == last.length && memcmp(f.name, last.name, f.length) == 0);
        last = f.length ? f : last;
        if (!same) st = find_or_add(ds, &f, err);
    }
    kinds->lo = 1000000;
    for (size_t k = 0; k < ds->n_classes; k++) {
        struct folder f = {ds->classes[k], strlen(ds->classes[k])};
        long code;
        if (feri_emotion_find(f.name, f.length) >= 0) {
            kinds->emotions++;
        } else if (!is_number(&f, &code)) {
            kinds->others++;
        } else {
            kinds->numbers++;
            if (code < kinds->lo) kinds->lo = code;
            if (code > kinds->hi) kinds->hi = code;
        }
    }
    return st;
}

static fer_status refuse_numbers(const struct feri_dataset *ds, const struct kinds *kinds, fer_error *err)
{
    char list[700];
    feri_orders_text((size_t)kinds->lo, (size_t)kinds->hi, list, sizeof list);
    return feri_fail(
        err, FER_ERR_ARGUMENT,
        "%s: the classes are numbers from %ld to %ld, whose meaning differs between data sets; name their order: %s",
        ds->path, kinds->lo, kinds->hi, *list ? list : "the classes separated by commas");
}

/* The emotions that occur, in AffectNet's order. */
static fer_status name_emotions(struct feri_dataset *ds, fer_error *err)
{
    bool occurs[FERI_EMOTIONS] = {false};
    fer_status st = FER_OK;
    for (size_t k = 0; k < ds->n_classes; k++) {
        int e = feri_emotion_find(ds->classes[k], strlen(ds->classes[k]));
        if (e >= 0) occurs[e] = true;
        free(ds->classes[k]);
    }
    ds->n_classes = 0;
    for (size_t e = 0; e < FERI_EMOTIONS && st == FER_OK; e++)
        if (occurs[e]) st = feri_dataset_add_class(ds, feri_emotion_name(e), strlen(feri_emotion_name(e)), err);
    return st;
}

static fer_status name_classes(struct feri_dataset *ds, const struct kinds *kinds, fer_error *err)
{
    bool numbers = kinds->numbers && !kinds->emotions && !kinds->others;
    if (numbers && !ds->opt.order) return refuse_numbers(ds, kinds, err);
    if (numbers) {
        for (size_t k = 0; k < ds->n_classes; k++) free(ds->classes[k]);
        ds->n_classes = 0;
        return feri_dataset_add_order(ds, NULL, err);
    }
    if (kinds->emotions && !kinds->others) return name_emotions(ds, err);
    qsort(ds->classes, ds->n_classes, sizeof *ds->classes, by_bytes);
    return FER_OK;
}

static bool label_of(const struct feri_dataset *ds, const struct folder *f, uint16_t *label)
{
    int emotion = feri_emotion_find(f->name, f->length);
    long code;
    for (size_t k = 0; k < ds->n_classes; k++)
        if (strlen(ds->classes[k]) == f->length && strncmp(ds->classes[k], f->name, f->length) == 0) {
            *label = (uint16_t)k;
            return true;
        }
    for (size_t k = 0; emotion >= 0 && k < ds->n_classes; k++)
        if (strcmp(ds->classes[k], feri_emotion_name((size_t)emotion)) == 0) {
            *label = (uint16_t)k;
            return true;
        }
    return is_number(f, &code) && feri_code_label(ds, code, label);
}

static fer_status add_pictures(struct feri_dataset *ds, size_t depth, fer_error *err)
{
    const struct feri_archive *a = ds->sources[0].archive;
    fer_status st = FER_OK;
    for (size_t i = 0; i < feri_archive_count(a) && st == FER_OK; i++) {
        struct folder f = class_folder(a, i, depth);
        struct feri_sample s = feri_sample_new(i);
        if (f.length == 0) continue;
        s.split = (uint8_t)feri_split_of_path(feri_archive_name(a, i));
        if (label_of(ds, &f, &s.label)) {
            st = feri_dataset_add(ds, &s, NULL, err);
            continue;
        }
        fer_error why;
        feri_fail(&why, FER_ERR_FORMAT, "%s: '%s': the folder '%.*s' is not the name of a class", ds->path,
                  feri_archive_name(a, i), (int)f.length, f.name);
        st = feri_dataset_damaged(ds, "invalid label", FER_ERR_FORMAT, &why, err);
    }
    return st;
}

/* ---- what is no sample ---- */

static fer_status leave_file(struct feri_dataset *ds, const char *name, size_t depth, fer_error *err)
{
    char what[64], ending[FERI_ENDING_MAX];
    const char *why = what;
    size_t own = depth_of(name);
    feri_ending_of(name, ending);
    if (feri_dataset_n_left(ds) >= ENDINGS) *ending = '\0';
    snprintf(what, sizeof what, "no picture by its name (%s)", *ending ? ending : "another ending");
    if (feri_names_hidden(name)) why = "hidden file";
    else if (feri_names_picture(name))
        why = own < depth ? "picture outside a class folder" : "picture in a deeper folder";
    return feri_dataset_leave_out(ds, why, name, err);
}

/* The folder of a class on the way to a file, "train/joy" of "train/joy/old/1.jpg"; false: the file lies above such. */
static bool folder_on_way(const char *name, size_t depth, char *out, size_t size)
{
    const char *end = name;
    for (size_t i = 0; i < depth; i++) {
        end = strchr(end, '/');
        if (!end) return false;
        if (i + 1 < depth) end++;
    }
    int n = snprintf(out, size, "%.*s", (int)(end - name), name);
    return n > 0 && (size_t)n < size;
}

/* Count a folder that could be a class and was not met before. */
static fer_status leave_folder(struct feri_dataset *ds, struct feri_seen *seen, const char *folder, fer_error *err)
{
    bool again;
    fer_status st = feri_seen_add(seen, 0, folder, &again, err);
    if (st != FER_OK || again || feri_names_hidden(folder)) return st;
    return feri_dataset_leave_out(ds, "folder without a picture of a class", folder, err);
}

static fer_status leave_rest(struct feri_dataset *ds, struct feri_seen *seen, size_t depth, fer_error *err)
{
    const struct feri_archive *a = ds->sources[0].archive;
    char folder[4096];
    bool again;
    fer_status st = FER_OK;
    for (size_t i = 0; i < feri_archive_count(a) && st == FER_OK; i++)
        if (class_folder(a, i, depth).length && folder_on_way(feri_archive_name(a, i), depth, folder, sizeof folder))
            st = feri_seen_add(seen, 0, folder, &again, err);
    for (size_t i = 0; i < feri_archive_count(a) && st == FER_OK; i++) {
        const char *name = feri_archive_name(a, i);
        if (class_folder(a, i, depth).length) continue;
        st = leave_file(ds, name, depth, err);
        if (st == FER_OK && folder_on_way(name, depth, folder, sizeof folder)) st = leave_folder(ds, seen, folder, err);
    }
    for (size_t i = 0; i < feri_archive_n_folders(a) && st == FER_OK; i++)
        if (depth_of(feri_archive_folder(a, i)) + 1 == depth)
            st = leave_folder(ds, seen, feri_archive_folder(a, i), err);
    return st;
}

static fer_status read(const struct feri_layout *l, struct feri_dataset *ds, fer_error *err)
{
    (void)l;
    struct kinds kinds = {0};
    struct feri_seen seen = {0};
    size_t depth = picture_depth(ds->sources[0].archive);
    fer_status st = collect(ds, depth, &kinds, err);
    if (st == FER_OK) st = name_classes(ds, &kinds, err);
    if (st == FER_OK) st = add_pictures(ds, depth, err);
    if (st == FER_OK) st = leave_rest(ds, &seen, depth, err);
    feri_seen_free(&seen);
    return st;
}

const struct feri_layout feri_layout_folders = {
    .name = "folders",
    .what = "one folder of pictures per class, optionally inside one folder per split",
    .is = is,
    .read = read};

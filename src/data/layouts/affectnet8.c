/* AffectNet-8Labels: <set>/images/<id>.jpg and <set>/annotations/<id>_exp.npy, _val.npy, _aro.npy, _lnd.npy, each a
 * single number (or 68 points) as NumPy saves it. The same id stands for different images in the training and the
 * validation set. */
#include "base/names.h"
#include "data/layouts/layout.h"
#include "data/seen.h"
#include "formats/npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_HERE 1024

/* Length of the path before "images/<id>.<ext>". (size_t)-1: the picture is elsewhere. */
static size_t before_images(const char *name)
{
    static const char folder[] = "images/";
    const char *slash = strrchr(name, '/');
    size_t n = sizeof folder - 1;
    if (!slash || !feri_names_picture(name) || (size_t)(slash + 1 - name) < n || memcmp(slash + 1 - n, folder, n) != 0)
        return (size_t)-1;
    size_t before = (size_t)(slash + 1 - name) - n;
    return before == 0 || name[before - 1] == '/' ? before : (size_t)-1;
}

/* "<set>/annotations/<id>_<what>.npy" for the picture "<set>/images/<id>.jpg". */
static size_t find_annotation(const struct feri_archive *a, const char *picture, size_t before, const char *what,
                              char path[PATH_MAX_HERE])
{
    const char *id = strrchr(picture, '/') + 1, *dot = strrchr(id, '.');
    int n =
        snprintf(path, PATH_MAX_HERE, "%.*sannotations/%.*s_%s.npy", (int)before, picture, (int)(dot - id), id, what);
    return n > 0 && n < PATH_MAX_HERE ? feri_archive_find(a, path) : (size_t)-1;
}

static bool is(const struct feri_layout *l, const struct feri_archive *a)
{
    (void)l;
    char path[PATH_MAX_HERE];
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        const char *name = feri_archive_name(a, i), *end = strstr(name, "_exp.npy");
        if (end && end[8] == '\0' && strstr(name, "annotations/")) return true;
        size_t before = before_images(name);
        if (before != (size_t)-1 && find_annotation(a, name, before, "exp", path) != (size_t)-1) return true;
    }
    return false;
}

static fer_status read_number(const struct feri_dataset *ds, size_t entry, float *out, fer_error *err)
{
    uint8_t *data;
    size_t size;
    fer_npy npy;
    const struct feri_archive *a = ds->sources[0].archive;
    fer_status st = feri_archive_read(a, entry, &data, &size, err);
    if (st != FER_OK) return st;
    st = feri_npy_parse(data, size, &npy, err);
    free(data);
    if (st == FER_OK && npy.count != 1) st = feri_fail(err, FER_ERR_FORMAT, "%zu numbers, expected one", npy.count);
    if (st == FER_OK) *out = npy.data[0];
    if (npy.data) fer_npy_free(&npy);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s: '%s'", ds->path, feri_archive_name(a, entry));
}

/* Valence or arousal. -2 (like any value out of range) means unknown. */
static fer_status read_affect(struct feri_dataset *ds, const char *picture, size_t before, const char *what, float *out,
                              fer_error *err)
{
    char path[PATH_MAX_HERE];
    fer_error why;
    *out = NAN;
    size_t entry = find_annotation(ds->sources[0].archive, picture, before, what, path);
    if (entry == (size_t)-1) return FER_OK;
    fer_status st = read_number(ds, entry, out, &why);
    if (st != FER_OK) return feri_dataset_damaged(ds, "unreadable valence or arousal", st, &why, err);
    if (!(*out >= -1 && *out <= 1)) *out = NAN;
    return FER_OK;
}

static fer_status read_label(struct feri_dataset *ds, const char *picture, size_t before, uint16_t *label, bool *has,
                             fer_error *err)
{
    char path[PATH_MAX_HERE];
    float code;
    fer_error why;
    *has = false;
    size_t entry = find_annotation(ds->sources[0].archive, picture, before, "exp", path);
    if (entry == (size_t)-1) {
        feri_fail(&why, FER_ERR_FORMAT, "%s: '%s': there is no annotation '%s'", ds->path, picture, path);
        return feri_dataset_damaged(ds, "missing annotation", FER_ERR_FORMAT, &why, err);
    }
    fer_status st = read_number(ds, entry, &code, &why);
    if (st != FER_OK) return feri_dataset_damaged(ds, "unreadable annotation", st, &why, err);
    if (!(code >= 0 && code < 1000) || code != floorf(code) || !feri_code_label(ds, (long)code, label)) {
        feri_fail(&why, FER_ERR_FORMAT, "%s: '%s': label %g, expected 0 to %zu", ds->path, path, (double)code,
                  ds->n_codes - 1);
        return feri_dataset_damaged(ds, "invalid label", FER_ERR_FORMAT, &why, err);
    }
    *has = true;
    return FER_OK;
}

static fer_status read_picture(struct feri_dataset *ds, size_t entry, size_t before, fer_error *err)
{
    char path[PATH_MAX_HERE];
    const struct feri_archive *a = ds->sources[0].archive;
    const char *picture = feri_archive_name(a, entry);
    struct feri_sample s = feri_sample_new(entry);
    bool has;
    fer_status st = read_label(ds, picture, before, &s.label, &has, err);
    if (st != FER_OK || !has) return st;
    if ((st = read_affect(ds, picture, before, "val", &s.annotation.valence, err)) != FER_OK ||
        (st = read_affect(ds, picture, before, "aro", &s.annotation.arousal, err)) != FER_OK)
        return st;
    s.split = (uint8_t)feri_split_of_path(picture);
    s.landmarks = (uint32_t)find_annotation(a, picture, before, "lnd", path); /* -1 is FERI_NONE */
    return feri_dataset_add(ds, &s, NULL, err);
}

/* The key of a picture is its set and its id: the name without what follows the dot. */
static fer_status check_twice(struct feri_dataset *ds, struct feri_seen *seen, const char *name, bool *again,
                              fer_error *err)
{
    char id[PATH_MAX_HERE];
    fer_error why;
    const char *base = strrchr(name, '/') + 1;
    snprintf(id, sizeof id, "%.*s", (int)(strrchr(base, '.') - base), base);
    fer_status st = feri_seen_add(seen, (uint64_t)feri_split_of_path(name), id, again, err);
    if (st != FER_OK || !*again) return st;
    feri_fail(&why, FER_ERR_FORMAT, "%s: '%s': its set has another picture with the id %s", ds->path, name, id);
    return feri_dataset_damaged(ds, "id that occurs twice", FER_ERR_FORMAT, &why, err);
}

#define PICTURES 1000 /* key of the set of pictures in feri_seen, beside those of the splits */

/* "<set>/<id>" of "<set>/images/<id>.jpg", whatever its ending. */
static fer_status remember_picture(struct feri_seen *seen, const char *name, size_t before, fer_error *err)
{
    char key[PATH_MAX_HERE];
    bool again;
    const char *base = strrchr(name, '/') + 1;
    snprintf(key, sizeof key, "%.*s%.*s", (int)before, name, (int)(strrchr(base, '.') - base), base);
    return feri_seen_add(seen, PICTURES, key, &again, err);
}

/* Whether "<set>/annotations/<id>_exp.npy" has its picture. */
static bool has_picture(const struct feri_seen *seen, const char *annotation)
{
    char key[PATH_MAX_HERE];
    const char *folder = strstr(annotation, "annotations/"), *id = strrchr(annotation, '/') + 1;
    snprintf(key, sizeof key, "%.*s%.*s", (int)(folder - annotation), annotation, (int)(strlen(id) - 8), id);
    return feri_seen_has(seen, PICTURES, key);
}

static fer_status check_pictures(struct feri_dataset *ds, const struct feri_seen *seen, fer_error *err)
{
    const struct feri_archive *a = ds->sources[0].archive;
    fer_error why;
    fer_status st = FER_OK;
    for (size_t i = 0; i < feri_archive_count(a) && st == FER_OK; i++) {
        const char *name = feri_archive_name(a, i), *end = strstr(name, "_exp.npy");
        if (!end || end[8] || !strstr(name, "annotations/") || has_picture(seen, name)) continue;
        feri_fail(&why, FER_ERR_FORMAT, "%s: '%s': there is no picture for it in images/", ds->path, name);
        st = feri_dataset_damaged(ds, "missing image", FER_ERR_FORMAT, &why, err);
    }
    return st;
}

static fer_status read(const struct feri_layout *l, struct feri_dataset *ds, fer_error *err)
{
    (void)l;
    const struct feri_archive *a = ds->sources[0].archive;
    struct feri_seen seen = {0};
    fer_status st = feri_dataset_add_order(ds, "affectnet", err);
    for (size_t i = 0; i < feri_archive_count(a) && st == FER_OK; i++) {
        const char *name = feri_archive_name(a, i);
        size_t before = before_images(name);
        bool again;
        if (before == (size_t)-1) continue;
        if (feri_names_hidden(name)) {
            st = feri_dataset_leave_out(ds, "hidden file", name, err);
            continue;
        }
        st = remember_picture(&seen, name, before, err);
        if (st == FER_OK) st = check_twice(ds, &seen, name, &again, err);
        if (st == FER_OK && !again) st = read_picture(ds, i, before, err);
    }
    if (st == FER_OK) st = check_pictures(ds, &seen, err);
    feri_seen_free(&seen);
    return st;
}

const struct feri_layout feri_layout_affectnet8 = {.name = "affectnet-8labels",
                                                   .what = "<set>/images/<id>.jpg with <set>/annotations/<id>_exp.npy",
                                                   .is = is,
                                                   .read = read};

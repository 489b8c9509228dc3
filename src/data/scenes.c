#include "data/scenes.h"

#include "base/csv.h"
#include "base/decimal.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/names.h"
#include "formats/archive_open.h"
#include "formats/picture_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scene {
    const char *name; /* name in the archive, without the folder */
    size_t entry;
    size_t first, n; /* of its faces */
};

struct row {
    size_t scene;
    struct feri_scene_face face;
};

struct feri_scenes {
    char *path;
    struct feri_archive *archive;
    struct scene *scenes; /* sorted by name */
    size_t n_scenes, cap_scenes;
    struct row *rows; /* while reading; then in `faces` */
    size_t n_rows, cap_rows;
    struct feri_scene_face *faces;
};

/* ---- pictures ---- */

/* The length of "<folder>/", the folder of the table `name`. (size_t)-1: it is another file. */
static size_t find_table(const struct feri_archive *a, const char *name, size_t *entry_out)
{
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        const char *path = feri_archive_name(a, i), *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
        if (strcmp(base, name) != 0) continue;
        *entry_out = i;
        return (size_t)(base - path);
    }
    return (size_t)-1;
}

static fer_status list_pictures(struct feri_scenes *s, const char *folder, size_t folder_length, fer_error *err)
{
    static const char images[] = "images/";
    for (size_t i = 0; i < feri_archive_count(s->archive); i++) {
        const char *path = feri_archive_name(s->archive, i), *name = path + folder_length;
        if (strncmp(path, folder, folder_length) != 0 || strncmp(name, images, sizeof images - 1) != 0 ||
            !feri_names_picture(name))
            continue;
        if (!feri_grow(&s->scenes, &s->cap_scenes, s->n_scenes + 1, sizeof *s->scenes))
            return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", s->path);
        s->scenes[s->n_scenes++] = (struct scene){.name = name + sizeof images - 1, .entry = i};
    }
    return s->n_scenes ? FER_OK
                       : feri_fail(err, FER_ERR_FORMAT, "%s: no picture in images/ next to faces.csv", s->path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct scene *)a)->name, ((const struct scene *)b)->name);
}

/* ---- tables ---- */

struct table {
    const char *name;
    size_t columns;
    bool ignored;
};

static const struct table faces_table = {"faces.csv", 5 + 2 * FERI_SCENE_POINTS, false};
static const struct table ignore_table = {"ignore.csv", 5, true};

static bool number(const char *text, float *out)
{
    char *end;
    *out = feri_strtof(text, &end);
    return end != text && !*end && isfinite(*out);
}

static bool read_points(char **fields, struct feri_scene_face *f)
{
    size_t empty = 0;
    for (size_t i = 0; i < 2 * FERI_SCENE_POINTS; i++) {
        if (!*fields[i]) empty++;
        else if (!number(fields[i], &f->points[i / 2][i % 2])) return false;
    }
    f->has_points = empty == 0;
    return empty == 0 || empty == 2 * FERI_SCENE_POINTS;
}

static fer_status add_row(struct feri_scenes *s, const struct table *t, const struct feri_csv_row *r, fer_error *err)
{
    struct feri_scene_face f = {.ignored = t->ignored};
    if (r->n != t->columns)
        return feri_fail(err, FER_ERR_FORMAT, "%s: %s: line %zu has %zu fields, expected %zu", s->path, t->name,
                         r->line, r->n, t->columns);
    if (!number(r->fields[1], &f.x) || !number(r->fields[2], &f.y) || !number(r->fields[3], &f.w) ||
        !number(r->fields[4], &f.h) || f.w <= 0 || f.h <= 0 || (!t->ignored && !read_points(r->fields + 5, &f)))
        return feri_fail(err, FER_ERR_FORMAT,
                         "%s: %s: line %zu: a box is four numbers x,y,w,h, landmarks are ten numbers or empty", s->path,
                         t->name, r->line);
    struct scene key = {.name = r->fields[0]};
    struct scene *found = bsearch(&key, s->scenes, s->n_scenes, sizeof key, by_name);
    if (!found)
        return feri_fail(err, FER_ERR_FORMAT, "%s: %s: line %zu: there is no images/%s", s->path, t->name, r->line,
                         r->fields[0]);
    if (!feri_grow(&s->rows, &s->cap_rows, s->n_rows + 1, sizeof *s->rows))
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", s->path);
    s->rows[s->n_rows++] = (struct row){(size_t)(found - s->scenes), f};
    return FER_OK;
}

static fer_status read_rows(struct feri_scenes *s, const struct table *t, struct feri_csv *csv, fer_error *err)
{
    struct feri_csv_row row;
    bool more, header = true;
    fer_status st;
    while ((st = feri_csv_next(csv, &row, &more, err)) == FER_OK && more) {
        if (header && (row.n < 1 || strcmp(row.fields[0], "image") != 0))
            return feri_fail(err, FER_ERR_FORMAT, "%s: %s: the header begins with '%s', expected image,x,y,w,h",
                             s->path, t->name, row.n ? row.fields[0] : "");
        if (!header && (st = add_row(s, t, &row, err)) != FER_OK) return st;
        header = false;
    }
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s: %s", s->path, t->name);
}

static fer_status read_table(struct feri_scenes *s, const struct table *t, size_t entry, fer_error *err)
{
    uint8_t *data;
    size_t size;
    struct feri_csv *csv;
    fer_status st = feri_archive_read(s->archive, entry, &data, &size, err);
    if (st != FER_OK) return st;
    if ((st = feri_csv_new(data, size, &csv, err)) == FER_OK) {
        st = read_rows(s, t, csv, err);
        feri_csv_free(csv);
    }
    free(data);
    return st;
}

/* Sort the rows into faces: those of one picture are adjacent, in the order of the tables. */
static fer_status sort_rows(struct feri_scenes *s, fer_error *err)
{
    s->faces = calloc(s->n_rows + 1, sizeof *s->faces);
    if (!s->faces) return feri_fail_memory(err, s->n_rows * sizeof *s->faces);
    for (size_t i = 0; i < s->n_rows; i++) s->scenes[s->rows[i].scene].n++;
    for (size_t i = 0, at = 0; i < s->n_scenes; at += s->scenes[i++].n) s->scenes[i].first = at;
    for (size_t i = 0; i < s->n_scenes; i++) s->scenes[i].n = 0;
    for (size_t i = 0; i < s->n_rows; i++) {
        struct scene *scene = &s->scenes[s->rows[i].scene];
        s->faces[scene->first + scene->n++] = s->rows[i].face;
    }
    free(s->rows);
    s->rows = NULL;
    return FER_OK;
}

/* ---- opening ---- */

static fer_status read_all(struct feri_scenes *s, const char *path, fer_error *err)
{
    size_t entry = 0, ignore = 0;
    s->path = feri_strdup(path);
    if (!s->path) return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", path);
    fer_status st = feri_archive_open(path, &s->archive, err);
    if (st != FER_OK) return st;
    size_t folder = find_table(s->archive, faces_table.name, &entry);
    if (folder == (size_t)-1) return feri_fail(err, FER_ERR_FORMAT, "%s: contains no faces.csv", path);
    st = list_pictures(s, feri_archive_name(s->archive, entry), folder, err);
    if (st != FER_OK) return st;
    qsort(s->scenes, s->n_scenes, sizeof *s->scenes, by_name);
    st = read_table(s, &faces_table, entry, err);
    if (st == FER_OK && find_table(s->archive, ignore_table.name, &ignore) == folder)
        st = read_table(s, &ignore_table, ignore, err);
    return st == FER_OK ? sort_rows(s, err) : st;
}

fer_status feri_scenes_open(const char *path, struct feri_scenes **out, fer_error *err)
{
    *out = NULL;
    struct feri_scenes *s = calloc(1, sizeof *s);
    if (!s) return feri_fail_memory(err, sizeof *s);
    fer_status st = read_all(s, path, err);
    if (st == FER_OK) *out = s;
    else feri_scenes_close(s);
    return st;
}

void feri_scenes_close(struct feri_scenes *s)
{
    if (!s) return;
    feri_archive_close(s->archive);
    free(s->scenes);
    free(s->rows);
    free(s->faces);
    free(s->path);
    free(s);
}

size_t feri_scenes_count(const struct feri_scenes *s)
{
    return s->n_scenes;
}

const char *feri_scenes_name(const struct feri_scenes *s, size_t i)
{
    return s->scenes[i].name;
}

const struct feri_scene_face *feri_scenes_faces(const struct feri_scenes *s, size_t i, size_t *n_out)
{
    *n_out = s->scenes[i].n;
    return s->faces + s->scenes[i].first;
}

fer_status feri_scenes_decode(const struct feri_scenes *s, size_t i, struct feri_pixels *out, fer_error *err)
{
    uint8_t *data;
    size_t size;
    fer_status st = feri_archive_read(s->archive, s->scenes[i].entry, &data, &size, err);
    if (st != FER_OK) return st;
    st = feri_pixels_decode(data, size, out, err);
    free(data);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s: %s", s->path, s->scenes[i].name);
}

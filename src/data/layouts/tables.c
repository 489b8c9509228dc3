/* The layouts that are tables: which CSV files of an archive belong to them, a CSV file on its own, and a pack's
 * table. */
#include "base/names.h"
#include "data/layouts/layout.h"
#include "data/layouts/table.h"
#include "formats/archive_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEAD ((size_t)65536) /* bytes in which a table's first row must end */

/* Folder, base name and split of the table, from its path. */
static void name_table(struct feri_table *t, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    t->name = path;
    snprintf(t->folder, sizeof t->folder, "%.*s", (int)(base - path), path);
    t->split = feri_split_find(base, strcspn(base, "."));
    if (t->split == FER_SPLIT_NONE) t->split = feri_split_of_path(path);
}

/* Read only the first row. t->kind stays NULL if the table is unknown. */
static fer_status look(struct feri_table *t, const struct feri_source *source, fer_error *err)
{
    struct feri_csv *csv = NULL;
    struct feri_csv_row row;
    bool more = false;
    uint64_t whole = feri_source_size(source, t->entry);
    size_t size = whole < HEAD ? (size_t)whole : HEAD;
    uint8_t *head = malloc(size + 1);
    if (!head) return feri_fail_memory(err, size);
    fer_status st = feri_source_read(source, t->entry, 0, size, head, err);
    if (st == FER_OK) st = feri_csv_new(head, size, &csv, err);
    if (st == FER_OK && feri_csv_next(csv, &row, &more, err) == FER_OK && more) t->kind = feri_table_kind_of(&row, t);
    feri_csv_free(csv);
    free(head);
    return st;
}

/* ---- class names that occur in the rows ---- */

/* Emotions in AffectNet's order, then other words in byte order. */
static int by_name(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    int i = feri_emotion_find(x, strlen(x)), j = feri_emotion_find(y, strlen(y));
    if (i < 0 || j < 0) return i < 0 && j < 0 ? strcmp(x, y) : i < 0 ? 1 : -1;
    return i - j;
}

/* A class may be no image's label and yet have a share of some. */
static fer_status add_classes_of(struct feri_dataset *ds, const char *distribution, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t k = 0; st == FER_OK && *distribution; k++) { /* they usually come in the same order */
        size_t length = strcspn(distribution, ":;");
        if (length && distribution[length] == ':') st = feri_dataset_need_class(ds, distribution, length, &k, err);
        distribution += strcspn(distribution, ";");
        distribution += *distribution == ';';
    }
    return st;
}

static fer_status collect_classes(const struct feri_table *t, fer_error *err)
{
    struct feri_rows *rows;
    struct feri_csv_row row;
    bool more, skip = true;
    fer_status st = feri_rows_open(&t->ds->sources[t->source], t->entry, &rows, err);
    while (st == FER_OK && (st = feri_rows_next(rows, &row, &more, err)) == FER_OK && more) {
        bool whole = !skip && row.n == t->n_columns;
        const char *label = whole ? feri_table_field(t, &row, FERI_COL_LABEL) : "";
        size_t k = 0;
        if (*label) st = feri_dataset_need_class(t->ds, label, strlen(label), &k, err);
        if (st == FER_OK && whole) st = add_classes_of(t->ds, feri_table_field(t, &row, FERI_COL_DISTRIBUTION), err);
        skip = false;
    }
    feri_rows_close(rows);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s: %s", t->ds->path, t->name);
}

static fer_status prepare_classes(struct feri_table *tables, size_t n, fer_error *err)
{
    struct feri_dataset *ds = tables[0].ds;
    fer_status st = FER_OK;
    if (tables[0].kind->order) return feri_dataset_add_order(ds, tables[0].kind->order, err);
    for (size_t i = 0; i < n && st == FER_OK; i++)
        if (tables[i].column[FERI_COL_LABEL] >= 0) st = collect_classes(&tables[i], err);
    if (ds->n_classes) qsort(ds->classes, ds->n_classes, sizeof *ds->classes, by_name);
    return st;
}

/* ---- tables of an archive ---- */

static fer_status read_tables(struct feri_table *tables, size_t n, fer_error *err)
{
    struct feri_picture_finder finder = {0};
    struct feri_seen seen = {0};
    fer_status st = prepare_classes(tables, n, err);
    for (size_t i = 0; i < n && st == FER_OK; i++) {
        tables[i].finder = &finder;
        tables[i].seen = &seen;
        st = feri_table_read(&tables[i], err);
    }
    feri_picture_finder_free(&finder);
    feri_seen_free(&seen);
    if (n) tables[0].ds->remark = tables[0].kind->remark;
    return st;
}

/* The next entry from *i on that is a table of the layout. */
static bool next_table(const struct feri_source *source, const struct feri_table_kind *kind, size_t *i,
                       struct feri_table *t)
{
    for (; *i < feri_archive_count(source->archive); ++*i) {
        const char *name = feri_archive_name(source->archive, *i);
        if (!feri_ends_in(name, ".csv")) continue;
        t->entry = (uint32_t)*i;
        t->kind = NULL;
        name_table(t, name);
        if (look(t, source, NULL) == FER_OK && t->kind && t->kind == kind) return true;
    }
    return false;
}

static bool is(const struct feri_layout *layout, const struct feri_archive *a)
{
    /* Only the archive's place is needed to look for its entries. */
    struct feri_source source = {.kind = FERI_SOURCE_ARCHIVE, .archive = (struct feri_archive *)(uintptr_t)a};
    struct feri_table t = {0};
    size_t i = 0;
    return next_table(&source, layout->kind, &i, &t);
}

static fer_status read(const struct feri_layout *layout, struct feri_dataset *ds, fer_error *err)
{
    struct feri_table *tables = NULL;
    size_t n = 0, cap = 0;
    fer_status st = FER_OK;
    struct feri_table t = {.ds = ds};
    for (size_t i = 0; next_table(&ds->sources[0], layout->kind, &i, &t); i++) {
        if (!feri_grow(&tables, &cap, n + 1, sizeof *tables)) {
            st = feri_fail_memory(err, (n + 1) * sizeof *tables);
            break;
        }
        tables[n++] = t;
    }
    if (st == FER_OK && n) st = read_tables(tables, n, err);
    free(tables);
    return st;
}

size_t feri_table_layouts(void)
{
    size_t n = 0;
    while (feri_table_kind_at(n)) n++;
    return n;
}

struct feri_layout feri_table_layout(size_t i)
{
    const struct feri_table_kind *k = feri_table_kind_at(i);
    return (struct feri_layout){k->name, k->what, is, read, k};
}

/* ---- a CSV file by itself, a pack ---- */

bool feri_is_table(const char *path)
{
    struct stat s;
    return feri_ends_in(path, ".csv") && stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static void split_path(const char *path, char folder[4096], const char **base)
{
    const char *slash = strrchr(path, '/');
    *base = slash ? slash + 1 : path;
    if (slash) snprintf(folder, 4096, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    else snprintf(folder, 4096, ".");
}

/* The table of a published data set; its pictures are in the folder of the table. */
static fer_status read_in_folder(struct feri_dataset *ds, const char *base, struct feri_table *t, fer_error *err)
{
    struct feri_source *source = &ds->sources[0];
    feri_open_file_close(&source->table);
    source->kind = FERI_SOURCE_ARCHIVE;
    fer_status st = feri_archive_open(source->path, &source->archive, err);
    if (st == FER_OK) st = feri_dataset_count_asides(ds, source->archive, err);
    if (st != FER_OK) return st;
    size_t entry = feri_archive_find(source->archive, base);
    if (entry == (size_t)-1) return feri_fail(err, FER_ERR_IO, "%s: no longer exists", ds->path);
    t->entry = (uint32_t)entry;
    return read_tables(t, 1, err);
}

fer_status feri_table_read_file(struct feri_dataset *ds, fer_error *err)
{
    char folder[4096];
    const char *base;
    uint16_t number;
    struct feri_table t = {.ds = ds};
    split_path(ds->path, folder, &base);
    fer_status st = feri_dataset_add_source(ds, FERI_SOURCE_FILES, folder, &number, err);
    if (st == FER_OK) st = feri_open_file(ds->path, &ds->sources[0].table, err);
    if (st == FER_OK) st = look(&t, &ds->sources[0], err);
    if (st != FER_OK) return st;
    if (!t.kind || (ds->opt.layout && strcmp(ds->opt.layout, t.kind->name) != 0)) {
        char known[1024];
        feri_table_kinds_text(known, sizeof known);
        return feri_fail(err, FER_ERR_FORMAT, "%s: its first row has no known columns; expected %s", ds->path, known);
    }
    ds->layout = t.kind->name;
    name_table(&t, base);
    return t.kind->order && t.column[FERI_COL_PIXELS] < 0 ? read_in_folder(ds, base, &t, err) : read_tables(&t, 1, err);
}

fer_status feri_table_read_pack(struct feri_dataset *ds, fer_error *err)
{
    uint16_t number;
    struct feri_table t = {.ds = ds, .name = "its table"};
    fer_status st = feri_dataset_add_source(ds, FERI_SOURCE_PACK, ds->path, &number, err);
    if (st == FER_OK) st = feri_pack_open(ds->path, &ds->sources[0].pack, err);
    if (st == FER_OK) st = look(&t, &ds->sources[0], err);
    if (st != FER_OK) return st;
    if (!t.kind || !t.kind->own)
        return feri_fail(err, FER_ERR_FORMAT, "%s: the pack's table lacks the columns image and label", ds->path);
    ds->layout = "pack";
    return read_tables(&t, 1, err);
}

/* FER+ (Barsoum, Zhang, Canton Ferrer, Zhang 2016): votes of ten annotators for eight emotions, unknown and not-a-face.
 * Every protocol first sets a class with a single vote to 0. Two forms: folders with label.csv (no header: image, "(x0,
 * y0, x1, y1)", votes), and fer2013new.csv (Usage, Image name, votes) whose row i speaks of row i of fer2013.csv. */
#include "data/layouts/layout.h"
#include "data/rows.h"
#include "data/seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VOTES    (FERI_EMOTIONS + 2)
#define COLUMNS  (2 + VOTES)
#define VOTE_MAX 100

/* ---- votes ---- */

/* The label under a protocol, or -1: the protocol excludes the row. The emotions in target sum to 1. */
static int judge(fer_protocol protocol, const int votes[VOTES], float target[FERI_EMOTIONS])
{
    int sum = 0, emotion_sum = 0, best = 0;
    for (int i = 0; i < VOTES; i++) {
        sum += votes[i];
        if (i < FERI_EMOTIONS) emotion_sum += votes[i];
        if (votes[i] > votes[best]) best = i;
    }
    if (sum == 0 || best >= FERI_EMOTIONS) return -1;
    if (protocol == FER_MAJORITY && 2 * votes[best] <= sum) return -1;
    for (int i = 0; i < FERI_EMOTIONS; i++) target[i] = (float)votes[i] / (float)emotion_sum;
    return best;
}

static fer_status read_votes(const struct feri_csv_row *row, int votes[VOTES], fer_error *err)
{
    if (row->n != COLUMNS)
        return feri_fail(err, FER_ERR_FORMAT, "line %zu: %zu columns, expected %d", row->line, row->n, COLUMNS);
    for (int i = 0; i < VOTES; i++) {
        char *end;
        const char *text = row->fields[2 + i];
        long v = strtol(text, &end, 10);
        if (end == text || *end || v < 0 || v > VOTE_MAX)
            return feri_fail(err, FER_ERR_FORMAT, "line %zu: '%.40s' is not a number of votes from 0 to %d", row->line,
                             text, VOTE_MAX);
        votes[i] = v == 1 ? 0 : (int)v;
    }
    return FER_OK;
}

static fer_status add_emotions(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = FER_OK;
    const struct feri_order *columns = feri_order_find("ferplus");
    for (size_t i = 0; i < columns->n && st == FER_OK; i++) {
        const char *name = feri_emotion_name(columns->emotions[i]);
        st = feri_dataset_add_class(ds, name, strlen(name), err);
    }
    return st;
}

/* Add the sample with its votes, or count the row as left out. */
static fer_status add_judged(struct feri_dataset *ds, struct feri_sample *s, const int votes[VOTES], const char *name,
                             fer_error *err)
{
    float target[FERI_EMOTIONS];
    int label = judge(ds->opt.protocol, votes, target);
    if (label < 0) return feri_dataset_leave_out(ds, "without an emotion under the protocol", name, err);
    s->label = (uint16_t)label;
    return feri_dataset_add(ds, s, target, err);
}

/* ---- folders with label.csv ---- */

static bool is_label_csv(const char *name)
{
    const char *slash = strrchr(name, '/');
    return strcmp(slash ? slash + 1 : name, "label.csv") == 0;
}

static bool is(const struct feri_layout *l, const struct feri_archive *a)
{
    (void)l;
    for (size_t i = 0; i < feri_archive_count(a); i++)
        if (is_label_csv(feri_archive_name(a, i))) return true;
    return false;
}

/* The picture stands next to label.csv. */
static fer_status find_picture(const struct feri_dataset *ds, const char *folder, const struct feri_csv_row *row,
                               struct feri_sample *s, fer_error *err)
{
    char name[1024];
    int n = snprintf(name, sizeof name, "%s%s", folder, row->fields[0]);
    size_t entry = n > 0 && (size_t)n < sizeof name ? feri_archive_find(ds->sources[0].archive, name) : (size_t)-1;
    if (entry == (size_t)-1)
        return feri_fail(err, FER_ERR_FORMAT, "line %zu: there is no picture '%.200s'", row->line, name);
    *s = feri_sample_new(entry);
    s->split = (uint8_t)feri_split_of_path(name);
    return FER_OK;
}

struct label_csv {
    struct feri_dataset *ds;
    char folder[512]; /* it lies in */
    struct feri_seen seen;
};

static fer_status check_twice(struct label_csv *t, const struct feri_csv_row *row, const char **what, fer_error *why)
{
    bool again;
    fer_status st = feri_seen_add(&t->seen, 0, row->fields[0], &again, why);
    if (st != FER_OK || !again) return st;
    *what = "id that occurs twice";
    return feri_fail(why, FER_ERR_FORMAT, "line %zu: '%.200s' occurs for the second time", row->line, row->fields[0]);
}

static fer_status read_row(struct label_csv *t, const struct feri_csv_row *row, fer_error *err)
{
    struct feri_dataset *ds = t->ds;
    const char *folder = t->folder, *what = "unreadable row";
    int votes[VOTES];
    struct feri_sample s;
    fer_error why;
    if (row->n == COLUMNS && !*row->fields[0])
        return feri_dataset_leave_out(ds, "without a name", folder, err); /* 173 of the published rows */
    fer_status st = read_votes(row, votes, &why);
    if (st == FER_OK && (st = find_picture(ds, folder, row, &s, &why)) != FER_OK) what = "missing image";
    if (st == FER_OK) st = check_twice(t, row, &what, &why);
    if (st == FER_OK) return add_judged(ds, &s, votes, row->fields[0], err);
    feri_fail_in(&why, st, "%s: %slabel.csv", ds->path, folder);
    return feri_dataset_damaged(ds, what, st, &why, err);
}

static fer_status read_label_csv(struct feri_dataset *ds, size_t entry, fer_error *err)
{
    const char *name = feri_archive_name(ds->sources[0].archive, entry), *slash = strrchr(name, '/');
    struct label_csv t = {.ds = ds};
    struct feri_rows *rows;
    struct feri_csv_row row;
    bool more;
    if (slash) snprintf(t.folder, sizeof t.folder, "%.*s/", (int)(slash - name), name);
    fer_status st = feri_rows_open(&ds->sources[0], (uint32_t)entry, &rows, err);
    while (st == FER_OK) {
        st = feri_rows_next(rows, &row, &more, err);
        if (st != FER_OK) feri_fail_in(err, st, "%s: %s", ds->path, name);
        if (st != FER_OK || !more) break;
        st = read_row(&t, &row, err);
    }
    feri_rows_close(rows);
    feri_seen_free(&t.seen);
    return st;
}

static fer_status read(const struct feri_layout *l, struct feri_dataset *ds, fer_error *err)
{
    (void)l;
    fer_status st = add_emotions(ds, err);
    for (size_t i = 0; i < feri_archive_count(ds->sources[0].archive) && st == FER_OK; i++)
        if (is_label_csv(feri_archive_name(ds->sources[0].archive, i))) st = read_label_csv(ds, i, err);
    return st;
}

const struct feri_layout feri_layout_ferplus = {
    .name = "ferplus", .what = "folders with label.csv and the pictures it names", .is = is, .read = read};

/* ---- fer2013new.csv next to fer2013.csv ---- */

static const char votes_name[] = "fer2013new.csv", pixels_name[] = "fer2013.csv";

/* The two tables, in the same folder. */
static bool find_pair(const struct feri_archive *a, size_t *votes, size_t *pixels)
{
    char path[1024];
    for (size_t i = 0; i < feri_archive_count(a); i++) {
        const char *name = feri_archive_name(a, i), *slash = strrchr(name, '/'), *base = slash ? slash + 1 : name;
        if (strcmp(base, votes_name) != 0) continue;
        int n = snprintf(path, sizeof path, "%.*s%s", (int)(base - name), name, pixels_name);
        *votes = i;
        *pixels = n > 0 && (size_t)n < sizeof path ? feri_archive_find(a, path) : (size_t)-1;
        return *pixels != (size_t)-1;
    }
    return false;
}

static bool is_pair(const struct feri_layout *l, const struct feri_archive *a)
{
    (void)l;
    size_t votes, pixels;
    return find_pair(a, &votes, &pixels);
}

struct pair {
    struct feri_dataset *ds;
    struct feri_rows *votes, *pixels;
    size_t pixels_entry;
};

static fer_status read_pair_row(const struct pair *p, const struct feri_csv_row *v, const struct feri_csv_row *px,
                                fer_error *err)
{
    int votes[VOTES];
    fer_error why;
    struct feri_dataset *ds = p->ds;
    if (v->n == COLUMNS && !*v->fields[1]) return feri_dataset_leave_out(ds, "without a name", v->fields[0], err);
    fer_status st = read_votes(v, votes, &why);
    if (st == FER_OK && px->n != 3)
        st = feri_fail(&why, FER_ERR_FORMAT, "line %zu of %s: %zu columns, expected 3", px->line, pixels_name, px->n);
    if (st == FER_OK && strcmp(v->fields[0], px->fields[2]) != 0)
        st = feri_fail(&why, FER_ERR_FORMAT, "line %zu: usage '%.20s', but '%.20s' in line %zu of %s", v->line,
                       v->fields[0], px->fields[2], px->line, pixels_name);
    if (st != FER_OK) {
        feri_fail_in(&why, st, "%s: %s", ds->path, votes_name);
        return feri_dataset_damaged(ds, "unreadable row", st, &why, err);
    }
    struct feri_sample s = feri_sample_new(0);
    s.split = (uint8_t)feri_split_find(v->fields[0], strlen(v->fields[0]));
    s.in_row = 2;
    s.row = (struct feri_row_place){px->at, (uint32_t)px->size, 0, (uint32_t)p->pixels_entry, px->form};
    st = feri_dataset_add_name(ds, v->fields[1], &s.name, err);
    return st == FER_OK ? add_judged(ds, &s, votes, v->fields[1], err) : st;
}

static fer_status read_both(const struct pair *p, fer_error *err)
{
    struct feri_csv_row v, px;
    bool more_votes, more_pixels;
    fer_status st;
    for (bool header = true;; header = false) {
        if ((st = feri_rows_next(p->votes, &v, &more_votes, err)) != FER_OK)
            return feri_fail_in(err, st, "%s: %s", p->ds->path, votes_name);
        if ((st = feri_rows_next(p->pixels, &px, &more_pixels, err)) != FER_OK)
            return feri_fail_in(err, st, "%s: %s", p->ds->path, pixels_name);
        if (more_votes != more_pixels)
            return feri_fail(err, FER_ERR_FORMAT,
                             "%s: %s and %s have different numbers of rows, expected one row per picture in each",
                             p->ds->path, votes_name, pixels_name);
        if (!more_votes) return FER_OK;
        if (header && v.n != COLUMNS)
            return feri_fail(err, FER_ERR_FORMAT, "%s: %s: %zu columns, expected Usage, Image name and %d of votes",
                             p->ds->path, votes_name, v.n, VOTES);
        if (!header && (st = read_pair_row(p, &v, &px, err)) != FER_OK) return st;
    }
}

static fer_status read_pair(const struct feri_layout *l, struct feri_dataset *ds, fer_error *err)
{
    (void)l;
    size_t votes, pixels;
    struct pair p = {.ds = ds};
    find_pair(ds->sources[0].archive, &votes, &pixels);
    p.pixels_entry = pixels;
    fer_status st = add_emotions(ds, err);
    if (st == FER_OK) st = feri_rows_open(&ds->sources[0], (uint32_t)votes, &p.votes, err);
    if (st == FER_OK) st = feri_rows_open(&ds->sources[0], (uint32_t)pixels, &p.pixels, err);
    if (st == FER_OK) st = read_both(&p, err);
    feri_rows_close(p.votes);
    feri_rows_close(p.pixels);
    return st;
}

const struct feri_layout feri_layout_ferplus_csv = {
    .name = "ferplus-csv", .what = "fer2013new.csv next to fer2013.csv", .is = is_pair, .read = read_pair};

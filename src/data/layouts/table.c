#include "data/layouts/table.h"

#include "base/decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *feri_table_field(const struct feri_table *t, const struct feri_csv_row *row, enum feri_column c)
{
    return t->column[c] < 0 ? "" : row->fields[t->column[c]];
}

/* ---- one row ---- */

static fer_status damaged(struct feri_table *t, const struct feri_csv_row *row, const char *what, const char *sentence,
                          fer_error *err)
{
    fer_error why;
    feri_fail(&why, FER_ERR_FORMAT, "%s: %s: line %zu: %s", t->ds->path, t->name, row->line, sentence);
    return feri_dataset_damaged(t->ds, what, FER_ERR_FORMAT, &why, err);
}

/* Find the class of a row. *has is false if the row is left out and counted. */
static fer_status read_label(struct feri_table *t, const struct feri_csv_row *row, uint16_t *label, bool *has,
                             fer_error *err)
{
    static const char *const others[] = {"no expression (code 8)", "uncertain (code 9)", "no face (code 10)"};
    const char *text = feri_table_field(t, row, FERI_COL_LABEL);
    char sentence[400], *end;
    long code = strtol(text, &end, 10);
    bool number = end != text && *end == '\0';
    *has = false;
    if (number && t->kind->affectnet_codes && code >= 8 && code <= 10 && !t->ds->opt.order)
        return feri_dataset_leave_out(t->ds, others[code - 8], feri_table_field(t, row, FERI_COL_IMAGE), err);
    *has = number && t->kind->order && feri_code_label(t->ds, code, label);
    if (*has) return FER_OK;
    bool named = !t->kind->order || feri_emotion_find(text, strlen(text)) >= 0;
    size_t k = named ? feri_dataset_find_class(t->ds, text, strlen(text), 0) : t->ds->n_classes;
    if (k < t->ds->n_classes) {
        *label = (uint16_t)k;
        *has = true;
        return FER_OK;
    }
    snprintf(sentence, sizeof sentence, "label '%.60s' has no meaning%s%s", text,
             t->kind->order ? " in the order " : "", t->kind->order ? t->kind->order : "");
    return damaged(t, row, "invalid label", sentence, err);
}

static bool read_number(const char *text, float *out)
{
    if (*text == '\0') {
        *out = NAN;
        return true;
    }
    char *end;
    *out = feri_strtof(text, &end);
    return end != text && end[strspn(end, " ")] == '\0';
}

/* On failure, `sentence` receives the message. */
static bool read_annotation(const struct feri_table *t, const struct feri_csv_row *row, struct feri_annotation *a,
                            char *sentence, size_t size)
{
    static const struct {
        enum feri_column column;
        const char *name;
    } numbers[] = {{FERI_COL_VALENCE, "valence"}, {FERI_COL_AROUSAL, "arousal"}, {FERI_COL_X, "x"}, {FERI_COL_Y, "y"},
                   {FERI_COL_W, "width"},         {FERI_COL_H, "height"}};
    float *to[] = {&a->valence, &a->arousal, &a->box[0], &a->box[1], &a->box[2], &a->box[3]};
    for (size_t i = 0; i < 6; i++) {
        const char *text = feri_table_field(t, row, numbers[i].column);
        if (!read_number(text, to[i])) {
            snprintf(sentence, size, "%s '%.40s' is not a number", numbers[i].name, text);
            return false;
        }
    }
    if (!(a->valence >= -1 && a->valence <= 1)) a->valence = NAN; /* -2: unknown */
    if (!(a->arousal >= -1 && a->arousal <= 1)) a->arousal = NAN;
    bool none = isnan(a->box[0]) && isnan(a->box[1]) && isnan(a->box[2]) && isnan(a->box[3]);
    if (none) memset(a->box, 0, sizeof a->box);
    else if (!(a->box[2] > 0 && a->box[3] > 0 && isfinite(a->box[0]) && isfinite(a->box[1]) && isfinite(a->box[2]) &&
               isfinite(a->box[3]))) {
        snprintf(sentence, size, "the face's box is %g x %g", (double)a->box[2], (double)a->box[3]);
        return false;
    }
    return true;
}

/* "neutral:0.4;anger:0.6" */
static bool read_distribution(const struct feri_table *t, const char *text, float *votes)
{
    float sum = 0;
    memset(votes, 0, t->ds->n_classes * sizeof *votes);
    for (size_t k = 0; *text; k++) { /* they usually come in order */
        size_t length = strcspn(text, ":");
        char *end;
        k = feri_dataset_find_class(t->ds, text, length, k);
        if (k == t->ds->n_classes || text[length] != ':') return false;
        votes[k] = feri_strtof(text + length + 1, &end);
        if (end == text + length + 1 || !(votes[k] >= 0 && votes[k] <= 1) || (*end && *end != ';')) return false;
        sum += votes[k];
        text = *end ? end + 1 : end;
    }
    return sum > 0.99f && sum < 1.01f;
}

static bool read_count(const char *text, uint64_t max, uint64_t *out)
{
    char *end;
    unsigned long long v = strtoull(text, &end, 10);
    *out = v;
    return *text >= '0' && *text <= '9' && *end == '\0' && v <= max;
}

/* Find the row's image in a pack. */
static bool read_place(const struct feri_table *t, const struct feri_csv_row *row, struct feri_sample *s)
{
    uint64_t at, size, w = 0, h = 0, c = 0;
    const char *width = feri_table_field(t, row, FERI_COL_WIDTH);
    if (!read_count(feri_table_field(t, row, FERI_COL_OFFSET), UINT64_MAX, &at) ||
        !read_count(feri_table_field(t, row, FERI_COL_SIZE), UINT32_MAX, &size))
        return false;
    if (*width &&
        (!read_count(width, UINT16_MAX, &w) || !read_count(feri_table_field(t, row, FERI_COL_HEIGHT), UINT16_MAX, &h) ||
         !read_count(feri_table_field(t, row, FERI_COL_CHANNELS), 3, &c) || w * h * c != size || size == 0 || c == 2))
        return false;
    s->at = at;
    s->size = (uint32_t)size;
    s->width = (uint16_t)w;
    s->height = (uint16_t)h;
    s->channels = (uint16_t)c;
    s->source = t->source;
    return true;
}

/* Find the picture. *has is false if the row is left out and counted. */
static fer_status place_picture(struct feri_table *t, const struct feri_csv_row *row, struct feri_sample *s, bool *has,
                                fer_error *err)
{
    char sentence[400], name[600];
    const char *image = feri_table_field(t, row, FERI_COL_IMAGE);
    fer_status st = FER_OK;
    *has = true;
    if (t->column[FERI_COL_PIXELS] >= 0) {
        s->in_row = (uint8_t)(t->column[FERI_COL_PIXELS] + 1);
        s->source = t->source;
        snprintf(name, sizeof name, "%s:%zu", t->name, row->line);
        return feri_dataset_add_name(t->ds, name, &s->name, err);
    }
    if (t->ds->sources[t->source].kind == FERI_SOURCE_PACK) {
        *has = read_place(t, row, s);
        if (!*has)
            return damaged(t, row, "unreadable row",
                           "offset, size, width, height and channels do not describe the place of an image", err);
        return feri_dataset_add_name(t->ds, image, &s->name, err);
    }
    st = feri_find_picture(t, image, s, has, err);
    if (st != FER_OK || *has) return st;
    snprintf(sentence, sizeof sentence, "there is no picture '%.300s'", image);
    return damaged(t, row, "missing image", sentence, err);
}

/* Detect an image that occurs twice in one split. */
static fer_status check_twice(struct feri_table *t, const struct feri_csv_row *row, const struct feri_sample *s,
                              bool *has, fer_error *err)
{
    char sentence[400];
    bool again;
    const char *image = feri_table_field(t, row, FERI_COL_IMAGE);
    if (t->column[FERI_COL_IMAGE] < 0) return FER_OK;
    fer_status st = feri_seen_add(t->seen, s->split, image, &again, err);
    if (st != FER_OK || !again) return st;
    *has = false;
    snprintf(sentence, sizeof sentence, "'%.300s' occurs for the second time", image);
    return damaged(t, row, "id that occurs twice", sentence, err);
}

static void keep_row(struct feri_table *t, const struct feri_csv_row *row, struct feri_sample *s)
{
    if (t->column[FERI_COL_LANDMARKS] < 0 && t->column[FERI_COL_PIXELS] < 0) return;
    s->row = (struct feri_row_place){row->at, (uint32_t)row->size, t->source, t->entry, row->form};
}

static fer_status read_row(struct feri_table *t, const struct feri_csv_row *row, float *votes, fer_error *err)
{
    char sentence[400];
    struct feri_sample s = feri_sample_new(0);
    bool has;
    if (row->n != t->n_columns) {
        snprintf(sentence, sizeof sentence, "%zu columns, expected %zu", row->n, t->n_columns);
        return damaged(t, row, "unreadable row", sentence, err);
    }
    const char *split = feri_table_field(t, row, FERI_COL_SPLIT),
               *distribution = feri_table_field(t, row, FERI_COL_DISTRIBUTION);
    s.split = (uint8_t)(*split ? feri_split_find(split, strlen(split)) : t->split);
    fer_status st = read_label(t, row, &s.label, &has, err);
    if (st != FER_OK || !has) return st;
    if (!read_annotation(t, row, &s.annotation, sentence, sizeof sentence))
        return damaged(t, row, "unreadable row", sentence, err);
    if (*distribution && !read_distribution(t, distribution, votes))
        return damaged(t, row, "unreadable row", "the distribution is not class:share;... with sum 1", err);
    if ((st = place_picture(t, row, &s, &has, err)) != FER_OK || !has) return st;
    if ((st = check_twice(t, row, &s, &has, err)) != FER_OK || !has) return st;
    keep_row(t, row, &s);
    return feri_dataset_add(t->ds, &s, *distribution ? votes : NULL, err);
}

/* ---- a table ---- */

static fer_status check_columns(const struct feri_table *t, fer_error *err)
{
    for (size_t i = 0; i < 3 && t->kind->needs[i] != FERI_COLUMNS; i++) {
        if (t->column[t->kind->needs[i]] >= 0) continue;
        char list[200];
        feri_table_column_words(t->kind->needs[i], list, sizeof list);
        return feri_fail(err, FER_ERR_FORMAT, "%s: %s: there is no column %s", t->ds->path, t->name, list);
    }
    return FER_OK;
}

fer_status feri_table_read(struct feri_table *t, fer_error *err)
{
    struct feri_rows *rows = NULL;
    struct feri_csv_row row;
    bool more, skip = t->header;
    fer_status st = check_columns(t, err);
    float *votes = calloc(t->ds->n_classes + 1, sizeof *votes);
    if (st == FER_OK && !votes) st = feri_fail_memory(err, t->ds->n_classes * sizeof *votes);
    if (st == FER_OK) st = feri_rows_open(&t->ds->sources[t->source], t->entry, &rows, err);
    while (st == FER_OK && (st = feri_rows_next(rows, &row, &more, err)) == FER_OK && more) {
        if (!skip) st = read_row(t, &row, votes, err);
        skip = false;
        if (st != FER_OK) goto out; /* the message already names the table */
    }
    if (st == FER_ERR_FORMAT && rows) st = feri_fail_in(err, st, "%s: %s", t->ds->path, t->name);
out:
    feri_rows_close(rows);
    free(votes);
    if (t->column[FERI_COL_LANDMARKS] >= 0) {
        t->ds->has_landmarks = true;
        t->ds->landmarks_column = (size_t)t->column[FERI_COL_LANDMARKS];
    }
    return st;
}

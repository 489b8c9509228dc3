#define _POSIX_C_SOURCE 200809L /* strcasecmp */
/* The known tables and the names of their columns. A new layout that is a CSV file is one row here. */
#include "base/decimal.h"
#include "data/layouts/table.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum feri_column column;
} words[] = {
    {"image", FERI_COL_IMAGE},
    {"number", FERI_COL_IMAGE},
    {"id", FERI_COL_IMAGE},
    {"pth", FERI_COL_IMAGE},
    {"subDirectory_filePath", FERI_COL_IMAGE},
    {"label", FERI_COL_LABEL},
    {"exp", FERI_COL_LABEL},
    {"expression", FERI_COL_LABEL},
    {"emotion", FERI_COL_LABEL},
    {"split", FERI_COL_SPLIT},
    {"Usage", FERI_COL_SPLIT},
    {"valence", FERI_COL_VALENCE},
    {"valance", FERI_COL_VALENCE},
    {"arousal", FERI_COL_AROUSAL},
    {"x", FERI_COL_X},
    {"y", FERI_COL_Y},
    {"w", FERI_COL_W},
    {"h", FERI_COL_H},
    {"face_x", FERI_COL_X},
    {"face_y", FERI_COL_Y},
    {"face_width", FERI_COL_W},
    {"face_height", FERI_COL_H},
    {"landmarks", FERI_COL_LANDMARKS},
    {"facial_landmarks", FERI_COL_LANDMARKS},
    {"pixels", FERI_COL_PIXELS},
    {"distribution", FERI_COL_DISTRIBUTION},
    {"offset", FERI_COL_OFFSET},
    {"size", FERI_COL_SIZE},
    {"width", FERI_COL_WIDTH},
    {"height", FERI_COL_HEIGHT},
    {"channels", FERI_COL_CHANNELS},
};

/* One row is a layout. Its name is the value of --layout. The rows are tried in this order. */
static const struct feri_table_kind kinds[] = {
    {.name = "affectnet-manual",
     .what = "training.csv and validation.csv with a column 'subDirectory_filePath', or without a header",
     .words = {{"subDirectory_filePath"}},
     .needs = {FERI_COL_LABEL, FERI_COLUMNS},
     .order = "affectnet",
     .affectnet_codes = true,
     .headless = true},
    {.name = "affectnet-csv",
     .what = "a CSV with the columns number, exp, valence, arousal, or id, arousal, valance, expression",
     .words = {{"number", "exp"}, {"number", "valence"}, {"id", "expression"}, {"id", "valance"}},
     .needs = {FERI_COL_LABEL, FERI_COLUMNS},
     .order = "affectnet",
     .affectnet_codes = true},
    {.name = "affectnet-kaggle",
     .what = "labels.csv with the columns pth and label",
     .words = {{"pth", "label"}, {"pth", "relFCs"}},
     .needs = {FERI_COL_LABEL, FERI_COLUMNS},
     .order = "affectnet",
     .remark = "a repacked AffectNet whose labels are partly a model's"},
    {.name = "fer2013",
     .what = "a CSV with the columns emotion, pixels, Usage",
     .words = {{"emotion", "Usage"}, {"pixels", "Usage"}, {"emotion", "pixels"}},
     .needs = {FERI_COL_LABEL, FERI_COL_PIXELS, FERI_COLUMNS},
     .order = "fer2013"},
    {.name = "table",
     .what = "a CSV with the columns image and label, as 'fer data prepare' writes it",
     .words = {{"image", "label"}, {"image", "split"}},
     .needs = {FERI_COL_LABEL, FERI_COLUMNS},
     .own = true},
};
#define KINDS (sizeof kinds / sizeof *kinds)

const struct feri_table_kind *feri_table_kind_at(size_t i)
{
    return i < KINDS ? &kinds[i] : NULL;
}

void feri_table_column_words(enum feri_column column, char *out, size_t size)
{
    *out = '\0';
    for (size_t k = 0, used = 0; k < sizeof words / sizeof *words && used < size; k++) {
        if (words[k].column != column) continue;
        int n = snprintf(out + used, size - used, "%s'%s'", used ? " or " : "", words[k].word);
        used += n > 0 ? (size_t)n : 0;
    }
}

void feri_table_kinds_text(char *out, size_t size)
{
    for (size_t i = 0, used = 0; i < KINDS && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s", i == 0 ? "" : i + 1 < KINDS ? "; " : "; or ", kinds[i].what);
        used += n > 0 ? (size_t)n : 0;
    }
}

static bool has_word(const struct feri_csv_row *row, const char *word)
{
    for (size_t i = 0; i < row->n; i++)
        if (strcasecmp(row->fields[i], word) == 0) return true;
    return false;
}

static bool is_number(const char *text)
{
    char *end;
    feri_strtod(text, &end);
    return end != text && end[strspn(end, " ")] == '\0';
}

/* Some copies of AffectNet's manual release lack the header: a path, four numbers of the box, ... */
static bool headless(const struct feri_csv_row *row, struct feri_table *t)
{
    static const enum feri_column order[] = {FERI_COL_IMAGE, FERI_COL_X,       FERI_COL_Y,
                                             FERI_COL_W,     FERI_COL_H,       FERI_COL_LANDMARKS,
                                             FERI_COL_LABEL, FERI_COL_VALENCE, FERI_COL_AROUSAL};
    if (row->n < 8 || row->n > 9 || !strchr(row->fields[0], '/')) return false;
    for (size_t i = 1; i < 5; i++)
        if (!is_number(row->fields[i])) return false;
    for (size_t i = 0; i < 9; i++) t->column[order[i]] = (int)i;
    t->n_columns = 9;
    t->header = false;
    return true;
}

static void find_columns(const struct feri_csv_row *row, struct feri_table *t)
{
    t->n_columns = row->n;
    t->header = true;
    for (size_t i = 0; i < row->n; i++)
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            if (strcasecmp(row->fields[i], words[k].word) == 0 && t->column[words[k].column] < 0)
                t->column[words[k].column] = (int)i;
}

const struct feri_table_kind *feri_table_kind_of(const struct feri_csv_row *row, struct feri_table *t)
{
    for (size_t c = 0; c < FERI_COLUMNS; c++) t->column[c] = -1;
    for (size_t i = 0; i < KINDS; i++)
        for (size_t k = 0; k < 4 && kinds[i].words[k][0]; k++)
            if (has_word(row, kinds[i].words[k][0]) && (!kinds[i].words[k][1] || has_word(row, kinds[i].words[k][1]))) {
                find_columns(row, t);
                return &kinds[i];
            }
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].headless && headless(row, t)) return &kinds[i];
    return NULL;
}

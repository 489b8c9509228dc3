/* Tables with named columns; different data sets use different names. */
#ifndef FERI_DATA_LAYOUTS_TABLE_H
#define FERI_DATA_LAYOUTS_TABLE_H

#include "data/rows.h"
#include "data/seen.h"

enum feri_column {
    FERI_COL_IMAGE,
    FERI_COL_LABEL,
    FERI_COL_SPLIT,
    FERI_COL_VALENCE,
    FERI_COL_AROUSAL,
    FERI_COL_X,
    FERI_COL_Y,
    FERI_COL_W,
    FERI_COL_H,
    FERI_COL_LANDMARKS,
    FERI_COL_PIXELS,
    FERI_COL_DISTRIBUTION,
    FERI_COL_OFFSET,
    FERI_COL_SIZE,
    FERI_COL_WIDTH,
    FERI_COL_HEIGHT,
    FERI_COL_CHANNELS,
    FERI_COLUMNS
};

/* How a kind of table is recognised, and what it must contain. */
struct feri_table_kind {
    const char *name, *what;   /* as struct feri_layout */
    const char *words[4][2];   /* recognised if all words of one of these rows occur */
    enum feri_column needs[3]; /* FERI_COLUMNS ends the list */
    const char *order;         /* order of numeric labels; NULL: labels are names */
    bool affectnet_codes;      /* codes 8 none, 9 uncertain, 10 no face occur */
    bool headless;             /* some copies lack the header */
    bool own;                  /* as 'fer data prepare' writes it and as a pack contains it */
    const char *remark;
};

struct feri_table {
    struct feri_dataset *ds;
    const struct feri_table_kind *kind;
    uint16_t source; /* of the table */
    uint32_t entry;
    const char *name;         /* of the table, for messages */
    char folder[512];         /* folder of the table, with the slash after it */
    fer_split split;          /* split, by the table's name */
    int column[FERI_COLUMNS]; /* -1: the table lacks the column */
    size_t n_columns;
    bool header;
    struct feri_seen *seen;
    struct feri_picture_finder *finder;
};

/** The kind of a table by its first row. NULL: unknown. t receives the columns. */
const struct feri_table_kind *feri_table_kind_of(const struct feri_csv_row *row, struct feri_table *t);
/** Kind i in the order in which they are tried. NULL after the last one. */
const struct feri_table_kind *feri_table_kind_at(size_t i);
/** For messages: what every kind consists of; the names of a column. */
void feri_table_kinds_text(char *out, size_t size);
void feri_table_column_words(enum feri_column column, char *out, size_t size);
/** The row's field, "" if the table lacks the column. */
const char *feri_table_field(const struct feri_table *t, const struct feri_csv_row *row, enum feri_column c);
/** Read all rows into t->ds; kind, columns and place are set. */
fer_status feri_table_read(struct feri_table *t, fer_error *err);

/* ---- pictures that rows name ---- */

struct feri_picture_finder {
    struct {
        char *text;
        fer_split split;
    } prefix[32]; /* prefix of entries in the first source, learned from the rows */
    size_t n_prefixes;
    struct {
        char *path; /* path of a container on disk */
        uint16_t source;
    } opened[32];
    size_t n_opened;
    struct feri_by_base *by_base; /* the entries of the first source by their names without folders; NULL: not yet */
    size_t n_by_base, misses;     /* misses: rows for which all entries were looked through in vain */
};

/** Find the picture that a row names and set source, entry or name of s. *found is false if there is none. */
fer_status feri_find_picture(struct feri_table *t, const char *image, struct feri_sample *s, bool *found,
                             fer_error *err);
void feri_picture_finder_free(struct feri_picture_finder *f);

#endif

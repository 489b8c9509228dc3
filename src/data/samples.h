/* The table of samples behind data/dataset.h. The readers of layouts (layouts/) fill it. */
#ifndef FERI_DATA_SAMPLES_H
#define FERI_DATA_SAMPLES_H

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/open_file.h"
#include "data/dataset.h"
#include "data/labels.h"
#include "formats/archive.h"
#include "formats/pack.h"

#define FERI_NONE UINT32_MAX

/* A set with more has the wrong column or folders for its classes, and targets take memory for each. */
#define FERI_CLASSES_MAX 1024

enum feri_source_kind {
    FERI_SOURCE_ARCHIVE, /* entries of an archive */
    FERI_SOURCE_FILES,   /* files, named relative to the folder of the table that lists them */
    FERI_SOURCE_PACK
};

/* Where the pictures are. */
struct feri_source {
    enum feri_source_kind kind;
    char *path;
    struct feri_archive *archive;
    struct feri_pack *pack;
    struct feri_open_file table; /* FILES: the table itself */
};
/** Bytes [at, at + size) of a table: an entry of an archive, the listing table of FILES, or the table of a pack.
 * Thread-safe.
 */
fer_status feri_source_read(const struct feri_source *s, uint32_t entry, uint64_t at, size_t size, uint8_t *out,
                            fer_error *err);
uint64_t feri_source_size(const struct feri_source *s, uint32_t entry);

/* The position of a table's row. Size 0: there is none. */
struct feri_row_place {
    uint64_t at; /* byte offset in the table */
    uint32_t size;
    uint16_t source; /* of the table: an entry of an archive, or a pack's own */
    uint32_t entry;
    struct feri_csv_form form;
};

struct feri_sample {
    uint16_t source;
    uint8_t split;  /* fer_split */
    uint8_t in_row; /* its pixels are numbers in this column of its row, counted from 1; 0: they are not */
    uint16_t label;
    uint16_t width, height, channels; /* of raw pixels in a pack; 0: the bytes of a file */
    uint32_t entry;                   /* in the source's archive */
    uint32_t name;                    /* in names; FERI_NONE: the entry has the name */
    uint32_t landmarks;               /* entry of an npy for the image; FERI_NONE: none */
    uint32_t size;                    /* size in a pack */
    uint64_t at;                      /* and position */
    struct feri_row_place row;
    struct feri_annotation annotation;
};

struct feri_dataset {
    char *path;
    fer_data_source opt;
    enum feri_use use;
    const char *layout;
    const char *remark;
    bool has_landmarks; /* column of landmarks in the samples' rows */
    size_t landmarks_column;
    struct feri_source *sources;
    size_t n_sources, sources_cap;
    struct feri_sample *samples;
    size_t n, cap;
    char *names; /* NUL-terminated, one after the other */
    size_t names_size, names_cap;
    float *votes; /* [n][n_classes], NULL: the set has none */
    size_t votes_cap;
    float *weights; /* [n], NULL: all are 1 */
    float *one_hot; /* [n_classes][n_classes] */
    char **classes;
    size_t n_classes, classes_cap;
    uint16_t code_labels[32]; /* labels of the numbers code_first, code_first + 1, ... */
    size_t code_first, n_codes;
    struct feri_left_out *left;
    size_t n_left, left_cap;
};

/** The class that a word means, its name or an emotion's synonym; n_classes: none. The search begins at `likely`. */
size_t feri_dataset_find_class(const struct feri_dataset *ds, const char *word, size_t length, size_t likely);
/** The same, but a class that is missing is added. *k: where the search begins; becomes the class. */
fer_status feri_dataset_need_class(struct feri_dataset *ds, const char *word, size_t length, size_t *k, fer_error *err);
fer_status feri_dataset_add_class(struct feri_dataset *ds, const char *name, size_t length, fer_error *err);
/** The classes of an order (that of the options, otherwise the layout's default), and the meaning of its numbers. */
fer_status feri_dataset_add_order(struct feri_dataset *ds, const char *usual, fer_error *err);
/** The label of a numeric class under that order. False: the number has no meaning. */
bool feri_code_label(const struct feri_dataset *ds, long code, uint16_t *label);
/** Add a source. *number is its index in ds->sources. path is copied. */
fer_status feri_dataset_add_source(struct feri_dataset *ds, enum feri_source_kind kind, const char *path,
                                   uint16_t *number, fer_error *err);
/** Store a name. *at is its position in ds->names. */
fer_status feri_dataset_add_name(struct feri_dataset *ds, const char *name, uint32_t *at, fer_error *err);
/** Add a sample that has only its picture's place in the first source. */
struct feri_sample feri_sample_new(size_t entry);
/** votes [n_classes] with sum 1; NULL: none. All classes must be known by now. */
fer_status feri_dataset_add(struct feri_dataset *ds, const struct feri_sample *s, const float *votes, fer_error *err);

/** Something damaged, about which err has a sentence: counted under `what` with skip_bad, else the failure st itself.
 */
fer_status feri_dataset_damaged(struct feri_dataset *ds, const char *what, fer_status st, const fer_error *why,
                                fer_error *err);
/** Count something that the layout or the options exclude. */
fer_status feri_dataset_leave_out(struct feri_dataset *ds, const char *what, const char *name, fer_error *err);
/** n of them at once; first is the name of the first. */
fer_status feri_dataset_leave_out_all(struct feri_dataset *ds, const char *what, size_t n, const char *first,
                                      fer_error *err);
/** Count what an archive has that is no file: links, pipes, ... */
fer_status feri_dataset_count_asides(struct feri_dataset *ds, const struct feri_archive *a, fer_error *err);
/** "12 x missing image (the first: ...); ...", for messages. */
void feri_dataset_left_text(const struct feri_dataset *ds, char *out, size_t size);

/** The split that the name of a folder or file stands for ("train_set", "FER2013Valid", "PublicTest"). NONE: none. */
fer_split feri_split_find(const char *name, size_t length);
/** The split of the nearest folder on the path whose name stands for one. */
fer_split feri_split_of_path(const char *path);

/** Apply split, classes and merges of the options; all other samples are removed. */
fer_status feri_dataset_select(struct feri_dataset *ds, fer_error *err);

#endif

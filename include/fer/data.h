/**
 * @file fer/data.h
 * Data sets: what a path contains, the published split, packs.
 *
 * A path is a directory, a .tar, a .zip, a .csv, or a pack from fer_data_pack(). The library recognises the layout:
 * AffectNet-8Labels (folders, tars, the zip that contains the tars), AffectNet's manual release and the tables derived
 * from it, RAF-DB, FER2013, FER+, folders of images, and the tables that fer_data_prepare() writes.
 *
 * Thread safety: every call may run in any thread, several at once. Each call opens the data set for itself.
 */
#ifndef FER_DATA_H
#define FER_DATA_H

#include "fer/base.h"
#include "fer/image.h"
#include "fer/options.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which images of FER+ are used, and what their target is (Barsoum et al. 2016). In every protocol a class with a
 * single vote counts as having none, and an image whose largest vote is no emotion is left out. Other data sets have
 * one label per image and ignore the protocol. */
typedef enum fer_protocol {
    FER_MAJORITY,     /**< images with more than half of the votes on one emotion; the target is that emotion */
    FER_DISTRIBUTION, /**< the images of FER_ALL; the target is the distribution of their votes */
    FER_ALL /**< all images; the target is the emotion with most votes, the first in column order of several */
} fer_protocol;

/** Find a protocol by its name: "majority", "distribution", "all". FER_ERR_ARGUMENT: the name is unknown. */
FER_API fer_status fer_protocol_parse(const char *name, fer_protocol *out, fer_error *err);
/** A protocol's name, "unknown" for other numbers. Never NULL. */
FER_API const char *fer_protocol_name(fer_protocol protocol);

typedef enum fer_split { FER_SPLIT_NONE, FER_SPLIT_TRAIN, FER_SPLIT_VAL, FER_SPLIT_TEST } fer_split;
/** How many members fer_split has. */
#define FER_SPLITS 4
/** "none", "train", "val" or "test"; "none" for other numbers. Never NULL. */
FER_API const char *fer_split_name(fer_split split);

/**
 * A data set and the part of it to use. Set the path and leave the rest zero for the recognised layout, all classes,
 * and the split that fits the purpose:
 *
 * | purpose    | split of a set with several | fallback |
 * |------------|-----------------------------|----------|
 * | training   | train                       | none     |
 * | validation | val                         | test     |
 * | evaluation | test                        | val      |
 *
 * A set with one split is used whole. The strings and arrays belong to the caller and need not outlive the call.
 */
typedef struct fer_data_source {
    const char *path;
    const char *layout; /**< name of a layout, such as "rafdb"; NULL: the library recognises it */
    const char *split;  /**< "train", "val", "test", "all"; NULL: the one that fits the purpose */
    /** what numeric classes mean: "affectnet", "alphabetical", "alphabetical-7", "ferplus", "fer2013", "rafdb", or the
     * class names separated by commas; NULL: the layout's own meaning, if it has one */
    const char *order;
    const char *const *classes; /**< [n_classes] names of the classes to keep, in this order; NULL: all */
    size_t n_classes;
    const char *const *merge; /**< [n_merge] such as "contempt=disgust": the first class becomes the second */
    size_t n_merge;
    float margin; /**< enlarges a face's box on each side by this fraction of its width and height */
    fer_protocol protocol;
    bool skip_bad; /**< leave out and count damaged images and rows; otherwise the first one is an error */
} fer_data_source;

/** The options of a source but its path: fer/options.h. */
FER_API fer_option_table fer_data_table(void);

/* ---- what a path contains ---- */

/** Images that were left out for one reason. */
typedef struct fer_data_count {
    const char *what; /**< the reason: "missing annotation", "uncertain (code 9)", ... */
    bool damage;      /**< true: the data is damaged; false: the layout or the options leave it out */
    size_t n;
    const char *first; /**< a sentence about the first of them */
} fer_data_count;

typedef struct fer_data_size {
    size_t width, height, channels; /**< pixels, pixels, 1 or 3 */
    size_t n;                       /**< images of this size */
} fer_data_size;

typedef struct fer_data_summary {
    const char *layout;
    const char *remark; /**< a sentence about the whole set, or NULL */
    size_t images, n_classes;
    const char *const *classes;                                /**< [n_classes] */
    const size_t *counts;                                      /**< [FER_SPLITS][n_classes] images, by fer_split */
    size_t split_images[FER_SPLITS];                           /**< by fer_split */
    size_t with_valence, with_box, with_landmarks, with_votes; /**< images that have each of these */
    const fer_data_size *sizes; /**< [n_sizes], the most frequent first; none where no picture was decoded */
    size_t n_sizes;
    const fer_data_count *left_out; /**< [n_left_out] */
    size_t n_left_out;
    char digest[96]; /**< equal for equal images and labels, whatever the container */
} fer_data_summary;

typedef struct fer_data_info_options {
    bool pictures;             /**< decode every picture, to find its size and whether it is damaged */
    unsigned threads;          /**< threads that decode, 0: one per processor */
    fer_progress_fn *progress; /**< NULL: none */
    void *progress_user;
} fer_data_info_options;

/**
 * Read the labels of a data set and count what is in it. It skips damaged images and rows and counts them, whatever
 * source->skip_bad says. opt NULL: all defaults. The caller frees *out with fer_data_summary_free(); its strings and
 * arrays belong to it. FER_ERR_STOPPED: the progress callback returned false.
 */
FER_API fer_status fer_data_info(const fer_data_source *source, const fer_data_info_options *opt,
                                 fer_data_summary **out, fer_error *err);
/** NULL is allowed. */
FER_API void fer_data_summary_free(fer_data_summary *s);

/**
 * Decode n images by their names in the data set, such as fer_eval_image.file. images [n] receives all of them, or NULL
 * for each after an error; the error names the file. The caller frees each with fer_image_free(). source->protocol and
 * source->skip_bad are not used.
 */
FER_API fer_status fer_data_load(const fer_data_source *source, size_t n, const char *const *files, fer_image **images,
                                 fer_error *err);

/* ---- the published split ---- */

/** Start from fer_prepare_defaults(). */
typedef struct fer_prepare_options {
    size_t val_per_class;  /**< images of each class that move from train to validation; 0: none */
    size_t test_per_class; /**< the same for a set without a held-out split; 0: as val_per_class */
    uint64_t seed;
    bool landmarks;            /**< write landmarks into the tables */
    fer_progress_fn *progress; /**< NULL: none */
    void *progress_user;
} fer_prepare_options;

/** 500 images per class, seed 42, landmarks kept. */
FER_API fer_prepare_options fer_prepare_defaults(void);
/**
 * Split a data set, as published: write train.csv, val.csv and test.csv into the directory `out`. Their columns are
 * image, split, label, valence, arousal, x, y, w, h, distribution and landmarks, as far as the set has them. The tables
 * name images relative to `out`, and containers as if they were folders. source->split is not used.
 *
 * | the set has                                  | test           | val              |
 * |----------------------------------------------|----------------|------------------|
 * | one held-out split (AffectNet's validation)  | that split     | drawn from train |
 * | validation and test                          | kept           | kept             |
 * | no split                                     | drawn          | drawn            |
 *
 * With val_per_class and test_per_class 0 nothing is drawn: a set of one split gets one table with rows.
 * counts [3], unless NULL, receives the number of images in train, val and test. FER_ERR_FORMAT: a class has too few
 * images. The three tables appear under their names only after all of them were written.
 */
FER_API fer_status fer_data_prepare(const fer_data_source *source, const char *out, const fer_prepare_options *opt,
                                    size_t counts[3], fer_error *err);

/* ---- packs ---- */

typedef struct fer_pack_options {
    size_t side;      /**< store raw pixels, cropped and resized to side x side, at most 4096; 0: store the files */
    size_t channels;  /**< of raw pixels, 1 or 3 */
    unsigned threads; /**< threads that decode, 0: one per processor */
    fer_progress_fn *progress; /**< NULL: none */
    void *progress_user;
} fer_pack_options;

/** Write the images of a data set and its table into one file that can be read in any order. *images, unless NULL,
 * receives how many there are. */
FER_API fer_status fer_data_pack(const fer_data_source *source, const char *out, const fer_pack_options *opt,
                                 size_t *images, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif

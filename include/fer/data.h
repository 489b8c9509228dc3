/**
 * @file fer/data.h
 * Data sets: what a path holds, the published split, packs.
 *
 * A path is a directory, a .tar, a .zip, a .csv, or a pack made by fer_data_pack(). Its layout is told by looking:
 * AffectNet-8Labels (folders, tars, the zip that holds the tars), AffectNet's manual release and the tables derived
 * from it, RAF-DB, FER2013, FER+, folders of pictures, and the table that fer_data_prepare() writes.
 */
#ifndef FER_DATA_H
#define FER_DATA_H

#include "fer/base.h"
#include "fer/image.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which images of FER+ count and what their truth is (Barsoum et al. 2016). Other sets have one label an image and are
 * the same under all three. */
typedef enum fer_protocol { FER_MAJORITY, FER_DISTRIBUTION, FER_ALL } fer_protocol;

/** "majority", "distribution", "all". */
FER_API fer_status fer_protocol_parse(const char *word, fer_protocol *out, fer_error *err);
FER_API const char *fer_protocol_name(fer_protocol p);

/** How a path becomes labelled images. All zero: the layout that is found, all its classes, the split that suits the
 * purpose (training: train; validation: val, else test; evaluation: test, else val), whole if the path has one split
 * only. */
typedef struct fer_data_select {
    const char *layout; /**< name of a layout, such as "rafdb"; NULL: told by looking */
    const char *split;  /**< "train", "val", "test", "all"; NULL: the purpose's */
    /** what numeric classes mean: "affectnet", "alphabetical", "alphabetical-7", "ferplus", "fer2013", "rafdb", or the
     * classes separated by commas; NULL: the layout's own, if it has one */
    const char *order;
    const char *const *classes; /**< n_classes to keep, in this order; NULL: all */
    size_t n_classes;
    const char *const *merge; /**< n_merge of "contempt=disgust": the first becomes the second */
    size_t n_merge;
    float margin; /**< added on each side of a face's box, as a fraction of its sides */
    uint64_t reserved[4];
} fer_data_select;

typedef struct fer_data_options {
    fer_data_select select; /**< its split is not used by fer_data_prepare() */
    fer_protocol protocol;
    bool skip_bad;    /**< leave out and count what is damaged, instead of failing */
    unsigned threads; /**< that decode, 0: one per processor */
    void *user;
    bool (*progress)(void *user, const char *what, size_t done, size_t total); /**< NULL: none; return false to stop */
    uint64_t reserved[4];
} fer_data_options;

/* ---- what a path holds ---- */

#define FER_DATA_SPLITS 4 /**< none, train, val, test */
typedef struct fer_data_count {
    const char *what; /**< "missing annotation", "uncertain (code 9)", ... */
    bool damage;      /**< else it is left out as the layout or the options mean it */
    size_t n;
    const char *first; /**< about the first one */
} fer_data_count;

typedef struct fer_data_size {
    size_t width, height, channels, n; /**< n images of this size */
} fer_data_size;

typedef struct fer_data_summary {
    const char *layout, *remark; /**< remark: NULL, or a sentence about the whole set */
    size_t images, n_classes;
    const char *const *classes;
    const size_t *counts; /**< [FER_DATA_SPLITS][n_classes] */
    size_t split_images[FER_DATA_SPLITS];
    size_t with_valence, with_box, with_landmarks, with_votes; /**< images that have them */
    const fer_data_size *sizes; /**< the most frequent first; empty where no picture was read */
    size_t n_sizes;
    const fer_data_count *left_out;
    size_t n_left_out;
    char digest[96]; /**< the same for the same images and labels, whatever container they lie in */
} fer_data_summary;

/** "none", "train", "val", "test". */
FER_API const char *fer_data_split_name(size_t split);
/** Index the set leniently, whatever opt->skip_bad says, and decode every picture if pictures is true. *out is freed by
 * fer_data_summary_free(). */
FER_API fer_status fer_data_info(const char *path, const fer_data_options *opt, bool pictures, fer_data_summary **out,
                                 fer_error *err);
FER_API void fer_data_summary_free(fer_data_summary *s);

/** Decode n pictures by their names in the set, such as fer_eval_image.file. All or none: each of images[n] is freed by
 * fer_image_free(); the error names the file. */
FER_API fer_status fer_data_load(const char *path, const fer_data_options *opt, size_t n, const char *const *files,
                                 fer_image **images, fer_error *err);

/* ---- the published split ---- */

typedef struct fer_prepare_options {
    fer_data_options data;
    size_t val_per_class; /**< images of each class drawn from train for validation */
    /** the same for test, where the set has no held-out split of its own; 0: as val_per_class */
    size_t test_per_class;
    uint64_t seed;
    bool landmarks; /**< keep them in the tables */
} fer_prepare_options;

/** 500 a class, seed 42, landmarks kept. */
FER_API fer_prepare_options fer_prepare_defaults(void);
/**
 * Write train.csv, val.csv and test.csv into the directory out: image, split, label, valence, arousal, x, y, w, h,
 * distribution, landmarks, as far as the set has them. Images are named relative to out, containers as if they were
 * folders. A held-out split of the set (AffectNet's validation set) becomes test, and val is drawn from train; a set
 * with both keeps them; from one with none both are drawn. counts, unless NULL, receives the images of train, val and
 * test. A class with too few images is an error.
 */
FER_API fer_status fer_data_prepare(const char *path, const char *out, const fer_prepare_options *opt, size_t counts[3],
                                    fer_error *err);

/* ---- packs ---- */

typedef struct fer_pack_options {
    fer_data_options data;
    size_t side;     /**< decode, crop and resize to side x side, and keep raw pixels; 0: keep the files' bytes */
    size_t channels; /**< of raw pixels, 1 or 3 */
} fer_pack_options;

/** Pack the images of a path and its table into one file that is read at random. *images, unless NULL, receives their
 * number. */
FER_API fer_status fer_data_pack(const char *path, const char *out, const fer_pack_options *opt, size_t *images,
                                 fer_error *err);

#ifdef __cplusplus
}
#endif
#endif

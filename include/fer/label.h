/**
 * @file fer/label.h
 * Label faces by models: soft labels for training.
 *
 * Thread safety: the call may run in any thread, several at once with the same models.
 */
#ifndef FER_LABEL_H
#define FER_LABEL_H

#include "fer/data.h"
#include "fer/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_label_options {
    /** Cropped faces. Labels are not needed and not used: any folder, .tar or .zip of pictures will do. The protocol is
     * not used. */
    fer_data_source data;
    const fer_model *const *models; /**< [n_models], with the same classes in any order; inputs may differ */
    size_t n_models;                /**< 1 to 16 */
    bool mirror;                    /**< predict the mirror image of each picture too */
    float crop;                /**< predict the middle of each picture too, this fraction of its sides; 0: do not */
    size_t batch;              /**< pictures that are read at once; 0: 64 */
    unsigned threads;          /**< 0: one per processor */
    const char *isa;           /**< as in fer_session_options */
    fer_progress_fn *progress; /**< NULL: none */
    void *progress_user;
} fer_label_options;

typedef struct fer_labels {
    size_t images, skipped; /**< labelled; left out as damaged */
    size_t predictions;     /**< of each picture: models times views */
    double agreement;       /**< mean over the images */
} fer_labels;

/**
 * Write a table that fer_train() reads, with these columns: image, split, label, distribution, agreement, and the
 * boxes, valence and arousal of the data set. The distribution is the mean of the scores of all models for all views,
 * the label its most likely class, in the classes of the first model. The agreement is the share of the predictions
 * whose most likely class is the label. The table appears when it is complete. *out, unless NULL, receives the counts.
 * FER_ERR_SHAPE: the models have different classes. FER_ERR_STOPPED: the progress callback returned false.
 */
FER_API fer_status fer_label(const fer_label_options *opt, const char *table, fer_labels *out, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif

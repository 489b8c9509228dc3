/* log.csv: one row per epoch. The whole text stays in memory because the checkpoint contains it, so the file can always
 * be rebuilt.
 *
 *   Epoch         counts from 1
 *   Loss          the mean over the images seen (loss.h)
 *   Accuracy      0 to 1, over the augmented training images
 *   VAL_Loss      like Loss, without label smoothing; empty without validation
 *   VAL_Accuracy  0 to 1; empty without validation
 *   LR            of the epoch's last step
 *   Images_per_s  of training alone; only this column differs when a run is repeated
 *   Schema        2. Runs that began before this column existed continue without it when they are resumed. Their losses
 *                 follow the published definition: sum of the batches' mean losses / number of images
 */
#ifndef FERI_TRAIN_LOG_H
#define FERI_TRAIN_LOG_H

#include "fer/base.h"

#include <stdbool.h>

struct feri_log {
    char *text; /* NUL-terminated */
    size_t size, cap;
};

struct feri_log_row {
    size_t epoch; /* counts from 0 */
    double loss, accuracy;
    double val_loss, val_accuracy; /* NaN: none */
    double lr, images_per_s;
};

extern const char feri_log_header[];
/** Start with a header line, or with a checkpoint's text. */
fer_status feri_log_start(struct feri_log *log, const char *text, fer_error *err);
/** Whether the log's losses are means over the images: its header has the column Schema. */
bool feri_log_has_means(const struct feri_log *log);
void feri_log_free(struct feri_log *log);
fer_status feri_log_append(struct feri_log *log, const struct feri_log_row *row, fer_error *err);
/** Append a row that has another header: a line with its newline. */
fer_status feri_log_append_line(struct feri_log *log, const char *line, fer_error *err);
/** Write the whole text atomically. */
fer_status feri_log_write(const struct feri_log *log, const char *path, fer_error *err);

/** Write a text file atomically. */
fer_status feri_write_text(const char *path, const char *text, size_t size, fer_error *err);

#endif

/* The directory of a training run: its files, whether there is something to resume, and the kernels that keep a resumed
 * run's bits. */
#ifndef FERI_TRAIN_RUN_DIR_H
#define FERI_TRAIN_RUN_DIR_H

#include "fer/base.h"
#include "kernels/kernels.h"

#include <jansson.h>
#include <stdbool.h>

struct feri_run_dir {
    const char *path;
    bool resume;
    fer_line_fn *note; /* NULL: nobody listens */
    void *user;
    json_t *notes; /* an array that receives every line of note too; NULL: none is kept */
};

/** "<dir>/<name>" into path. */
enum { FERI_RUN_PATH_MAX = 4096 };
fer_status feri_run_dir_path(const struct feri_run_dir *d, const char *name, char path[FERI_RUN_PATH_MAX],
                             fer_error *err);

/** A line for note and notes. */
void feri_run_dir_note(const struct feri_run_dir *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Results are never overwritten unasked; a run that stopped before its first checkpoint is started again by resume.
 * *resumes: a last.safetensors is there to go on from. */
fer_status feri_run_dir_check(const struct feri_run_dir *d, bool *resumes, fer_error *err);

/** Those of instruction set `word` (NULL: auto). Others sum in other orders, so a run resumed from a checkpoint of the
 * set `then` (NULL: not resumed) keeps to that where this processor has it, and a word that names another is an error.
 */
fer_status feri_run_dir_kernels(const struct feri_run_dir *d, const char *word, const char *then,
                                const struct feri_kernels **out, fer_error *err);

#endif

/* The directory of a training run: its files, whether there is a run to resume, and the kernels that reproduce a
 * resumed run's bits. */
#ifndef FERI_TRAIN_RUN_DIR_H
#define FERI_TRAIN_RUN_DIR_H

#include "fer/base.h"
#include "kernels/kernels.h"

#include <jansson.h>
#include <stdbool.h>

struct feri_run_dir {
    const char *path;
    bool resume;
    fer_line_fn *note; /* NULL: no callback */
    void *user;
    json_t *notes; /* an array that receives every line of note too; NULL: none is kept */
};

/** "<dir>/<name>" into path. */
enum { FERI_RUN_PATH_MAX = 4096 };
fer_status feri_run_dir_path(const struct feri_run_dir *d, const char *name, char path[FERI_RUN_PATH_MAX],
                             fer_error *err);

/** A line for note and notes. */
void feri_run_dir_note(const struct feri_run_dir *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/** Results are never overwritten unless requested. With resume, a run that stopped before its first checkpoint starts
 * again. *resumes: there is a last.safetensors to continue from. */
fer_status feri_run_dir_check(const struct feri_run_dir *d, bool *resumes, fer_error *err);

/** The kernels of instruction set `word` (NULL: auto). Other sets sum in other orders. So a run resumed from a
 * checkpoint of the set `then` (NULL: not resumed) keeps that set if this processor supports it; a word that names
 * another set is an error.
 */
fer_status feri_run_dir_kernels(const struct feri_run_dir *d, const char *word, const char *then,
                                const struct feri_kernels **out, fer_error *err);

#endif

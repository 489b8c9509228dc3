#define _POSIX_C_SOURCE 200809L /* access */
#include "train/run_dir.h"

#include "base/error.h"
#include "train/option_json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

fer_status feri_run_dir_path(const struct feri_run_dir *d, const char *name, char path[FERI_RUN_PATH_MAX],
                             fer_error *err)
{
    int n = snprintf(path, FERI_RUN_PATH_MAX, "%s/%s", d->path, name);
    if (n > 0 && n < FERI_RUN_PATH_MAX) return FER_OK;
    return feri_fail(err, FER_ERR_ARGUMENT, "out: %.80s...: the path is too long", d->path);
}

void feri_run_dir_note(const struct feri_run_dir *d, const char *fmt, ...)
{
    char line[FER_ERROR_TEXT_MAX];
    if (!d->note && !d->notes) return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    if (d->note) d->note(d->user, line);
    if (d->notes) feri_json_add(d->notes, feri_json_string(line));
}

static bool holds(const struct feri_run_dir *d, const char *name)
{
    char path[FERI_RUN_PATH_MAX];
    return feri_run_dir_path(d, name, path, NULL) == FER_OK && access(path, F_OK) == 0;
}

fer_status feri_run_dir_check(const struct feri_run_dir *d, bool *resumes, fer_error *err)
{
    static const char *const results[] = {"last.safetensors", "best.safetensors", "final.safetensors", "log.csv"};
    char path[FERI_RUN_PATH_MAX];
    fer_status st = feri_run_dir_path(d, results[0], path, err);
    if (st != FER_OK) return st;
    *resumes = holds(d, results[0]);
    for (size_t i = 0; !d->resume && i < sizeof results / sizeof *results; i++)
        if (holds(d, results[i]))
            return feri_fail(err, FER_ERR_ARGUMENT,
                             "%s: holds %s of an earlier run; resume it (--resume) or use another directory", d->path,
                             results[i]);
    if (!*resumes && holds(d, "final.safetensors"))
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "%s: holds final.safetensors but no last.safetensors to go on from; use another directory",
                         d->path);
    if (d->resume && !*resumes)
        feri_run_dir_note(d, "resume: %s has no checkpoint yet, starting from the beginning", d->path);
    return FER_OK;
}

fer_status feri_run_dir_kernels(const struct feri_run_dir *d, const char *word, const char *then,
                                const struct feri_kernels **out, fer_error *err)
{
    enum feri_isa isa;
    fer_status st = feri_isa_find(word, &isa, err);
    if (st != FER_OK) return st;
    bool named = isa != FERI_ISA_AUTO;
    if (!named && then && feri_isa_parse(then, &isa) && !feri_kernels_get(isa)) {
        feri_run_dir_note(d,
                          "resume: the run began with %s, which this processor does not support; results will differ "
                          "in their last bits",
                          then);
        isa = FERI_ISA_AUTO;
    }
    *out = feri_kernels_get(isa);
    if (named && then && strcmp((*out)->isa, then) != 0)
        return feri_fail(err, FER_ERR_ARGUMENT, "resume: %s: option 'isa' is \"%s\" in the checkpoint and \"%s\" now",
                         d->path, then, (*out)->isa);
    return FER_OK;
}

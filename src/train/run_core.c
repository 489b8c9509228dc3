#include "train/run_core.h"

#include "base/error.h"
#include "fer/model.h"
#include "train/option_json.h"

fer_status feri_run_core_look(struct feri_run_core *core, struct feri_checkpoint *c, bool *resumes, fer_error *err)
{
    char path[FERI_RUN_PATH_MAX];
    fer_status st = feri_run_dir_check(&core->dir, resumes, err);
    if (st != FER_OK || !*resumes) return st;
    st = feri_run_dir_path(&core->dir, "last.safetensors", path, err);
    return st == FER_OK ? feri_checkpoint_read(path, c, err) : st;
}

fer_status feri_run_core_compare(const struct feri_run_core *core, const struct feri_checkpoint *c,
                                 const json_t *defaults, fer_error *err)
{
    fer_status st = feri_fingerprint_compare(c->at.options, core->fingerprint, defaults, err);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "resume: %s", core->dir.path);
}

fer_status feri_run_core_agree(const struct feri_run_core *core, size_t epochs, const struct feri_checkpoint *c,
                               fer_error *err)
{
    if (!core->ranks) return FER_OK;
    json_t *facts = json_deep_copy(core->fingerprint);
    bool ok =
        facts && json_object_set_new(facts, "epochs", json_integer((json_int_t)epochs)) == 0 &&
        json_object_set_new(facts, "epochs in the checkpoint", json_integer(c ? (json_int_t)c->at.epochs : 0)) == 0;
    fer_status st = ok ? feri_ranks_agree(core->ranks, facts, core->kernels, err)
                       : feri_fail(err, FER_ERR_MEMORY, "options: out of memory");
    json_decref(facts);
    return st;
}

fer_status feri_run_core_begin(struct feri_run_core *core, const struct feri_checkpoint *c, const char *header,
                               fer_error *err)
{
    core->at = (struct feri_position){.best = -1, .isa = core->kernels->isa, .options = core->fingerprint};
    if (c) {
        fer_status st = feri_checkpoint_restore(c, core->trainer, &core->at, err);
        if (st != FER_OK) return feri_fail_in(err, st, "resume: %s", core->dir.path);
    }
    return feri_log_start(&core->log, c ? c->at.log : header, err);
}

fer_status feri_run_core_write_log(const struct feri_run_core *core, fer_error *err)
{
    char path[FERI_RUN_PATH_MAX];
    if (!feri_ranks_write(core->ranks)) return FER_OK;
    fer_status st = feri_run_dir_path(&core->dir, "log.csv", path, err);
    return st == FER_OK ? feri_log_write(&core->log, path, err) : st;
}

fer_status feri_run_core_save_model(struct feri_run_core *core, const char *name, fer_error *err)
{
    char path[FERI_RUN_PATH_MAX];
    if (!feri_ranks_write(core->ranks)) return FER_OK;
    fer_status st = feri_run_dir_path(&core->dir, name, path, err);
    return st == FER_OK ? fer_model_save(feri_trainer_result(core->trainer), path, FER_FLOAT32, err) : st;
}

fer_status feri_run_core_save_epoch(struct feri_run_core *core, bool best, fer_error *err)
{
    char path[FERI_RUN_PATH_MAX];
    if (!feri_ranks_write(core->ranks)) return FER_OK;
    fer_status st = best ? feri_run_core_save_model(core, "best.safetensors", err) : FER_OK;
    core->at.log = core->log.text;
    if (st == FER_OK) st = feri_run_dir_path(&core->dir, "last.safetensors", path, err);
    if (st == FER_OK) st = feri_checkpoint_save(path, core->trainer, &core->at, err);
    return st == FER_OK ? feri_run_core_write_log(core, err) : st;
}

void feri_run_core_note_ranks(const struct feri_run_core *core, double seconds)
{
    const struct feri_crew *crew = feri_trainer_crew(core->trainer);
    if (!crew) return;
    struct feri_crew_cost c = feri_crew_cost(crew);
    double steps = c.steps ? (double)c.steps : 1;
    feri_run_dir_note(&core->dir,
                      "ranks: %zu; of the time %.1f %% waiting for others or communicating; bytes sent per step and "
                      "rank: %.0f of gradients (at least %.0f are needed), %.0f of statistics and outputs",
                      core->ranks->size, 100 * c.seconds / seconds, c.gradient_bytes / steps, c.least_bytes / steps,
                      c.other_bytes / steps);
}

void feri_run_core_close(struct feri_run_core *core)
{
    feri_trainer_free(core->trainer);
    fer_model_free(core->model);
    feri_log_free(&core->log);
    json_decref(core->fingerprint);
    json_decref(core->dir.notes);
}

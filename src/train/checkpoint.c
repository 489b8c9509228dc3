#include "train/checkpoint.h"

#include "base/error.h"
#include "formats/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_ 512
#define META_KEY  "fer.train"

/* An array that belongs to parameter p and has its layout. */
struct state {
    const char *prefix;
    const struct feri_param *p;
    float *data;
};

typedef fer_status state_fn(void *arg, const struct state *s, fer_error *err);

/* Every array of the training's state, in a fixed order. */
static fer_status each_state(struct feri_trainer *t, state_fn *fn, void *arg, fer_error *err)
{
    struct feri_graph *graph = feri_trainer_model(t)->graph;
    struct feri_graph *average = feri_trainer_ema(t) ? feri_ema_model(feri_trainer_ema(t))->graph : NULL;
    struct feri_optimizer *o = feri_trainer_optimizer(t);
    fer_status st = FER_OK;
    for (size_t i = 0; st == FER_OK && average && i < feri_graph_n_params(average); i++) {
        struct feri_param *p = feri_graph_param(average, i);
        st = fn(arg, &(struct state){"ema.", p, p->data}, err);
    }
    for (size_t i = 0; st == FER_OK && i < feri_optimizer_n_slots(o); i++) {
        const struct feri_slot *s = feri_optimizer_slot(o, i);
        const struct feri_param *p = feri_graph_param(graph, s->param);
        st = fn(arg, &(struct state){"optimizer.m.", p, s->m}, err);
        if (st == FER_OK && s->v) st = fn(arg, &(struct state){"optimizer.v.", p, s->v}, err);
    }
    return st;
}

bool feri_checkpoint_is_state(const char *name)
{
    return strncmp(name, "ema.", 4) == 0 || strncmp(name, "optimizer.", 10) == 0;
}

/* ---- save ---- */

static fer_status put_state(void *arg, const struct state *s, fer_error *err)
{
    struct feri_tensors *tensors = arg;
    char name[NAME_MAX_];
    snprintf(name, sizeof name, "%s%s", s->prefix, s->p->name);
    struct feri_tensor *out = feri_tensors_add(tensors, name, s->p->n_dims, s->p->dims);
    if (!out) return feri_fail(err, FER_ERR_MEMORY, "tensor '%s': out of memory", name);
    feri_param_to_torch(s->p, s->data, out->data);
    out->integral = s->p->kind == FERI_PARAM_COUNTER;
    return FER_OK;
}

static fer_status put_position(struct feri_tensors *tensors, struct feri_trainer *t, const struct feri_position *at,
                               fer_error *err)
{
    json_t *json =
        json_pack("{s:I, s:I, s:f, s:I, s:s, s:s, s:O}", "epochs", (json_int_t)at->epochs, "steps",
                  (json_int_t)feri_optimizer_steps(feri_trainer_optimizer(t)), "best", at->best, "best_epoch",
                  (json_int_t)at->best_epoch, "isa", at->isa, "log", at->log, "options", at->options);
    /* 17 digits identify every double exactly. */
    char *text = json ? feri_json_dump(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17)) : NULL;
    bool ok = text && feri_tensors_set_meta(tensors, META_KEY, text);
    free(text);
    json_decref(json);
    return ok ? FER_OK : feri_fail(err, FER_ERR_MEMORY, "checkpoint's metadata: out of memory");
}

fer_status feri_checkpoint_save(const char *path, struct feri_trainer *t, const struct feri_position *at,
                                fer_error *err)
{
    struct feri_tensors tensors = {0};
    fer_status st = feri_model_put_tensors(feri_trainer_model(t), &tensors, err);
    if (st == FER_OK) st = each_state(t, put_state, &tensors, err);
    if (st == FER_OK) st = put_position(&tensors, t, at, err);
    if (st == FER_OK) st = feri_safetensors_write(path, &tensors, FERI_DTYPE_F32, err);
    feri_tensors_free(&tensors);
    return st;
}

/* ---- read ---- */

static fer_status read_position(struct feri_checkpoint *c, const char *path, fer_error *err)
{
    const char *text = feri_tensors_meta(&c->tensors, META_KEY);
    json_error_t bad;
    json_int_t epochs, steps, best_epoch;
    if (!text)
        return feri_fail(err, FER_ERR_FORMAT, "%s: not a training checkpoint, it has no metadata '%s'", path, META_KEY);
    fer_status st = feri_json_read(text, strlen(text), &c->json, err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s: metadata '%s'", path, META_KEY);
    int missing = json_unpack_ex(c->json, &bad, 0, "{s:I, s:I, s:F, s:I, s:s, s:s, s:o}", "epochs", &epochs, "steps",
                                 &steps, "best", &c->at.best, "best_epoch", &best_epoch, "isa", &c->at.isa, "log",
                                 &c->at.log, "options", &c->at.options);
    if (missing || !json_is_object(c->at.options) || epochs < 1 || steps < 0 || best_epoch < 0)
        return feri_fail(err, FER_ERR_FORMAT, "%s: metadata '%s' is not as expected: %s", path, META_KEY,
                         missing ? bad.text : "a value is out of range");
    c->at.epochs = (size_t)epochs;
    c->at.best_epoch = (size_t)best_epoch;
    c->optimizer_steps = (uint64_t)steps;
    return FER_OK;
}

fer_status feri_checkpoint_read(const char *path, struct feri_checkpoint *out, fer_error *err)
{
    *out = (struct feri_checkpoint){0};
    fer_status st = feri_safetensors_read(path, &out->tensors, err);
    return st == FER_OK ? read_position(out, path, err) : st;
}

void feri_checkpoint_free(struct feri_checkpoint *c)
{
    feri_tensors_free(&c->tensors);
    json_decref(c->json);
    *c = (struct feri_checkpoint){0};
}

/* ---- restore ---- */

static bool same_shape(const struct feri_param *p, const struct feri_tensor *t)
{
    return p->n_dims == t->n_dims && memcmp(p->dims, t->dims, p->n_dims * sizeof *p->dims) == 0;
}

static fer_status take_state(void *arg, const struct state *s, fer_error *err)
{
    const struct feri_checkpoint *c = arg;
    char name[NAME_MAX_];
    snprintf(name, sizeof name, "%s%s", s->prefix, s->p->name);
    const struct feri_tensor *found = feri_tensors_find(&c->tensors, name);
    if (!found) return feri_fail(err, FER_ERR_FORMAT, "checkpoint: tensor '%s' is missing", name);
    if (!same_shape(s->p, found))
        return feri_fail(err, FER_ERR_SHAPE, "checkpoint: tensor '%s' has another shape than the model's", name);
    feri_param_from_torch(s->p, found->data, s->data);
    return FER_OK;
}

fer_status feri_checkpoint_restore(const struct feri_checkpoint *c, struct feri_trainer *t, struct feri_position *at,
                                   fer_error *err)
{
    struct feri_graph *graph = feri_trainer_model(t)->graph;
    void *arg = (void *)(uintptr_t)c;
    fer_status st = FER_OK;
    for (size_t i = 0; st == FER_OK && i < feri_graph_n_params(graph); i++) {
        struct feri_param *p = feri_graph_param(graph, i);
        st = take_state(arg, &(struct state){"", p, p->data}, err);
    }
    if (st == FER_OK) st = each_state(t, take_state, arg, err);
    if (st != FER_OK) return st;
    feri_optimizer_set_steps(feri_trainer_optimizer(t), c->optimizer_steps);
    at->epochs = c->at.epochs;
    at->best = c->at.best;
    at->best_epoch = c->at.best_epoch;
    return FER_OK;
}

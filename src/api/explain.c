#include "fer/explain.h"

#include "api/session.h"
#include "base/error.h"
#include "graph/tokens.h"
#include "models/model.h"
#include "models/rollout.h"

#include <stdlib.h>

static fer_status new_explanation(const struct feri_tokens *t, size_t n_classes, fer_explanation **out, fer_error *err)
{
    size_t map = t->rows * t->columns, floats = 2 * map + n_classes;
    fer_explanation *e = calloc(1, sizeof *e);
    float *data = calloc(floats, sizeof *data);
    if (!e || !data) {
        free(e);
        free(data);
        return feri_fail_memory(err, floats * sizeof *data);
    }
    *e = (fer_explanation){.rows = t->rows,
                           .columns = t->columns,
                           .layers = t->layers,
                           .n_classes = n_classes,
                           .pooling = data,
                           .rollout = data + map,
                           .scores = data + 2 * map};
    *out = e;
    return FER_OK;
}

void fer_explanation_free(fer_explanation *e)
{
    if (!e) return;
    free(e->pooling); /* rollout and scores are in the same block */
    free(e);
}

static fer_status watch_prediction(fer_session *s, const fer_image *image, struct feri_rollout *r, float *scores,
                                   fer_error *err)
{
    struct feri_watch watch = feri_rollout_watch(r);
    feri_exec_watch(s->exec, &watch);
    fer_status st = fer_session_predict(s, 1, &image, scores, err);
    feri_exec_watch(s->exec, NULL);
    return st;
}

static fer_status find_tokens(const fer_model *m, struct feri_tokens *tokens, fer_error *err)
{
    fer_error why;
    fer_status st = feri_graph_tokens(m->graph, tokens, &why);
    return st == FER_OK ? st : feri_fail(err, st, "model %s cannot be explained: %s", m->name, why.text);
}

fer_status fer_explain(fer_session *s, const fer_image *image, fer_explanation **out, fer_error *err)
{
    if (!s || !image || !out)
        return feri_fail(err, FER_ERR_ARGUMENT, "fer_explain: session, image and out must not be NULL");
    *out = NULL;
    struct feri_tokens tokens;
    fer_explanation *e = NULL;
    struct feri_rollout *r = NULL;
    fer_status st;
    if ((st = find_tokens(s->model, &tokens, err)) != FER_OK ||
        (st = new_explanation(&tokens, s->model->n_classes, &e, err)) != FER_OK ||
        (st = feri_rollout_new(tokens.rows * tokens.columns, tokens.layers, &r, err)) != FER_OK ||
        (st = watch_prediction(s, image, r, e->scores, err)) != FER_OK ||
        (st = feri_rollout_finish(r, e->pooling, e->rollout, err)) != FER_OK)
        goto out;
    *out = e;
    e = NULL;
out:
    feri_rollout_free(r);
    fer_explanation_free(e);
    return st;
}

#include "base/error.h"
#include "base/mem.h"
#include "models/model.h"

#include <string.h>

static fer_status check_same(const fer_model *a, const fer_model *b, fer_error *err)
{
    if (strcmp(a->name, b->name) != 0)
        return feri_fail(err, FER_ERR_SHAPE, "weights of %s and of %s have no average", a->name, b->name);
    for (size_t i = 0; i < feri_graph_n_params(a->graph); i++) {
        const struct feri_param *p = feri_graph_param(a->graph, i), *q = feri_graph_param(b->graph, i);
        if (p->count != q->count)
            return feri_fail(err, FER_ERR_SHAPE,
                             "parameter '%s' has %zu numbers here and %zu there: they have no average", p->name,
                             p->count, q->count);
    }
    return FER_OK;
}

static fer_status mix(fer_model *to, const fer_model *other, float share, fer_error *err)
{
    for (size_t i = 0; i < feri_graph_n_params(to->graph); i++) {
        struct feri_param *p = feri_graph_param(to->graph, i);
        float *q = feri_alloc(p->count * sizeof *q);
        if (!q || !feri_graph_read_param(other->graph, i, q)) {
            feri_free(q);
            return feri_fail(err, FER_ERR_MEMORY, "parameter '%s': out of memory", p->name);
        }
        for (size_t k = 0; k < p->count && p->kind != FERI_PARAM_COUNTER; k++)
            p->data[k] = (1 - share) * p->data[k] + share * q[k];
        feri_free(q);
    }
    return FER_OK;
}

fer_status fer_model_average(const fer_model *a, const fer_model *b, float share, fer_model **out, fer_error *err)
{
    if (!a || !b || !out) return feri_fail(err, FER_ERR_ARGUMENT, "fer_model_average: models and out must not be NULL");
    *out = NULL;
    if (!(share >= 0 && share <= 1))
        return feri_fail(err, FER_ERR_ARGUMENT, "a share of %g: expected 0 to 1", (double)share);
    fer_status st = check_same(a, b, err);
    if (st == FER_OK) st = feri_model_clone(a, out, err);
    if (st != FER_OK) return st;
    if ((st = mix(*out, b, share, err)) != FER_OK) {
        fer_model_free(*out);
        *out = NULL;
    }
    return st;
}

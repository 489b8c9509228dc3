#include "base/rng.h"
#include "graph/internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

fer_status feri_graph_new(struct feri_graph **graph_out, fer_error *err)
{
    struct feri_graph *g = calloc(1, sizeof *g);
    *graph_out = g;
    if (!g) return feri_fail_memory(err, sizeof *g);
    g->input = g->output = -1;
    return FER_OK;
}

void feri_graph_free(struct feri_graph *g)
{
    if (!g) return;
    for (size_t i = 0; i < g->n_params; i++) {
        free(g->params[i].name);
        feri_free(g->params[i].data);
    }
    free(g->params);
    free(g->nodes);
    free(g->values);
    free(g);
}

feri_value feri_graph_fail(struct feri_graph *g, fer_status st, const char *fmt, ...)
{
    if (g->failed) return -1;
    g->failed = true;
    char text[FER_ERROR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    feri_fail(&g->error, st, "%s", text);
    return -1;
}

feri_value feri_graph_refuse(struct feri_graph *g, const char *fmt, ...)
{
    char text[FER_ERROR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return feri_graph_fail(g, FER_ERR_ARGUMENT, "%s", text);
}

fer_status feri_graph_check(const struct feri_graph *g, fer_error *err)
{
    if (g->failed) return feri_fail(err, g->error.status, "%s", g->error.text);
    if (g->input < 0 || g->output < 0) return feri_fail(err, FER_ERR_ARGUMENT, "graph: no input or no output");
    return FER_OK;
}

bool feri_graph_has(struct feri_graph *g, feri_value v)
{
    if (g->failed) return false;
    if (v >= 0 && (size_t)v < g->n_values) return true;
    feri_graph_fail(g, FER_ERR_ARGUMENT, "graph: operation on a value that does not exist");
    return false;
}

struct feri_node *feri_node_add(struct feri_graph *g, const struct feri_op *op, const char *name, int n_in, const feri_value *in,
                                struct feri_shape out)
{
    for (int i = 0; i < n_in; i++)
        if (!feri_graph_has(g, in[i])) return NULL;
    if (g->failed) return NULL;
    if (out.h == 0 || out.w == 0 || out.c == 0) {
        feri_graph_fail(g, FER_ERR_SHAPE, "%s '%s%s': empty result %zu x %zu x %zu; the input is too small", op->name, g->scope, name, out.h,
                        out.w, out.c);
        return NULL;
    }
    if (!feri_grow(&g->nodes, &g->cap_nodes, g->n_nodes + 1, sizeof *g->nodes) ||
        !feri_grow(&g->values, &g->cap_values, g->n_values + 1, sizeof *g->values)) {
        feri_graph_fail(g, FER_ERR_MEMORY, "graph: out of memory");
        return NULL;
    }
    struct feri_node *nd = &g->nodes[g->n_nodes];
    *nd = (struct feri_node){.op = op, .out = (feri_value)g->n_values, .n_in = n_in, .residual = -1};
    snprintf(nd->name, sizeof nd->name, "%.70s%.24s", g->scope, name);
    for (int i = 0; i < n_in; i++) nd->in[i] = in[i];
    for (int i = 0; i < FERI_ROLES; i++) nd->param[i] = -1;
    g->values[g->n_values++] = (struct feri_value_info){.shape = out, .producer = (int)g->n_nodes};
    g->n_nodes++;
    return nd;
}

int feri_param_add(struct feri_graph *g, const char *name, const char *suffix, enum feri_param_kind kind, size_t n_dims,
                   const size_t *dims, size_t fan_in)
{
    if (g->failed) return -1;
    char full[512];
    snprintf(full, sizeof full, "%s%s%s%s", g->scope, name, suffix ? "." : "", suffix ? suffix : "");
    if (feri_graph_find_param(g, full)) return feri_graph_fail(g, FER_ERR_ARGUMENT, "parameter '%s' declared twice", full);
    struct feri_param p = {.kind = kind, .layout = n_dims == 4 ? FERI_LAYOUT_OHWI : FERI_LAYOUT_PLAIN, .n_dims = n_dims, .count = 1, .fan_in = fan_in, .used = true};
    for (size_t i = 0; i < n_dims; i++) {
        p.dims[i] = dims[i];
        if (!feri_size_mul(p.count, dims[i], &p.count)) return feri_graph_fail(g, FER_ERR_SHAPE, "parameter '%s' is too large", full);
    }
    size_t size;
    bool fits = feri_size_mul(p.count, sizeof(float), &size);
    p.name = feri_strdup(full);
    p.data = fits ? feri_alloc_zero(size) : NULL;
    if (!p.name || !p.data || !feri_grow(&g->params, &g->cap_params, g->n_params + 1, sizeof *g->params)) {
        free(p.name);
        feri_free(p.data);
        return feri_graph_fail(g, FER_ERR_MEMORY, "parameter '%s': out of memory", full);
    }
    g->params[g->n_params] = p;
    return (int)g->n_params++;
}

void feri_scope_push(struct feri_graph *g, const char *fmt, ...)
{
    size_t n = strlen(g->scope);
    if (g->n_scopes == sizeof g->scope_ends / sizeof *g->scope_ends) {
        feri_graph_fail(g, FER_ERR_ARGUMENT, "scopes nested too deeply");
        return;
    }
    g->scope_ends[g->n_scopes++] = n;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(g->scope + n, sizeof g->scope - n, fmt, ap);
    va_end(ap);
    n = strlen(g->scope);
    if (n + 1 < sizeof g->scope) memcpy(g->scope + n, ".", 2);
}

void feri_scope_pop(struct feri_graph *g)
{
    if (g->n_scopes) g->scope[g->scope_ends[--g->n_scopes]] = '\0';
}

size_t feri_graph_n_params(const struct feri_graph *g)
{
    return g->n_params;
}

struct feri_param *feri_graph_param(struct feri_graph *g, size_t i)
{
    return &g->params[i];
}

struct feri_param *feri_graph_find_param(struct feri_graph *g, const char *name)
{
    for (size_t i = 0; i < g->n_params; i++)
        if (strcmp(g->params[i].name, name) == 0) return &g->params[i];
    return NULL;
}

size_t feri_graph_count_params(const struct feri_graph *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_params; i++)
        if (!feri_param_is_buffer(&g->params[i])) n += g->params[i].count;
    return n;
}

uint64_t feri_graph_macs(const struct feri_graph *g)
{
    uint64_t n = 0;
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].op->macs) n += g->nodes[i].op->macs(g, &g->nodes[i]);
    return n;
}

struct feri_shape feri_value_shape(const struct feri_graph *g, feri_value v)
{
    if (g->failed || v < 0 || (size_t)v >= g->n_values) return (struct feri_shape){0, 0, 0};
    return g->values[v].shape;
}

/* Index in PyTorch's order of the element that lies at position i here. */
static size_t torch_index(const struct feri_param *p, size_t i)
{
    size_t O = p->dims[0], I = p->dims[1], kh = p->dims[2], kw = p->dims[3];
    if (p->layout == FERI_LAYOUT_OHWI) {
        size_t ci = i % I, x = i / I % kw, y = i / I / kw % kh, o = i / I / kw / kh;
        return ((o * I + ci) * kh + y) * kw + x;
    }
    size_t o = i % O, x = i / O % kw, y = i / O / kw; /* HWC */
    return (o * kh + y) * kw + x;
}

void feri_param_to_torch(const struct feri_param *p, const float *in, float *torch_out)
{
    if (p->layout == FERI_LAYOUT_PLAIN)
        memcpy(torch_out, in, p->count * sizeof *in);
    else
        for (size_t i = 0; i < p->count; i++) torch_out[torch_index(p, i)] = in[i];
}

void feri_param_from_torch(const struct feri_param *p, const float *torch_in, float *out)
{
    if (p->layout == FERI_LAYOUT_PLAIN)
        memcpy(out, torch_in, p->count * sizeof *out);
    else
        for (size_t i = 0; i < p->count; i++) out[i] = torch_in[torch_index(p, i)];
}

void feri_param_get(const struct feri_param *p, float *torch_out)
{
    feri_param_to_torch(p, p->data, torch_out);
}

void feri_param_set(struct feri_param *p, const float *torch_in)
{
    feri_param_from_torch(p, torch_in, p->data);
}

static void init_param(struct feri_param *p, uint64_t seed, size_t index)
{
    float bound = p->fan_in ? 1.0f / sqrtf((float)p->fan_in) : 0.0f;
    struct feri_rng rng = feri_rng_new(seed, 0x1A17, index);
    for (size_t i = 0; i < p->count; i++) {
        switch (p->kind) {
        case FERI_PARAM_WEIGHT:
        case FERI_PARAM_BIAS: p->data[i] = feri_rng_range(&rng, -bound, bound); break;
        case FERI_PARAM_NORM_WEIGHT:
        case FERI_PARAM_RUNNING_VAR: p->data[i] = 1.0f; break;
        case FERI_PARAM_SLOPE: p->data[i] = 0.25f; break;
        case FERI_PARAM_NORM_BIAS:
        case FERI_PARAM_RUNNING_MEAN:
        case FERI_PARAM_COUNTER: p->data[i] = 0.0f; break;
        }
    }
}

void feri_graph_init_params(struct feri_graph *g, uint64_t seed)
{
    for (size_t i = 0; i < g->n_params; i++) init_param(&g->params[i], seed, i);
}

#include "base/rng.h"
#include "graph/node.h"

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
    feri_graph_fail(g, FER_ERR_ARGUMENT, "graph: an operation reads a value that does not exist");
    return false;
}

struct feri_node *feri_node_add(struct feri_graph *g, const struct feri_op *op, const char *name, int n_in,
                                const feri_value *in, struct feri_shape out)
{
    for (int i = 0; i < n_in; i++)
        if (!feri_graph_has(g, in[i])) return NULL;
    if (g->failed) return NULL;
    if (out.h == 0 || out.w == 0 || out.c == 0) {
        feri_graph_fail(g, FER_ERR_SHAPE, "%s '%s%s': empty result %zu x %zu x %zu; the input is too small", op->name,
                        g->scope, name, out.h, out.w, out.c);
        return NULL;
    }
    if (!feri_grow(&g->nodes, &g->cap_nodes, g->n_nodes + 1, sizeof *g->nodes) ||
        !feri_grow(&g->values, &g->cap_values, g->n_values + 1, sizeof *g->values)) {
        feri_graph_fail(g, FER_ERR_MEMORY, "graph: out of memory");
        return NULL;
    }
    struct feri_node *nd = &g->nodes[g->n_nodes];
    *nd = (struct feri_node){.op = op, .out = (feri_value)g->n_values, .n_in = n_in, .also = -1, .residual = -1};
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
    if (feri_graph_find_param(g, full))
        return feri_graph_fail(g, FER_ERR_ARGUMENT, "parameter '%s' declared twice", full);
    struct feri_param p = {.kind = kind,
                           .layout = n_dims == 4 ? FERI_LAYOUT_OHWI : FERI_LAYOUT_PLAIN,
                           .n_dims = n_dims,
                           .count = 1,
                           .fan_in = fan_in,
                           .used = true};
    for (size_t i = 0; i < n_dims; i++) {
        p.dims[i] = dims[i];
        if (!feri_size_mul(p.count, dims[i], &p.count))
            return feri_graph_fail(g, FER_ERR_SHAPE, "parameter '%s' is too large", full);
    }
    size_t size;
    p.name = feri_strdup(full);
    bool ok = p.name && feri_size_mul(p.count, sizeof(float), &size);
    if (!ok || !feri_grow(&g->params, &g->cap_params, g->n_params + 1, sizeof *g->params)) {
        free(p.name);
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

/* PyTorch's row-major [outer][inner] <-> here [inner][outer], in each of `blocks` blocks. */
struct turn {
    size_t blocks, outer, inner;
};

static struct turn turn_of(const struct feri_param *p)
{
    if (p->layout == FERI_LAYOUT_PLAIN || p->count == 0) return (struct turn){1, 1, p->count};
    size_t taps = p->dims[2] * p->dims[3];
    return p->layout == FERI_LAYOUT_OHWI ? (struct turn){p->dims[0], p->dims[1], taps}
                                         : (struct turn){1, p->dims[0], taps};
}

/* Whether both orders are the same. */
static bool lies_as_torch(const struct feri_param *p)
{
    struct turn t = turn_of(p);
    return t.outer == 1 || t.inner == 1;
}

void feri_param_to_torch(const struct feri_param *p, const float *in, float *torch_out)
{
    struct turn t = turn_of(p);
    if (lies_as_torch(p)) {
        memcpy(torch_out, in, p->count * sizeof *in);
        return;
    }
    for (size_t b = 0; b < t.blocks; b++, in += t.outer * t.inner)
        for (size_t o = 0; o < t.outer; o++)
            for (size_t i = 0; i < t.inner; i++) *torch_out++ = in[i * t.outer + o];
}

void feri_param_from_torch(const struct feri_param *p, const float *torch_in, float *out)
{
    struct turn t = turn_of(p);
    if (lies_as_torch(p)) {
        memcpy(out, torch_in, p->count * sizeof *out);
        return;
    }
    for (size_t b = 0; b < t.blocks; b++, out += t.outer * t.inner)
        for (size_t o = 0; o < t.outer; o++)
            for (size_t i = 0; i < t.inner; i++) out[i * t.outer + o] = *torch_in++;
}

bool feri_param_set(struct feri_param *p, const float *torch_in)
{
    if (!p->data) p->data = feri_alloc(p->count * sizeof *p->data);
    if (p->data) feri_param_from_torch(p, torch_in, p->data);
    return p->data != NULL;
}

static void first_values(const struct feri_graph *g, size_t index, float *out)
{
    const struct feri_param *p = &g->params[index];
    float bound = p->fan_in ? 1.0f / sqrtf((float)p->fan_in) : 0.0f;
    struct feri_rng rng = feri_rng_new(g->seed, 0x1A17, index);
    for (size_t i = 0; i < p->count; i++) {
        switch (p->kind) {
        case FERI_PARAM_WEIGHT:
        case FERI_PARAM_BIAS: out[i] = feri_rng_range(&rng, -bound, bound); break;
        case FERI_PARAM_NORM_WEIGHT:
        case FERI_PARAM_RUNNING_VAR: out[i] = 1.0f; break;
        case FERI_PARAM_SLOPE: out[i] = 0.25f; break;
        case FERI_PARAM_NORM_BIAS:
        case FERI_PARAM_RUNNING_MEAN:
        case FERI_PARAM_COUNTER: out[i] = 0.0f; break;
        }
    }
}

void feri_graph_init_params(struct feri_graph *g, uint64_t seed)
{
    g->seed = seed;
    for (size_t i = 0; i < g->n_params; i++) {
        feri_free(g->params[i].data);
        g->params[i].data = NULL;
        g->params[i].stored = NULL;
    }
}

/* ---- parameters whose arrays are created on demand ---- */

void feri_graph_set_reader(struct feri_graph *g, feri_stored_fn *fn, void *user)
{
    g->reader = fn;
    g->reader_user = user;
}

/* Read a parameter that the graph does not hold, in an order other than the stored one. */
static bool read_turned(const struct feri_graph *g, const struct feri_param *p, float *out)
{
    float *kept = feri_alloc_whole(p->count * sizeof *kept);
    if (!kept) return false;
    bool ok = true;
    if (p->stored) {
        ok = g->reader(g->reader_user, p->stored, kept);
        if (ok) feri_param_from_torch(p, kept, out);
    } else {
        first_values(g, (size_t)(p - g->params), kept);
        feri_param_to_torch(p, kept, out);
    }
    feri_free(kept);
    return ok;
}

bool feri_graph_read_param(const struct feri_graph *g, size_t i, float *out)
{
    const struct feri_param *p = &g->params[i];
    if (!p->data && p->stored && !lies_as_torch(p)) return read_turned(g, p, out);
    if (p->data) memcpy(out, p->data, p->count * sizeof *out);
    else if (p->stored) return g->reader(g->reader_user, p->stored, out);
    else first_values(g, i, out);
    return true;
}

bool feri_graph_read_torch(const struct feri_graph *g, size_t i, float *torch_out)
{
    const struct feri_param *p = &g->params[i];
    if (!p->data && !p->stored && !lies_as_torch(p)) return read_turned(g, p, torch_out);
    if (p->data) feri_param_to_torch(p, p->data, torch_out);
    else if (p->stored) return g->reader(g->reader_user, p->stored, torch_out);
    else first_values(g, i, torch_out);
    return true;
}

fer_status feri_graph_hold(struct feri_graph *g, fer_error *err)
{
    for (size_t i = 0; i < g->n_params; i++) {
        struct feri_param *p = &g->params[i];
        float *data = p->data ? p->data : feri_alloc(p->count * sizeof *data);
        if (data && !p->data && !feri_graph_read_param(g, i, data)) {
            feri_free(data);
            data = NULL;
        }
        if (!data) return feri_fail(err, FER_ERR_MEMORY, "parameter '%s': out of memory", p->name);
        p->data = data;
        p->stored = NULL;
    }
    return FER_OK;
}

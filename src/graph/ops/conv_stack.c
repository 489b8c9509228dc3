/* Inference: a convolution whose patches do not overlap, together with the convolutions of the same kind that read it,
 * such as a detector's stem. A tile of the last maps is computed from the input at once. The first convolution's
 * outputs come in the order of the next one's patches, so these need no copy, and its map, the largest of the network,
 * is never in memory. The sums are those of separate convolutions, to the bit. */
#include "graph/conv.h"
#include "graph/runs.h"
#include "graph/uses.h"

#include <stdlib.h>

#define TILE_FLOATS \
    16384 /* what a tile needs between input and output, about: half of it stays in the first-level cache */

static bool fills(struct feri_shape x, struct feri_shape y, size_t kernel)
{
    return x.h == y.h * kernel && x.w == y.w * kernel;
}

/* Patches side by side that cover the whole input. */
static bool is_paved(const struct feri_plan *p, const struct feri_node *nd)
{
    return nd->op == &feri_op_conv && nd->u.conv.groups == 1 && nd->u.conv.pad == 0 && nd->residual < 0 &&
           nd->u.conv.kernel == nd->u.conv.stride && !feri_conv_few_takes(p, nd) && !feri_winograd_takes(p, nd) &&
           fills(feri_shape_of(p, nd->in[0]), feri_shape_of(p, nd->out), nd->u.conv.kernel);
}

/* The convolutions that read the value; 0 if something else reads it too, or if they are too many or of another kind.
 */
static size_t readers_of(const struct feri_plan *p, feri_value v, size_t readers[FERI_STACK_MAX])
{
    size_t n = 0, uses = feri_plan_uses(p, v);
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct feri_node *nd = &p->nodes[i];
        if (!nd->op || nd->n_in != 1 || nd->in[0] != v || !is_paved(p, nd)) continue;
        if (n == FERI_STACK_MAX || (n > 0 && nd->u.conv.kernel != p->nodes[readers[0]].u.conv.kernel)) return 0;
        readers[n++] = i;
    }
    return n == uses ? n : 0;
}

bool feri_conv_stack_up(struct feri_plan *p)
{
    for (size_t i = 0; i < p->n_nodes; i++) {
        struct feri_node *nd = &p->nodes[i];
        size_t readers[FERI_STACK_MAX], n = nd->op && is_paved(p, nd) ? readers_of(p, nd->out, readers) : 0;
        if (n == 0) continue;
        struct feri_stack *stack = calloc(1, sizeof *stack);
        if (!stack) return false;
        stack->between = nd->out;
        stack->n = n;
        for (size_t r = 0; r < n; r++) {
            stack->conv[r] = p->nodes[readers[r]];
            p->nodes[readers[r]] = (struct feri_node){0}; /* what it owns is the stack's now */
        }
        nd->op = &feri_op_conv_stack;
        nd->stack = stack;
        nd->out = stack->conv[0].out;
        nd->also = n > 1 ? stack->conv[1].out : -1;
    }
    return true;
}

void feri_conv_stack_free(struct feri_stack *stack)
{
    for (size_t i = 0; stack && i < stack->n; i++) {
        feri_free(stack->conv[i].weight);
        feri_free(stack->conv[i].bias);
        feri_free(stack->conv[i].slope);
    }
    free(stack);
}

/* x -> first convolution, kernel k -> between -> the others, kernel l -> y. For a pixel of y the first has l l patches
 * of k k x.c numbers, the others have one patch of l l between.c. */
struct geometry {
    struct feri_shape x, between, y;
    size_t k, l, patch, patches;
    size_t tile; /* pixels of y */
};

static struct geometry geometry_of(const struct feri_plan *p, const struct feri_node *nd)
{
    struct geometry q = {.x = feri_shape_of(p, nd->in[0]),
                         .between = feri_shape_of(p, nd->stack->between),
                         .y = feri_shape_of(p, nd->out),
                         .k = nd->u.conv.kernel,
                         .l = nd->stack->conv[0].u.conv.kernel};
    q.patch = q.k * q.k * q.x.c;
    q.patches = q.l * q.l;
    size_t tile = TILE_FLOATS / (q.patches * (q.patch + q.between.c)), pixels = q.y.h * q.y.w;
    q.tile = feri_min(tile ? tile : 1, pixels);
    return q;
}

static uint64_t conv_stack_macs(const struct feri_graph *g, const struct feri_node *nd)
{
    const struct feri_stack *stack = nd->stack;
    struct feri_shape between = g->values[stack->between].shape;
    size_t k = nd->u.conv.kernel, l = stack->conv[0].u.conv.kernel;
    uint64_t macs = (uint64_t)feri_shape_size(between) * k * k * g->values[nd->in[0]].shape.c;
    for (size_t i = 0; i < stack->n; i++)
        macs += (uint64_t)feri_shape_size(g->values[stack->conv[i].out].shape) * l * l * between.c;
    return macs;
}

static void conv_stack_sizes(const struct feri_plan *p, const struct feri_node *nd, size_t n, struct feri_sizes *s)
{
    (void)n;
    struct geometry q = geometry_of(p, nd);
    s->worker = q.tile * q.patches * (q.patch + q.between.c);
}

/* The first convolution's patches of n pixels of y in one row: [n][l][l][patch]. x is the image's at the first one. */
static void gather_row(const struct geometry *q, const float *x, size_t n, float *to)
{
    size_t run = q->k * q->x.c;
    for (size_t i = 0; i < q->l * q->k; i++, x += q->x.w * q->x.c)
        for (size_t j = 0; j < q->l; j++)
            feri_copy_runs(to + (i / q->k * q->l + j) * q->patch + i % q->k * run, q->patches * q->patch, x + j * run,
                           q->l * run, n, run);
}

static void gather(const struct geometry *q, const float *x, size_t first, size_t pixels, float *to)
{
    size_t side = q->l * q->k;
    for (size_t r = first, n; r < first + pixels; r += n, to += n * q->patches * q->patch) {
        size_t h = r / q->y.w, w = r % q->y.w;
        n = feri_min(q->y.w - w, first + pixels - r);
        gather_row(q, x + (h * side * q->x.w + w * side) * q->x.c, n, to);
    }
}

static void multiply(const struct feri_exec *e, const struct feri_node *conv, size_t rows, struct feri_gemm g)
{
    struct feri_epilogue epi = {.bias = conv->bias, .act = conv->act, .slope = conv->slope};
    g.a_rs = g.k;
    g.a_ks = 1;
    g.b_packed = conv->weight;
    g.epi = &epi;
    e->k->gemm(&g, 0, rows, 0, g.ldc);
}

static void forward_range(struct feri_exec *e, const struct feri_node *nd, size_t begin, size_t end, size_t worker)
{
    struct geometry q = geometry_of(e->plan, nd);
    size_t pixels = q.y.h * q.y.w, tiles = feri_div_up(pixels, q.tile);
    float *columns = feri_worker_scratch(e, worker), *between = columns + q.tile * q.patches * q.patch;
    for (size_t t = begin; t < end; t++) {
        size_t image = t / tiles, first = t % tiles * q.tile, n = feri_min(q.tile, pixels - first);
        gather(&q, feri_in(e, nd, 0) + image * feri_shape_size(q.x), first, n, columns);
        multiply(e, nd, n * q.patches,
                 (struct feri_gemm){.k = q.patch, .a = columns, .c = between, .ldc = q.between.c});
        for (size_t i = 0; i < nd->stack->n; i++) {
            const struct feri_node *conv = &nd->stack->conv[i];
            size_t c = feri_shape_of(e->plan, conv->out).c;
            multiply(e, conv, n,
                     (struct feri_gemm){.k = q.patches * q.between.c,
                                        .a = between,
                                        .c = feri_out(e, conv) + (image * pixels + first) * c,
                                        .ldc = c});
        }
    }
}

static void conv_stack_forward(struct feri_exec *e, const struct feri_node *nd)
{
    struct geometry q = geometry_of(e->plan, nd);
    feri_parallel_ranges(e, nd, e->n * feri_div_up(q.y.h * q.y.w, q.tile), 1, forward_range);
}

const struct feri_op feri_op_conv_stack = {
    .name = "conv_stack", .macs = conv_stack_macs, .sizes = conv_stack_sizes, .forward = conv_stack_forward};

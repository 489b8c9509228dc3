/* Finds which position of which map each token of a graph's attention is. It looks at operations and shapes, so it
 * works for any network that makes tokens by a reshape of its feature map. */
#include "graph/tokens.h"

#include "graph/node.h"

static const struct feri_node *producer(const struct feri_graph *g, feri_value v)
{
    return &g->nodes[g->values[v].producer];
}

static const struct feri_node *find_node(const struct feri_graph *g, const struct feri_op *op)
{
    for (size_t i = 0; i < g->n_nodes; i++)
        if (g->nodes[i].op == op) return &g->nodes[i];
    return NULL;
}

static size_t count_nodes(const struct feri_graph *g, const struct feri_op *op)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_nodes; i++) n += g->nodes[i].op == op;
    return n;
}

/* Operations whose token i, if it depends on tokens at all, depends on token i of the inputs. Attention
 * mixes tokens, but its weights describe how. */
static bool keeps_tokens(const struct feri_op *op)
{
    static const struct feri_op *const keep[] = {
        &feri_op_product, &feri_op_layer_norm, &feri_op_batch_norm, &feri_op_activation,
        &feri_op_add,     &feri_op_mul,        &feri_op_softmax,    &feri_op_l2_normalize,
        &feri_op_dropout, &feri_op_drop_path,  &feri_op_position,   &feri_op_attention,
    };
    for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
        if (op == keep[i]) return true;
    return false;
}

/* Operations after which a position is no longer a place in the picture. */
static bool loses_places(const struct feri_op *op)
{
    return op == &feri_op_reshape || op == &feri_op_slice || op == &feri_op_concat || op == &feri_op_mean_hw ||
           op == &feri_op_axis_means || op == &feri_op_attention || op == &feri_op_sequence_pool;
}

/* The node that turned another kind of value into the tokens that the first attention reads. */
static const struct feri_node *find_origin(const struct feri_graph *g, const struct feri_node *attention)
{
    const struct feri_node *nd = producer(g, attention->in[0]);
    while (keeps_tokens(nd->op) && nd->n_in > 0) nd = producer(g, nd->in[0]);
    return nd;
}

static fer_status refuse_origin(const struct feri_graph *g, const struct feri_node *origin, size_t tokens,
                                fer_error *err)
{
    if (origin->op != &feri_op_reshape)
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "its %zu tokens come from the operation '%s', not from the positions of a feature map", tokens,
                         origin->op->name);
    struct feri_shape s = feri_value_shape(g, origin->in[0]);
    if (s.h == 1 && s.w == 1)
        return feri_fail(err, FER_ERR_UNSUPPORTED,
                         "its %zu tokens are channels averaged over the whole picture, not positions of a feature map, "
                         "so their weights "
                         "have no place in the picture",
                         tokens);
    return feri_fail(err, FER_ERR_UNSUPPORTED,
                     "its %zu tokens are not the positions of the feature map of %zu x %zu x %zu but other parts of it",
                     tokens, s.h, s.w, s.c);
}

static fer_status check_map(const struct feri_graph *g, const struct feri_node *origin, size_t tokens, fer_error *err)
{
    struct feri_shape in = feri_value_shape(g, origin->in[0]), out = feri_value_shape(g, origin->out);
    if (in.h * in.w != tokens || out.w != tokens || out.c != in.c) return refuse_origin(g, origin, tokens, err);
    for (const struct feri_node *nd = producer(g, origin->in[0]); nd->n_in > 0; nd = producer(g, nd->in[0]))
        if (loses_places(nd->op))
            return feri_fail(
                err, FER_ERR_UNSUPPORTED,
                "its %zu tokens do not keep their positions in the picture: the operation '%s' comes before them",
                tokens, nd->op->name);
    return FER_OK;
}

/* Every node from the tokens' origin to the pooling must keep the tokens separate. Otherwise the attention weights
 * would explain only part of the path. */
static fer_status check_encoder(const struct feri_graph *g, const struct feri_node *origin,
                                const struct feri_node *pool, size_t tokens, fer_error *err)
{
    size_t pooled = feri_value_shape(g, pool->in[0]).w;
    if (pooled != tokens)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "its sequence pooling reads %zu tokens, but its attention reads %zu",
                         pooled, tokens);
    for (const struct feri_node *nd = origin + 1; nd < pool; nd++) {
        struct feri_shape s = feri_value_shape(g, nd->out);
        if (!keeps_tokens(nd->op) || s.h != 1 || s.w != tokens)
            return feri_fail(err, FER_ERR_UNSUPPORTED,
                             "the operation '%s' among its encoder layers mixes or changes its %zu tokens",
                             nd->op->name, tokens);
    }
    for (const struct feri_node *nd = pool + 1; nd < g->nodes + g->n_nodes; nd++)
        if (nd->op == &feri_op_attention)
            return feri_fail(err, FER_ERR_UNSUPPORTED, "it has attention after its sequence pooling");
    return FER_OK;
}

fer_status feri_graph_tokens(const struct feri_graph *g, struct feri_tokens *tokens_out, fer_error *err)
{
    *tokens_out = (struct feri_tokens){0};
    const struct feri_node *attention = find_node(g, &feri_op_attention), *pool = find_node(g, &feri_op_sequence_pool);
    if (!attention)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "it has no attention, so it has no token weights to show");
    if (count_nodes(g, &feri_op_sequence_pool) != 1)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "it needs exactly one sequence pooling, whose weights can be shown");
    size_t tokens = feri_value_shape(g, attention->in[0]).w;
    const struct feri_node *origin = find_origin(g, attention);
    fer_status st =
        origin->op == &feri_op_reshape ? check_map(g, origin, tokens, err) : refuse_origin(g, origin, tokens, err);
    if (st == FER_OK) st = check_encoder(g, origin, pool, tokens, err);
    if (st != FER_OK) return st;
    struct feri_shape map = feri_value_shape(g, origin->in[0]);
    *tokens_out = (struct feri_tokens){map.h, map.w, count_nodes(g, &feri_op_attention)};
    return FER_OK;
}

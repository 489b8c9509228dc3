/* torchvision numbers the layers of vgg19_bn consecutively, features.0 to features.52. A convolution, batch norm and
 * ReLU count as three; a pool counts as one. VCCT's backbone keeps four of the five blocks. */
#include "models/torchvision.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCKS = 4, NAME_MAX_SIZE = 96 };

/* The convolutions of a block and their channels. These must match, or the weights are useless. */
static const struct {
    size_t convolutions, channels;
} blocks[BLOCKS] = {{2, 64}, {2, 128}, {4, 256}, {4, 512}};

static struct feri_tensor *find(struct feri_tensors *t, size_t layer, const char *what)
{
    char name[NAME_MAX_SIZE];
    snprintf(name, sizeof name, "features.%zu.%s", layer, what);
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->items[i].name, name) == 0) return &t->items[i];
    return NULL;
}

static fer_status rename_tensor(struct feri_tensor *q, const char *name, fer_error *err)
{
    char *copy = feri_strdup(name);
    if (!copy) return feri_fail_memory(err, strlen(name));
    free(q->name);
    q->name = copy;
    return FER_OK;
}

/* Number i of a block: a convolution (part 0, 4 dimensions) or a batch norm (part 1, 1 dimension). */
struct layer {
    size_t features, block, i, part;
};

static fer_status take(struct feri_tensors *t, const struct layer *l, const char *what, size_t n_dims, fer_error *err)
{
    char name[NAME_MAX_SIZE];
    size_t channels = blocks[l->block].channels;
    struct feri_tensor *q = find(t, l->features, what);
    if (!q || q->n_dims != n_dims || q->dims[0] != channels)
        return feri_fail(err, FER_ERR_SHAPE,
                         "the file looks like a torchvision network other than vgg19_bn: features.%zu.%s is %s, "
                         "expected %zu channels",
                         l->features, what, q ? "of another shape" : "missing", channels);
    snprintf(name, sizeof name, "vgg.block%zu.%zu.convblock.%zu.%s", l->block + 1, l->i, l->part, what);
    return rename_tensor(q, name, err);
}

static fer_status take_pair(struct feri_tensors *t, struct layer l, fer_error *err)
{
    static const char *const norm[] = {"weight", "bias", "running_mean", "running_var"};
    fer_status st = take(t, &l, "weight", 4, err);
    if (st == FER_OK) st = take(t, &l, "bias", 1, err);
    l.features++;
    l.part = 1;
    for (size_t k = 0; st == FER_OK && k < 4; k++) st = take(t, &l, norm[k], 1, err);
    /* Files older than PyTorch 0.4.1, among them the published one, do not count batches. */
    if (st == FER_OK && find(t, l.features, "num_batches_tracked")) {
        char name[NAME_MAX_SIZE];
        snprintf(name, sizeof name, "vgg.block%zu.%zu.convblock.1.num_batches_tracked", l.block + 1, l.i);
        st = rename_tensor(find(t, l.features, "num_batches_tracked"), name, err);
    }
    return st;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static size_t drop_others(struct feri_tensors *t)
{
    size_t kept = 0, n = t->n;
    for (size_t i = 0; i < n; i++) {
        struct feri_tensor *q = &t->items[i];
        if (starts_with(q->name, "features.") || starts_with(q->name, "classifier.")) {
            free(q->name);
            feri_free(q->data);
        } else {
            t->items[kept++] = *q;
        }
    }
    t->n = kept;
    return n - kept;
}

fer_status feri_torchvision_vgg19_bn(struct feri_tensors *t, struct feri_foreign *out, fer_error *err)
{
    struct layer l = {0};
    *out = (struct feri_foreign){0};
    if (!find(t, 0, "weight")) return FER_OK;
    out->network = "torchvision's vgg19_bn";
    for (l.block = 0; l.block < BLOCKS; l.block++, l.features++) /* the pool */
        for (l.i = 0; l.i < blocks[l.block].convolutions; l.i++, l.features += 3) {
            fer_status st = take_pair(t, l, err);
            if (st != FER_OK) return st;
            out->n_renamed += 2;
        }
    out->n_dropped = drop_others(t);
    return feri_tensors_index(t) ? FER_OK : feri_fail_memory(err, t->n * sizeof *t->items);
}

/* A family of networks: its name and sizes, how one is built, and what is special about its checkpoints. Each family
 * is one file, which defines feri_family_<name>, and one row of families.def. */
#ifndef FERI_MODELS_FAMILIES_H
#define FERI_MODELS_FAMILIES_H

#include "fer/model.h"
#include "formats/tensors.h"
#include "graph/graph.h"

/* Tensors of another project's network that were given our names. */
struct feri_foreign {
    const char *network;         /* what they are of, such as "torchvision's vgg19_bn"; NULL: nothing was renamed */
    size_t n_renamed, n_dropped; /* layers with weights that have our names now; tensors of no use, removed */
};

struct feri_family {
    const char *prefix; /* "mcct" of "mcct-7" */
    size_t n_min, n_max;
    const char *letters;    /* of the sizes, where the name has a letter and not a number: the first is 1; or NULL */
    const char *tails[2];   /* what may follow the number in a name, as papers and files write it; or NULL */
    size_t input, channels; /* as published */
    const char *preprocess;
    bool detects; /* it finds faces and does not classify them: one class, "face", and no session */
    /** Describe a network up to its logits (of a detector: its cells). n is the number in the name. */
    feri_value (*build)(struct feri_graph *g, feri_value x, size_t n, size_t n_classes);
    const char *first_weight; /* the first convolution's: its second dimension is the number of channels */
    /** Give foreign weights of the backbone our names; NULL: the family has none. Tensors of neither kind stay. */
    fer_status (*rename)(struct feri_tensors *t, struct feri_foreign *out, fer_error *err);
    const fer_model_entry *entries; /* the published and shipped models; the last has no name */
};

#define FERI_FAMILY(name) extern const struct feri_family feri_family_##name;
#include "models/families.def"
#undef FERI_FAMILY

/** The i-th family; NULL after the last. */
const struct feri_family *feri_family_at(size_t i);

/** "mcct-7" -> family and 7; canonical name into name_out (at least 32 bytes). An unknown name is an error that lists
 * the families. */
fer_status feri_family_find(const char *name, const struct feri_family **family_out, size_t *n_out, char *name_out,
                            fer_error *err);

#endif

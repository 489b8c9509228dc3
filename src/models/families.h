/* A family of networks: its name and sizes, how to build one, and what is special about its checkpoints. Each family is
 * one file, which defines feri_family_<name>, and one row of families.def. */
#ifndef FERI_MODELS_FAMILIES_H
#define FERI_MODELS_FAMILIES_H

#include "fer/model.h"
#include "formats/tensors.h"
#include "graph/graph.h"

/* The result of renaming the tensors of another project's network to our names. */
struct feri_foreign {
    /* the other network, such as "torchvision's vgg19_bn"; NULL: nothing was renamed */
    const char *network;
    /* number of layers with weights that were renamed; number of useless tensors that were removed */
    size_t n_renamed, n_dropped;
};

struct feri_family {
    const char *prefix; /* "mcct" of "mcct-7" */
    size_t n_min, n_max;
    /* the sizes from 1 on, where a name has a word instead of a number: "s" of "libfer-s" */
    const char *sizes[2];
    /* suffixes that may follow the number in a name, in papers and files; or NULL */
    const char *tails[2];
    size_t input, channels; /* as published */
    const char *preprocess;
    /* a detector: it finds faces and does not classify them; one class, "face", and no session */
    bool detects;
    /** Describe a network up to its logits (a detector: up to its cells). n is the number in the name. */
    feri_value (*build)(struct feri_graph *g, feri_value x, size_t n, size_t n_classes);
    /* name of the first convolution's weight; its second dimension is the number of channels */
    const char *first_weight;
    /** Rename foreign weights of the backbone to our names. NULL: the family has none. All other tensors stay. */
    fer_status (*rename)(struct feri_tensors *t, struct feri_foreign *out, fer_error *err);
    const fer_model_entry *entries; /* the published and shipped models; the last has no name */
};

#define FERI_FAMILY(name) extern const struct feri_family feri_family_##name;
#include "models/families.def"
#undef FERI_FAMILY

/** The i-th family. NULL after the last one. */
const struct feri_family *feri_family_at(size_t i);

/** Find a family by a name: "mcct-7" -> family and 7. The canonical name is written to name_out (at least 32 bytes). An
 * unknown name is an error whose message lists the families. */
fer_status feri_family_find(const char *name, const struct feri_family **family_out, size_t *n_out, char *name_out,
                            fer_error *err);

#endif

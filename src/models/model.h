/* A model: a graph with its parameters, and the metadata of its file. */
#ifndef FERI_MODELS_MODEL_H
#define FERI_MODELS_MODEL_H

#include "base/lock.h"
#include "fer/model.h"
#include "formats/tensors.h"
#include "graph/graph.h"
#include "graph/plan.h"
#include "image/image.h"
#include "models/families.h"

struct fer_model {
    char *name;
    const struct feri_family *family;
    size_t family_size; /* the number in the name, such as 7 of "mcct-7" */
    size_t h, w, c;
    size_t n_classes;
    /* the network's output has two more columns after the logits, see models/heads.h */
    bool valence_arousal;
    char **classes;
    char *preprocess;              /* the preprocessing's name */
    struct feri_preprocess pixels; /* the preprocessing for this number of channels */
    char *provenance;
    double temperature;
    double doubt;     /* of faces of low quality, see base/scores.h; 0: none */
    double threshold; /* of a detector; 0: unknown */
    bool has_crop;
    fer_crop crop;
    float *prior; /* [n_classes] the class shares that its scores assume; NULL: unknown */
    struct feri_graph *graph;
    struct feri_tensors stored; /* if the file is mapped: its tensors, which still hold the parameters */
    struct feri_lock lock;      /* guards plans */
    /* inference plans by instruction set (enum feri_isa), created on first use */
    struct feri_plan *plans[8];
};

/** Find a class by its name, ignoring case. False if there is none. */
bool feri_model_find_class(const fer_model *m, const char *name, size_t *k_out);

/** This model's network for an input of another size, with copies of the parameters. */
fer_status feri_model_graph(const fer_model *m, size_t h, size_t w, struct feri_graph **out, fer_error *err);

/** Copy the parameters of a model into a graph of the same network. */
fer_status feri_model_copy_params(const fer_model *m, struct feri_graph *g, fer_error *err);

/** The inference plan of this model for an instruction set. It is created once, and the model owns it. */
fer_status feri_model_plan(const fer_model *m, enum feri_isa isa, const struct feri_plan **plan_out, fer_error *err);

/** fer_model_load() for safetensors in memory. Messages use `name`. */
fer_status feri_model_load_bytes(const uint8_t *data, size_t size, const char *name, fer_model **out, fer_error *err);

/** Copy tensors into the parameters by name, as fer_model_load() does. o defines whether all of them must fit and who
 * receives a line for each one that does not. *n_loaded_out, unless NULL, receives how many fit. */
fer_status feri_model_take_tensors(fer_model *m, struct feri_tensors *t, const fer_load_options *o,
                                   size_t *n_loaded_out, fer_error *err);

/** Whether the numbers of a crop are such; name is the model's, for the message. */
fer_status feri_crop_check(const char *name, const fer_crop *c, fer_error *err);
/** The temperature of the scores of a face of this quality. All scores are made with it. */
double feri_model_temperature_at(const fer_model *m, float quality);
/** Make m's scores those of this temperature at quality 1 and this doubt. FER_ERR_ARGUMENT: one is out of its range. */
fer_status feri_model_set_temperature(fer_model *m, double temperature, double doubt, fer_error *err);
/** Store the class shares that a model's scores assume: shares[n_classes], above 0, of any sum. NULL: unknown. */
fer_status feri_model_set_prior(fer_model *m, const double *shares, fer_error *err);
/** The crop that t's metadata has becomes m's; *has is false, and m as it was, if there is none. */
fer_status feri_model_take_crop(fer_model *m, const struct feri_tensors *t, bool *has, fer_error *err);

/** Append all parameters (PyTorch's names and layout) and the metadata to t. */
fer_status feri_model_put_tensors(const fer_model *m, struct feri_tensors *t, fer_error *err);

#endif

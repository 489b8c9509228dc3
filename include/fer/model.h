/**
 * @file fer/model.h
 * Models: make by name, load, save, and run.
 *
 * Thread safety: a fer_model does not change after it was made or loaded and may be shared by any number of threads; a
 * fer_session belongs to one thread at a time. Sessions of one model share its weights.
 */
#ifndef FER_MODEL_H
#define FER_MODEL_H

#include "fer/base.h"
#include "fer/image.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_model fer_model;
typedef struct fer_session fer_session;

/** One line of the registry. */
typedef struct fer_model_entry {
    const char *name;    /**< "mcct-7", ... */
    const char *summary; /**< one line */
} fer_model_entry;

/** The published and shipped models, in a fixed order; NULL past the end. The families accept more names ("mcct-4"). */
FER_API const fer_model_entry *fer_model_registry(size_t i);

/** Where a face stands in the crops that a model was trained on: how fer/pipeline.h cuts faces out of pictures. Without
 * landmarks that are to be trusted the detector's box decides. */
typedef struct fer_crop {
    float eye_distance; /**< between the eyes' centres, of the crop's width */
    float eye_height;   /**< of the eyes below the crop's upper edge, of its height; across they are in the middle */
    float box_scale;    /**< height of the crop, of the height of the detector's box */
    float box_x, box_y; /**< centre of the crop from the box's, of the box's width and height */
} fer_crop;

typedef struct fer_model_options {
    size_t height, width, channels; /**< 0: the model's own. channels 1 or 3 */
    size_t n_classes;               /**< 0: 8 */
    const char *const *classes;     /**< n_classes names, NULL: AffectNet's order for 8, else class0, class1, ... */
    const char *preprocess;         /**< NULL: "imagenet" for three channels, "half" for one */
    const char *provenance;         /**< where the weights come from; NULL: "random" */
    uint64_t seed;                  /**< of the initial weights */
    double temperature;             /**< scores are softmax(logits / temperature): fer_calibrate(); 0: 1 */
    bool valence_arousal;           /**< two outputs more, beside the classes: tanh of a linear layer "va" */
    const fer_crop *crop;           /**< NULL: not told */
    double threshold;               /**< of a detector: least confidence of a face; 0: not told */
} fer_model_options;

/** Make a model with random weights (PyTorch's default initialisation). opt NULL: all defaults. *out is freed by
 * fer_model_free(). */
FER_API fer_status fer_model_new(const char *name, const fer_model_options *opt, fer_model **out, fer_error *err);

typedef struct fer_load_options {
    const char *model;          /**< name, for files whose metadata does not tell (NULL: the metadata's) */
    fer_model_options override; /**< applied over the metadata where not zero */
    bool partial;        /**< load what fits; missing, unexpected and misshapen tensors are reported, not errors */
    fer_line_fn *report; /**< receives one line for every tensor that does not fit; NULL: none */
    void *report_user;
    /** leave weights in the file and read them when a session is made or the model saved: half the memory where one
     * session is all that is made. The file must not be changed in place while the model lives; replacing or removing
     * it does no harm */
    bool mapped;
} fer_load_options;

/** Load a .safetensors (ours or foreign) or PyTorch .pt / .pth file. Strict unless opt->partial. */
FER_API fer_status fer_model_load(const char *path, const fer_load_options *opt, fer_model **out, fer_error *err);

/** The weights that ship with libfer, found in the installation or the source tree. */
FER_API fer_status fer_model_load_default(fer_model **out, fer_error *err);
/** Their path; FER_ERR_IO names the places looked at. */
FER_API fer_status fer_model_default_path(char *path, size_t size, fer_error *err);

/** A model of a's description whose parameters are (1 - share) a + share b: of weights that one was trained on from the
 * other, or both from a third, the mean often has the strengths of both (Wortsman et al. 2022). FER_ERR_SHAPE: they are
 * not of one network. */
FER_API fer_status fer_model_average(const fer_model *a, const fer_model *b, float share, fer_model **out,
                                     fer_error *err);

FER_API void fer_model_free(fer_model *m);

typedef enum fer_dtype { FER_FLOAT32, FER_FLOAT16 } fer_dtype;

/** Write .safetensors with all metadata, atomically. */
FER_API fer_status fer_model_save(const fer_model *m, const char *path, fer_dtype dtype, fer_error *err);

typedef struct fer_model_info {
    const char *name;
    size_t height, width, channels;
    size_t n_classes;
    const char *const *classes;
    const char *preprocess;
    const char *provenance;
    size_t n_params; /**< trained numbers, buffers left out */
    /** multiply-adds for one image of this input size: convolutions and linear layers, as papers count */
    uint64_t macs;
    size_t n_tensors;
} fer_model_info;

/** Whether the model tells valence and arousal too. */
FER_API bool fer_model_has_valence_arousal(const fer_model *m);

/** Strings live as long as the model. */
FER_API fer_model_info fer_model_get_info(const fer_model *m);

/** Scores are softmax(logits / temperature) (Guo et al. 2017); 1 unless the model was calibrated. */
FER_API double fer_model_temperature(const fer_model *m);

/** False: the weights do not tell. */
FER_API bool fer_model_crop(const fer_model *m, fer_crop *out);
/** Of a detector: the least confidence of a face that goes with its weights; 0: they do not tell. */
FER_API double fer_model_threshold(const fer_model *m);

typedef struct fer_tensor_info {
    const char *name; /**< PyTorch's state_dict name */
    size_t n_dims, dims[4];
    bool trained; /**< a parameter, not a buffer */
} fer_tensor_info;

FER_API fer_tensor_info fer_model_tensor(const fer_model *m, size_t i);

/** The names of instruction sets: "auto" (the best one here), "ref", "vec128", "avx2", "avx512". The list ends in NULL;
 * this processor or build need not have all of them. */
FER_API const char *const *fer_isa_names(void);

typedef struct fer_session_options {
    unsigned threads; /**< 0: one per processor */
    size_t batch_max; /**< 0: 1 */
    const char *isa;  /**< one of fer_isa_names(); NULL: "auto" */
    bool tta;         /**< fer_session_predict(): the mean of the scores of an image and of its mirror image */
} fer_session_options;

FER_API fer_status fer_session_new(const fer_model *m, const fer_session_options *opt, fer_session **out,
                                   fer_error *err);
FER_API void fer_session_free(fer_session *s);

/** Raw tensors in PyTorch's layout, no preprocessing: input [n][channels][height][width], logits [n][n_classes],
 * whatever the temperature. n may exceed batch_max. */
FER_API fer_status fer_session_run(fer_session *s, size_t n, const float *input, float *logits, fer_error *err);

/** Images of any size (each a cropped face) to probabilities: scores [n][n_classes], each row sums to 1. */
FER_API fer_status fer_session_predict(fer_session *s, size_t n, const fer_image *const *images, float *scores,
                                       fer_error *err);

/** The same, and valence and arousal, each -1 to 1: valence_arousal [n][2]. FER_ERR_UNSUPPORTED for a model without
 * them. */
FER_API fer_status fer_session_predict_valence_arousal(fer_session *s, size_t n, const fer_image *const *images,
                                                       float *scores, float *valence_arousal, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif

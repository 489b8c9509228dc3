/**
 * @file fer/model.h
 * Models: make by name, load, change, save, and run.
 *
 * Thread safety: a fer_model does not change after it was made, so any number of threads may use it. A fer_session
 * belongs to one thread at a time. All sessions of a model share its weights. After fork() the child may use and free
 * both, as fer/base.h says.
 */
#ifndef FER_MODEL_H
#define FER_MODEL_H

#include "fer/base.h"
#include "fer/image.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A network with its weights and its description: classes, input size, preprocessing. */
typedef struct fer_model fer_model;
/** The memory and the threads that run a model. */
typedef struct fer_session fer_session;

/* ---- making and loading ---- */

typedef struct fer_model_entry {
    const char *name;    /**< such as "mcct-7" */
    const char *summary; /**< one line */
} fer_model_entry;

/** The published and shipped models: i counts from 0, and the order is fixed. NULL: there are no more. fer_model_new()
 * accepts more names of each family, such as "mcct-4". */
FER_API const fer_model_entry *fer_model_registry(size_t i);

/** Where a face stands in the crops that a model was trained on. fer/pipeline.h cuts faces out of pictures in the same
 * way: by the eyes, or by the detector's box if the landmarks are not reliable. */
typedef struct fer_crop {
    float eye_distance; /**< distance between the eyes' centres, as a fraction of the crop's width */
    float eye_height; /**< from the crop's top edge to the eyes, as a fraction of its height; they are centred across */
    float box_scale;  /**< height of the crop, as a multiple of the box's height */
    float box_x, box_y; /**< from the box's centre to the crop's, as fractions of the box's width and height */
} fer_crop;

typedef struct fer_model_options {
    size_t height, width, channels; /**< of the input: pixels, pixels, 1 or 3; 0: the model's own */
    size_t n_classes;               /**< 0: 8 */
    const char *const *classes; /**< [n_classes] names; NULL: AffectNet's 8 in their order, or class0, class1, ... */
    const char *preprocess; /**< one of fer_preprocess_names(); NULL: "imagenet" for three channels, "half" for one */
    const char *provenance; /**< a sentence: where the weights come from; NULL: "random" */
    uint64_t seed;          /**< of the random weights */
    double temperature;     /**< scores are softmax(logits / temperature), see fer_calibrate(); 0: 1 */
    bool valence_arousal;   /**< predict valence and arousal too: tanh of a linear layer "va" */
    const fer_crop *crop;   /**< NULL: not known */
    double threshold;       /**< of a detector: least confidence of a face; 0: not known */
} fer_model_options;

/** Make a model with random weights (PyTorch's default initialisation). opt NULL: all defaults. The caller frees *out
 * with fer_model_free(). FER_ERR_ARGUMENT: the name is unknown, or an option is outside its range. */
FER_API fer_status fer_model_new(const char *name, const fer_model_options *opt, fer_model **out, fer_error *err);

typedef struct fer_load_options {
    const char *model;          /**< name, for a file whose metadata lacks it; NULL: from the metadata */
    fer_model_options override; /**< members that are not zero replace the metadata */
    bool partial;               /**< load what fits; otherwise a missing, unexpected or misshapen tensor is an error */
    fer_line_fn *report;        /**< receives a line for each tensor that does not fit; NULL: none */
    void *report_user;
    /** Leave the weights in the file until a session or a save reads them. This halves the memory of a program with one
     * session. The file stays open. Nobody may change it in place while the model lives: a read that then fails, or
     * finds the file changed, is FER_ERR_IO. Replacing or deleting it does no harm. Nothing is mapped into memory, so
     * no change of the file ends the process. */
    bool mapped;
} fer_load_options;

/** Load a .safetensors file or a PyTorch .pt or .pth file. opt NULL: all defaults. The caller frees *out with
 * fer_model_free(). FER_ERR_SHAPE: the tensors are not those of the model. */
FER_API fer_status fer_model_load(const char *path, const fer_load_options *opt, fer_model **out, fer_error *err);

/** Load the weights that ship with libfer, from the installation or the source tree. The caller frees *out with
 * fer_model_free(). */
FER_API fer_status fer_model_load_default(fer_model **out, fer_error *err);
/** Write their path into path [size]. FER_ERR_IO: they were not found; the sentence names the places. */
FER_API fer_status fer_model_default_path(char *path, size_t size, fer_error *err);
/** The file that a user means by `weights`, into path [size]: it itself or, if there is no such file and it has neither
 * dot nor slash, that of the weights of this name that ship with libfer, such as "libfer-xs". NULL: the default's. */
FER_API fer_status fer_model_weights_path(const char *weights, char *path, size_t size, fer_error *err);

/** What fer_model_with() changes. All zero: nothing. */
typedef struct fer_model_changes {
    double temperature;         /**< of faces of any quality: the doubt becomes 0; 0: both unchanged */
    const fer_crop *crop;       /**< NULL: unchanged */
    double threshold;           /**< of a detector; 0: unchanged */
    const char *preprocess;     /**< NULL: unchanged */
    const char *provenance;     /**< NULL: unchanged */
    const char *const *classes; /**< new names of the model's classes, as many as it has; NULL: unchanged */
    /** Another model of the same network: each parameter becomes (1 - share) own + share other. If one model was
     * trained from the other, or both from a third, the average often combines their strengths (Wortsman et al. 2022).
     * NULL: none */
    const fer_model *average;
    float share;               /**< of the other model, 0 to 1 */
    const double *logit_shift; /**< [n_classes], added to the logits through the classifier's bias; NULL: none */
    const double
        *confidence; /**< of a detector: [scale, shift] of its logits, from fer_calibrate_detector(); NULL: none */
} fer_model_changes;

/**
 * Make a changed copy of a model. m itself stays as it is. changes NULL: a plain copy. The caller frees *out with
 * fer_model_free().
 *
 * FER_ERR_ARGUMENT: a change is outside its range. FER_ERR_SHAPE: the other model is of another network.
 * FER_ERR_UNSUPPORTED: logit_shift for a model whose classifier has no bias, confidence for one that is no detector.
 */
FER_API fer_status fer_model_with(const fer_model *m, const fer_model_changes *changes, fer_model **out,
                                  fer_error *err);

FER_API void fer_model_free(fer_model *m);

typedef enum fer_dtype { FER_FLOAT32, FER_FLOAT16 } fer_dtype;

/** Write a .safetensors file with all metadata. It appears only when it is complete. */
FER_API fer_status fer_model_save(const fer_model *m, const char *path, fer_dtype dtype, fer_error *err);

/* ---- describing ---- */

typedef struct fer_model_info {
    const char *name;
    size_t height, width, channels; /**< of the input */
    size_t n_classes;
    const char *const *classes; /**< [n_classes] */
    const char *preprocess;
    const char *provenance;
    size_t n_params;  /**< trained numbers, without buffers */
    uint64_t macs;    /**< multiply-adds per image: convolutions and linear layers, as papers count them */
    size_t n_tensors; /**< for fer_model_tensor() */
} fer_model_info;

/** The strings belong to the model. */
FER_API fer_model_info fer_model_get_info(const fer_model *m);

/** Whether the model predicts valence and arousal. */
FER_API bool fer_model_has_valence_arousal(const fer_model *m);
/** Scores are softmax(logits / temperature) (Guo et al. 2017). 1 unless the model was calibrated. */
FER_API double fer_model_temperature(const fer_model *m);
/** How much less sure scores are for faces of low quality (fer_face), 0 to 0.9: their temperature is temperature / (1 -
 * doubt (1 - quality)). 0 unless fer_calibrate_by_quality() made the model. */
FER_API double fer_model_doubt(const fer_model *m);
/** False: the weights do not say, and *out is untouched. */
FER_API bool fer_model_crop(const fer_model *m, fer_crop *out);
/** Class shares [n_classes] that the scores assume, see fer_assume_prior(); they belong to the model. NULL: the weights
 * do not say. */
FER_API const float *fer_model_prior(const fer_model *m);
/** Least confidence of a face that a detector's weights were stored with. 0: they do not say. */
FER_API double fer_model_threshold(const fer_model *m);

typedef struct fer_tensor_info {
    const char *name; /**< as in PyTorch's state_dict; belongs to the model */
    size_t n_dims, dims[4];
    bool trained; /**< true: a parameter; false: a buffer */
} fer_tensor_info;

/** i counts from 0 to n_tensors - 1. */
FER_API fer_tensor_info fer_model_tensor(const fer_model *m, size_t i);

/* ---- running ---- */

/** Names of instruction sets: "auto" (the best one here), "ref", "vec128", "avx2" and "avx512". The array ends with
 * NULL. This processor or build may lack some of them. */
FER_API const char *const *fer_isa_names(void);

typedef struct fer_session_options {
    unsigned threads; /**< 0: one per processor */
    size_t batch_max; /**< images that are computed at once; 0: 1 */
    const char *isa;  /**< instruction set, one of fer_isa_names(); NULL: "auto" */
    bool tta;         /**< test-time augmentation: predict the mean of the scores of an image and its mirror image */
} fer_session_options;

/** m must outlive the session. opt NULL: all defaults. The caller frees *out with fer_session_free().
 * FER_ERR_UNSUPPORTED: this processor or build lacks the instruction set. */
FER_API fer_status fer_session_new(const fer_model *m, const fer_session_options *opt, fer_session **out,
                                   fer_error *err);
FER_API void fer_session_free(fer_session *s);

/** Run raw tensors in PyTorch's layout, without preprocessing, temperature and test-time augmentation: input
 * [n][channels][height][width], logits [n][n_classes]. n may be larger than batch_max. */
FER_API fer_status fer_session_run(fer_session *s, size_t n, const float *input, float *logits, fer_error *err);

/** Predict n images of any size, each a cropped face: scores [n][n_classes] receives probabilities, and each row sums
 * to
 * 1. n may be larger than batch_max. */
FER_API fer_status fer_session_predict(fer_session *s, size_t n, const fer_image *const *images, float *scores,
                                       fer_error *err);

/** The same, with valence and arousal of each image, -1 to 1: valence_arousal [n][2]. FER_ERR_UNSUPPORTED: the model
 * does not predict them. */
FER_API fer_status fer_session_predict_valence_arousal(fer_session *s, size_t n, const fer_image *const *images,
                                                       float *scores, float *valence_arousal, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif

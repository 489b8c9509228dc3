/**
 * @file fer/bench.h
 * How fast a model runs or trains on this machine, as a whole and node by node.
 */
#ifndef FER_BENCH_H
#define FER_BENCH_H

#include "fer/base.h"
#include "fer/train.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_bench_options {
    const char *model;      /**< registry name */
    size_t input, channels; /**< height and width in pixels, 1 or 3; 0: the model's own */
    size_t batch;           /**< images per run; 0: 1 */
    unsigned threads;       /**< 0: one per processor */
    bool train;             /**< measure whole training steps (AdamW) instead of inference */
    size_t runs;            /**< measured runs, after two that are not; 0: about three seconds of runs, 5 to 1000 */
    const char *isa;        /**< as in fer_session_options */
} fer_bench_options;

typedef struct fer_bench_node {
    const char *op, *name;          /**< operation, prefix of its parameters */
    size_t height, width, channels; /**< of its output */
    uint64_t macs;                  /**< multiply-adds per image */
    double forward_ms, backward_ms; /**< milliseconds per run, mean */
} fer_bench_node;

typedef struct fer_bench_result {
    size_t runs, batch;
    unsigned threads;
    double median_ms, min_ms, p95_ms; /**< milliseconds per run */
    double images_per_second;         /**< from the median */
    double gflops;                    /**< two operations per multiply-add; six in training */
    double arena_mb, weights_mb;      /**< MB of activations and scratch space; MB of packed weights */
    fer_bench_node *nodes;            /**< [n_nodes], in order of execution */
    size_t n_nodes;
    void *owner; /**< used by fer_bench_free() */
} fer_bench_result;

/** Measure a model with random weights and random input. The caller frees the result with fer_bench_free(). */
FER_API fer_status fer_bench(const fer_bench_options *opt, fer_bench_result *out, fer_error *err);
/** Free what the result points to, not the structure itself. */
FER_API void fer_bench_free(fer_bench_result *result);

typedef struct fer_bench_data_options {
    fer_data_source data;
    size_t input, channels; /**< of the network; 0: 224, 3 */
    const char *preprocess; /**< NULL: imagenet */
    fer_augment_options augment;
    unsigned workers; /**< threads that prepare batches; 0: 1 */
    size_t batch;     /**< 0: 64 */
    size_t images;    /**< prepare at least this many, at most the whole set once; 0: 2000 */
} fer_bench_data_options;

typedef struct fer_bench_data_result {
    size_t images;
    double seconds, images_per_second;
} fer_bench_data_result;

/** Measure how fast training batches are made: read, decode, augment, resize, preprocess. The images come in random
 * order, each once. */
FER_API fer_status fer_bench_data(const fer_bench_data_options *opt, fer_bench_data_result *out, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif

/**
 * @file fer/bench.h
 * How fast a model runs or trains here, as a whole and node by node.
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
    size_t input, channels; /**< 0: the model's own */
    size_t batch;           /**< 0: 1 */
    unsigned threads;       /**< 0: one per processor */
    bool train;             /**< time whole training steps (AdamW), not inference */
    size_t runs;            /**< timed, after two that are not; 0: as many as take about three seconds, 5 to 1000 */
    const char *isa;        /**< NULL: auto */
} fer_bench_options;

typedef struct fer_bench_node {
    const char *op, *name;          /**< operation, parameter prefix */
    size_t height, width, channels; /**< of its output */
    uint64_t macs;                  /**< of one image */
    double forward_ms, backward_ms; /**< mean of a run */
} fer_bench_node;

typedef struct fer_bench_result {
    size_t runs, batch;
    unsigned threads;
    double median_ms, min_ms, p95_ms; /**< of a run over one batch */
    double images_per_second;         /**< by the median */
    double gflops;                    /**< two operations a multiply-add; six in training */
    double arena_mb, weights_mb;      /**< memory of activations and scratch; of packed weights */
    fer_bench_node *nodes;            /**< [n_nodes], in order of execution; strings live with the result */
    size_t n_nodes;
    void *owner; /**< for fer_bench_free() */
} fer_bench_result;

/** Random weights and input. *out is freed by fer_bench_free(). */
FER_API fer_status fer_bench(const fer_bench_options *opt, fer_bench_result *out, fer_error *err);
FER_API void fer_bench_free(fer_bench_result *result);

typedef struct fer_bench_data_options {
    fer_data_source data;
    size_t input, channels; /**< of the network; 0: 224, 3 */
    const char *preprocess; /**< NULL: imagenet */
    fer_augment_options augment;
    unsigned workers; /**< threads that prepare, 0: 1 */
    size_t batch;     /**< 0: 64 */
    size_t images;    /**< at least so many are prepared, 0: 2000; at most the whole set, once */
} fer_bench_data_options;

typedef struct fer_bench_data_result {
    size_t images;
    double seconds, images_per_second;
} fer_bench_data_result;

/** How fast batches of training images are made: read, decoded, augmented, resized, preprocessed; in random order, each
 * image once. */
FER_API fer_status fer_bench_data(const fer_bench_data_options *opt, fer_bench_data_result *out, fer_error *err);

#ifdef __cplusplus
}
#endif
#endif

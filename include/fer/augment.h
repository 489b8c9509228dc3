/**
 * @file fer/augment.h
 * Changes to images before a model sees them: random ones for training, fixed ones for evaluation.
 */
#ifndef FER_AUGMENT_H
#define FER_AUGMENT_H

#include "fer/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Random augmentation of a training image. All zero: none. */
typedef struct fer_augment_options {
    float flip;                 /**< probability of a horizontal flip */
    float crop_scale_min;       /**< random resized crop: smallest share of the area, in (0, 1); 0 or 1: off */
    float shift;                /**< up to this fraction of the width and the height, in either direction */
    float zoom;                 /**< scale factor from 1 - zoom to 1 + zoom */
    float rotation;             /**< up to this many degrees, in either direction */
    float brightness, contrast; /**< factor from 1 - v to 1 + v */
    float erase;                /**< probability that a random rectangle becomes the image's mean colour */
    int randaugment_ops;        /**< RandAugment: number of operations per image, 0: off */
    int randaugment_magnitude;  /**< RandAugment: strength, 0 to 30 */
} fer_augment_options;

/** A fixed degradation of every image, to measure how robust a model is. Sizes are fractions of the image, so they are
 * the same for every crop of a face. */
typedef enum fer_degradation {
    FER_DEGRADE_NONE,
    FER_DEGRADE_BLUR,         /**< Gaussian blur, sigma 1/24 of the shorter side: 2 pixels of 48 */
    FER_DEGRADE_LOW_LIGHT,    /**< a tenth of the light, with shot noise: white is 100 photons instead of 1000 */
    FER_DEGRADE_SMALL,        /**< reduced to a third of its sides and enlarged again: 16 pixels of 48 */
    FER_DEGRADE_JPEG,         /**< JPEG quality 30, colour at half resolution (4:2:0) */
    FER_DEGRADE_ROTATE,       /**< rotated by 15 degrees counter-clockwise, edge pixels repeated */
    FER_DEGRADE_OCCLUDE_EYES, /**< a black band from 0.25 to 0.5 of the height */
    FER_DEGRADE_OCCLUDE_MOUTH /**< a black band from 0.65 to 0.95 of the height */
} fer_degradation;

/** How many members fer_degradation has. */
#define FER_DEGRADATIONS 8

#ifdef __cplusplus
}
#endif
#endif

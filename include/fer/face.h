/**
 * @file fer/face.h
 * A view of the caller's pixels, and one face found in them.
 */
#ifndef FER_FACE_H
#define FER_FACE_H

#include "fer/base.h"
#include "fer/image.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Pixels that belong to the caller, such as a frame of a camera or a decoder. Row y of plane i starts at planes[i] + y
 * * strides[i].
 *
 * | format                                          | planes                                                 |
 * |-------------------------------------------------|--------------------------------------------------------|
 * | FER_GRAY8, FER_RGB8, FER_BGR8, FER_RGBA8, FER_BGRA8 | one: samples of 1, 3 or 4 bytes                    |
 * | FER_NV12                                        | two: Y; Cb and Cr alternating                          |
 * | FER_I420                                        | three: Y; Cb; Cr                                       |
 *
 * Chroma planes have (width + 1) / 2 columns and (height + 1) / 2 rows. */
typedef struct fer_view {
    fer_pixel_format format;
    size_t width, height; /**< pixels */
    const uint8_t *planes[3];
    size_t strides[3]; /**< bytes from row to row, of each plane */
} fer_view;

/** View the pixels of an image, which must outlive the view. NULL gives an empty view; every call refuses it. */
FER_API fer_view fer_image_view(const fer_image *im);
/** Copy the pixels of a view into a new image. YUV is converted as ITU-R BT.601 in its limited range (Y 16 to 235);
 * alpha is ignored. The caller frees *out with fer_image_free(). */
FER_API fer_status fer_image_from_view(const fer_view *view, fer_image **out, fer_error *err);

/** Landmarks of a face. */
#define FER_FACE_POINTS 5
/** The most classes of a model that classifies faces in pictures. */
#define FER_FACE_CLASSES 16

/** Order of fer_face.points. Left and right are those of the picture. */
enum { FER_EYE_LEFT, FER_EYE_RIGHT, FER_NOSE, FER_MOUTH_LEFT, FER_MOUTH_RIGHT };

/** One face. Coordinates are in pixels of the picture: x grows to the right and y downwards from the top left corner.
 */
typedef struct fer_face {
    uint64_t id;                      /**< with a tracker: 1, 2, ..., the same number for the same face; otherwise 0 */
    float x, y, width, height;        /**< box from chin to top of the head; it may reach beyond the picture */
    float confidence;                 /**< of the detector, 0 to 1 */
    float points[FER_FACE_POINTS][2]; /**< x and y of eyes, nose tip and corners of the mouth; NaN: not known */
    /** degrees clockwise by which the picture must be turned for this face to stand upright: 0, 45, ... 315. Of a face
     * with another value than 0, "left" and "right" in points are those of the picture turned so */
    int turned;
    bool seen;    /**< true: found in this frame; false: the tracker predicts a face that is hidden for a moment */
    size_t label; /**< class with the largest score; with a tracker, with the largest smoothed score */
    float scores[FER_FACE_CLASSES];   /**< probability of each class, their sum is 1 */
    float smoothed[FER_FACE_CLASSES]; /**< with a tracker: scores smoothed over time; otherwise the scores */
    float valence, arousal;           /**< -1 to 1; NaN: the model does not predict them */
    /** Where the head turns, in degrees, from the five points: yaw to the right of the picture, pitch up, roll
     * clockwise in the picture, in this order of rotation from outside: roll, yaw, pitch. 0 is a frontal portrait. NaN:
     * the points are not known */
    float yaw, pitch, roll;
    float size;      /**< pixels: side of the square that is as large as the box */
    float sharpness; /**< 0 (blurred, enlarged) to 1 (sharp), of the face at the size of 48 pixels */
    float occlusion; /**< 0 to 1: how much the face looks covered, as by a hand, a mask or dark glasses */
    /** 0 to 1: how far the picture of this face can be trusted, from size, sharpness, occlusion and light; not how sure
     * the model is of its answer. 0: the face is hidden. These four are NaN after fer_detector_find() */
    float quality;
} fer_face;

#ifdef __cplusplus
}
#endif
#endif

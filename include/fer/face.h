/**
 * @file fer/face.h
 * What is told of one face in a picture or a video's frame, and the pixels it is found in.
 */
#ifndef FER_FACE_H
#define FER_FACE_H

#include "fer/base.h"
#include "fer/image.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Pixels that stay the caller's: what a camera, a decoder or a window gives. Row y of plane i starts at planes[i] + y
 * * strides[i]. Interleaved formats have one plane; FER_NV12 two (Y, then Cb and Cr in turn), FER_I420 three (Y, Cb,
 * Cr), the chroma planes (width + 1) / 2 x (height + 1) / 2. */
typedef struct fer_view {
    fer_pixel_format format;
    size_t width, height;
    const uint8_t *planes[3];
    size_t strides[3]; /**< bytes */
} fer_view;

/** The pixels of an image, which must outlive the view; of NULL an empty view, which every call refuses. */
FER_API fer_view fer_image_view(const fer_image *im);
/** Copy the pixels of a view into a new image, YUV as ITU-R BT.601 in its limited range (Y 16 to 235), alpha ignored.
 * *out is freed by fer_image_free(). */
FER_API fer_status fer_image_from_view(const fer_view *view, fer_image **out, fer_error *err);

#define FER_FACE_POINTS  5
#define FER_FACE_CLASSES 16 /**< the most classes of a model that reads faces in pictures */

/** Order of fer_face.points, left and right as seen in the picture. */
enum { FER_EYE_LEFT, FER_EYE_RIGHT, FER_NOSE, FER_MOUTH_LEFT, FER_MOUTH_RIGHT };

/** One face. Places are in pixels of the picture, x to the right and y down from its top left corner; a box may reach
 * out of the picture. */
typedef struct fer_face {
    uint64_t id;               /**< of a tracked face, 1, 2, ...: the same number is the same face; 0: not tracked */
    float x, y, width, height; /**< chin to top of the head */
    float confidence;          /**< of the detector, 0 to 1 */
    float points[FER_FACE_POINTS][2]; /**< eyes, nose tip, corners of the mouth: x, y; NaN: not known */
    bool seen;    /**< found in this frame; false: the tracker's guess of a face that is hidden for a moment */
    size_t label; /**< class of the largest score, of `smoothed` where tracked */
    float scores[FER_FACE_CLASSES];   /**< one a class, their sum is 1 */
    float smoothed[FER_FACE_CLASSES]; /**< scores smoothed in time; not tracked: scores */
    float valence, arousal;           /**< -1 to 1; NaN: the model does not tell */
} fer_face;

#ifdef __cplusplus
}
#endif
#endif

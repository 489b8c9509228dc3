/**
 * @file fer/image.h
 * Pictures: decode a PNG, JPEG, BMP, GIF, TIFF or WebP, or wrap pixels that the caller already has; save as PNG or
 * JPEG.
 */
#ifndef FER_IMAGE_H
#define FER_IMAGE_H

#include "fer/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_image fer_image;

typedef enum fer_pixel_format {
    FER_GRAY8,
    FER_RGB8,
    FER_BGR8,
    FER_RGBA8,
    FER_BGRA8,
    FER_NV12,
    FER_I420
} fer_pixel_format;

/** Decode a file (PNG, JPEG, BMP, GIF, TIFF or WebP by its first bytes; of several frames or pages the first). *out is
 * freed by fer_image_free(). FER_ERR_UNSUPPORTED where FFmpeg, which reads the last four, is missing. */
FER_API fer_status fer_image_load(const char *path, fer_image **out, fer_error *err);
/** Decode bytes in memory. */
FER_API fer_status fer_image_decode(const void *data, size_t size, fer_image **out, fer_error *err);
/** The same of files that may be anybody's: a picture of more than pixels_max pixels (width * height) is FER_ERR_FORMAT
 * by its header, before memory for its pixels is asked for. 0, and whatever is beyond it: 1 << 28, which the calls
 * above go by. Decoding takes up to some 16 bytes a pixel for a moment, an image keeps 3. */
FER_API fer_status fer_image_load_within(const char *path, size_t pixels_max, fer_image **out, fer_error *err);
FER_API fer_status fer_image_decode_within(const void *data, size_t size, size_t pixels_max, fer_image **out,
                                           fer_error *err);
/** Copy pixels: row y starts at data + y * stride bytes. Alpha is ignored. FER_NV12 and FER_I420 have several planes:
 *  fer_image_from_view(). */
FER_API fer_status fer_image_from_pixels(const void *data, size_t width, size_t height, size_t stride,
                                         fer_pixel_format format, fer_image **out, fer_error *err);
/** Write a PNG (the name ends in .png) or a JPEG of quality 95 without halved colours (.jpg, .jpeg; at most 65,500
 * pixels a side): whole, or not at all. Another ending is FER_ERR_UNSUPPORTED. */
FER_API fer_status fer_image_save(const fer_image *im, const char *path, fer_error *err);
FER_API void fer_image_free(fer_image *im);
FER_API size_t fer_image_width(const fer_image *im);
FER_API size_t fer_image_height(const fer_image *im);
FER_API size_t fer_image_channels(const fer_image *im);
/** Samples of 8 bits, [height][width][channels], 1 (grey) or 3 (RGB) channels; they live as long as the image. */
FER_API const uint8_t *fer_image_pixels(const fer_image *im);

/** How pixels become a network's input, in the order of the list, which ends in NULL:
 *  - "imagenet": divided by 255, then normalised by ImageNet's mean and standard deviation
 *  - "imagenet-255": normalised like this without the division, as some published models were trained
 *  - "unit": divided by 255
 *  - "half": divided by 255, then mean and standard deviation 0.5 */
FER_API const char *const *fer_preprocess_names(void);

#ifdef __cplusplus
}
#endif
#endif

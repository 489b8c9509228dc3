/**
 * @file fer/image.h
 * Images: decode a PNG, JPEG, BMP, GIF, TIFF, WebP, HEIC, AVIF or JPEG XL file, or copy pixels that the caller already
 * has; save as PNG or JPEG.
 *
 * Thread safety: an image does not change after it was made, so any number of threads may use it.
 */
#ifndef FER_IMAGE_H
#define FER_IMAGE_H

#include "fer/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/** 8-bit samples, [height][width][channels], with 1 (grey) or 3 (RGB) channels. */
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

/**
 * Decode a file. Its first bytes decide the format; of several frames or pages the first is decoded. The picture is
 * turned upright as the file says, its colours are converted to sRGB if it has another colour profile, and what is
 * transparent is laid on black. The caller frees *out with fer_image_free().
 *
 * FER_ERR_IO: the file cannot be read. FER_ERR_FORMAT: it is damaged, no picture, or larger than 1 << 28 pixels.
 * FER_ERR_UNSUPPORTED: the library that reads the format is missing; the message names the package to install.
 */
FER_API fer_status fer_image_load(const char *path, fer_image **out, fer_error *err);
/** Decode the bytes of a file in memory. */
FER_API fer_status fer_image_decode(const void *data, size_t size, fer_image **out, fer_error *err);
/**
 * Decode a file from an untrusted source: a picture of more than pixels_max pixels (width * height) is FER_ERR_FORMAT.
 * Its header decides that, before any memory for its pixels is allocated. pixels_max is at most 1 << 28; 0 means that.
 * Decoding needs up to about 16 bytes per pixel for a moment; the image keeps at most 3.
 */
FER_API fer_status fer_image_load_within(const char *path, size_t pixels_max, fer_image **out, fer_error *err);
/** The same for the bytes of a file in memory. */
FER_API fer_status fer_image_decode_within(const void *data, size_t size, size_t pixels_max, fer_image **out,
                                           fer_error *err);
/** What was left aside when the image was read, such as further pages or a damaged colour profile: a sentence without a
 * full stop that belongs to the image. NULL: nothing. */
FER_API const char *fer_image_note(const fer_image *im);
/** Copy pixels: row y starts at data + y * stride bytes. Alpha is ignored. FER_NV12 and FER_I420 have several planes:
 * use fer_image_from_view() for them. The caller frees *out with fer_image_free(). */
FER_API fer_status fer_image_from_pixels(const void *data, size_t width, size_t height, size_t stride,
                                         fer_pixel_format format, fer_image **out, fer_error *err);
/** Write a file. The name decides the format: .png, or .jpg and .jpeg for JPEG of quality 95 with full colour
 * resolution and at most 65,500 pixels per side. The file appears only when it is complete. FER_ERR_UNSUPPORTED:
 * another ending. */
FER_API fer_status fer_image_save(const fer_image *im, const char *path, fer_error *err);
/** Encode the same file in memory. ending: ".png", ".jpg" or ".jpeg". The caller frees *data_out with free(). */
FER_API fer_status fer_image_encode(const fer_image *im, const char *ending, uint8_t **data_out, size_t *size_out,
                                    fer_error *err);
FER_API void fer_image_free(fer_image *im);
FER_API size_t fer_image_width(const fer_image *im);
FER_API size_t fer_image_height(const fer_image *im);
/** 1 (grey) or 3 (RGB). */
FER_API size_t fer_image_channels(const fer_image *im);
/** Samples, [height][width][channels]. They belong to the image. */
FER_API const uint8_t *fer_image_pixels(const fer_image *im);

/**
 * Names of the ways in which pixels become a network's input. The array ends with NULL.
 *
 * | name         | computation                                                                              |
 * |--------------|------------------------------------------------------------------------------------------|
 * | imagenet     | divide by 255, then normalise with ImageNet's mean and standard deviation                |
 * | imagenet-255 | normalise in the same way without the division, as some published models were trained    |
 * | unit         | divide by 255                                                                            |
 * | half         | divide by 255, then normalise with mean and standard deviation 0.5                       |
 */
FER_API const char *const *fer_preprocess_names(void);

#ifdef __cplusplus
}
#endif
#endif

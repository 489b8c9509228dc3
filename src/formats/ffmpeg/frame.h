/* Converts a frame that FFmpeg decoded to 8-bit grey or RGB. */
#ifndef FERI_FORMATS_FFMPEG_FRAME_H
#define FERI_FORMATS_FFMPEG_FRAME_H

#include "formats/ffmpeg/library.h"
#include "formats/pixels.h"

/** Supports any arrangement and depth of integer samples and any palette. Alpha is composed over black. Y'CbCr is read
 * as BT.601, with chroma interpolated between centred samples, as JPEG, WebP and TIFF define it. The bits are the same
 * on every machine. */
fer_status feri_frame_pixels(const struct feri_ffmpeg *av, const AVFrame *frame, struct feri_pixels *out,
                             fer_error *err);

#endif

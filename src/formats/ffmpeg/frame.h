/* A frame that FFmpeg decoded as 8-bit grey or RGB. */
#ifndef FERI_FORMATS_FFMPEG_FRAME_H
#define FERI_FORMATS_FFMPEG_FRAME_H

#include "formats/ffmpeg/library.h"
#include "formats/pixels.h"

/** Any arrangement and depth of integer samples, any palette; alpha is composed over black. Y'CbCr is read as BT.601,
 * its chroma interpolated between centred samples: JPEG's, WebP's and TIFF's rule. The same bits on every machine. */
fer_status feri_frame_pixels(const struct feri_ffmpeg *av, const AVFrame *frame, struct feri_pixels *out,
                             fer_error *err);

#endif

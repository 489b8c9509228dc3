/* FFmpeg's functions, looked up when the first picture or video that needs them is met: linked, they would bring some
 * hundred libraries into every program that only predicts. A library also answers for those that it stands on:
 * libavcodec for libavutil. */
#ifndef FERI_FORMATS_FFMPEG_LIBRARY_H
#define FERI_FORMATS_FFMPEG_LIBRARY_H

#include "fer/base.h"

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>

/** Load a library of FFmpeg's and write the addresses of n functions to `table`, an array of function pointers. `use`
 * says in the sentence what the library is needed for. The libraries stay loaded. */
fer_status feri_ffmpeg_resolve(const char *library, const char *use, const char *const *names, size_t n, void *table,
                               fer_error *err);

/* What pictures need. */
#define FERI_FFMPEG(f)                                                                                                \
    f(avcodec_find_decoder) f(avcodec_alloc_context3) f(avcodec_free_context) f(avcodec_open2) f(avcodec_send_packet) \
        f(avcodec_receive_frame) f(av_packet_alloc) f(av_packet_free) f(av_new_packet) f(av_frame_alloc)              \
            f(av_frame_free) f(av_strerror) f(av_pix_fmt_desc_get) f(av_read_image_line2)

struct feri_ffmpeg {
#define FIELD(name) __typeof__(name) *name;
    FERI_FFMPEG(FIELD)
#undef FIELD
};

fer_status feri_ffmpeg_find(struct feri_ffmpeg *out, fer_error *err);

#endif

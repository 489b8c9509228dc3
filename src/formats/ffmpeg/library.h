/* FFmpeg's functions, looked up when the first picture or video needs them. Linked, they would load about a hundred
 * libraries into every program that only predicts. A library also gives access to its dependencies: libavcodec to
 * libavutil. */
#ifndef FERI_FORMATS_FFMPEG_LIBRARY_H
#define FERI_FORMATS_FFMPEG_LIBRARY_H

#include "fer/base.h"

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>

/** Load a library of FFmpeg and write the addresses of n functions to `table`, an array of function pointers. `use`
 * says in the message why the library is needed. The libraries stay loaded. */
fer_status feri_ffmpeg_resolve(const char *library, const char *use, const char *const *names, size_t n, void *table,
                               fer_error *err);

/* The functions for pictures. */
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

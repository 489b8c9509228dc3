/* FFmpeg's functions for video. Those of each library are looked up separately, so that pictures still need only
 * libavcodec. */
#ifndef FERI_FORMATS_FFMPEG_VIDEO_AV_H
#define FERI_FORMATS_FFMPEG_VIDEO_AV_H

#include "fer/base.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#define FERI_AVCODEC(f)                                                                                              \
    f(avcodec_find_decoder) f(avcodec_find_encoder_by_name) f(avcodec_alloc_context3) f(avcodec_free_context)        \
        f(avcodec_open2) f(avcodec_send_packet) f(avcodec_receive_frame) f(avcodec_send_frame)                       \
            f(avcodec_receive_packet) f(avcodec_flush_buffers) f(avcodec_parameters_to_context)                      \
                f(avcodec_parameters_from_context) f(avcodec_parameters_copy) f(avcodec_get_name) f(av_packet_alloc) \
                    f(av_packet_free) f(av_packet_unref) f(av_packet_rescale_ts) f(av_frame_alloc) f(av_frame_free)  \
                        f(av_frame_unref) f(av_frame_move_ref) f(av_frame_get_buffer) f(av_frame_make_writable)      \
                            f(av_dict_set) f(av_dict_free) f(av_opt_set) f(av_malloc) f(av_free) f(av_strerror)      \
                                f(av_get_pix_fmt_name)

#define FERI_AVFORMAT(f)                                                                                              \
    f(avformat_alloc_context) f(avformat_free_context) f(avformat_open_input) f(avformat_close_input)                 \
        f(avformat_find_stream_info) f(avformat_index_get_entries_count) f(avformat_index_get_entry)                  \
            f(avformat_alloc_output_context2) f(avformat_new_stream) f(avformat_write_header) f(avformat_query_codec) \
                f(av_interleaved_write_frame) f(av_write_trailer) f(av_find_best_stream) f(av_find_input_format)      \
                    f(av_read_frame) f(av_seek_frame) f(av_index_search_timestamp) f(av_guess_frame_rate)             \
                        f(avio_alloc_context) f(avio_context_free) f(avio_flush) FERI_AVFORMAT_OLD(f)

/* FFmpeg 6.1 changed where a stream's display matrix is stored. */
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(60, 15, 100)
#define FERI_AVFORMAT_OLD(f) f(av_stream_get_side_data)
#else
#define FERI_AVFORMAT_OLD(f)
#endif

#define FERI_SWSCALE(f) \
    f(sws_getCachedContext) f(sws_freeContext) f(sws_getCoefficients) f(sws_setColorspaceDetails) f(sws_scale)

#define FERI_FIELD(name) __typeof__(name) *name;
struct feri_av {
    FERI_AVCODEC(FERI_FIELD)
    FERI_AVFORMAT(FERI_FIELD)
    FERI_SWSCALE(FERI_FIELD)
};
#undef FERI_FIELD

fer_status feri_av_find(struct feri_av *out, fer_error *err);
/** Register the input formats of libavdevice with libavformat. */
fer_status feri_av_find_devices(fer_error *err);

#define FERI_AV_TEXT 128
/** Write FFmpeg's text for one of its error codes into text[FERI_AV_TEXT]. Returns text. */
const char *feri_av_text(const struct feri_av *av, int code, char *text);

#endif

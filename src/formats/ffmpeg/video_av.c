#include "formats/ffmpeg/video_av.h"

#include "base/error.h"
#include "formats/ffmpeg/library.h"

#include <stdio.h>

#define VIDEO "reads and writes video"

fer_status feri_av_find(struct feri_av *out, fer_error *err)
{
#define NAME(name) #name,
    static const char *const codec[] = {FERI_AVCODEC(NAME)}, *const format[] = {FERI_AVFORMAT(NAME)},
                             *const scale[] = {FERI_SWSCALE(NAME)};
#undef NAME
    enum {
        N_CODEC = sizeof codec / sizeof *codec,
        N_FORMAT = sizeof format / sizeof *format,
        N_SCALE = sizeof scale / sizeof *scale
    };
    _Static_assert(sizeof *out == (N_CODEC + N_FORMAT + N_SCALE) * sizeof(void *),
                   "a table of function pointers without gaps");
    char *table = (char *)out;
    fer_status st = feri_ffmpeg_resolve(FER_LIBAVCODEC, VIDEO, codec, N_CODEC, table, err);
    if (st == FER_OK)
        st = feri_ffmpeg_resolve(FER_LIBAVFORMAT, VIDEO, format, N_FORMAT, table + N_CODEC * sizeof(void *), err);
    if (st == FER_OK)
        st = feri_ffmpeg_resolve(FER_LIBSWSCALE, VIDEO, scale, N_SCALE, table + (N_CODEC + N_FORMAT) * sizeof(void *),
                                 err);
    return st;
}

fer_status feri_av_find_devices(fer_error *err)
{
#ifdef FER_LIBAVDEVICE
    static const char *const names[] = {"avdevice_register_all"};
    void (*register_all)(void) = NULL;
    fer_status st = feri_ffmpeg_resolve(FER_LIBAVDEVICE, "reads cameras (libavdevice)", names, 1, &register_all, err);
    if (st == FER_OK) register_all();
    return st;
#else
    return feri_fail(err, FER_ERR_UNSUPPORTED, "cameras need FFmpeg's libavdevice: built without it");
#endif
}

const char *feri_av_text(const struct feri_av *av, int code, char *text)
{
    if (av->av_strerror(code, text, FERI_AV_TEXT) < 0) snprintf(text, FERI_AV_TEXT, "error %d", code);
    return text;
}

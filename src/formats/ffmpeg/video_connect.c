/* Connects container, stream and decoder, and reads their properties. */
#include "base/decimal.h"
#include "base/error.h"
#include "base/pool.h"
#include "formats/ffmpeg/video.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool feri_video_stopped(void *video)
{
    fer_video *v = video;
    return atomic_load(&v->quit) || (v->opt.stop && v->opt.stop(v->opt.user));
}

static int interrupted(void *video)
{
    return feri_video_stopped(video);
}

/* ---- container ---- */

/* A file must not open other files that it names, such as the entries of a playlist. */
static int refuse_open(AVFormatContext *s, AVIOContext **io, const char *url, int flags, AVDictionary **options)
{
    (void)s, (void)io, (void)url, (void)flags, (void)options;
    return AVERROR(EPERM);
}

static fer_status find_format(const fer_video *v, const AVInputFormat **out, fer_error *err)
{
    *out = NULL;
    if (!v->format) return FER_OK;
    *out = v->av.av_find_input_format(v->format);
    if (*out) return FER_OK;
    fer_status st = feri_av_find_devices(err);
    if (st != FER_OK) return feri_fail_in(err, st, "'%s' is not a format of libavformat", v->format);
    *out = v->av.av_find_input_format(v->format);
    return *out ? FER_OK : feri_fail(err, FER_ERR_UNSUPPORTED, "'%s' is not a format that FFmpeg reads", v->format);
}

static AVDictionary *device_options(const fer_video *v)
{
    AVDictionary *options = NULL;
    char text[64];
    if (v->opt.width && v->opt.height) {
        snprintf(text, sizeof text, "%zux%zu", v->opt.width, v->opt.height);
        v->av.av_dict_set(&options, "video_size", text, 0);
    }
    if (v->opt.rate > 0) {
        feri_snprintf(text, sizeof text, "%g", v->opt.rate);
        v->av.av_dict_set(&options, "framerate", text, 0);
    }
    return options;
}

static fer_status open_source(fer_video *v, fer_error *err)
{
    v->source = (struct feri_video_source){.fd = -1, .stop = feri_video_stopped, .user = v};
    if (v->memory) return feri_video_source_memory(&v->av, v->memory, v->memory_size, &v->source, err);
    return feri_video_source_open(&v->av, v->path, &v->source, err);
}

static fer_status prepare_demuxer(fer_video *v, const AVInputFormat *format, fer_error *err)
{
    v->demuxer = v->av.avformat_alloc_context();
    if (!v->demuxer) return feri_fail_memory(err, sizeof *v->demuxer);
    v->demuxer->interrupt_callback = (AVIOInterruptCB){interrupted, v};
    v->device = format && (format->flags & AVFMT_NOFILE);
    if (v->opt.live) v->demuxer->max_analyze_duration = AV_TIME_BASE / 2;
    if (v->device) {
        v->demuxer->flags |= AVFMT_FLAG_NONBLOCK;
        return FER_OK;
    }
    v->demuxer->io_open = refuse_open;
    fer_status st = open_source(v, err);
    v->demuxer->pb = v->source.io;
    return st;
}

bool feri_video_is_piped_mp4(const fer_video *v)
{
    const struct feri_video_source *s = &v->source;
    return !v->device && s->fd >= 0 && !s->seekable && s->n_head >= 8 && memcmp(s->head + 4, "ftyp", 4) == 0;
}

fer_status feri_video_fail_piped(const fer_video *v, fer_error *err)
{
    return feri_fail(
        err, FER_ERR_FORMAT,
        "%s: an MP4 whose index stands at its end, or that is cut off, cannot be read from a pipe, in which "
        "nothing can go back: give the file's name, or put the index first: ffmpeg -i in.mp4 -c copy "
        "-movflags faststart out.mp4",
        v->name);
}

static fer_status fail_open(const fer_video *v, int code, fer_error *err)
{
    char text[FERI_AV_TEXT];
    const char *why = feri_av_text(&v->av, code, text);
    if (code == AVERROR_EXIT || v->source.stopped) return feri_fail(err, FER_ERR_STOPPED, "%s: stopped", v->name);
    if (code == AVERROR(ENOMEM)) return feri_fail_memory(err, 0);
    if (v->source.error)
        return feri_fail(err, FER_ERR_IO, "%s: cannot be read: %s", v->name, strerror(v->source.error));
    if (v->device) return feri_fail(err, FER_ERR_IO, "%s: cannot be opened as '%s': %s", v->name, v->format, why);
    if (v->source.size == 0) return feri_fail(err, FER_ERR_FORMAT, "%s: is empty, expected a video", v->name);
    if (feri_video_is_piped_mp4(v)) return feri_video_fail_piped(v, err);
    if (v->source.n_head >= 8 && memcmp(v->source.head + 4, "ftyp", 4) == 0)
        return feri_fail(err, FER_ERR_FORMAT,
                         "%s: an MP4 file without a readable table of its frames, cut off or damaged: %s", v->name,
                         why);
    if (v->format)
        return feri_fail(err, FER_ERR_FORMAT, "%s: not a video in the format '%s': %s", v->name, v->format, why);
    return feri_fail(err, FER_ERR_FORMAT, "%s: not a video, or in a format that FFmpeg does not know: %s", v->name,
                     why);
}

static fer_status open_demuxer(fer_video *v, fer_error *err)
{
    const AVInputFormat *format;
    fer_status st = find_format(v, &format, err);
    if (st == FER_OK) st = prepare_demuxer(v, format, err);
    if (st != FER_OK) return st;
    AVDictionary *options = v->device ? device_options(v) : NULL;
    int code = v->av.avformat_open_input(&v->demuxer, v->device ? v->path : NULL, format, &options);
    v->av.av_dict_free(&options);
    return code < 0 ? fail_open(v, code, err) : FER_OK;
}

/* ---- stream ---- */

static bool too_large(const fer_video *v, int w, int h)
{
    return w > 0 && h > 0 && (size_t)w > v->opt.pixels_max / (size_t)h;
}

/* The limit also applies to decoders that are tried while the streams' properties are detected. */
static fer_status probe(fer_video *v, fer_error *err)
{
    char limit[32];
    unsigned n = v->demuxer->nb_streams;
    snprintf(limit, sizeof limit, "%zu", v->opt.pixels_max);
    AVDictionary **options = calloc(n + 1, sizeof *options);
    if (!options) return feri_fail_memory(err, (n + 1) * sizeof *options);
    for (unsigned i = 0; i < n; i++) v->av.av_dict_set(&options[i], "max_pixels", limit, 0);
    int code = v->av.avformat_find_stream_info(v->demuxer, n ? options : NULL);
    for (unsigned i = 0; i < n; i++) v->av.av_dict_free(&options[i]);
    free(options);
    return code < 0 || v->source.stopped ? fail_open(v, code, err) : FER_OK;
}

static bool is_video(const AVStream *s)
{
    return s->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !(s->disposition & AV_DISPOSITION_ATTACHED_PIC);
}

static fer_status choose_stream(fer_video *v, fer_error *err)
{
    AVFormatContext *d = v->demuxer;
    int best = v->av.av_find_best_stream(d, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    v->stream = best >= 0 && is_video(d->streams[best]) ? d->streams[best] : NULL;
    v->has_audio = false;
    for (unsigned i = 0; i < d->nb_streams; i++) {
        if (!v->stream && is_video(d->streams[i])) v->stream = d->streams[i];
        if (d->streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) v->has_audio = true;
    }
    for (unsigned i = 0; i < d->nb_streams; i++)
        if (d->streams[i] != v->stream) d->streams[i]->discard = AVDISCARD_ALL;
    if (!v->stream)
        return feri_fail(err, FER_ERR_FORMAT, "%s: has no video stream%s", v->name, v->has_audio ? ", only sound" : "");
    const AVCodecParameters *p = v->stream->codecpar;
    if (!too_large(v, p->width, p->height)) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "%s: its frames are %d x %d pixels, expected at most %zu in all", v->name,
                     p->width, p->height, v->opt.pixels_max);
}

static const int32_t *display_matrix(const fer_video *v)
{
#if LIBAVFORMAT_VERSION_INT < AV_VERSION_INT(60, 15, 100)
    size_t size = 0;
    const uint8_t *data = v->av.av_stream_get_side_data(v->stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
#else
    const uint8_t *data = NULL;
    size_t size = 0;
    const AVCodecParameters *p = v->stream->codecpar;
    for (int i = 0; i < p->nb_coded_side_data; i++)
        if (p->coded_side_data[i].type == AV_PKT_DATA_DISPLAYMATRIX)
            data = p->coded_side_data[i].data, size = p->coded_side_data[i].size;
#endif
    return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)data : NULL;
}

/* A camera counts from its first frame, and so does a file whose clock would start below zero. */
static double zero_of(const fer_video *v)
{
    int64_t start = v->stream->start_time;
    return start != AV_NOPTS_VALUE && (v->device || start < 0) ? (double)start * v->tick : 0;
}

static void learn_times(fer_video *v)
{
    const AVStream *s = v->stream;
    double real = av_q2d(s->r_frame_rate.den ? s->r_frame_rate : (AVRational){0, 1});
    AVRational rate = s->avg_frame_rate.num > 0 && s->avg_frame_rate.den > 0
                          ? s->avg_frame_rate
                          : v->av.av_guess_frame_rate(v->demuxer, v->stream, NULL);
    v->rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    v->variable = v->rate <= 0 || !(fabs(real - v->rate) < 1e-3 * v->rate);
    v->tick = av_q2d(s->time_base);
    v->zero = zero_of(v);
    v->turn = feri_turn_of(display_matrix(v));
}

static double duration_of(const fer_video *v)
{
    if (v->stream->duration > 0) return (double)v->stream->duration * v->tick;
    return v->demuxer->duration > 0 ? (double)v->demuxer->duration / AV_TIME_BASE : NAN;
}

/* Properties that do not change are read once, because with `live` another thread uses the demuxer afterwards. */
static void learn_info(fer_video *v)
{
    const AVCodecParameters *p = v->stream->codecpar;
    AVRational aspect =
        v->stream->sample_aspect_ratio.num > 0 ? v->stream->sample_aspect_ratio : p->sample_aspect_ratio;
    bool swap = feri_turn_swaps_sides(v->turn);
    double shape = aspect.num > 0 && aspect.den > 0 ? av_q2d(aspect) : 1;
    v->info = (fer_video_info){
        .width = (size_t)(swap ? p->height : p->width),
        .height = (size_t)(swap ? p->width : p->height),
        .rotation = feri_turn_degrees(v->turn),
        .pixel_aspect = swap ? 1 / shape : shape,
        .rate = v->rate,
        .variable = v->variable,
        .first = v->stream->start_time == AV_NOPTS_VALUE ? 0 : (double)v->stream->start_time * v->tick - v->zero,
        .duration = duration_of(v),
        .frames = v->stream->nb_frames > 0 ? (uint64_t)v->stream->nb_frames : 0,
        .has_audio = v->has_audio,
        .tick_num = (unsigned)v->stream->time_base.num,
        .tick_den = (unsigned)v->stream->time_base.den};
    snprintf(v->info.codec, sizeof v->info.codec, "%s", v->av.avcodec_get_name(p->codec_id));
    snprintf(v->info.container, sizeof v->info.container, "%s", v->demuxer->iformat->name);
}

/* ---- decoder ---- */

static fer_status open_decoder(fer_video *v, fer_error *err)
{
    char text[FERI_AV_TEXT];
    AVCodecParameters *p = v->stream->codecpar;
    const char *name = v->av.avcodec_get_name(p->codec_id);
    const AVCodec *codec = v->av.avcodec_find_decoder(p->codec_id);
    if (!codec)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: its video is coded as '%s', which this FFmpeg cannot decode",
                         v->name, name);
    v->decoder = v->av.avcodec_alloc_context3(codec);
    if (!v->decoder || v->av.avcodec_parameters_to_context(v->decoder, p) < 0)
        return feri_fail_memory(err, sizeof *v->decoder);
    v->decoder->thread_count = (int)(v->opt.threads ? v->opt.threads : feri_cpu_count());
    if (v->opt.live) v->decoder->thread_type = FF_THREAD_SLICE; /* frame threads would delay each frame */
    v->decoder->pkt_timebase = v->stream->time_base;
    v->decoder->max_pixels = (int64_t)v->opt.pixels_max;
    int code = v->av.avcodec_open2(v->decoder, codec, NULL);
    if (code >= 0) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "%s: the decoder of '%s' refuses it: %s", v->name, name,
                     feri_av_text(&v->av, code, text));
}

fer_status feri_video_connect(fer_video *v, fer_error *err)
{
    fer_status st = open_demuxer(v, err);
    if (st == FER_OK) st = probe(v, err);
    if (st == FER_OK) st = choose_stream(v, err);
    if (st == FER_OK) st = open_decoder(v, err);
    if (st != FER_OK) return st;
    learn_times(v);
    learn_info(v);
    return FER_OK;
}

void feri_video_disconnect(fer_video *v)
{
    v->av.avcodec_free_context(&v->decoder);
    v->av.avformat_close_input(&v->demuxer);
    feri_video_source_close(&v->av, &v->source);
    v->stream = NULL;
    v->keyed = v->drained = v->have_next = v->jumped = false;
    v->read_error = 0;
    v->packet_end = -1;
    v->base = 0;
    v->last_seconds = v->last_duration = 0;
    v->counts = (struct feri_video_counts){.damaged_at = NAN};
}

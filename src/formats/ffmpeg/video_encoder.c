/* Container and encoder of a video that is being written. */
#define _POSIX_C_SOURCE 200809L /* fileno */
#include "base/error.h"
#include "base/names.h"
#include "base/pool.h"
#include "formats/ffmpeg/video_writer.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BUFFER 65536

/* ---- the file ---- */

#if LIBAVFORMAT_VERSION_MAJOR < 61
typedef uint8_t written;
#else
typedef const uint8_t written;
#endif

static int write_bytes(void *writer, written *data, int n)
{
    fer_video_writer *w = writer;
    if (w->write_error == 0 && fwrite(data, 1, (size_t)n, w->file.f) == (size_t)n) return n;
    if (w->write_error == 0) w->write_error = errno ? errno : EIO;
    return AVERROR(w->write_error);
}

static int64_t seek_file(void *writer, int64_t offset, int whence)
{
    fer_video_writer *w = writer;
    if (whence & AVSEEK_SIZE) return AVERROR(ENOSYS);
    if (fseek(w->file.f, (long)offset, whence & ~AVSEEK_FORCE) == 0) return ftell(w->file.f);
    /* bytes buffered by stdio were not written */
    if (w->write_error == 0) w->write_error = errno ? errno : EIO;
    return AVERROR(w->write_error);
}

fer_status feri_writer_fail(const fer_video_writer *w, int code, const char *what, fer_error *err)
{
    char text[FERI_AV_TEXT];
    if (w->write_error)
        return feri_fail(err, FER_ERR_IO, "%s: cannot be written: %s", w->file.path, strerror(w->write_error));
    return feri_fail(err, FER_ERR_IO, "%s: %s: %s", w->file.path, what, feri_av_text(&w->av, code, text));
}

void feri_writer_note(const fer_video_writer *w, const char *line)
{
    if (w->opt.note) w->opt.note(w->opt.note_user, line);
}

/* ---- encoder ---- */

static void set_quality(const fer_video_writer *w, AVCodecContext *c, const char *name)
{
    char crf[16];
    snprintf(crf, sizeof crf, "%u", w->opt.quality);
    if (strcmp(name, "libx264") == 0) {
        w->av.av_opt_set(c->priv_data, "preset", "veryfast", 0);
        w->av.av_opt_set(c->priv_data, "crf", crf, 0);
    } else if (strcmp(name, "mpeg4") == 0) {
        c->flags |= AV_CODEC_FLAG_QSCALE;
        c->global_quality = FF_QP2LAMBDA * (int)(1 + w->opt.quality / 6);
    } else {
        double bits =
            /* bits per pixel: half for each 6 of the rate factor */
            0.15 * exp2((20 - (double)w->opt.quality) / 6);
        c->bit_rate = (int64_t)(bits * c->width * c->height * w->opt.rate);
    }
}

static AVRational tick_of(const fer_video_writer *w, const char *name)
{
    AVRational tick = {(int)w->opt.tick_num, (int)w->opt.tick_den};
    return strcmp(name, "mpeg4") == 0 && tick.den > 65535 ? (AVRational){1, 60000}
                                                          : tick; /* MPEG-4's field has 16 bits */
}

/* Set the colour matrix that players assume for unmarked videos of that size. */
static void set_colours(AVCodecContext *c)
{
    bool large = c->width >= 1280 || c->height >= 720;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->color_range = AVCOL_RANGE_MPEG;
    c->colorspace = large ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    c->color_primaries = large ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
    c->color_trc = large ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
    c->chroma_sample_location = AVCHROMA_LOC_LEFT;
}

static int open_encoder(fer_video_writer *w, const char *name, size_t width, size_t height)
{
    const AVCodec *codec = w->av.avcodec_find_encoder_by_name(name);
    AVCodecContext *c = codec ? w->av.avcodec_alloc_context3(codec) : NULL;
    if (!c) return AVERROR_ENCODER_NOT_FOUND;
    c->width = (int)width;
    c->height = (int)height;
    c->time_base = tick_of(w, name);
    c->framerate = (AVRational){(int)lrint(w->opt.rate * 1000), 1000};
    c->gop_size = (int)ceil(w->opt.rate * 4);
    c->thread_count = (int)(w->opt.threads ? w->opt.threads : feri_cpu_count());
    if (w->muxer->oformat->flags & AVFMT_GLOBALHEADER) c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    set_colours(c);
    set_quality(w, c, name);
    int code = w->av.avcodec_open2(c, codec, NULL);
    if (code < 0) w->av.avcodec_free_context(&c);
    w->encoder = c;
    return code;
}

static fer_status choose_encoder(fer_video_writer *w, size_t width, size_t height, fer_error *err)
{
    static const char *const names[] = {"libx264", "libopenh264", "mpeg4"};
    int code = AVERROR_ENCODER_NOT_FOUND;
    for (size_t i = 0; i < sizeof names / sizeof *names && !w->encoder; i++)
        code = open_encoder(w, names[i], width, height);
    return w->encoder ? FER_OK : feri_writer_fail(w, code, "no encoder for its video", err);
}

static fer_status make_frame(fer_video_writer *w, fer_error *err)
{
    w->frame = w->av.av_frame_alloc();
    w->packet = w->av.av_packet_alloc();
    if (!w->frame || !w->packet) return feri_fail_memory(err, sizeof *w->frame);
    w->frame->format = w->encoder->pix_fmt;
    w->frame->width = w->encoder->width;
    w->frame->height = w->encoder->height;
    w->frame->color_range = w->encoder->color_range;
    w->frame->colorspace = w->encoder->colorspace;
    w->frame->color_primaries = w->encoder->color_primaries;
    w->frame->color_trc = w->encoder->color_trc;
    return w->av.av_frame_get_buffer(w->frame, 0) >= 0
               ? FER_OK
               : feri_fail_memory(err, (size_t)w->frame->width * (size_t)w->frame->height);
}

/* ---- container ---- */

static const struct {
    const char *ending, *muxer;
} containers[] = {{".mp4", "mp4"}, {".m4v", "mp4"}, {".mkv", "matroska"}, {".mov", "mov"}};

/* A pipe cannot seek; Matroska can be written without seeking. For files, the name decides. */
static const char *container_of(const struct feri_atomic_file *file)
{
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++)
        if (feri_ends_in(file->path, containers[i].ending)) return containers[i].muxer;
    return file->direct ? "matroska" : NULL;
}

fer_status feri_writer_check_name(const struct feri_atomic_file *file, fer_error *err)
{
    if (container_of(file)) return FER_OK;
    return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: the name of a video must end in .mp4, .m4v, .mkv or .mov",
                     file->path);
}

static fer_status make_muxer(fer_video_writer *w, fer_error *err)
{
    w->av.avformat_alloc_output_context2(&w->muxer, NULL, container_of(&w->file), NULL);
    if (!w->muxer)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: this FFmpeg cannot write '%s'", w->file.path,
                         container_of(&w->file));
    uint8_t *buffer = w->av.av_malloc(BUFFER);
    w->io = buffer ? w->av.avio_alloc_context(buffer, BUFFER, 1, w, NULL, write_bytes, seek_file) : NULL;
    if (!w->io) w->av.av_free(buffer);
    else if (lseek(fileno(w->file.f), 0, SEEK_CUR) < 0) w->io->seekable = 0;
    w->muxer->pb = w->io;
    return w->io ? FER_OK : feri_fail_memory(err, BUFFER);
}

void feri_writer_drop_muxer(fer_video_writer *w)
{
    feri_sound_close(&w->sound);
    w->has_sound = false;
    w->stream = NULL;
    if (w->muxer) w->av.avformat_free_context(w->muxer);
    w->muxer = NULL;
    if (!w->io) return;
    w->av.av_free(w->io->buffer);
    w->av.avio_context_free(&w->io);
}

static fer_status add_video(fer_video_writer *w, fer_error *err)
{
    w->stream = w->av.avformat_new_stream(w->muxer, NULL);
    if (!w->stream || w->av.avcodec_parameters_from_context(w->stream->codecpar, w->encoder) < 0)
        return feri_fail_memory(err, sizeof *w->stream);
    w->stream->time_base = w->encoder->time_base;
    w->stream->avg_frame_rate = w->encoder->framerate;
    return FER_OK;
}

static void add_sound(fer_video_writer *w)
{
    fer_error why = {0};
    if (!w->audio_from) return;
    w->has_sound = feri_sound_open(&w->av, w->audio_from, w->muxer, &w->sound, &why) == FER_OK;
    w->sound.origin = w->opt.origin;
    w->sound.first = w->first;
    if (w->has_sound) return;
    char line[FER_ERROR_TEXT_MAX + 64];
    snprintf(line, sizeof line, "no sound in %s: %s", w->file.path, why.text);
    feri_writer_note(w, line);
}

static fer_status begin(fer_video_writer *w, bool sound, int *code, fer_error *err)
{
    fer_status st = w->muxer ? FER_OK : make_muxer(w, err);
    if (st == FER_OK) st = add_video(w, err);
    if (st != FER_OK) return st;
    if (sound) add_sound(w);
    *code = w->av.avformat_write_header(w->muxer, NULL);
    return *code >= 0 ? FER_OK : feri_writer_fail(w, *code, "its header cannot be written", err);
}

fer_status feri_writer_start(fer_video_writer *w, size_t width, size_t height, fer_error *err)
{
    int code = 0;
    fer_status st = make_muxer(w, err);
    if (st == FER_OK) st = choose_encoder(w, width, height, err);
    if (st == FER_OK) st = make_frame(w, err);
    if (st == FER_OK) st = begin(w, true, &code, err);
    if (code >= 0 || !w->has_sound || w->write_error) return st;
    feri_writer_note(w, "the sound is left out: the container does not take it");
    feri_writer_drop_muxer(w);
    return fseek(w->file.f, 0, SEEK_SET) == 0 ? begin(w, false, &code, err) : feri_fail_errno(err, "%s", w->file.path);
}

/* Copies sound from one file to another, packet by packet, unchanged. */
#include "base/error.h"
#include "formats/ffmpeg/video_writer.h"

#include <math.h>
#include <string.h>

static fer_status open_demuxer(struct feri_sound *s, const char *path, fer_error *err)
{
    char text[FERI_AV_TEXT];
    if (strcmp(path, "-") == 0)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "standard input cannot be read a second time for its sound");
    s->source = (struct feri_video_source){.fd = -1};
    fer_status st = feri_video_source_open(s->av, path, &s->source, err);
    if (st != FER_OK) return st;
    s->demuxer = s->av->avformat_alloc_context();
    if (!s->demuxer) return feri_fail_memory(err, sizeof *s->demuxer);
    s->demuxer->pb = s->source.io;
    int code = s->av->avformat_open_input(&s->demuxer, NULL, NULL, NULL);
    if (code >= 0) code = s->av->avformat_find_stream_info(s->demuxer, NULL);
    return code >= 0 ? FER_OK
                     : feri_fail(err, FER_ERR_FORMAT, "%s: its sound cannot be read: %s", path,
                                 feri_av_text(s->av, code, text));
}

/* Where the reader's clock of a film that begins below zero stands: video_connect.c. */
static double zero_of(const struct feri_sound *s)
{
    int best = s->av->av_find_best_stream(s->demuxer, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
    const AVStream *film = best >= 0 ? s->demuxer->streams[best] : NULL;
    bool below = film && film->start_time != AV_NOPTS_VALUE && film->start_time < 0;
    return below ? (double)film->start_time * av_q2d(film->time_base) : 0;
}

static fer_status add_stream(struct feri_sound *s, const char *path, fer_error *err)
{
    int best = s->av->av_find_best_stream(s->demuxer, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
    if (best < 0) return feri_fail(err, FER_ERR_FORMAT, "%s: has no sound", path);
    s->from = s->demuxer->streams[best];
    s->zero = zero_of(s);
    enum AVCodecID codec = s->from->codecpar->codec_id;
    if (s->av->avformat_query_codec(s->muxer->oformat, codec, FF_COMPLIANCE_NORMAL) != 1)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: its sound, '%s', does not fit into the container '%s'", path,
                         s->av->avcodec_get_name(codec), s->muxer->oformat->name);
    for (unsigned i = 0; i < s->demuxer->nb_streams; i++)
        if ((int)i != best) s->demuxer->streams[i]->discard = AVDISCARD_ALL;
    s->packet = s->av->av_packet_alloc();
    s->to = s->packet ? s->av->avformat_new_stream(s->muxer, NULL) : NULL;
    if (!s->to || s->av->avcodec_parameters_copy(s->to->codecpar, s->from->codecpar) < 0)
        return feri_fail_memory(err, sizeof *s->to);
    s->to->codecpar->codec_tag = 0; /* each container has its own */
    s->to->time_base = s->from->time_base;
    return FER_OK;
}

fer_status feri_sound_open(const struct feri_av *av, const char *path, AVFormatContext *muxer, struct feri_sound *s,
                           fer_error *err)
{
    *s = (struct feri_sound){.av = av, .muxer = muxer, .source = {.fd = -1}};
    fer_status st = open_demuxer(s, path, err);
    if (st == FER_OK) st = add_stream(s, path, err);
    if (st != FER_OK) feri_sound_close(s);
    return st;
}

/* Seconds in the new file. */
static double time_of(const struct feri_sound *s)
{
    int64_t t = s->packet->pts != AV_NOPTS_VALUE ? s->packet->pts : s->packet->dts;
    return (double)t * av_q2d(s->from->time_base) - s->zero - s->origin;
}

/* The decoder may need packets before the first audible sample. Their times may be below 0, where players do not play
 * them. Not in Matroska, where a negative time would shift all others. */
static bool belongs(const struct feri_sound *s)
{
    const double before = 0.1;
    double length = (double)s->packet->duration * av_q2d(s->from->time_base);
    if (s->packet->stream_index != s->from->index ||
        (s->packet->pts == AV_NOPTS_VALUE && s->packet->dts == AV_NOPTS_VALUE))
        return false;
    if (strcmp(s->muxer->oformat->name, "matroska") == 0) return time_of(s) >= 0 && time_of(s) + length > s->first;
    return time_of(s) + length > s->first - before;
}

/* The next packet of the stream for the time of the frames. False at the end. */
static bool read_one(struct feri_sound *s)
{
    while (!s->ended && !s->waiting) {
        if (s->av->av_read_frame(s->demuxer, s->packet) < 0) {
            s->ended = true;
            break;
        }
        s->waiting = belongs(s);
        if (!s->waiting) s->av->av_packet_unref(s->packet);
    }
    return s->waiting;
}

static int write_one(struct feri_sound *s)
{
    AVPacket *p = s->packet;
    int64_t shift = (int64_t)floor((s->zero + s->origin) / av_q2d(s->from->time_base) + 0.5);
    if (p->pts != AV_NOPTS_VALUE) p->pts -= shift;
    if (p->dts != AV_NOPTS_VALUE) p->dts -= shift;
    s->av->av_packet_rescale_ts(p, s->from->time_base, s->to->time_base);
    p->stream_index = s->to->index;
    p->pos = -1;
    s->waiting = false;
    return s->av->av_interleaved_write_frame(s->muxer, p);
}

fer_status feri_sound_copy(struct feri_sound *s, double until, fer_error *err)
{
    char text[FERI_AV_TEXT];
    while (read_one(s) && time_of(s) < until) {
        int code = write_one(s);
        if (code < 0)
            return feri_fail(err, FER_ERR_FORMAT, "the sound cannot be written: %s", feri_av_text(s->av, code, text));
    }
    return FER_OK;
}

void feri_sound_close(struct feri_sound *s)
{
    if (!s->av) return;
    s->av->av_packet_free(&s->packet);
    s->av->avformat_close_input(&s->demuxer);
    feri_video_source_close(s->av, &s->source);
    *s = (struct feri_sound){0};
}

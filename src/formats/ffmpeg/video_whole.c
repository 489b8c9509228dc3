/* Detects truncated files. For most formats FFmpeg takes the end of the file as the end of the video, wherever it
 * is. */
#include "formats/ffmpeg/video.h"

#include <string.h>

struct bytes {
    const uint8_t *p;
    size_t n, at;
};

/* An EBML number: it has as many leading zero bits as bytes follow the first. *unknown: all its bits are set. */
static uint64_t ebml_number(struct bytes *b, bool *unknown)
{
    uint8_t first = b->at < b->n ? b->p[b->at] : 0;
    size_t length = first ? (size_t)__builtin_clz(first) - 23 : 9;
    *unknown = true;
    if (length > 8 || length > b->n - b->at) return 0;
    uint64_t v = (uint64_t)first & (0xFFu >> length), all = 0xFFu >> length;
    for (size_t i = 1; i < length; i++) {
        v = v << 8 | b->p[b->at + i];
        all = all << 8 | 0xFF;
    }
    b->at += length;
    *unknown = v == all;
    return v;
}

/* The size of the segment, which contains everything after the header. */
static bool matroska_is_cut(const struct feri_video_source *s)
{
    struct bytes b = {s->head, s->n_head, 4};
    bool unknown;
    uint64_t header = ebml_number(&b, &unknown);
    if (unknown || header > b.n - b.at || b.n - b.at - header < 4 ||
        memcmp(b.p + b.at + header, "\x18\x53\x80\x67", 4) != 0)
        return false;
    b.at += (size_t)header + 4;
    uint64_t segment = ebml_number(&b, &unknown);
    return !unknown && segment > (uint64_t)s->size - b.at;
}

static bool riff_is_cut(const struct feri_video_source *s)
{
    const uint8_t *h = s->head;
    if (s->n_head < 8) return false;
    int64_t size = (int64_t)h[4] | (int64_t)h[5] << 8 | (int64_t)h[6] << 16 | (int64_t)h[7] << 24;
    return size + 8 > s->size + 1; /* an odd size may lack its padding */
}

/* The table of frames contains the position of each frame. */
static bool table_is_cut(const fer_video *v)
{
    for (unsigned i = 0; i < v->demuxer->nb_streams; i++) {
        AVStream *stream = v->demuxer->streams[i];
        int n = v->av.avformat_index_get_entries_count(stream);
        for (int k = 0; k < n; k++) {
            const AVIndexEntry *e = v->av.avformat_index_get_entry(stream, k);
            if (e->pos + e->size > v->source.size) return true;
        }
    }
    return false;
}

static bool transport_is_cut(const struct feri_video_source *s)
{
    enum { PACKET = 188, SYNC = 0x47 };
    return s->n_head > PACKET && s->head[0] == SYNC && s->head[PACKET] == SYNC && s->size % PACKET != 0;
}

bool feri_video_is_cut_off(const fer_video *v)
{
    const char *kind = v->demuxer->iformat->name;
    if (v->device || v->source.size <= 0) return false;
    if (strstr(kind, "mp4")) return table_is_cut(v);
    if (strstr(kind, "matroska")) return matroska_is_cut(&v->source);
    if (strcmp(kind, "avi") == 0) return riff_is_cut(&v->source);
    if (strcmp(kind, "mpegts") == 0) return transport_is_cut(&v->source);
    if (strcmp(kind, "yuv4mpegpipe") == 0) return v->packet_end >= 0 && v->packet_end != v->source.size;
    return false;
}

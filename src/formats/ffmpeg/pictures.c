/* BMP, GIF and, without their own libraries, TIFF and WebP by FFmpeg's decoders: one frame, one thread, from memory.
 * Where the program around uses FFmpeg too, its log level is left alone: the decoder's context is quietened, and sizes
 * that FFmpeg would complain of outside the context are refused before it sees them. */
#include "base/error.h"
#include "formats/exif.h"
#include "formats/ffmpeg/frame.h"
#include "formats/picture_codec.h"
#include "formats/riff.h"

#include <stdbool.h>
#include <string.h>

#define QUIET                                                                                                          \
    128 /* added to a message's level: more than a program can ask to see, and within the byte that FFmpeg keeps of it \
         */

/* ---- what the file's header says ---- */

static void bmp_size(const struct feri_picture_file *s, size_t *w, size_t *h)
{
    bool old = feri_riff_get(s, 14, 4) == 12; /* OS/2's header has 16 bits */
    *w = old ? feri_riff_get(s, 18, 2) : feri_riff_get(s, 18, 4);
    *h = old ? feri_riff_get(s, 20, 2) : feri_riff_get(s, 22, 4);
    if (!old && *h >> 31) *h = ((size_t)1 << 32) - *h; /* negative: top row first */
}

/* The size in the extended header if there is one, otherwise that of the frame; 1 x 1 without either. */
static void webp_size(const struct feri_picture_file *s, size_t *w, size_t *h)
{
    size_t length, at = feri_riff_chunk(s, "VP8 ", &length), lossless = feri_riff_chunk(s, "VP8L", &length),
                   bits = feri_riff_get(s, lossless + 1, 4);
    *w = at ? feri_riff_get(s, at + 6, 2) & 0x3FFF : lossless ? (bits & 0x3FFF) + 1 : 1;
    *h = at ? feri_riff_get(s, at + 8, 2) & 0x3FFF : lossless ? (bits >> 14 & 0x3FFF) + 1 : 1;
    if (s->size < 30 || memcmp(s->data + 12, "VP8X", 4) != 0) return;
    *w = feri_riff_get(s, 24, 3) + 1;
    *h = feri_riff_get(s, 27, 3) + 1;
}

static void stated_size(const struct feri_picture_file *s, size_t *w, size_t *h)
{
    switch (s->kind) {
    case FERI_BMP: bmp_size(s, w, h); break;
    case FERI_GIF: *w = feri_riff_get(s, 6, 2), *h = feri_riff_get(s, 8, 2); break;
    case FERI_WEBP: webp_size(s, w, h); break;
    default: *w = feri_tiff_value(s->data, s->size, 256, 0), *h = feri_tiff_value(s->data, s->size, 257, 0); break;
    }
}

#define MARGIN 128 /* pixels that FFmpeg adds to both sides before it compares with its limit */

static fer_status check_size(const struct feri_picture_file *s, fer_error *err)
{
    size_t w, h;
    stated_size(s, &w, &h);
    fer_status st = feri_picture_check_size(s, w, h, err);
    if (st != FER_OK) return st;
    if (w + MARGIN <= FERI_PIXELS_MAX / (h + MARGIN)) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "the picture is %zu x %zu pixels, expected at most %zu in all", w, h,
                     FERI_PIXELS_MAX);
}

/* FFmpeg would accept truncated rows as rows without padding, and truncated runs as an early end. */
static fer_status check_bmp(const struct feri_picture_file *s, fer_error *err)
{
    size_t w, h, bits = feri_riff_get(s, feri_riff_get(s, 14, 4) == 12 ? 24 : 28, 2);
    bool runs = feri_riff_get(s, 14, 4) != 12 && (feri_riff_get(s, 30, 4) == 1 || feri_riff_get(s, 30, 4) == 2);
    bmp_size(s, &w, &h);
    size_t pixels = runs ? feri_riff_get(s, 34, 4) : (w * bits + 31) / 32 * 4 * h;
    if (pixels + feri_riff_get(s, 10, 4) <= s->size) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "the file is cut off");
}

static size_t gif_palette(size_t flags)
{
    return flags & 0x80 ? (size_t)6 << (flags & 7) : 0;
}

/* The position of the zero byte that ends the blocks beginning at `at`; s->size if it is missing. */
static size_t gif_blocks_end(const struct feri_picture_file *s, size_t at)
{
    while (at < s->size && s->data[at] != 0) at += 1 + (size_t)s->data[at];
    return at < s->size ? at : s->size;
}

enum { GIF_EXTENSION = 0x21, GIF_FRAME = 0x2C };

/* What follows the extensions at `at`. */
static size_t gif_skip_extensions(const struct feri_picture_file *s, size_t at)
{
    while (feri_riff_get(s, at, 1) == GIF_EXTENSION) at = gif_blocks_end(s, at + 2) + 1;
    return at;
}

/* Behind the first frame; 0: it is cut off. */
static size_t gif_first_end(const struct feri_picture_file *s)
{
    size_t at = gif_skip_extensions(s, 13 + gif_palette(feri_riff_get(s, 10, 1)));
    if (feri_riff_get(s, at, 1) != GIF_FRAME) return 0;
    at = gif_blocks_end(s, at + 11 + gif_palette(feri_riff_get(s, at + 9, 1)));
    return at < s->size ? at + 1 : 0;
}

static bool gif_is_animated(const struct feri_picture_file *s)
{
    return feri_riff_get(s, gif_skip_extensions(s, gif_first_end(s)), 1) == GIF_FRAME;
}

/* The blocks of the first frame must end, because FFmpeg leaves the rest of a truncated frame unset. */
static fer_status check_gif(const struct feri_picture_file *s, fer_error *err)
{
    if (gif_first_end(s)) return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "the file is cut off or corrupt");
}

/* Whether the frame has the size of the extended header. Otherwise a few bytes could make FFmpeg fill 16383 x 16383
 * pixels.
 */
static bool webp_fits(const struct feri_picture_file *s)
{
    size_t length, w, h, at = feri_riff_chunk(s, "VP8 ", &length), lossless = feri_riff_chunk(s, "VP8L", &length);
    size_t bits = feri_riff_get(s, lossless + 1, 4);
    webp_size(s, &w, &h);
    if (at && lossless) return false;
    if (at) return (feri_riff_get(s, at + 6, 2) & 0x3FFF) == w && (feri_riff_get(s, at + 8, 2) & 0x3FFF) == h;
    return (bits & 0x3FFF) + 1 == w && (bits >> 14 & 0x3FFF) + 1 == h;
}

static fer_status check_webp(const struct feri_picture_file *s, fer_error *err)
{
    size_t length, header = feri_riff_chunk(s, "VP8X", &length);
    if (feri_riff_get(s, 4, 4) > s->size - 8) return feri_fail(err, FER_ERR_FORMAT, "the file is cut off");
    if (header && feri_riff_get(s, header, 1) & 2)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "it is animated, expected a still picture");
    if (header && !webp_fits(s)) return feri_fail(err, FER_ERR_FORMAT, "the frame's size is not the picture's");
    return FER_OK;
}

static fer_status check(const struct feri_picture_file *s, fer_error *err)
{
    fer_status st = check_size(s, err);
    if (st == FER_OK && s->kind == FERI_BMP) st = check_bmp(s, err);
    if (st == FER_OK && s->kind == FERI_GIF) st = check_gif(s, err);
    if (st == FER_OK && s->kind == FERI_WEBP) st = check_webp(s, err);
    return st;
}

static unsigned orientation(const struct feri_picture_file *s)
{
    if (s->kind == FERI_TIFF) return feri_tiff_orientation(s->data, s->size);
    return s->kind == FERI_WEBP ? feri_riff_orientation(s) : 0;
}

/* ---- decode ---- */

struct decoding {
    struct feri_ffmpeg av;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
};

static fer_status fail_av(const struct decoding *d, int code, fer_error *err)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "unknown error";
    d->av.av_strerror(code, text, sizeof text);
    return feri_fail(err, code == AVERROR(ENOMEM) ? FER_ERR_MEMORY : FER_ERR_FORMAT, "%s", text);
}

static fer_status open_decoder(struct decoding *d, const struct feri_picture_file *s, fer_error *err)
{
    static const enum AVCodecID ids[] = {[FERI_BMP] = AV_CODEC_ID_BMP,
                                         [FERI_GIF] = AV_CODEC_ID_GIF,
                                         [FERI_TIFF] = AV_CODEC_ID_TIFF,
                                         [FERI_WEBP] = AV_CODEC_ID_WEBP};
    const AVCodec *codec = d->av.avcodec_find_decoder(ids[s->kind]);
    if (!codec)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "the FFmpeg of this machine was built without a decoder for it");
    d->codec = d->av.avcodec_alloc_context3(codec);
    d->packet = d->av.av_packet_alloc();
    d->frame = d->av.av_frame_alloc();
    if (!d->codec || !d->packet || !d->frame) return fail_av(d, AVERROR(ENOMEM), err);
    d->codec->log_level_offset = QUIET;
    d->codec->thread_count = 1;
    size_t w, h;
    stated_size(s, &w, &h);
    d->codec->max_pixels = (int64_t)((w + MARGIN) * (h + MARGIN));
    d->codec->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
    int code = d->av.avcodec_open2(d->codec, codec, NULL);
    return code < 0 ? fail_av(d, code, err) : FER_OK;
}

/* A decoder that refuses damage also refuses tags that it does not know. It knows these, and they describe pixels. */
static void hide_unknown_tags(uint8_t *tiff, size_t size)
{
    static const unsigned keep[] = {
        256, 257, 258, 259, 262, 266, 273, 277, 278, 279, /* size, depth, compression, colour, strips */
        284, 292, 293, 317, 320, 322, 323, 324, 325,      /* planes, fax, predictor, palette, tiles */
        339, 347, 530, 532,                               /* sample format, JPEG, Y'CbCr */
    };
    feri_tiff_keep(tiff, size, keep, sizeof keep / sizeof *keep);
}

static fer_status decode_frame(struct decoding *d, const struct feri_picture_file *s, fer_error *err)
{
    if (s->size > INT_MAX - AV_INPUT_BUFFER_PADDING_SIZE)
        return feri_fail(err, FER_ERR_UNSUPPORTED, "the file has %zu bytes, expected less than 2 GiB", s->size);
    /* a copy, because decoders read slightly beyond the end */
    int code = d->av.av_new_packet(d->packet, (int)s->size);
    if (code < 0) return fail_av(d, code, err);
    memcpy(d->packet->data, s->data, s->size);
    if (s->kind == FERI_TIFF) hide_unknown_tags(d->packet->data, s->size);
    if ((code = d->av.avcodec_send_packet(d->codec, d->packet)) < 0) return fail_av(d, code, err);
    code = d->av.avcodec_receive_frame(d->codec, d->frame);
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF)
        return feri_fail(err, FER_ERR_FORMAT, "there is no picture in the file");
    if (code < 0) return fail_av(d, code, err);
    if (d->frame->decode_error_flags || d->frame->flags & AV_FRAME_FLAG_CORRUPT)
        return feri_fail(err, FER_ERR_FORMAT, "the file is cut off or corrupt");
    return FER_OK;
}

static fer_status decode(const struct feri_picture_file *s, struct feri_pixels *out, fer_error *err)
{
    struct decoding d = {0};
    fer_status st = check(s, err);
    if (st == FER_OK) st = feri_ffmpeg_find(&d.av, err);
    if (st != FER_OK) return st;
    st = open_decoder(&d, s, err);
    if (st == FER_OK) st = decode_frame(&d, s, err);
    if (st == FER_OK) st = feri_picture_check_size(s, (size_t)d.frame->width, (size_t)d.frame->height, err);
    if (st == FER_OK) st = feri_frame_pixels(&d.av, d.frame, out, err);
    d.av.avcodec_free_context(&d.codec);
    d.av.av_packet_free(&d.packet);
    d.av.av_frame_free(&d.frame);
    return st;
}

/* Only a palette can represent grey here. */
static void join_grey(struct feri_pixels *px)
{
    size_t n = px->w * px->h;
    for (const uint8_t *p = px->data; p < px->data + 3 * n; p += 3)
        if (p[0] != p[1] || p[0] != p[2]) return;
    for (size_t i = 0; i < n; i++) px->data[i] = px->data[3 * i];
    px->c = 1;
}

fer_status feri_ffmpeg_ready(fer_error *err)
{
    struct feri_ffmpeg unused;
    return feri_ffmpeg_find(&unused, err);
}

fer_status feri_ffmpeg_decode(const struct feri_picture_file *s, struct feri_picture *out, fer_error *err)
{
    size_t length, icc = s->kind == FERI_WEBP ? feri_riff_chunk(s, "ICCP", &length) : 0;
    fer_status st = decode(s, &out->px, err);
    if (st != FER_OK) return feri_fail_in(err, st, "%s", s->kind_name);
    if (out->px.c == 3 && (s->kind == FERI_BMP || s->kind == FERI_GIF)) join_grey(&out->px);
    if (s->kind == FERI_GIF && gif_is_animated(s)) feri_picture_note(out, FERI_ANIMATED);
    if (icc) feri_picture_set_icc(out, s->data + icc, length);
    out->orientation = orientation(s);
    return FER_OK;
}

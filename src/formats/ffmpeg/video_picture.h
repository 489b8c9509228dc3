/* A decoded frame as a view: upright 8-bit RGB, by the frame's own colour matrix and range. */
#ifndef FERI_FORMATS_FFMPEG_VIDEO_PICTURE_H
#define FERI_FORMATS_FFMPEG_VIDEO_PICTURE_H

#include "fer/video.h"
#include "formats/ffmpeg/video_av.h"

/* A right-angled turn, optionally mirrored: stored (x, y) is shown at (xx * x + yx * y, xy * x + yy * y), relative to
 * the centre, with y downwards. */
struct feri_video_turn {
    int xx, xy, yx, yy;
};

/* Converts decoded frames to RGB: the converter and its memory. */
struct feri_frame_picture {
    struct SwsContext *sws;
    int w, h, format, matrix, full; /* the current settings of sws */
    uint8_t *rgb, *turned;
    size_t rgb_size, turned_size;
};

/** From a display matrix (nine numbers, 16.16 and 2.30), or NULL. A matrix that is not a right-angled turn is
 * ignored. */
struct feri_video_turn feri_turn_of(const int32_t *matrix);
bool feri_turn_is_none(struct feri_video_turn t);
bool feri_turn_swaps_sides(struct feri_video_turn t);
/** Degrees clockwise: 0, 90, 180, 270. */
int feri_turn_degrees(struct feri_video_turn t);

/** Whether the frame's matrix is BT.709 (or unmarked and large), and whether its range is full. */
bool feri_frame_is_709(const AVFrame *frame);
bool feri_frame_is_full(const AVFrame *frame);

/** The view points into the frame or into p's memory, and is valid until the next call. */
fer_status feri_frame_picture_view(const struct feri_av *av, struct feri_frame_picture *p, const AVFrame *frame,
                                   struct feri_video_turn turn, fer_video_pixels pixels, fer_view *view,
                                   fer_error *err);
void feri_frame_picture_free(const struct feri_av *av, struct feri_frame_picture *p);

#endif

/* A decoded frame as a view: 8-bit RGB by its own colour matrix and range, upright. */
#ifndef FERI_FORMATS_FFMPEG_VIDEO_PICTURE_H
#define FERI_FORMATS_FFMPEG_VIDEO_PICTURE_H

#include "fer/video.h"
#include "formats/ffmpeg/video_av.h"

/* A right-angled turn, mirrored or not: stored (x, y) is shown at (xx * x + yx * y, xy * x + yy * y), from the middle,
 * y down. */
struct feri_turn {
    int xx, xy, yx, yy;
};

/* A decoded frame made into RGB: the tools and memory that it needs. */
struct feri_frame_picture {
    struct SwsContext *sws;
    int w, h, format, matrix, full; /* what sws is set to */
    uint8_t *rgb, *turned;
    size_t rgb_size, turned_size;
};

/** From a display matrix (nine numbers, 16.16 and 2.30), or NULL; one that is no right-angled turn counts as none. */
struct feri_turn feri_turn_of(const int32_t *matrix);
bool feri_turn_is_none(struct feri_turn t);
bool feri_turn_swaps_sides(struct feri_turn t);
/** Degrees clockwise: 0, 90, 180, 270. */
int feri_turn_degrees(struct feri_turn t);

/** Whether the frame's matrix is BT.709 (or unmarked and large), and whether its range is full. */
bool feri_frame_is_709(const AVFrame *frame);
bool feri_frame_is_full(const AVFrame *frame);

/** The view points into the frame or into p's memory: valid until the next call. */
fer_status feri_frame_picture_view(const struct feri_av *av, struct feri_frame_picture *p, const AVFrame *frame,
                                   struct feri_turn turn, fer_video_pixels pixels, fer_view *view, fer_error *err);
void feri_frame_picture_free(const struct feri_av *av, struct feri_frame_picture *p);

#endif

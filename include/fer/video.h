/**
 * @file fer/video.h
 * Frames with their true times: out of video files, pipes and cameras, and into a file again, by FFmpeg's libraries.
 *
 * FFmpeg is looked up at run time. Where libfer was built without it, or it is missing on the machine, the calls return
 * FER_ERR_UNSUPPORTED with a sentence that says so. Cameras also need libavdevice.
 *
 * Times are seconds, and are the file's own presentation timestamps: what `ffprobe -show_entries frame=pts_time`
 * prints. Most files begin at 0, transport streams for one do not (fer_video_info.first). A camera's times count from
 * its first frame.
 *
 * Thread safety: a fer_video and a fer_video_writer belong to one thread at a time. Several may be used at once.
 */
#ifndef FER_VIDEO_H
#define FER_VIDEO_H

#include "fer/face.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fer_video fer_video;
typedef struct fer_video_writer fer_video_writer;

/** How frames are handed over. */
typedef enum fer_video_pixels {
    FER_VIDEO_RGB, /**< FER_RGB8, upright */
    FER_VIDEO_YUV  /**< FER_I420 or FER_NV12 where the decoder gives it and nothing is to be rotated: no conversion;
                      otherwise FER_RGB8 */
} fer_video_pixels;

typedef struct fer_video_options {
    /** FFmpeg's name of a container ("mp4", "h264") or of a device ("v4l2", "lavfi"); NULL: by content */
    const char *format;
    fer_video_pixels pixels;
    /** frames of more pixels (width * height) are refused before their memory is asked for; 0: 1 << 26 */
    size_t pixels_max;
    double start, end;        /**< only frames with start <= seconds < end; end 0: to the last one */
    bool live;                /**< rather drop frames than fall behind: each read gives the newest frame there is */
    size_t width, height;     /**< asked of a camera, both or none; 0: as it likes. It may give another size */
    double rate;              /**< frames a second asked of a camera; 0: as it likes */
    unsigned threads;         /**< of the decoder; 0: one per processor */
    bool (*stop)(void *user); /**< asked now and then, also while a read waits for its input; true: the call returns
                                 FER_ERR_STOPPED. With `live` it is called from another thread as well. NULL: never */
    void *user;               /**< handed to stop */
    double patience;          /**< seconds that a live input may give no frame before that is an error; 0: 10 */
} fer_video_options;

typedef struct fer_video_info {
    size_t width, height; /**< of the upright picture */
    int rotation;         /**< degrees clockwise by which the stored picture was turned upright: 0, 90, 180, 270 */
    double pixel_aspect;  /**< width / height of a pixel as it should be shown; frames are not stretched by it */
    double rate;          /**< frames a second on average; 0: unknown */
    bool variable;        /**< a hint: frames do not follow each other at equal distances */
    double first;         /**< seconds: where the video begins */
    double duration;      /**< seconds; NaN: unknown */
    uint64_t frames;      /**< of the whole file; 0: unknown until read to the end */
    bool has_audio;
    char codec[32];              /**< FFmpeg's names: "h264" */
    char container[64];          /**< "mov,mp4,m4a,3gp,3g2,mj2" */
    unsigned tick_num, tick_den; /**< seconds of the timestamps' unit, such as 1 / 12800 */
    uint64_t decoded;            /**< so far: frames decoded, those before `start` included */
    uint64_t dropped;            /**< so far, with `live`: frames that a newer one replaced before they were read */
    uint64_t damaged;            /**< so far: frames or packets that are missing or not whole */
    double damaged_at;           /**< seconds of the first of these, at most; NaN: none */
} fer_video_info;

typedef struct fer_video_frame {
    fer_view view; /**< upright; valid until the next call with this video */
    /** 0, 1, ... from the file's first frame. Behind a `start` that was jumped to: from the frame's time where the rate
     * is constant or the container has no table of its frames, from that table otherwise. With `live`: of the frames
     * that came in, the dropped ones included */
    uint64_t index;
    /** presentation timestamp. A frame without one: the time the container lets expect, else that of its forerunner and
     * its duration */
    double seconds;
    bool resized;    /**< its size is not that of the frame before */
    bool bt709;      /**< of FER_VIDEO_YUV: the colour matrix is BT.709's, not BT.601's */
    bool full_range; /**< of FER_VIDEO_YUV: luma is 0 to 255, not 16 to 235 */
    bool damaged;    /**< the decoder had to make up a part of it */
} fer_video_frame;

/**
 * Open a file, "-" (standard input, which need not be seekable), or with a device's `format` what that takes:
 * "/dev/video0". Only the file itself is read: a playlist that points at others is refused. opt NULL: all defaults.
 * *out is freed by fer_video_close().
 *
 * FER_ERR_IO: no such file, or it cannot be read. FER_ERR_FORMAT: empty, not a video, no video stream (only sound), a
 * size beyond pixels_max. FER_ERR_UNSUPPORTED: a codec that this FFmpeg lacks, no FFmpeg, no libavdevice.
 *
 * Colours are converted by the matrix and range that the frame is marked with; unmarked ones by BT.709 from 720 rows or
 * 1280 columns on, by BT.601 below, limited range. Interlaced frames are delivered as they are.
 */
FER_API fer_status fer_video_open(const char *path, const fer_video_options *opt, fer_video **out, fer_error *err);
/** NULL is allowed. */
FER_API void fer_video_close(fer_video *v);
FER_API fer_status fer_video_get_info(fer_video *v, fer_video_info *out, fer_error *err);

/**
 * The next frame in the order of presentation. *more is false at the end, and frame is then untouched.
 *
 * A damaged file delivers what can be decoded: a part that cannot be is skipped, and frames that the decoder patched
 * are marked. Where anything was lost the end is FER_ERR_FORMAT in place of *more false, with a sentence that names the
 * file, the time and the extent; likewise where the file is cut off. Behind an error, FER_ERR_STOPPED included, every
 * read gives that error again.
 *
 * Times may step back where the file was put together of several.
 */
FER_API fer_status fer_video_read(fer_video *v, fer_video_frame *frame, bool *more, fer_error *err);

typedef struct fer_video_writer_options {
    /** of the video, rounded down to even; 0: as the first frame. Frames of another shape are scaled, with bars */
    size_t width, height;
    double rate; /**< frames a second, which the encoder plans with; times are kept whatever it is; 0: 30 */
    unsigned tick_num,
        tick_den; /**< seconds of the unit that times are rounded to: fer_video_info's keeps them exact; 0: 1 / 90000 */
    double origin;          /**< seconds that become 0 in the file, of frames and of sound */
    const char *audio_from; /**< video whose sound is copied as it is, cut to the time of the frames; NULL: none */
    unsigned quality;       /**< H.264's constant rate factor, 1 (best) to 51; 0: 20 */
    unsigned threads;       /**< of the encoder; 0: one per processor */
    fer_line_fn *note;      /**< told why sound is left out; NULL: not told */
    void *note_user;
} fer_video_writer_options;

/**
 * H.264 in MP4 (.mkv: Matroska, .mov: QuickTime), 4:2:0; MPEG-4 where FFmpeg has no encoder for H.264. The file appears
 * under its name when fer_video_writer_finish() succeeds; until then it is "<path>.tmp", which every failure removes.
 * opt NULL: all defaults.
 */
FER_API fer_status fer_video_writer_new(const char *path, const fer_video_writer_options *opt, fer_video_writer **out,
                                        fer_error *err);
/** seconds must grow from call to call and not lie before the origin. The view is copied. FER_I420 and FER_NV12
 *  are taken to have the file's own matrix and range: limited, BT.709 from 720 rows or 1280 columns on, else BT.601. */
FER_API fer_status fer_video_writer_add(fer_video_writer *w, const fer_view *view, double seconds, fer_error *err);
/** Whatever it returns, only fer_video_writer_free() may follow. */
FER_API fer_status fer_video_writer_finish(fer_video_writer *w, fer_error *err);
/** Not finished: leaves no file behind. NULL is allowed. */
FER_API void fer_video_writer_free(fer_video_writer *w);

#ifdef __cplusplus
}
#endif
#endif

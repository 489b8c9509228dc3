/**
 * @file fer/video.h
 * Video: read frames with their true times from files, pipes and cameras, and write video files, with FFmpeg's
 * libraries.
 *
 * libfer loads FFmpeg when it is first needed. If libfer was built without it, or the machine lacks it, every call
 * returns FER_ERR_UNSUPPORTED. Cameras also need libavdevice.
 *
 * Times are in seconds. They are the file's own presentation timestamps, which `ffprobe -show_entries frame=pts_time`
 * prints. Most files begin at 0; others, such as transport streams, begin at fer_video_info.first. No time is negative:
 * a camera, and a file whose timestamps begin below zero, count from their first frame.
 *
 * Thread safety: a fer_video and a fer_video_writer belong to one thread at a time. Several of them may be in use at
 * once. Both belong to the process that opened them: in a child after fork() they return FER_ERR_UNSUPPORTED.
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

/* ---- reading ---- */

/** Pixel format of the frames. */
typedef enum fer_video_pixels {
    FER_VIDEO_RGB, /**< FER_RGB8, upright */
    FER_VIDEO_YUV  /**< without conversion: FER_I420 or FER_NV12, if the decoder delivers it and nothing needs rotation;
                      otherwise FER_RGB8 */
} fer_video_pixels;

typedef struct fer_video_options {
    /** FFmpeg's name of a container ("mp4", "h264") or of a device ("v4l2", "lavfi"); NULL: found by the content */
    const char *format;
    fer_video_pixels pixels;
    size_t pixels_max; /**< a frame with more pixels (width * height) is an error, before its memory is allocated; 0: 1
                          << 26 */
    double start, end; /**< seconds: only frames with start <= time < end; end 0: to the last frame */
    bool live; /**< each read returns the newest frame and drops older ones, so that reading never falls behind */
    size_t width, height; /**< requested from a camera, which may deliver another size; 0 and 0: its choice */
    double rate;          /**< frames per second requested from a camera; 0: its choice */
    unsigned threads;     /**< of the decoder; 0: one per processor */
    /** Called regularly, also while a read waits for input. Return true to stop: the read returns FER_ERR_STOPPED. With
     * `live` it is also called from another thread. NULL: never stops */
    bool (*stop)(void *user);
    void *user;      /**< passed to stop */
    double patience; /**< seconds that a live input may deliver no frame, after that it is an error; 0: 10 */
} fer_video_options;

typedef struct fer_video_info {
    size_t width, height; /**< pixels of the upright picture */
    int rotation;         /**< degrees clockwise from the stored picture to the upright one: 0, 90, 180, 270 */
    double pixel_aspect;  /**< width / height of a pixel on the screen; frames are not stretched */
    double rate;          /**< mean frames per second; 0: not known */
    bool variable;        /**< a hint: the times between frames differ */
    double first;         /**< seconds: where the video begins */
    double duration;      /**< seconds; NaN: not known */
    uint64_t frames;      /**< of the whole file; 0: not known before its end */
    bool has_audio;
    char codec[32];              /**< FFmpeg's name, such as "h264" */
    char container[64];          /**< FFmpeg's names, such as "mov,mp4,m4a,3gp,3g2,mj2" */
    unsigned tick_num, tick_den; /**< unit of the timestamps: tick_num / tick_den seconds, such as 1 / 12800 */
    uint64_t decoded;            /**< frames decoded so far, those before `start` included */
    uint64_t dropped;            /**< with `live`: frames dropped so far */
    uint64_t damaged;            /**< frames and packets so far that are missing or incomplete */
    double damaged_at;           /**< seconds: upper bound for the time of the first damage; NaN: no damage */
} fer_video_info;

typedef struct fer_video_frame {
    fer_view view; /**< upright; valid until the next call with this video */
    /** 0, 1, ... from the file's first frame. If reading jumped to `start`, the index comes from the container's table
     * of frames, or from the time if the rate is constant or there is no table. With `live` dropped frames count too.
     */
    uint64_t index;
    double
        seconds; /**< presentation timestamp; for a frame without one, the time that container or predecessor suggest */
    bool resized;    /**< the size differs from the frame before */
    bool bt709;      /**< FER_VIDEO_YUV: the colour matrix is that of BT.709, otherwise of BT.601 */
    bool full_range; /**< FER_VIDEO_YUV: luma is 0 to 255, otherwise 16 to 235 */
    bool damaged;    /**< the decoder had to fill in a part */
} fer_video_frame;

/**
 * Open a file, "-" for standard input (a pipe will do), or a device: with its `format`, path is the device's name, such
 * as "/dev/video0". Only this file is read: a playlist that names other files is an error. opt NULL: all defaults. The
 * caller frees *out with fer_video_close().
 *
 * | error               | reason                                                                                  |
 * |---------------------|-----------------------------------------------------------------------------------------|
 * | FER_ERR_IO          | the file is missing or cannot be read                                                   |
 * | FER_ERR_FORMAT      | it is empty, no video, has no video stream, or is larger than pixels_max                |
 * | FER_ERR_UNSUPPORTED | FFmpeg, its libavdevice or a codec is missing                                           |
 *
 * Colours are converted with the matrix and range that the frame states. A frame that states none has the limited
 * range, and BT.709 from 720 rows or 1280 columns on, otherwise BT.601. Interlaced frames stay interlaced.
 */
FER_API fer_status fer_video_open(const char *path, const fer_video_options *opt, fer_video **out, fer_error *err);
FER_API void fer_video_close(fer_video *v);
FER_API fer_status fer_video_get_info(fer_video *v, fer_video_info *out, fer_error *err);

/**
 * Read the next frame in the order of presentation. At the end *more is false and the frame is untouched.
 *
 * From a damaged file the call reads what can be decoded. It skips the rest, and marks frames that the decoder had to
 * fill in. If anything was lost, or the file is cut off, the end is FER_ERR_FORMAT instead: the sentence names the
 * file, the time and the extent. After an error, FER_ERR_STOPPED included, every further read returns the same error.
 *
 * Times may go backwards in a file that was joined from several.
 */
FER_API fer_status fer_video_read(fer_video *v, fer_video_frame *frame, bool *more, fer_error *err);

/* ---- writing ---- */

typedef struct fer_video_writer_options {
    size_t width, height; /**< of the video, rounded down to even numbers; 0: as the first frame. Other frames are
                             scaled, with black bars */
    double rate;          /**< frames per second that the encoder expects; the times stay exact in any case; 0: 30 */
    unsigned tick_num, tick_den; /**< times are rounded to tick_num / tick_den seconds; fer_video_info's keep them
                                    exact; 0: 1 / 90000 */
    double origin;               /**< seconds that become 0 in the file, for frames and sound */
    const char *audio_from;      /**< video whose sound is copied unchanged, cut to the frames' times; NULL: none */
    unsigned quality;            /**< H.264's constant rate factor, 1 (best) to 51; 0: 20 */
    unsigned threads;            /**< of the encoder; 0: one per processor */
    fer_line_fn *note;           /**< receives the reason if the sound is left out; NULL: none */
    void *note_user;
} fer_video_writer_options;

/**
 * Write H.264 in 4:2:0, or MPEG-4 if FFmpeg has no encoder for H.264. The name decides the container: .mp4 and .m4v,
 * .mkv for Matroska, .mov for QuickTime; a pipe or device of another name gets Matroska. The file appears under its
 * name when fer_video_writer_finish() succeeds; until then what was there stays. opt NULL: all defaults. The caller
 * frees *out with fer_video_writer_free().
 */
FER_API fer_status fer_video_writer_new(const char *path, const fer_video_writer_options *opt, fer_video_writer **out,
                                        fer_error *err);
/** Append a frame; its pixels are copied. `seconds` must be larger than in the call before, and not before the origin.
 * FER_I420 and FER_NV12 must have the file's own matrix and range: limited, BT.709 from 720 rows or 1280 columns on,
 * otherwise BT.601. */
FER_API fer_status fer_video_writer_add(fer_video_writer *w, const fer_view *view, double seconds, fer_error *err);
/** Complete the file. After this call, whatever it returns, only fer_video_writer_free() is allowed. */
FER_API fer_status fer_video_writer_finish(fer_video_writer *w, fer_error *err);
/** Without fer_video_writer_finish() no file remains. */
FER_API void fer_video_writer_free(fer_video_writer *w);

#ifdef __cplusplus
}
#endif
#endif

/* Small videos in memory. FFmpeg is not instrumented: the target is libfer's handling of its results. */
#include "formats/ffmpeg/video.h"
#include "fuzz.h"

#define PIXELS_MAX ((size_t)1 << 16)
#define FRAMES_MAX 16

static void read_some(fer_video *v)
{
    fer_video_frame f;
    fer_error err = {0};
    bool more = true;
    for (int n = 0; n < FRAMES_MAX && succeeded(fer_video_read(v, &f, &more, &err), &err) && more; n++) {
        volatile uint8_t sink = 0;
        demand(f.view.format == FER_RGB8 && f.view.width > 0 && f.view.height > 0 &&
               f.view.width * f.view.height <= PIXELS_MAX);
        for (size_t y = 0; y < f.view.height; y++)
            for (size_t x = 0; x < 3 * f.view.width; x++) sink = f.view.planes[0][y * f.view.strides[0] + x];
        (void)sink;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fer_video *v;
    fer_video_info info;
    fer_error err = {0};
    fer_video_options opt = {.pixels_max = PIXELS_MAX, .threads = 1, .start = size % 2 ? 0.1 : 0};
    if (!succeeded(feri_video_open_memory(data, size, &opt, &v, &err), &err)) return 0;
    read_some(v);
    demand(succeeded(fer_video_get_info(v, &info, &err), &err));
    fer_video_close(v);
    return 0;
}

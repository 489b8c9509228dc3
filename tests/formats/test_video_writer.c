/* Videos that libfer writes, read by ffprobe, by ffmpeg and by libfer. */
#define _GNU_SOURCE /* mkdtemp, popen */
#include "video.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOURCE(seconds) "-f lavfi -i testsrc=size=64x48:rate=25:duration=" seconds " "
#define X264            "-c:v libx264 -preset veryfast -pix_fmt yuv420p "

static int make_videos(void **state)
{
    if (make_dir(state) != 0) return -1;
    ffmpeg(SOURCE("2") "-f lavfi -i sine=duration=3 " X264 "-c:a aac sound.mp4 -map 1 -map 0 -c:a tta " X264 "tta.mkv "
                       "-map 0 -vf \"select='not(mod(n\\,7))+gt(n\\,30)*not(mod(n\\,2))'\" -vsync vfr " X264
                       "variable.mp4");
    return 0;
}

struct notes {
    int n;
    char last[1024];
};

static void note(void *user, const char *line)
{
    struct notes *notes = user;
    notes->n++;
    snprintf(notes->last, sizeof notes->last, "%s", line);
}

/* Every frame of one file into another. */
static fer_status copy(const char *from, const char *to, const fer_video_options *in,
                       const fer_video_writer_options *out, fer_error *err)
{
    fer_video *v;
    fer_video_writer *w;
    fer_video_frame f;
    bool more = true;
    must(from, fer_video_open(from, in, &v, err), err);
    fer_status st = fer_video_writer_new(to, out, &w, err);
    while (st == FER_OK) {
        must(from, fer_video_read(v, &f, &more, err), err);
        if (!more) break;
        st = fer_video_writer_add(w, &f.view, f.seconds, err);
    }
    if (st == FER_OK) st = fer_video_writer_finish(w, err);
    fer_video_writer_free(w);
    fer_video_close(v);
    return st;
}

static fer_video_writer_options like(const char *name)
{
    fer_video *v;
    fer_video_info info;
    fer_error err = {0};
    must(name, fer_video_open(at(name), NULL, &v, &err), &err);
    must(name, fer_video_get_info(v, &info, &err), &err);
    fer_video_close(v);
    return (fer_video_writer_options){.rate = info.rate, .tick_num = info.tick_num, .tick_den = info.tick_den};
}

static bool exists(const char *name)
{
    struct stat st;
    return stat(at(name), &st) == 0;
}

static void test_times_are_kept(void **state)
{
    (void)state;
    double want[MOST], got[MOST];
    fer_error err = {0};
    fer_video_writer_options opt = like("variable.mp4");
    must("copy", copy(at("variable.mp4"), at("again.mp4"), NULL, &opt, &err), &err);
    size_t n = probe("variable.mp4", "frame=pts_time -select_streams v", want);
    assert_int_equal(probe("again.mp4", "frame=pts_time -select_streams v", got), n);
    for (size_t i = 0; i < n; i++) assert_true(got[i] == want[i]);
    agrees_with_ffprobe("again.mp4");
    assert_false(exists("again.mp4.tmp"));
}

static void test_times_from_an_origin(void **state)
{
    (void)state;
    double got[MOST];
    fer_error err = {0};
    fer_video_writer_options opt = {.origin = 1};
    must("copy", copy(at("sound.mp4"), at("half.mkv"), &(fer_video_options){.start = 1}, &opt, &err), &err);
    assert_int_equal(probe("half.mkv", "frame=pts_time -select_streams v", got), 25);
    for (size_t i = 0; i < 25; i++) assert_true(fabs(got[i] - 0.04 * (double)i) < 1e-3);
}

/* The sound's packets are the source's, to the byte, and end with the frames. */
static void test_sound_is_copied_and_cut(void **state)
{
    (void)state;
    double codec[MOST], seconds[2];
    fer_error err = {0};
    struct notes notes = {0};
    char from[1024];
    snprintf(from, sizeof from, "%s", at("sound.mp4"));
    fer_video_writer_options opt = {.audio_from = from, .note = note, .note_user = &notes};
    must("copy", copy(from, at("with.mp4"), NULL, &opt, &err), &err);
    assert_int_equal(notes.n, 0);
    assert_int_equal(probe("with.mp4", "stream=duration -select_streams a", seconds), 1);
    assert_true(fabs(seconds[0] - 2) < 0.05); /* of 3 */
    run("ffmpeg -v error -i sound.mp4 -map 0:a -c copy -frames:a 80 -f framemd5 - | grep -v '^#' | awk '{print $NF}' > "
        "a; "
        "ffmpeg -v error -i with.mp4 -map 0:a -c copy -frames:a 80 -f framemd5 - | grep -v '^#' | awk '{print $NF}' > "
        "b; "
        "test $(wc -l < b) -eq 80 && cmp a b");
    assert_int_equal(probe("with.mp4", "packet=pts_time -select_streams v", codec), 50);

    opt.origin = 1;
    must("copy", copy(from, at("part.mp4"), &(fer_video_options){.start = 1, .end = 1.6}, &opt, &err), &err);
    assert_int_equal(probe("part.mp4", "stream=duration -select_streams a", seconds), 1);
    assert_true(fabs(seconds[0] - 0.6) < 0.05);
    agrees_with_ffprobe("part.mp4");
}

static void test_sound_that_does_not_fit_is_told(void **state)
{
    (void)state;
    fer_error err = {0};
    struct notes notes = {0};
    char from[1024];
    snprintf(from, sizeof from, "%s", at("tta.mkv"));
    fer_video_writer_options opt = {.audio_from = from, .note = note, .note_user = &notes};
    must("copy", copy(from, at("silent.mp4"), NULL, &opt, &err), &err);
    assert_int_equal(notes.n, 1);
    assert_non_null(strstr(notes.last, "'tta', does not fit into the container 'mp4'"));
    agrees_with_ffprobe("silent.mp4");
    notes.n = 0;
    must("copy", copy(from, at("tta-too.mkv"), NULL, &opt, &err), &err);
    assert_int_equal(notes.n, 0);
    assert_true(watch(at("tta-too.mkv"), NULL).info.has_audio);
}

/* ---- pixels ---- */

enum { W = 80, H = 60 };

/* Smooth, so that halved chroma loses little. */
static void paint(uint8_t *rgb, size_t w, size_t h, size_t t)
{
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++, rgb += 3) {
            rgb[0] = (uint8_t)(40 + 170 * x / w);
            rgb[1] = (uint8_t)(40 + 170 * y / h);
            rgb[2] = (uint8_t)(60 + 3 * t + 100 * (x + y) / (w + h));
        }
}

static double psnr(const fer_view *a, const uint8_t *b, size_t w)
{
    double sum = 0;
    for (size_t y = 0; y < a->height; y++)
        for (size_t i = 0; i < 3 * a->width; i++) {
            double d = (double)a->planes[0][y * a->strides[0] + i] - b[y * 3 * w + i];
            sum += d * d;
        }
    return 10 * log10(255.0 * 255.0 * 3.0 * (double)(a->width * a->height) / (sum + 1e-9));
}

static fer_view view_of(const uint8_t *rgb, size_t w, size_t h)
{
    return (fer_view){.format = FER_RGB8, .width = w, .height = h, .planes = {rgb}, .strides = {3 * w}};
}

/* w x h painted frames, written and read again. */
static void expect_pixels(size_t w, size_t h)
{
    static uint8_t rgb[1400 * 800 * 3];
    fer_video_writer_options opt = {.quality = 4};
    fer_video_writer *writer;
    fer_video *v;
    fer_video_frame f;
    fer_error err = {0};
    bool more;
    must("new", fer_video_writer_new(at("painted.mp4"), &opt, &writer, &err), &err);
    for (size_t t = 0; t < 4; t++) {
        paint(rgb, w, h, t);
        fer_view view = view_of(rgb, w, h);
        must("add", fer_video_writer_add(writer, &view, 0.1 * (double)t, &err), &err);
    }
    must("finish", fer_video_writer_finish(writer, &err), &err);
    fer_video_writer_free(writer);
    must("open", fer_video_open(at("painted.mp4"), NULL, &v, &err), &err);
    for (size_t t = 0; t < 4; t++) {
        must("read", fer_video_read(v, &f, &more, &err), &err);
        assert_true(more && f.view.width == (w & ~(size_t)1) && f.view.height == (h & ~(size_t)1));
        paint(rgb, w, h, t);
        double db = psnr(&f.view, rgb, w);
        if (db < 36) fail_msg("%zu x %zu, frame %zu: %g dB", w, h, t, db);
    }
    fer_video_close(v);
}

static void test_pixels_come_back(void **state)
{
    (void)state;
    expect_pixels(W, H);
    expect_pixels(81, 61);
    expect_pixels(1280, 720); /* BT.709 */
}

/* Marked with their matrix and range. */
static void test_colours_are_tagged(void **state)
{
    (void)state;
    run("ffprobe -v error -show_entries stream=color_space,color_range,pix_fmt -of csv=p=0 painted.mp4 | grep -qx "
        "'yuv420p,tv,bt709'");
    run("ffprobe -v error -select_streams v -show_entries stream=color_space,color_range -of csv=p=0 with.mp4 | grep "
        "-qx 'tv,smpte170m'");
}

/* All arrangements of the same pixels make the same video. */
static void test_formats_of_views(void **state)
{
    (void)state;
    static const fer_pixel_format formats[] = {FER_BGR8, FER_RGBA8, FER_BGRA8, FER_GRAY8};
    uint8_t pixels[W * H * 4];
    for (size_t k = 0; k < sizeof formats / sizeof *formats; k++) {
        bool swapped = formats[k] == FER_BGR8 || formats[k] == FER_BGRA8, grey = formats[k] == FER_GRAY8;
        size_t bytes = grey ? 1 : formats[k] == FER_BGR8 ? 3 : 4;
        for (size_t i = 0; i < W * H; i++)
            for (size_t c = 0; c < bytes; c++)
                pixels[i * bytes + c] = (uint8_t)(grey ? 100 : c == (swapped ? 2 : 0) ? 200 : c == 1 ? 90 : 30);
        fer_view view = {.format = formats[k], .width = W, .height = H, .planes = {pixels}, .strides = {W * bytes}};
        fer_video_writer *w;
        fer_video *v;
        fer_video_frame f;
        fer_error err = {0};
        bool more;
        must("new", fer_video_writer_new(at("one.mp4"), NULL, &w, &err), &err);
        must("add", fer_video_writer_add(w, &view, 0, &err), &err);
        must("finish", fer_video_writer_finish(w, &err), &err);
        fer_video_writer_free(w);
        must("open", fer_video_open(at("one.mp4"), NULL, &v, &err), &err);
        must("read", fer_video_read(v, &f, &more, &err), &err);
        const uint8_t *p = f.view.planes[0] + 20 * f.view.strides[0] + 60;
        int want[3] = {grey ? 100 : 200, grey ? 100 : 90, grey ? 100 : 30};
        for (int c = 0; c < 3; c++)
            if (abs(p[c] - want[c]) > 4)
                fail_msg("format %d: channel %d is %d, expected %d", (int)formats[k], c, p[c], want[c]);
        fer_video_close(v);
    }
}

/* A wide frame in a square video: bars above and below, nothing stretched. */
static void test_other_shapes_get_bars(void **state)
{
    (void)state;
    static uint8_t white[128 * 64 * 3], square[64 * 64 * 3];
    fer_video_writer *w;
    fer_video *v;
    fer_video_frame f;
    fer_error err = {0};
    bool more;
    memset(white, 255, sizeof white);
    memset(square, 255, sizeof square);
    fer_view first = view_of(square, 64, 64), wide = view_of(white, 128, 64);
    must("new", fer_video_writer_new(at("bars.mp4"), NULL, &w, &err), &err);
    must("add", fer_video_writer_add(w, &first, 0, &err), &err);
    must("add", fer_video_writer_add(w, &wide, 1, &err), &err);
    must("finish", fer_video_writer_finish(w, &err), &err);
    fer_video_writer_free(w);
    must("open", fer_video_open(at("bars.mp4"), NULL, &v, &err), &err);
    must("read", fer_video_read(v, &f, &more, &err), &err);
    assert_true(f.view.planes[0][8 * f.view.strides[0] + 96] > 250);
    must("read", fer_video_read(v, &f, &more, &err), &err);
    assert_true(more && f.view.width == 64 && f.view.height == 64 && f.seconds == 1);
    assert_true(f.view.planes[0][8 * f.view.strides[0] + 96] < 5);
    assert_true(f.view.planes[0][32 * f.view.strides[0] + 96] > 250);
    assert_true(f.view.planes[0][56 * f.view.strides[0] + 96] < 5);
    fer_video_close(v);
}

/* ---- failures ---- */

/* A disk that fills up, simulated by a limit on file sizes. Neither a part of the video nor its temporary file
 * remains. */
static void test_full_disk(void **state)
{
    (void)state;
    struct rlimit before, small;
    fer_error err = {0};
    getrlimit(RLIMIT_FSIZE, &before);
    for (rlim_t limit = 1; limit <= 8193; limit += 2048) {
        small = (struct rlimit){limit, before.rlim_max};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        fer_status st = copy(at("sound.mp4"), at("full.mp4"), NULL, &(fer_video_writer_options){.quality = 1}, &err);
        setrlimit(RLIMIT_FSIZE, &before);
        refused("full disk", st, FER_ERR_IO, &err, "full.mp4");
        refused("full disk", st, FER_ERR_IO, &err, "cannot be written: File too large");
        assert_false(exists("full.mp4"));
        assert_false(exists("full.mp4.tmp"));
    }
}

static void test_wrong_calls(void **state)
{
    (void)state;
    static const uint8_t rgb[W * H * 3];
    fer_view view = view_of(rgb, W, H), thin = view_of(rgb, 1, 1);
    fer_video_writer *w;
    fer_error err = {0};
    refused("directory", fer_video_writer_new(at("no/such/x.mp4"), NULL, &w, &err), FER_ERR_IO, &err, "no/such/x.mp4");
    assert_null(w);
    refused("directory", fer_video_writer_new("/tmp/", NULL, &w, &err), FER_ERR_IO, &err, "/tmp/");
    static const char *const others[] = {"x.gif", "x.webm", "x.avi", "x"};
    for (size_t i = 0; i < 4; i++)
        refused("another container", fer_video_writer_new(at(others[i]), NULL, &w, &err), FER_ERR_UNSUPPORTED, &err,
                others[i]);
    fer_video_writer_options coarse = {.quality = 52};
    refused("quality", fer_video_writer_new(at("x.mp4"), &coarse, &w, &err), FER_ERR_ARGUMENT, &err, "52");
    must("new", fer_video_writer_new(at("x.mp4"), &(fer_video_writer_options){.origin = 1}, &w, &err), &err);
    refused("thin", fer_video_writer_add(w, &thin, 1, &err), FER_ERR_ARGUMENT, &err, "1 x 1");
    refused("early", fer_video_writer_add(w, &view, 0.5, &err), FER_ERR_ARGUMENT, &err, "x.mp4: a frame at 0.500000 s");
    must("add", fer_video_writer_add(w, &view, 2, &err), &err);
    refused("back", fer_video_writer_add(w, &view, 2, &err), FER_ERR_ARGUMENT, &err, "expected one after 2.000000 s");
    fer_video_writer_free(w); /* not finished */
    assert_false(exists("x.mp4") || exists("x.mp4.tmp"));
    must("new", fer_video_writer_new(at("x.mp4"), NULL, &w, &err), &err);
    refused("nothing", fer_video_writer_finish(w, &err), FER_ERR_ARGUMENT, &err, "x.mp4: a video without a frame");
    fer_video_writer_free(w);
    assert_false(exists("x.mp4") || exists("x.mp4.tmp"));
}

/* The threads and the files belong to the parent. A child after fork() gets an error, and freeing there does no
 * harm. */
static bool child_is_refused(fer_video *v, fer_video_writer *w, const fer_view *view)
{
    fer_video_frame f;
    bool more;
    fer_error err = {0};
    bool refused = fer_video_read(v, &f, &more, &err) == FER_ERR_UNSUPPORTED && strstr(err.text, "fork()") &&
                   fer_video_writer_add(w, view, 9, &err) == FER_ERR_UNSUPPORTED && strstr(err.text, "fork()") &&
                   fer_video_writer_finish(w, &err) == FER_ERR_UNSUPPORTED;
    fer_video_writer_free(w);
    fer_video_close(v);
    return refused;
}

static void fork_between_frames(bool live)
{
    fer_video *v;
    fer_video_writer *w;
    fer_video_frame f;
    bool more = true;
    fer_error err = {0};
    must("open", fer_video_open(at("sound.mp4"), &(fer_video_options){.threads = 3, .live = live}, &v, &err), &err);
    must("new", fer_video_writer_new(at("forked.mp4"), &(fer_video_writer_options){.threads = 3}, &w, &err), &err);
    for (int i = 0; more && i < 20; i++) {
        must("read", fer_video_read(v, &f, &more, &err), &err);
        if (!more) break;
        must("add", fer_video_writer_add(w, &f.view, f.seconds, &err), &err);
        pid_t child = fork();
        if (child == 0) {
            alarm(60);
            _exit(child_is_refused(v, w, &f.view) ? 0 : 1);
        }
        int status = 1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    must("finish", fer_video_writer_finish(w, &err), &err);
    fer_video_writer_free(w);
    fer_video_close(v);
    assert_true(exists("forked.mp4"));
}

static void test_a_child_is_refused(void **state)
{
    (void)state;
    fork_between_frames(false);
    fork_between_frames(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_kept),
        cmocka_unit_test(test_times_from_an_origin),
        cmocka_unit_test(test_sound_is_copied_and_cut),
        cmocka_unit_test(test_sound_that_does_not_fit_is_told),
        cmocka_unit_test(test_pixels_come_back),
        cmocka_unit_test(test_colours_are_tagged),
        cmocka_unit_test(test_formats_of_views),
        cmocka_unit_test(test_other_shapes_get_bars),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_wrong_calls),
        cmocka_unit_test(test_a_child_is_refused),
    };
    return have_ffmpeg() ? cmocka_run_group_tests(tests, make_videos, remove_dir) : 0;
}

/* Reading video, against ffprobe's times and known colours. */
#define _GNU_SOURCE /* mkdtemp, popen */
#include "video.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <time.h>

#define SOURCE(seconds) "-f lavfi -i testsrc=size=64x48:rate=25:duration=" seconds " "
#define TONE(seconds)   "-f lavfi -i sine=duration=" seconds " "
#define X264            "-c:v libx264 -preset veryfast -pix_fmt yuv420p "

static int make_videos(void **state)
{
    if (make_dir(state) != 0) return -1;
    ffmpeg(SOURCE("2") TONE("2") X264 "-g 10 -c:a aac constant.mp4 " X264 "-g 10 -an transport.ts " X264
                                      "-g 10 -c:a aac constant.mkv "
                                      "-vn sound.wav -an -pix_fmt yuv420p plain.y4m -an " X264 "raw.h264");
    ffmpeg(
        SOURCE("2") "-vf \"select='not(mod(n\\,7))+gt(n\\,30)*not(mod(n\\,2))'\" -vsync vfr " X264 "-g 4 variable.mp4 "
                    "-vf \"select='not(mod(n\\,7))+gt(n\\,30)*not(mod(n\\,2))'\" -vsync vfr " X264 "-g 4 variable.mkv");
    return 0;
}

static void test_times_are_those_of_ffprobe(void **state)
{
    (void)state;
    agrees_with_ffprobe("constant.mp4");
    agrees_with_ffprobe("constant.mkv");
    agrees_with_ffprobe("transport.ts");
    agrees_with_ffprobe("plain.y4m");
    agrees_with_ffprobe("variable.mp4");
    agrees_with_ffprobe("variable.mkv");
}

static void test_info(void **state)
{
    (void)state;
    struct seen s = watch(at("constant.mp4"), NULL), vfr = watch(at("variable.mp4"), NULL),
                ts = watch(at("transport.ts"), NULL);
    assert_int_equal(s.info.width, 64);
    assert_int_equal(s.info.height, 48);
    assert_int_equal(s.info.rotation, 0);
    assert_true(fabs(s.info.rate - 25) <= 1e-9);
    assert_true(fabs(s.info.duration - 2) <= 1e-3);
    assert_int_equal(s.info.frames, 50);
    assert_int_equal(s.info.decoded, 50);
    assert_true(s.info.has_audio && !s.info.variable);
    assert_string_equal(s.info.codec, "h264");
    assert_true(vfr.info.variable && !vfr.n_damaged);
    assert_true(!ts.info.has_audio && ts.info.first > 1 && ts.info.first == ts.seconds[0]);
}

/* A stream without timestamps gets them from its rate. */
static void test_frames_without_times(void **state)
{
    (void)state;
    struct seen s = watch(at("raw.h264"), NULL);
    must_see("raw.h264", &s);
    assert_int_equal(s.n, 50);
    for (size_t i = 1; i < s.n; i++) assert_true(fabs(s.seconds[i] - s.seconds[i - 1] - 0.04) <= 1e-6);
}

/* start and end are relative to the first frame. */
static void expect_span(const char *name, double start, double end, size_t from, size_t to)
{
    double first = watch(at(name), NULL).info.first;
    fer_video_options opt = {.start = first + start, .end = end > 0 ? first + end : 0};
    struct seen s = watch(at(name), &opt);
    must_see(name, &s);
    if (s.n != to - from) fail_msg("%s from %g to %g: %zu frames, expected %zu", name, start, end, s.n, to - from);
    for (size_t i = 0; i < s.n; i++) {
        if (s.index[i] != from + i)
            fail_msg("%s from %g: index %llu, expected %zu", name, start, (unsigned long long)s.index[i], from + i);
        double want = first + 0.04 * (double)(from + i);
        if (!(fabs(s.seconds[i] - want) <= 1e-3))
            fail_msg("%s from %g: a frame at %g, expected %g", name, start, s.seconds[i], want);
    }
}

static void test_start_and_end(void **state)
{
    (void)state;
    expect_span("constant.mp4", 1.2, 1.6, 30, 40);
    expect_span("constant.mp4", 0.1, 0, 3, 50);
    expect_span("constant.mp4", 1.9, 0, 48, 50);
    expect_span("constant.mkv", 1.2, 1.6, 30, 40);
    expect_span("plain.y4m", 1.2, 1.6, 30, 40);
    expect_span("raw.h264", 1.2, 1.6, 30, 40);
    expect_span("transport.ts", 1.2, 1.6, 30, 40);
    fer_video_options behind = {.start = 100};
    struct seen none = watch(at("constant.mp4"), &behind);
    must_see("a start after the end", &none);
    assert_int_equal(none.n, 0);
}

/* The frames of a part have the numbers that they have in the whole. */
static void test_index_behind_a_start_of_a_variable_rate(void **state)
{
    (void)state;
    struct seen all = watch(at("variable.mp4"), NULL);
    fer_video_options opt = {.start = all.seconds[all.n - 4]};
    struct seen part = watch(at("variable.mp4"), &opt);
    must_see("variable.mp4", &part);
    assert_int_equal(part.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(fabs(part.seconds[i] - (all.seconds[all.n - 4 + i])) <= 1e-9);
        assert_int_equal(part.index[i], all.n - 4 + i);
    }
}

/* The command's output is this program's standard input while `watch` runs. */
static struct seen watch_pipe(const char *command, const fer_video_options *opt)
{
    char line[1500];
    snprintf(line, sizeof line, "cd '%s' && %s", dir, command);
    int before = dup(STDIN_FILENO);
    FILE *f = popen(line, "r");
    assert_non_null(f);
    dup2(fileno(f), STDIN_FILENO);
    struct seen s = watch("-", opt);
    dup2(before, STDIN_FILENO);
    close(before);
    pclose(f);
    return s;
}

static void test_standard_input(void **state)
{
    (void)state;
    double want[MOST];
    size_t n = probe("constant.mkv", "frame=pts_time -select_streams v:0", want);
    struct seen mkv = watch_pipe("cat constant.mkv", NULL), y4m = watch_pipe("cat plain.y4m", NULL);
    must_see("mkv through a pipe", &mkv);
    same_times("mkv through a pipe", &mkv, want, n);
    must_see("y4m through a pipe", &y4m);
    assert_int_equal(y4m.n, 50);
    fer_video_options part = {.start = 1.2, .end = 1.6};
    struct seen s = watch_pipe("cat constant.mkv", &part);
    must_see("a part of a pipe", &s);
    assert_int_equal(s.n, 10);
    assert_int_equal(s.index[0], 30);
    struct seen none = watch_pipe("true", NULL);
    refused("an empty pipe", none.st, FER_ERR_FORMAT, &none.err, "standard input: is empty");
}

/* ---- colours and orientation ---- */

/* Four patches: red, green / blue, white. */
#define PATCHES                                                                                     \
    "-f lavfi -i color=red:s=32x32:r=5:d=0.4 -f lavfi -i color=lime:s=32x32:r=5:d=0.4 -f lavfi -i " \
    "color=blue:s=32x32:r=5:d=0.4 "                                                                 \
    "-f lavfi -i color=white:s=32x32:r=5:d=0.4 -filter_complex "                                    \
    "\"[0]format=gbrp[a];[1]format=gbrp[b];[2]format=gbrp[c];"                                      \
    "[3]format=gbrp[d];[a][b]hstack[e];[c][d]hstack[f];[e][f]vstack,"
#define TAGGED(matrix) "-colorspace " matrix " -color_primaries bt709 -color_trc bt709 "

static void expect_patch(const char *what, const fer_view *v, size_t x, size_t y, int r, int g, int b)
{
    const uint8_t *p = v->planes[0] + y * v->strides[0] + 3 * x;
    if (abs(p[0] - r) > 4 || abs(p[1] - g) > 4 || abs(p[2] - b) > 4)
        fail_msg("%s: (%zu, %zu) is %d %d %d, expected %d %d %d", what, x, y, p[0], p[1], p[2], r, g, b);
}

/* turn: by how many quarters the patches are turned clockwise. */
static void expect_patches(const char *name, int turn)
{
    static const int colours[4][3] = {
        {255, 0, 0}, {0, 255, 0}, {255, 255, 255}, {0, 0, 255}}; /* clockwise from the top left */
    static const size_t places[4][2] = {{16, 16}, {48, 16}, {48, 48}, {16, 48}};
    fer_video *v;
    fer_video_frame f;
    fer_error err = {0};
    bool more;
    must(name, fer_video_open(at(name), NULL, &v, &err), &err);
    must(name, fer_video_read(v, &f, &more, &err), &err);
    assert_true(more && f.view.format == FER_RGB8);
    for (int i = 0; i < 4; i++) {
        const int *c = colours[(i + 4 - turn) % 4];
        expect_patch(name, &f.view, places[i][0], places[i][1], c[0], c[1], c[2]);
    }
    fer_video_close(v);
}

static void test_colours(void **state)
{
    (void)state;
    ffmpeg(PATCHES "split=3[x][y][z];[x]scale=out_color_matrix=bt601,format=yuv420p[p];[y]scale=out_color_matrix=bt709,"
                   "format=yuv420p[q];"
                   "[z]scale=out_color_matrix=bt601:out_range=full,format=yuvj420p[r]\" "
                   "-map \"[p]\" -c:v libx264 -qp 4 " TAGGED(
                       "smpte170m") "601.mp4 "
                                    "-map \"[q]\" -c:v libx264 -qp 4 " TAGGED(
                                        "bt709") "709.mp4 -map \"[r]\" -c:v mjpeg -q:v 1 full.mkv");
    expect_patches("601.mp4", 0);
    expect_patches("709.mp4", 0);
    expect_patches("full.mkv", 0);
}

/* A copy that is to be shown turned clockwise. FFmpeg 5 takes this as the output's metadata, 7 as the input's option.
 */
static void turned(const char *from, int degrees, const char *to)
{
    char line[800];
    snprintf(line, sizeof line,
             "make='ffmpeg -nostdin -v error -y'; if ffmpeg -v error -h full | grep -q display_rotation; "
             "then $make -display_rotation -%d -i %s -c copy -an %s; "
             "else $make -i %s -c copy -an -metadata:s:v rotate=%d %s; fi",
             degrees, from, to, from, degrees, to);
    run(line);
}

static void test_rotation(void **state)
{
    (void)state;
    turned("601.mp4", 90, "90.mp4");
    turned("601.mp4", 180, "180.mp4");
    turned("601.mp4", 270, "270.mp4");
    turned("constant.mp4", 90, "upright.mp4");
    ffmpeg("-i 90.mp4 -i 180.mp4 -i 270.mp4 -map 0 -c:v libx264 -qp 4 upright90.mp4 -map 1 -c:v libx264 -qp 4 "
           "upright180.mp4 "
           "-map 2 -c:v libx264 -qp 4 upright270.mp4");
    for (int tag = 90; tag < 360; tag += 90) {
        char name[32];
        double ccw[MOST];
        snprintf(name, sizeof name, "%d.mp4", tag);
        assert_int_equal(probe(name, "stream_side_data=rotation", ccw), 1); /* counter-clockwise */
        int degrees = (360 - (int)ccw[0]) % 360;
        assert_int_equal(watch(at(name), NULL).info.rotation, degrees);
        expect_patches(name, degrees / 90);
        snprintf(name, sizeof name, "upright%d.mp4", tag); /* as ffmpeg turns it */
        assert_int_equal(watch(at(name), NULL).info.rotation, 0);
        expect_patches(name, degrees / 90);
    }
    struct seen s = watch(at("upright.mp4"), NULL);
    assert_true(s.w == 48 && s.h == 64 && s.info.width == 48 && s.info.height == 64);
}

static void test_yuv_is_handed_over_as_it_is(void **state)
{
    (void)state;
    fer_video *v;
    fer_video_frame f;
    fer_error err = {0};
    bool more;
    fer_video_options opt = {.pixels = FER_VIDEO_YUV};
    must("yuv", fer_video_open(at("709.mp4"), &opt, &v, &err), &err);
    must("yuv", fer_video_read(v, &f, &more, &err), &err);
    assert_true(more && f.view.format == FER_I420 && f.bt709 && !f.full_range);
    /* BT.709's red: Y 63, Cb 102, Cr 240. */
    assert_in_range(f.view.planes[0][16 * f.view.strides[0] + 16], 61, 65);
    assert_in_range(f.view.planes[1][8 * f.view.strides[1] + 8], 100, 104);
    assert_in_range(f.view.planes[2][8 * f.view.strides[2] + 8], 238, 242);
    fer_video_close(v);
}

static void test_size_changes_midway(void **state)
{
    (void)state;
    ffmpeg("-f lavfi -i testsrc=size=96x64:rate=25:duration=0.4 " X264 "larger.ts");
    run("cat transport.ts larger.ts > two.ts");
    struct seen s = watch(at("two.ts"), NULL);
    must_see("two.ts", &s);
    assert_int_equal(s.n, 60);
    assert_int_equal(s.n_resized, 1);
    assert_true(s.w == 96 && s.h == 64);
}

/* ---- live ---- */

static bool no_device(const struct seen *s)
{
    if (s->st != FER_ERR_UNSUPPORTED) return false;
    printf("skipped: %s\n", s->err.text);
    return true;
}

static void test_live_gives_the_newest_frame(void **state)
{
    (void)state;
    fer_video_options opt = {.format = "lavfi", .live = true};
    fer_video *v;
    fer_error err = {0};
    fer_video_info info;
    struct seen first = watch("testsrc=size=64x48:rate=25:duration=0.2", &(fer_video_options){.format = "lavfi"});
    if (no_device(&first)) return;
    must_see("lavfi", &first);
    assert_int_equal(first.n, 5);
    must("live", fer_video_open("testsrc=size=64x48:rate=100:duration=0.5,realtime", &opt, &v, &err), &err);
    uint64_t n = 0, last = 0;
    for (;;) {
        fer_video_frame f;
        bool more;
        must("live", fer_video_read(v, &f, &more, &err), &err);
        if (!more) break;
        assert_true(n == 0 || f.index > last);
        assert_true(fabs(f.seconds - (double)f.index / 100) <= 1e-6);
        last = f.index;
        n++;
        nanosleep(&(struct timespec){.tv_nsec = 60000000}, NULL);
    }
    must("live", fer_video_get_info(v, &info, &err), &err);
    assert_int_equal(last, 49); /* the newest is not lost */
    assert_int_equal(info.decoded, 50);
    assert_true(info.dropped > 0);
    assert_int_equal(n + info.dropped, 50);
    fer_video_close(v);
}

/* Live, both the thread that reads and the caller ask. */
static bool never(void *n)
{
    atomic_fetch_add((atomic_int *)n, 1);
    return false;
}

static bool after_some(void *n)
{
    return atomic_fetch_add((atomic_int *)n, 1) >= 40;
}

/* A pipe whose writer stays silent neither hangs nor counts as the end. */
static void expect_end_of_silence(bool live, double patience, bool (*stop)(void *), fer_status want, const char *text)
{
    atomic_int asked = 0;
    fer_video_options opt = {.live = live, .patience = patience, .stop = stop, .user = &asked};
    struct seen silent = watch_pipe("(head -c 12000 constant.mkv; exec sleep 2)", &opt);
    refused("a silent pipe", silent.st, want, &silent.err, text);
    assert_true(asked > 0);
}

static void test_a_pipe_that_falls_silent(void **state)
{
    (void)state;
    expect_end_of_silence(false, 0, after_some, FER_ERR_STOPPED, "standard input: stopped");
    expect_end_of_silence(true, 0.3, never, FER_ERR_IO, "no frame for 0.3 s");
}

static void test_device_errors(void **state)
{
    (void)state;
    struct seen s = watch("/dev/fer-no-such-camera", &(fer_video_options){.format = "v4l2", .live = true});
    if (no_device(&s)) return;
    refused("no camera", s.st, FER_ERR_IO, &s.err, "/dev/fer-no-such-camera: cannot be opened as 'v4l2': No such file");
    s = watch("x", &(fer_video_options){.format = "no-such-format"});
    refused("no format", s.st, FER_ERR_UNSUPPORTED, &s.err, "'no-such-format' is not a format");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_times_are_those_of_ffprobe),
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_frames_without_times),
        cmocka_unit_test(test_start_and_end),
        cmocka_unit_test(test_index_behind_a_start_of_a_variable_rate),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_colours),
        cmocka_unit_test(test_rotation),
        cmocka_unit_test(test_yuv_is_handed_over_as_it_is),
        cmocka_unit_test(test_size_changes_midway),
        cmocka_unit_test(test_live_gives_the_newest_frame),
        cmocka_unit_test(test_a_pipe_that_falls_silent),
        cmocka_unit_test(test_device_errors),
    };
    return have_ffmpeg() ? cmocka_run_group_tests(tests, make_videos, remove_dir) : 0;
}

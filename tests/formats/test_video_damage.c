/* Files that are not videos, are truncated or damaged: everything readable is delivered, and the rest is reported. */
#define _GNU_SOURCE /* mkdtemp, popen */
#include "video.h"

#define SOURCE(seconds) "-f lavfi -i testsrc=size=64x48:rate=25:duration=" seconds " "
#define X264            "-c:v libx264 -preset veryfast -g 10 -pix_fmt yuv420p "

static int make_videos(void **state)
{
    if (make_dir(state) != 0) return -1;
    ffmpeg(SOURCE("2") "-f lavfi -i sine=duration=2 " X264 "-movflags +faststart -c:a aac front.mp4 " X264
                       "-c:a aac whole.mkv "
                       "-map 0 " X264
                       "whole.ts -map 0 -c:v mpeg4 -q:v 5 whole.avi -map 0 -pix_fmt yuv420p whole.y4m -map 0 " X264
                       "behind.mp4 "
                       "-map 1 sound.wav -map 1 -c:a aac sound.m4a");
    return 0;
}

static off_t size_of(const char *name)
{
    struct stat st;
    assert_int_equal(stat(at(name), &st), 0);
    return st.st_size;
}

static void cut(const char *name, const char *to, double part)
{
    char line[256];
    snprintf(line, sizeof line, "head -c %lld %s > %s", (long long)((double)size_of(name) * part), name, to);
    run(line);
}

/* Everything before the damage, then an error that names the file. The whole file gives no such error. */
static void expect_cut(const char *name, const char *text)
{
    char part[64];
    struct seen whole = watch(at(name), NULL);
    must_see(name, &whole);
    assert_int_equal(whole.n, 50);
    snprintf(part, sizeof part, "cut-%s", name);
    cut(name, part, 0.6);
    struct seen s = watch(at(part), NULL);
    refused(part, s.st, FER_ERR_FORMAT, &s.err, part);
    refused(part, s.st, FER_ERR_FORMAT, &s.err, text);
    if (s.n < 15 || s.n > 40) fail_msg("%s: %zu frames of 50 out of 60 percent of the file", part, s.n);
    size_t k = 0; /* the last frames may lack a neighbour that was stored after them */
    for (size_t i = 0; i < s.n; i++, k++) {
        while (k < whole.n && whole.seconds[k] != s.seconds[i]) k++;
        if (k == whole.n)
            fail_msg("%s: frame %zu of %zu at %g is none of the whole file's", part, i, s.n, s.seconds[i]);
    }
    assert_true(k <= s.n + 3);
}

static void test_files_that_are_cut_off(void **state)
{
    (void)state;
    expect_cut("front.mp4", "cut off");
    expect_cut("whole.mkv", "the file is cut off after");
    expect_cut("whole.ts", "the file is cut off after");
    expect_cut("whole.avi", "the file is cut off after");
    expect_cut("whole.y4m", "the file is cut off after");
}

static void test_mp4_without_its_table(void **state)
{
    (void)state;
    cut("behind.mp4", "no-table.mp4", 0.6);
    struct seen s = watch(at("no-table.mp4"), NULL);
    refused("no-table.mp4", s.st, FER_ERR_FORMAT, &s.err, "no-table.mp4: an MP4 file without a readable table");
}

/* Zeros over the middle of the file: frames are lost or concealed, later frames are delivered, and the end reports
 * it. */
static void test_damage_in_the_middle(void **state)
{
    (void)state;
    char line[256];
    long long middle = (long long)size_of("front.mp4") / 2;
    snprintf(
        line, sizeof line,
        "cp front.mp4 holed.mp4; dd if=/dev/urandom of=holed.mp4 bs=1 seek=%lld count=700 conv=notrunc status=none",
        middle);
    run(line);
    struct seen s = watch(at("holed.mp4"), NULL);
    refused("holed.mp4", s.st, FER_ERR_FORMAT, &s.err, "holed.mp4: damaged: ");
    assert_true(s.n > 40 && s.info.damaged > 0 && s.info.damaged_at > 0 && s.info.damaged_at < 2);
    assert_true(s.seconds[s.n - 1] > 1.9);
}

static void test_no_videos(void **state)
{
    (void)state;
    run(": > empty.mp4; echo 'neither moving nor a picture' > text.mp4; mkdir -p folder.mp4");
    struct seen s = watch(at("missing.mp4"), NULL);
    refused("missing", s.st, FER_ERR_IO, &s.err, "missing.mp4: cannot be opened: No such file");
    s = watch(at("folder.mp4"), NULL);
    refused("folder", s.st, FER_ERR_IO, &s.err, "folder.mp4: is a directory");
    s = watch(at("empty.mp4"), NULL);
    refused("empty", s.st, FER_ERR_FORMAT, &s.err, "empty.mp4: is empty");
    s = watch(at("text.mp4"), NULL);
    refused("text", s.st, FER_ERR_FORMAT, &s.err, "text.mp4: not a video");
    s = watch(at("sound.wav"), NULL);
    refused("sound", s.st, FER_ERR_FORMAT, &s.err, "sound.wav: has no video stream, only sound");
    s = watch(at("sound.m4a"), NULL);
    refused("sound", s.st, FER_ERR_FORMAT, &s.err, "sound.m4a: has no video stream, only sound");
}

/* A song's cover is no video. */
static void test_cover_picture(void **state)
{
    (void)state;
    ffmpeg("-i sound.m4a " SOURCE(
        "0.04") "-map 0 -map 1 -c:a copy -c:v mjpeg -frames:v 1 -disposition:v attached_pic cover.m4a");
    struct seen s = watch(at("cover.m4a"), NULL);
    refused("cover", s.st, FER_ERR_FORMAT, &s.err, "cover.m4a: has no video stream, only sound");
}

/* A list of other files is not followed. */
static void test_playlist(void **state)
{
    (void)state;
    run("printf '#EXTM3U\\n#EXT-X-TARGETDURATION:2\\n#EXTINF:2,\\nwhole.ts\\n#EXT-X-ENDLIST\\n' > list.m3u8");
    struct seen s = watch(at("list.m3u8"), NULL);
    assert_true(s.st != FER_OK && s.n == 0);
}

static void test_sizes_beyond_the_limit(void **state)
{
    (void)state;
    fer_video_options opt = {.pixels_max = 64 * 48};
    struct seen s = watch(at("front.mp4"), &opt);
    must_see("at the limit", &s);
    opt.pixels_max--;
    s = watch(at("front.mp4"), &opt);
    refused("front.mp4", s.st, FER_ERR_FORMAT, &s.err, "its frames are 64 x 48 pixels, expected at most 3071");
    run("printf 'YUV4MPEG2 W60000 H60000 F25:1 C420\\nFRAME\\n' > huge.y4m");
    s = watch(at("huge.y4m"), NULL);
    assert_true(s.st == FER_ERR_FORMAT && strstr(s.err.text, "huge.y4m"));
}

static void test_wrong_options(void **state)
{
    (void)state;
    const fer_video_options wrong[] = {
        {.start = -1}, {.start = NAN},    {.start = 2, .end = 1},    {.pixels = (fer_video_pixels)7},
        {.rate = -1},  {.threads = 5000}, {.live = true, .start = 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct seen s = watch(at("front.mp4"), &wrong[i]);
        refused("options", s.st, FER_ERR_ARGUMENT, &s.err, "expected");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_that_are_cut_off), cmocka_unit_test(test_mp4_without_its_table),
        cmocka_unit_test(test_damage_in_the_middle),   cmocka_unit_test(test_no_videos),
        cmocka_unit_test(test_cover_picture),          cmocka_unit_test(test_playlist),
        cmocka_unit_test(test_sizes_beyond_the_limit), cmocka_unit_test(test_wrong_options),
    };
    return have_ffmpeg() ? cmocka_run_group_tests(tests, make_videos, remove_dir) : 0;
}

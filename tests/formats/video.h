/* Shared by the video tests: files made by the ffmpeg command, and what ffprobe reports about them. */
#ifndef TESTS_VIDEO_H
#define TESTS_VIDEO_H

#include "fer/video.h"
#include "formats.h"

#include <stdbool.h>
#include <sys/stat.h>

#define MOST 512

static char dir[512];

/* A path in the test's own directory; two at a time. */
static inline const char *at(const char *name)
{
    static char paths[2][1024];
    static int which;
    which = !which;
    snprintf(paths[which], sizeof paths[which], "%s/%s", dir, name);
    return paths[which];
}

static inline void run(const char *command)
{
    char line[4096];
    snprintf(line, sizeof line, "cd '%s' && %s", dir, command);
    if (system(line) != 0) fail_msg("failed: %s", line);
}

static inline void ffmpeg(const char *arguments)
{
    char line[3500];
    snprintf(line, sizeof line, "ffmpeg -nostdin -v error -y -threads 2 %s", arguments);
    run(line);
}

/* Numbers that ffprobe prints, one a line. */
static inline size_t probe(const char *name, const char *entries, double *out)
{
    char line[1500];
    size_t n = 0;
    snprintf(line, sizeof line, "ffprobe -v error -show_entries %s -of csv=p=0 '%s/%s'", entries, dir, name);
    FILE *f = popen(line, "r");
    assert_non_null(f);
    while (n < MOST && fgets(line, sizeof line, f))
        if (line[0] == '-' || (line[0] >= '0' && line[0] <= '9')) out[n++] = strtod(line, NULL);
    pclose(f);
    return n;
}

/* All frames of a video: how many, when, and the status at the end. */
struct seen {
    size_t n;
    double seconds[MOST];
    uint64_t index[MOST];
    size_t w, h, n_resized, n_damaged;
    fer_status st;
    fer_error err;
    fer_video_info info;
};

static inline struct seen watch(const char *path, const fer_video_options *opt)
{
    struct seen s = {0};
    fer_video *v;
    bool more = true;
    s.st = fer_video_open(path, opt, &v, &s.err);
    if (s.st != FER_OK) {
        assert_null(v);
        return s;
    }
    for (;;) {
        fer_video_frame f;
        s.st = fer_video_read(v, &f, &more, &s.err);
        if (s.st != FER_OK || !more) break;
        assert_true(s.n < MOST);
        s.index[s.n] = f.index;
        s.seconds[s.n++] = f.seconds;
        s.n_resized += f.resized;
        s.n_damaged += f.damaged;
        s.w = f.view.width;
        s.h = f.view.height;
    }
    fer_error err = {0};
    must("fer_video_get_info", fer_video_get_info(v, &s.info, &err), &err);
    fer_video_close(v);
    return s;
}

static inline void must_see(const char *what, const struct seen *s)
{
    must(what, s->st, &s->err);
}

static inline void same_times(const char *what, const struct seen *s, const double *want, size_t n)
{
    if (s->n != n) fail_msg("%s: %zu frames, ffprobe counts %zu", what, s->n, n);
    for (size_t i = 0; i < n; i++) {
        if (fabs(s->seconds[i] - want[i]) > 1e-6)
            fail_msg("%s: frame %zu at %.7f s, ffprobe: %.7f", what, i, s->seconds[i], want[i]);
        if (s->index[i] != i) fail_msg("%s: frame %zu has the index %llu", what, i, (unsigned long long)s->index[i]);
    }
}

/* The times are those that ffprobe prints. */
static inline void agrees_with_ffprobe(const char *name)
{
    double want[MOST];
    size_t n = probe(name, "frame=pts_time -select_streams v:0", want);
    struct seen s = watch(at(name), NULL);
    must_see(name, &s);
    assert_true(n > 0);
    same_times(name, &s, want, n);
}

static inline int make_dir(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%s/fer-video-XXXXXX", tmp ? tmp : "/tmp");
    return mkdtemp(dir) ? 0 : -1;
}

static inline int remove_dir(void **state)
{
    (void)state;
    char line[600];
    snprintf(line, sizeof line, "rm -rf '%s'", dir);
    return system(line);
}

static inline bool have_ffmpeg(void)
{
#ifndef FER_LIBAVFORMAT
    fer_video *v;
    fer_error err = {0};
    refused("a video", fer_video_open("x.mp4", NULL, &v, &err), FER_ERR_UNSUPPORTED, &err,
            "x.mp4: video needs FFmpeg: built without it");
    return false;
#endif
    if (system("command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null") == 0) return true;
    printf("skipped: the commands ffmpeg and ffprobe, which make the videos, are not installed\n");
    return false;
}

#endif

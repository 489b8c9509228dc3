/* CPU time and memory for a video on one core: decoding alone, or with tracking and classification of its faces.
 *
 *   video_rate VIDEO decode|track rgb|yuv EVERY WEIGHTS [SMALLEST]
 *
 * The whole picture is searched every EVERY frames. WEIGHTS are those of the expression model. Prints one JSON object.
 * Times per frame are medians and the others are CPU time, so that other work on the machine has little effect. */
#define _POSIX_C_SOURCE 200809L
#include "clock.h"

#include <fer/fer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define FACES  256
#define FRAMES 100000

struct run {
    fer_video *video;
    fer_tracker *tracker; /* NULL: the video is only decoded */
    unsigned every;
    /* whole, around: number of frames searched whole, or only around known faces */
    size_t frames, n_whole, n_around, faces;
    double reading, tracking;
    double read_ms[FRAMES], whole_ms[FRAMES], around_ms[FRAMES];
};

static int fail(const char *what)
{
    fprintf(stderr, "video_rate: %s\n", what);
    return 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
    if (n == 0) return 0;
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

static int track(struct run *r, const fer_video_frame *frame)
{
    static fer_face faces[FACES];
    fer_error err;
    size_t n;
    double start = cpu_ms();
    if (fer_tracker_next(r->tracker, &frame->view, frame->seconds, FACES, faces, &n, &err) != FER_OK)
        return fail(err.text);
    double ms = cpu_ms() - start;
    r->tracking += ms;
    r->faces += n;
    if (r->frames % r->every == 0) r->whole_ms[r->n_whole++] = ms;
    else r->around_ms[r->n_around++] = ms;
    return 0;
}

static int play(struct run *r)
{
    fer_video_frame frame;
    fer_error err;
    while (r->frames < FRAMES) {
        bool more;
        double start = cpu_ms();
        if (fer_video_read(r->video, &frame, &more, &err) != FER_OK) return fail(err.text);
        if (!more) return 0;
        r->read_ms[r->frames] = cpu_ms() - start;
        r->reading += r->read_ms[r->frames];
        if (r->tracker && track(r, &frame)) return 1;
        r->frames++;
    }
    return 0;
}

static void print(struct run *r)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double n = r->frames ? (double)r->frames : 1;
    printf("{\"frames\": %zu, \"faces\": %.3f, \"read_ms\": %.4f, \"track_ms\": %.4f, \"read_median_ms\": %.4f, "
           "\"whole_median_ms\": %.4f, "
           "\"around_median_ms\": %.4f, \"peak_mb\": %.1f}\n",
           r->frames, (double)r->faces / n, r->reading / n, r->tracking / n, median(r->read_ms, r->frames),
           median(r->whole_ms, r->n_whole), median(r->around_ms, r->n_around), (double)use.ru_maxrss / 1024);
}

static int follow(struct run *r, const char *weights, float smallest)
{
    fer_model *m;
    fer_pipeline *p;
    fer_error err;
    if (fer_model_load(weights, NULL, &m, &err) != FER_OK) return fail(err.text);
    fer_pipeline_options opt = {.model = m, .threads = 1, .detector = {.smallest = smallest}};
    fer_tracker_options tracker = {.detect_every = r->every};
    int code = fer_pipeline_new(&opt, &p, &err) == FER_OK ? 0 : fail(err.text);
    if (code == 0) {
        code = fer_tracker_new(p, &tracker, &r->tracker, &err) == FER_OK ? play(r) : fail(err.text);
        fer_tracker_free(r->tracker);
        fer_pipeline_free(p);
    }
    fer_model_free(m);
    return code;
}

int main(int argc, char **argv)
{
    static struct run r;
    fer_error err;
    if (argc < 6) return fail("expected VIDEO decode|track rgb|yuv EVERY WEIGHTS [SMALLEST]") + 1;
    fer_video_options opt = {.threads = 1, .pixels = strcmp(argv[3], "yuv") == 0 ? FER_VIDEO_YUV : FER_VIDEO_RGB};
    r.every = (unsigned)strtoul(argv[4], NULL, 10);
    if (r.every == 0) return fail("EVERY must be a number of at least 1") + 1;
    if (fer_video_open(argv[1], &opt, &r.video, &err) != FER_OK) return fail(err.text);
    bool decode = strcmp(argv[2], "decode") == 0;
    int code = decode ? play(&r) : follow(&r, argv[5], argc > 6 ? strtof(argv[6], NULL) : 0);
    if (code == 0) print(&r);
    fer_video_close(r.video);
    return code;
}

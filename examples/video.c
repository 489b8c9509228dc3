/* Prints the faces of a video over time, one line per face and frame:  video film.mp4 */
#include <fer/fer.h>

#include <stdio.h>

#define FACES 64

static void print_faces(const fer_model_info *info, double seconds, const fer_face *faces, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const fer_face *f = &faces[i];
        /* `smoothed` holds the scores smoothed over time, and `label` is the most likely class of them. A face that is
         * not seen is hidden for a moment; its position is then a prediction. */
        printf("%8.3f  face %llu  %.0f,%.0f %.0f x %.0f  ", seconds, (unsigned long long)f->id, (double)f->x,
               (double)f->y, (double)f->width, (double)f->height);
        printf("%s %.0f %%%s\n", info->classes[f->label], 100 * (double)f->smoothed[f->label],
               f->seen ? "" : " (hidden)");
    }
}

/* Frame by frame to the end of the video. */
static fer_status follow(fer_video *video, fer_tracker *tracker, const fer_model_info *info, fer_error *err)
{
    fer_video_frame frame;
    fer_face faces[FACES];
    size_t n;
    bool more;
    for (;;) {
        fer_status st = fer_video_read(video, &frame, &more, err);
        if (st != FER_OK || !more) return st;
        /* Times come from the video, so frames may be missing or uneven. */
        st = fer_tracker_next(tracker, &frame.view, frame.seconds, FACES, faces, &n, err);
        if (st != FER_OK) return st;
        print_faces(info, frame.seconds, faces, n);
    }
}

int main(int argc, char **argv)
{
    fer_error err;
    fer_video *video = NULL;
    fer_pipeline *pipeline = NULL;
    fer_tracker *tracker = NULL;
    /* Every fourth frame is searched whole; the others only around known faces. */
    fer_tracker_options options = {.detect_every = 4};
    if (argc != 2) {
        fprintf(stderr, "usage: video FILM\n");
        return 2;
    }
    fer_status st = fer_video_open(argv[1], NULL, &video, &err);
    if (st == FER_OK) st = fer_pipeline_new(NULL, &pipeline, &err);
    if (st == FER_OK) st = fer_tracker_new(pipeline, &options, &tracker, &err);
    if (st == FER_OK) {
        fer_model_info info = fer_model_get_info(fer_pipeline_model(pipeline));
        st = follow(video, tracker, &info, &err);
    }
    if (st != FER_OK) fprintf(stderr, "video: %s\n", err.text);
    fer_tracker_free(tracker); /* free it before the pipeline that it uses */
    fer_pipeline_free(pipeline);
    fer_video_close(video);
    return st == FER_OK ? 0 : 1;
}

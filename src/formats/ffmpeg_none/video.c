/* Video in a build without FFmpeg. */
#include "fer/video.h"
#include "base/error.h"

static fer_status missing(const char *path, fer_error *err)
{
    return feri_fail(err, FER_ERR_UNSUPPORTED, "%s: video needs FFmpeg: built without it", path ? path : "video");
}

fer_status fer_video_open(const char *path, const fer_video_options *opt, fer_video **out, fer_error *err)
{
    (void)opt;
    if (out) *out = NULL;
    return missing(path, err);
}

void fer_video_close(fer_video *v)
{
    (void)v;
}

fer_status fer_video_get_info(fer_video *v, fer_video_info *out, fer_error *err)
{
    (void)v, (void)out;
    return missing(NULL, err);
}

fer_status fer_video_read(fer_video *v, fer_video_frame *frame, bool *more, fer_error *err)
{
    (void)v, (void)frame, (void)more;
    return missing(NULL, err);
}

fer_status fer_video_writer_new(const char *path, const fer_video_writer_options *opt, fer_video_writer **out,
                                fer_error *err)
{
    (void)opt;
    if (out) *out = NULL;
    return missing(path, err);
}

fer_status fer_video_writer_add(fer_video_writer *w, const fer_view *view, double seconds, fer_error *err)
{
    (void)w, (void)view, (void)seconds;
    return missing(NULL, err);
}

fer_status fer_video_writer_finish(fer_video_writer *w, fer_error *err)
{
    (void)w;
    return missing(NULL, err);
}

void fer_video_writer_free(fer_video_writer *w)
{
    (void)w;
}

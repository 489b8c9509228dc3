/* Pictures in a build without FFmpeg. */
#include "formats/library.h"
#include "formats/picture_codec.h"

fer_status feri_ffmpeg_ready(fer_error *err)
{
    return feri_library_missing("FFmpeg", "libavcodec-dev", "reads this kind of picture", err);
}

fer_status feri_ffmpeg_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    (void)p, (void)out;
    return feri_ffmpeg_ready(err);
}

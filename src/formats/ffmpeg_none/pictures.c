/* Pictures in a build without FFmpeg. */
#include "base/error.h"
#include "formats/picture_codec.h"

const char *feri_picture_kinds(void)
{
    return "PNG or JPEG";
}

fer_status feri_ffmpeg_decode(const struct feri_picture_file *p, struct feri_pixels *out, fer_error *err)
{
    *out = (struct feri_pixels){0};
    return feri_fail(err, FER_ERR_UNSUPPORTED, "a %s picture, expected PNG or JPEG: built without FFmpeg",
                     p->kind_name);
}

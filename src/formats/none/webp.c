/* WebP in a build without libwebp. */
#include "formats/library.h"
#include "formats/picture_codec.h"

fer_status feri_webp_ready(fer_error *err)
{
    return feri_library_missing("libwebp", "libwebp-dev", "reads WebP pictures", err);
}

fer_status feri_webp_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    (void)p, (void)out;
    return feri_webp_ready(err);
}

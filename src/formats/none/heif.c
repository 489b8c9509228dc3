/* HEIC and AVIF in a build without libheif. */
#include "formats/library.h"
#include "formats/picture_codec.h"

fer_status feri_heif_ready(fer_error *err)
{
    return feri_library_missing("libheif", "libheif-dev", "reads HEIC and AVIF pictures", err);
}

fer_status feri_heif_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    (void)p, (void)out;
    return feri_heif_ready(err);
}

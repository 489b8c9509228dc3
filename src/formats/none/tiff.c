/* TIFF in a build without libtiff. */
#include "formats/library.h"
#include "formats/picture_codec.h"

fer_status feri_tiff_ready(fer_error *err)
{
    return feri_library_missing("libtiff", "libtiff-dev", "reads TIFF pictures", err);
}

fer_status feri_tiff_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    (void)p, (void)out;
    return feri_tiff_ready(err);
}

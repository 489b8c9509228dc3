/* JPEG XL in a build without libjxl. */
#include "formats/library.h"
#include "formats/picture_codec.h"

fer_status feri_jxl_ready(fer_error *err)
{
    return feri_library_missing("libjxl", "libjxl-dev", "reads JPEG XL pictures", err);
}

fer_status feri_jxl_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    (void)p, (void)out;
    return feri_jxl_ready(err);
}

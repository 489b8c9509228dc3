/* Colours in a build without lcms2. */
#include "formats/picture.h"

void feri_picture_to_srgb(struct feri_picture *p)
{
    feri_picture_leave_profile(p, "built without lcms2 (Debian's package liblcms2-dev)");
}

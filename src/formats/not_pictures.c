#include "formats/not_pictures.h"

#include "base/error.h"
#include "base/names.h"
#include "formats/file_kind.h"

#include <string.h>

fer_status feri_not_a_picture(const uint8_t *data, size_t size, fer_error *err)
{
    const char *kind = feri_file_kind_text(data, size);
    if (strstr(kind, " film"))
        return feri_fail(err, FER_ERR_FORMAT, "no picture: %s; `fer video` and fer_video_open() read films", kind);
    return feri_fail(err, FER_ERR_FORMAT,
                     "no picture that can be read: %s; expected PNG, JPEG, BMP, GIF, TIFF, WebP, HEIC, AVIF or JPEG XL",
                     kind);
}

fer_status feri_maybe_address(const char *path, fer_status st, fer_error *err)
{
    if (!feri_names_address(path)) return st;
    if (strncmp(path, "data:", 5) == 0)
        return feri_fail(err, st, "%.40s...: data in an address is not read: write it to a file, or pipe it in (-)",
                         path);
    return feri_fail(err, st,
                     "%s: addresses are not read: fetch the file first, or pipe it in, as in "
                     "`curl -sSL ADDRESS | fer predict -` and `ffmpeg -i ADDRESS -c copy -f mpegts - | fer video -`",
                     path);
}

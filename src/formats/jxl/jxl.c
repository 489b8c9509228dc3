/* JPEG XL by libjxl, which turns the picture upright itself. */
#include "base/error.h"
#include "formats/library.h"
#include "formats/picture_codec.h"

#include <jxl/decode.h>
#include <jxl/version.h>
#include <stdlib.h>

#define LIBJXL(f)                                                                                                   \
    f(JxlDecoderCreate) f(JxlDecoderDestroy) f(JxlDecoderSubscribeEvents) f(JxlDecoderSetInput)                     \
        f(JxlDecoderCloseInput) f(JxlDecoderProcessInput) f(JxlDecoderGetBasicInfo) f(JxlDecoderGetICCProfileSize)  \
            f(JxlDecoderGetColorAsICCProfile) f(JxlDecoderSetPreferredColorProfile) f(JxlDecoderImageOutBufferSize) \
                f(JxlDecoderSetImageOutBuffer)

struct libjxl {
#define FIELD(name) __typeof__(name) *name;
    LIBJXL(FIELD)
#undef FIELD
};

static fer_status find(struct libjxl *out, fer_error *err)
{
#define NAME(name) #name,
    static const char *const names[] = {LIBJXL(NAME)};
#undef NAME
    static const struct feri_library library = {FER_LIBJXL, FER_LIBJXL_PACKAGE, "reads JPEG XL pictures"};
    return feri_library_find(&library, names, sizeof names / sizeof *names, out, err);
}

fer_status feri_jxl_ready(fer_error *err)
{
    struct libjxl unused;
    return find(&unused, err);
}

struct reading {
    struct libjxl lib;
    const struct feri_picture_file *file;
    JxlDecoder *decoder;
    JxlBasicInfo info;
    JxlPixelFormat format;
};

static fer_status take_info(struct reading *r, struct feri_picture *out, fer_error *err)
{
    if (r->lib.JxlDecoderGetBasicInfo(r->decoder, &r->info) != JXL_DEC_SUCCESS)
        return feri_fail(err, FER_ERR_FORMAT, "the file is corrupt");
    bool straight = r->info.alpha_bits > 0 && !r->info.alpha_premultiplied; /* premultiplied is over black already */
    r->format = (JxlPixelFormat){r->info.num_color_channels + straight, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
    if (r->info.have_animation) feri_picture_note(out, FERI_ANIMATED);
    return feri_picture_check_size(r->file, r->info.xsize, r->info.ysize, err);
}

/* What was coded in the decoder's own space can be had as sRGB; what was not comes with its profile. */
static void take_colours(struct reading *r, struct feri_picture *out)
{
    const JxlColorEncoding srgb = {.color_space =
                                       r->info.num_color_channels == 1 ? JXL_COLOR_SPACE_GRAY : JXL_COLOR_SPACE_RGB,
                                   .white_point = JXL_WHITE_POINT_D65,
                                   .primaries = JXL_PRIMARIES_SRGB,
                                   .transfer_function = JXL_TRANSFER_FUNCTION_SRGB,
                                   .rendering_intent = JXL_RENDERING_INTENT_RELATIVE};
    size_t size = 0;
    r->lib.JxlDecoderSetPreferredColorProfile(r->decoder, &srgb);
#if JPEGXL_MAJOR_VERSION == 0 && JPEGXL_MINOR_VERSION < 9
#define FORMAT &r->format,
#else
#define FORMAT
#endif
    if (r->lib.JxlDecoderGetICCProfileSize(r->decoder, FORMAT JXL_COLOR_PROFILE_TARGET_DATA, &size) != JXL_DEC_SUCCESS)
        return;
    uint8_t *profile = size ? malloc(size) : NULL;
    if (profile && r->lib.JxlDecoderGetColorAsICCProfile(r->decoder, FORMAT JXL_COLOR_PROFILE_TARGET_DATA, profile,
                                                         size) == JXL_DEC_SUCCESS)
        feri_picture_set_icc(out, profile, size);
    free(profile);
#undef FORMAT
}

static fer_status give_room(struct reading *r, struct feri_picture *out, fer_error *err)
{
    size_t size = 0;
    fer_status st = feri_pixels_new(r->info.xsize, r->info.ysize, r->format.num_channels, &out->px, err);
    if (st != FER_OK) return st;
    size_t have = out->px.w * out->px.h * out->px.c;
    if (r->lib.JxlDecoderImageOutBufferSize(r->decoder, &r->format, &size) == JXL_DEC_SUCCESS && size == have &&
        r->lib.JxlDecoderSetImageOutBuffer(r->decoder, &r->format, out->px.data, have) == JXL_DEC_SUCCESS)
        return FER_OK;
    return feri_fail(err, FER_ERR_FORMAT, "the file is corrupt");
}

static fer_status decode(struct reading *r, struct feri_picture *out, fer_error *err)
{
    const int events = JXL_DEC_BASIC_INFO | JXL_DEC_COLOR_ENCODING | JXL_DEC_FULL_IMAGE;
    if (r->lib.JxlDecoderSubscribeEvents(r->decoder, events) != JXL_DEC_SUCCESS ||
        r->lib.JxlDecoderSetInput(r->decoder, r->file->data, r->file->size) != JXL_DEC_SUCCESS)
        return feri_fail(err, FER_ERR_FORMAT, "the file is corrupt");
    r->lib.JxlDecoderCloseInput(r->decoder);
    for (fer_status st = FER_OK;;) {
        switch (r->lib.JxlDecoderProcessInput(r->decoder)) {
        case JXL_DEC_BASIC_INFO: st = take_info(r, out, err); break;
        case JXL_DEC_COLOR_ENCODING: take_colours(r, out); break;
        case JXL_DEC_NEED_IMAGE_OUT_BUFFER: st = give_room(r, out, err); break;
        case JXL_DEC_FULL_IMAGE: return FER_OK;
        case JXL_DEC_NEED_MORE_INPUT: return feri_fail(err, FER_ERR_FORMAT, "the file is cut off");
        case JXL_DEC_SUCCESS: return feri_fail(err, FER_ERR_FORMAT, "there is no picture in the file");
        default: return feri_fail(err, FER_ERR_FORMAT, "the file is cut off or corrupt");
        }
        if (st != FER_OK) return st;
    }
}

fer_status feri_jxl_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    struct reading r = {.file = p};
    fer_status st = find(&r.lib, err);
    if (st != FER_OK) return st;
    r.decoder = r.lib.JxlDecoderCreate(NULL);
    st = r.decoder ? decode(&r, out, err) : feri_fail_memory(err, 0);
    if (r.decoder) r.lib.JxlDecoderDestroy(r.decoder);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", p->kind_name);
}

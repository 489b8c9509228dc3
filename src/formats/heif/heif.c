/* HEIC and AVIF by libheif, which turns the picture upright itself (irot, imir; the EXIF in such a file repeats them).
 */
#include "base/error.h"
#include "formats/heif/references.h"
#include "formats/library.h"
#include "formats/picture_codec.h"

#include <libheif/heif.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBHEIF(f)                                                                                                     \
    f(heif_context_alloc) f(heif_context_free) f(heif_context_read_from_memory_without_copy)                           \
        f(heif_context_set_max_decoding_threads) f(heif_context_get_primary_image_handle)                              \
            f(heif_context_get_number_of_top_level_images) f(heif_image_handle_release) f(heif_image_handle_get_width) \
                f(heif_image_handle_get_height) f(heif_image_handle_has_alpha_channel)                                 \
                    f(heif_image_handle_get_color_profile_type) f(heif_image_handle_get_raw_color_profile_size)        \
                        f(heif_image_handle_get_raw_color_profile) f(heif_decoding_options_alloc)                      \
                            f(heif_decoding_options_free) f(heif_decode_image) f(heif_image_release)                   \
                                f(heif_image_get_width) f(heif_image_get_height) f(heif_image_get_plane_readonly)

struct libheif {
#define FIELD(name) __typeof__(name) *name;
    LIBHEIF(FIELD)
#undef FIELD
};

static fer_status find(struct libheif *out, fer_error *err)
{
#define NAME(name) #name,
    static const char *const names[] = {LIBHEIF(NAME)};
#undef NAME
    static const struct feri_library library = {FER_LIBHEIF, FER_LIBHEIF_PACKAGE, "reads HEIC and AVIF pictures"};
    return feri_library_find(&library, names, sizeof names / sizeof *names, out, err);
}

fer_status feri_heif_ready(fer_error *err)
{
    struct libheif unused;
    return find(&unused, err);
}

struct reading {
    struct libheif lib;
    const struct feri_picture_file *file;
    struct heif_context *context;
    struct heif_image_handle *handle;
    struct heif_image *image;
};

static fer_status fail_heif(struct heif_error e, fer_error *err)
{
    if (e.code == heif_error_Memory_allocation_error && e.subcode != heif_suberror_Security_limit_exceeded)
        return feri_fail_memory(err, 0);
    if (e.code == heif_error_Unsupported_filetype || e.code == heif_error_Unsupported_feature ||
        e.code == heif_error_Decoder_plugin_error)
        return feri_fail(
            err, FER_ERR_UNSUPPORTED,
            "%s; Debian's packages libheif-plugin-libde265 (HEIC) and libheif-plugin-dav1d (AVIF), where it "
            "has them, hold its decoders",
            e.message);
    return feri_fail(err, FER_ERR_FORMAT, "cut off or corrupt: %s", e.message);
}

static bool is_good(struct heif_error e)
{
    return e.code == heif_error_Ok;
}

static fer_status open_file(struct reading *r, fer_error *err)
{
    if (!feri_heif_references_end(r->file->data, r->file->size))
        return feri_fail(err, FER_ERR_FORMAT, "corrupt: a picture in it is made of itself");
    r->context = r->lib.heif_context_alloc();
    if (!r->context) return feri_fail_memory(err, 0);
    r->lib.heif_context_set_max_decoding_threads(r->context, 0); /* the caller's */
    struct heif_error e =
        r->lib.heif_context_read_from_memory_without_copy(r->context, r->file->data, r->file->size, NULL);
    if (is_good(e)) e = r->lib.heif_context_get_primary_image_handle(r->context, &r->handle);
    if (!is_good(e)) return fail_heif(e, err);
    int w = r->lib.heif_image_handle_get_width(r->handle), h = r->lib.heif_image_handle_get_height(r->handle);
    return feri_picture_check_size(r->file, w > 0 ? (size_t)w : 0, h > 0 ? (size_t)h : 0, err);
}

static fer_status decode_image(struct reading *r, bool alpha, fer_error *err)
{
    struct heif_decoding_options *options = r->lib.heif_decoding_options_alloc();
    if (!options) return feri_fail_memory(err, 0);
    if (options->version >= 2) options->convert_hdr_to_8bit = 1;
#if LIBHEIF_NUMERIC_VERSION >= 0x010d0000
    if (options->version >= 3) options->strict_decoding = 1;
#endif
    struct heif_error e =
        r->lib.heif_decode_image(r->handle, &r->image, heif_colorspace_RGB,
                                 alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB, options);
    r->lib.heif_decoding_options_free(options);
    return is_good(e) ? FER_OK : fail_heif(e, err);
}

static fer_status take_pixels(const struct reading *r, size_t c, struct feri_pixels *px, fer_error *err)
{
    int w = r->lib.heif_image_get_width(r->image, heif_channel_interleaved), stride = 0;
    int h = r->lib.heif_image_get_height(r->image, heif_channel_interleaved);
    const uint8_t *rows = r->lib.heif_image_get_plane_readonly(r->image, heif_channel_interleaved, &stride);
    if (!rows || w <= 0 || h <= 0) return feri_fail(err, FER_ERR_FORMAT, "there is no picture in the file");
    fer_status st = feri_picture_check_size(r->file, (size_t)w, (size_t)h, err);
    if (st == FER_OK) st = feri_pixels_new((size_t)w, (size_t)h, c, px, err);
    for (size_t y = 0; st == FER_OK && y < (size_t)h; y++)
        memcpy(px->data + y * (size_t)w * c, rows + y * (size_t)stride, (size_t)w * c);
    return st;
}

static void take_profile(const struct reading *r, struct feri_picture *out)
{
    enum heif_color_profile_type type = r->lib.heif_image_handle_get_color_profile_type(r->handle);
    if (type != heif_color_profile_type_rICC && type != heif_color_profile_type_prof) return;
    size_t size = r->lib.heif_image_handle_get_raw_color_profile_size(r->handle);
    uint8_t *profile = size ? malloc(size) : NULL;
    if (profile && is_good(r->lib.heif_image_handle_get_raw_color_profile(r->handle, profile)))
        feri_picture_set_icc(out, profile, size);
    free(profile);
}

static fer_status decode(struct reading *r, struct feri_picture *out, fer_error *err)
{
    fer_status st = open_file(r, err);
    if (st != FER_OK) return st;
    bool alpha = r->lib.heif_image_handle_has_alpha_channel(r->handle);
    st = decode_image(r, alpha, err);
    if (st == FER_OK) st = take_pixels(r, alpha ? 4 : 3, &out->px, err);
    if (st != FER_OK) return st;
    take_profile(r, out);
    if (r->lib.heif_context_get_number_of_top_level_images(r->context) > 1)
        feri_picture_note(out, "the main one of several pictures was taken");
    return FER_OK;
}

fer_status feri_heif_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    struct reading r = {.file = p};
    fer_status st = find(&r.lib, err);
    if (st != FER_OK) return st;
    st = decode(&r, out, err);
    if (r.image) r.lib.heif_image_release(r.image);
    if (r.handle) r.lib.heif_image_handle_release(r.handle);
    if (r.context) r.lib.heif_context_free(r.context);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s", p->kind_name);
}

/* PNG by libpng: everything becomes 8 bits, with alpha where there is any. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "base/error.h"
#include "base/file.h"
#include "formats/exif.h"
#include "formats/picture_codec.h"
#include "formats/picture_file.h"

#include <png.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const struct feri_picture_file *picture;
    const uint8_t *at, *end;
    char message[200];
    jmp_buf jump;
    png_structp png;
    png_infop info;
    bool bad_profile;
};

static void on_error(png_structp png, png_const_charp message)
{
    struct reading *r = png_get_error_ptr(png);
    strncpy(r->message, message, sizeof r->message - 1);
    longjmp(r->jump, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    struct reading *r = png_get_error_ptr(png);
    if (strncmp(message, "iCCP", 4) == 0) r->bad_profile = true; /* an ancillary chunk: the pixels are not affected */
}

static void on_read(png_structp png, png_bytep out, size_t n)
{
    struct reading *r = png_get_io_ptr(png);
    if ((size_t)(r->end - r->at) < n) png_error(png, "the file is cut off");
    memcpy(out, r->at, n);
    r->at += n;
}

/* libpng asks for the memory of some chunks before it knows that the file holds them. Pixels it reads as they come. */
static bool chunks_are_whole(const struct feri_picture_file *p)
{
    enum { SIGNATURE = 8, AROUND = 12 }; /* length, name and checksum */
    for (size_t at = SIGNATURE; at < p->size && p->size - at >= AROUND;) {
        const uint8_t *chunk = p->data + at;
        size_t n = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
        if (n > p->size - at - AROUND) return memcmp(chunk + 4, "IDAT", 4) == 0;
        at += AROUND + n;
    }
    return true;
}

/* Returns the number of passes over the rows: interlaced pictures have seven. */
static int ask_for_8_bits(struct reading *r)
{
    png_byte type = png_get_color_type(r->png, r->info), depth = png_get_bit_depth(r->png, r->info);
    if (depth == 16) png_set_scale_16(r->png);
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(r->png);
    if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(r->png);
    if (png_get_valid(r->png, r->info, PNG_INFO_tRNS)) png_set_tRNS_to_alpha(r->png);
    int passes = png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    return passes;
}

static void take_profile(const struct reading *r, struct feri_picture *out)
{
    png_charp name;
    png_bytep profile;
    png_uint_32 size;
    int compression;
    if (png_get_valid(r->png, r->info, PNG_INFO_sRGB)) return;
    if (png_get_iCCP(r->png, r->info, &name, &compression, &profile, &size)) feri_picture_set_icc(out, profile, size);
    else if (r->bad_profile) feri_picture_note(out, "its colour profile is damaged and was left aside");
}

static void take_orientation(const struct reading *r, struct feri_picture *out)
{
    png_bytep exif;
    png_uint_32 size;
    if (png_get_eXIf_1(r->png, r->info, &size, &exif)) out->orientation = feri_tiff_orientation(exif, size);
}

/* May exit by longjmp, so everything that it allocates belongs to r or out. */
static fer_status read_picture(struct reading *r, struct feri_picture *out, fer_error *err)
{
    png_read_info(r->png, r->info);
    size_t w = png_get_image_width(r->png, r->info), h = png_get_image_height(r->png, r->info);
    fer_status st = feri_picture_check_size(r->picture, w, h, err);
    if (st != FER_OK) return st;
    int passes = ask_for_8_bits(r);
    size_t samples = png_get_channels(r->png, r->info);
    st = feri_pixels_new(w, h, samples, &out->px, err);
    if (st != FER_OK) return st;
    while (passes--) /* row by row, because a tall picture's row pointers could take more memory than its pixels */
        for (size_t y = 0; y < h; y++) png_read_row(r->png, out->px.data + y * w * samples, NULL);
    png_read_end(r->png, r->info); /* checks that the file is whole; chunks may follow the pixels too */
    take_profile(r, out);
    take_orientation(r, out);
    return FER_OK;
}

fer_status feri_png_decode(const struct feri_picture_file *p, struct feri_picture *out, fer_error *err)
{
    struct reading r = {.picture = p, .at = p->data, .end = p->data + p->size};
    volatile fer_status st = FER_OK;
    if (!chunks_are_whole(p)) return feri_fail(err, FER_ERR_FORMAT, "PNG: the file is cut off or corrupt");
    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning);
    r.info = r.png ? png_create_info_struct(r.png) : NULL;
    if (!r.info) {
        png_destroy_read_struct(&r.png, NULL, NULL);
        return feri_fail(err, FER_ERR_MEMORY, "PNG: out of memory");
    }
    if (setjmp(r.jump) == 0) {
        png_set_user_limits(r.png, 0x7FFFFFFF, 0x7FFFFFFF); /* the limit here is the picture's `most` */
        png_set_chunk_malloc_max(r.png, (png_alloc_size_t)8 << 20);
        png_set_read_fn(r.png, &r, on_read);
        st = read_picture(&r, out, err);
    } else {
        st = feri_fail(err, FER_ERR_FORMAT, "PNG: %s", r.message);
    }
    png_destroy_read_struct(&r.png, &r.info, NULL);
    return st;
}

/* ---- write ---- */

static bool write_stream(FILE *f, const struct feri_pixels *px, png_image *image)
{
    *image = (png_image){.version = PNG_IMAGE_VERSION,
                         .width = (png_uint_32)px->w,
                         .height = (png_uint_32)px->h,
                         .format = px->c == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    return png_image_write_to_stdio(image, f, 0, px->data, 0, NULL) != 0;
}

fer_status feri_pixels_write_png(const char *path, const struct feri_pixels *px, fer_error *err)
{
    png_image image;
    struct feri_atomic_file file;
    fer_status st = feri_atomic_open(path, &file, err);
    if (st != FER_OK) return st;
    if (!write_stream(file.f, px, &image)) {
        st = feri_fail(err, FER_ERR_IO, "%s: cannot be written: %s", path, image.message);
        feri_atomic_abort(&file);
        return st;
    }
    return feri_atomic_commit(&file, err);
}

fer_status feri_pixels_encode_png(const struct feri_pixels *px, uint8_t **data_out, size_t *size_out, fer_error *err)
{
    png_image image;
    char *data = NULL;
    *data_out = NULL;
    FILE *f = open_memstream(&data, size_out);
    bool ok = f && write_stream(f, px, &image);
    if (f && fclose(f) != 0) ok = false;
    if (!ok) {
        free(data);
        return feri_fail(err, FER_ERR_MEMORY, "PNG of %zu x %zu: out of memory", px->w, px->h);
    }
    *data_out = (uint8_t *)data;
    return FER_OK;
}

/* From a detector's output to faces and crops, without the network: cells of any numbers, merged over two looks, cut
 * out of a picture. The first bytes choose size and options; then four bytes make a number. */
#include "fuzz.h"
#include "vision/align.h"
#include "vision/found.h"

#include <math.h>
#include <string.h>

#define SIDE  96
#define FACES 12
#define CELLS (SIDE / 8 * SIDE / 8 + SIDE / 16 * SIDE / 16 + SIDE / 32 * SIDE / 32)

static void check(const fer_face *faces, size_t n)
{
    demand(n <= FACES);
    for (size_t i = 0; i < n; i++) {
        const fer_face *f = &faces[i];
        demand(f->width > 0 && f->height > 0 && isfinite(f->x + f->y + f->width + f->height));
        demand(f->confidence >= 0 && f->confidence <= 1);
        demand(i == 0 || f->confidence <= faces[i - 1].confidence);
    }
}

static void cut_out(const fer_face *f, const uint8_t *pixels, const uint8_t *choice)
{
    static struct feri_aligner ws;
    static uint8_t crop[48 * 48 * 3];
    fer_error err = {0};
    const fer_view view = {
        .format = FER_RGB8, .width = SIDE, .height = SIDE, .planes = {pixels}, .strides = {3 * SIDE}};
    const struct feri_align_geometry g = {.crop = {.eye_distance = 0.4f,
                                                   .eye_height = 0.35f,
                                                   .box_scale = (float)(1 + choice[2]) / 64,
                                                   .box_x = 0,
                                                   .box_y = (float)choice[6] / 256},
                                          .roll_max = (float)choice[3],
                                          .eyes = 0.5f};
    const struct feri_pixels out = {.h = 48, .w = 48, .c = choice[4] & 1 ? 1 : 3, .data = crop};
    (void)succeeded(feri_align_crop(&ws, &g, &view, f, &out, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static float rows[CELLS * FERI_FACE_COLUMNS];
    static uint8_t pixels[3 * SIDE * SIDE];
    fer_face faces[FACES], more[FACES];
    if (size < 8) return 0;
    const struct feri_found_options opt = {.threshold = (float)data[0] / 256,
                                           .overlap = (float)(1 + data[1]) / 257,
                                           .scale = (float)(1 + data[5]) / 16,
                                           .max = FACES};
    memset(rows, 0, sizeof rows);
    for (size_t i = 0; i < CELLS; i++) rows[i * FERI_FACE_COLUMNS] = -20; /* no face where the input ends */
    size_t n = (size - 8) / 4 * 4;
    memcpy(rows, data + 8, n < sizeof rows ? n : sizeof rows);
    for (size_t i = 0; i < CELLS * FERI_FACE_COLUMNS; i++)
        if (!isfinite(rows[i])) rows[i] = 0; /* the network's output is checked before */
    size_t found = feri_found_faces(SIDE, SIDE, rows, &opt, faces);
    check(faces, found);
    size_t again = feri_found_faces(SIDE, SIDE / 2 / 32 * 32, rows, &opt, more);
    check(more, again);
    found = feri_found_merge(faces, found, more, again, FACES, opt.overlap);
    check(faces, found);
    for (size_t i = 0; i < found; i++) cut_out(&faces[i], pixels, data);
    return 0;
}

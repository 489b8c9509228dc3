#include "data/canvas_light.h"

#include "base/mem.h"
#include "formats/picture_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BRIGHTNESS 0.35f /* +- */
#define CONTRAST   0.35f
#define TINT       0.12f /* of each colour */
#define GAMMA      0.4f  /* of its logarithm */

static float clampf(float v, float lo, float hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static void make_grey(struct feri_pixels *px)
{
    for (uint8_t *p = px->data, *end = p + 3 * px->w * px->h; p < end; p += 3)
        p[0] = p[1] = p[2] = (uint8_t)((299 * p[0] + 587 * p[1] + 114 * p[2] + 500) / 1000);
}

/* v' = 255 ((v / 255)^gamma gain - mid) contrast + mid, as a table per colour. */
static void change_tones(struct feri_pixels *px, bool grey, struct feri_rng *rng)
{
    uint8_t tables[3][256];
    float gain = 1 + feri_rng_range(rng, -BRIGHTNESS, BRIGHTNESS),
          contrast = 1 + feri_rng_range(rng, -CONTRAST, CONTRAST);
    float gamma = expf(feri_rng_range(rng, -GAMMA, GAMMA));
    for (size_t ch = 0; ch < 3; ch++) {
        float tint = 1 + feri_rng_range(rng, -TINT, TINT);
        for (size_t v = 0; v < 256; v++) {
            float x = powf((float)v / 255, gamma) * gain * (grey ? 1 : tint);
            tables[ch][v] = (uint8_t)(clampf(((x - 0.45f) * contrast + 0.45f) * 255, 0, 255) + 0.5f);
        }
    }
    for (uint8_t *p = px->data, *end = p + 3 * px->w * px->h; p < end; p += 3)
        for (size_t ch = 0; ch < 3; ch++) p[ch] = tables[ch][p[ch]];
}

/* Filter by (1 2 1) / 4 along both axes, in place. reach: distance of the taps in pixels. */
static void blur_line(uint8_t *p, size_t n, size_t step, size_t reach, uint8_t *copy)
{
    for (size_t i = 0; i < n; i++) copy[i] = p[i * step];
    for (size_t i = 0; i < n; i++) {
        size_t before = i >= reach ? i - reach : 0, after = i + reach < n ? i + reach : n - 1;
        p[i * step] = (uint8_t)((copy[before] + 2 * copy[i] + copy[after] + 2) / 4);
    }
}

static bool blur(struct feri_pixels *px, size_t reach)
{
    uint8_t *copy = malloc(px->w > px->h ? px->w : px->h);
    if (!copy) return false;
    for (size_t y = 0; y < px->h; y++)
        for (size_t ch = 0; ch < 3; ch++) blur_line(px->data + 3 * y * px->w + ch, px->w, 3, reach, copy);
    for (size_t x = 0; x < 3 * px->w; x++) blur_line(px->data + x, px->h, 3 * px->w, reach, copy);
    free(copy);
    return true;
}

/* The sum of three uniform numbers is close enough to a normal one. Grey pictures get grey noise. */
static void add_noise(struct feri_pixels *px, bool grey, struct feri_rng *rng)
{
    float most = feri_rng_range(rng, 2, 16);
    uint64_t key = feri_rng_u64(rng);
    size_t n = px->w * px->h;
    for (size_t i = 0; i < n; i++)
        for (size_t ch = 0; ch < 3; ch++) {
            uint32_t bits = feri_bits24(key, grey ? i : 3 * i + ch);
            float x = ((float)(bits & 255) + (float)(bits >> 8 & 255) + (float)(bits >> 16 & 255)) / 382.5f - 1;
            px->data[3 * i + ch] = (uint8_t)(clampf((float)px->data[3 * i + ch] + x * most, 0, 255) + 0.5f);
        }
}

static fer_status through_jpeg(struct feri_pixels *px, int quality, fer_error *err)
{
    struct feri_pixels out = {0};
    fer_status st = feri_pixels_through_jpeg(px, quality, &out, err);
    if (st != FER_OK) return st;
    memcpy(px->data, out.data, 3 * px->w * px->h);
    feri_pixels_free(&out);
    return FER_OK;
}

fer_status feri_canvas_light(struct feri_pixels *px, bool grey, struct feri_rng *rng, fer_error *err)
{
    bool toned = feri_rng_uniform(rng) < 0.8f, soft = feri_rng_uniform(rng) < 0.25f,
         noisy = feri_rng_uniform(rng) < 0.2f;
    bool compressed = feri_rng_uniform(rng) < 0.2f;
    size_t reach = 1 + feri_rng_below(rng, 2);
    int quality = 25 + (int)feri_rng_below(rng, 60);
    if (grey) make_grey(px);
    if (toned) change_tones(px, grey, rng);
    if (soft && !blur(px, reach)) return FER_ERR_MEMORY;
    if (noisy) add_noise(px, grey, rng);
    return compressed ? through_jpeg(px, quality, err) : FER_OK;
}

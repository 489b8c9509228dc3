#include "data/canvas.h"

#include "base/angle.h"
#include "base/error.h"
#include "data/canvas_light.h"
#include "data/canvas_source.h"

#include <math.h>
#include <string.h>

#define PI    ((float)FERI_PI)
#define CROPS 0.35f /* share of pasted faces that come from the face crops, if there are any */
/* A picture that fills the canvas is as a rule scaled so that a face of it is so many times as wide as in the picture.
 */
#define NATURAL       0.6f /* share */
#define NATURAL_LEAST 0.5f
#define NATURAL_MOST  1.6f
#define ENLARGED \
    3.0f /* times a face grows at most: large faces are few in data sets, and near cameras they are the rule */

struct feri_canvas_options feri_canvas_defaults(void)
{
    return (struct feri_canvas_options){
        .size = 320, .face_min = 10, .face_max = 1.2f, .paste = 0.25f, .rotation = 45, .grey = 0.25f};
}

/* ---- from a scene to the canvas ---- */

/* Scene to canvas: x' = a x + b y + c, y' = d x + e y + f. It is a similarity, so it has one scale. Mirrored if a e - b
 * d < 0. */
struct map {
    float a, b, c, d, e, f, scale;
};

struct rect {
    float left, top, right, bottom;
};

/* The scene's point (sx, sy) is mapped to (cx, cy). */
static struct map make_map(float scale, float angle, bool mirror, const float from[2], const float to[2])
{
    float cosine = scale * cosf(angle), sine = scale * sinf(angle), m = mirror ? -1.0f : 1.0f;
    struct map map = {m * cosine, -sine, 0, m * sine, cosine, 0, scale};
    map.c = to[0] - map.a * from[0] - map.b * from[1];
    map.f = to[1] - map.d * from[0] - map.e * from[1];
    return map;
}

static void map_point(const struct map *m, float x, float y, float out[2])
{
    out[0] = m->a * x + m->b * y + m->c;
    out[1] = m->d * x + m->e * y + m->f;
}

/* When a face turns, its oval changes its extent by less than the sides differ, so the box keeps its sides. */
static struct feri_scene_face map_face(const struct map *m, const struct feri_scene_face *from)
{
    static const size_t mirrored[FERI_SCENE_POINTS] = {1, 0, 2, 4, 3};
    bool mirror = m->a * m->e - m->b * m->d < 0;
    struct feri_scene_face to = *from;
    float centre[2];
    map_point(m, from->x + from->w / 2, from->y + from->h / 2, centre);
    to.w = from->w * m->scale;
    to.h = from->h * m->scale;
    to.x = centre[0] - to.w / 2;
    to.y = centre[1] - to.h / 2;
    for (size_t i = 0; i < FERI_SCENE_POINTS; i++) {
        const float *p = from->points[mirror ? mirrored[i] : i];
        map_point(m, p[0], p[1], to.points[i]);
    }
    return to;
}

static float visible_share(const struct feri_scene_face *f, const struct rect *r)
{
    float w = fminf(f->x + f->w, r->right) - fmaxf(f->x, r->left),
          h = fminf(f->y + f->h, r->bottom) - fmaxf(f->y, r->top);
    return w > 0 && h > 0 ? w * h / (f->w * f->h) : 0;
}

/* Faces that the part's edge cuts, or that are too small to learn, become ignored regions. */
static void add_face(struct feri_canvas *out, const struct feri_canvas_options *opt, struct feri_scene_face f,
                     const struct rect *r)
{
    float share = visible_share(&f, r);
    if (share < 0.15f || out->n == FERI_CANVAS_FACES) return;
    if (share < 0.6f || f.w < opt->face_min) f.ignored = true;
    out->faces[out->n++] = f;
}

/* Remove faces that the next drawing will cover. */
static void cover(struct feri_canvas *out, const struct rect *r)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        struct feri_scene_face f = out->faces[i];
        float hidden = visible_share(&f, r);
        if (hidden > 0.8f) continue;
        if (hidden > 0.3f) f.ignored = true;
        out->faces[kept++] = f;
    }
    out->n = kept;
}

/* ---- drawing ---- */

struct brush {
    const struct feri_canvas_scene *scene;
    struct map map;
    struct rect part; /* part of the canvas, in whole pixels */
    float feather;    /* pixels over which the part's edge fades; 0: a hard edge */
    bool clipped;     /* true: draw nothing where the scene has no pixels; false: repeat its edge pixels */
};

static struct map inverse(const struct map *m)
{
    float det = m->a * m->e - m->b * m->d;
    struct map i = {m->e / det, -m->b / det, 0, -m->d / det, m->a / det, 0, 1 / m->scale};
    i.c = -i.a * m->c - i.b * m->f;
    i.f = -i.d * m->c - i.e * m->f;
    return i;
}

static float clampf(float v, float lo, float hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

/* Red in the lower half, blue in the upper one: one product scales both. */
static inline uint64_t red_blue(const uint8_t *p)
{
    return p[0] | (uint64_t)p[2] << 32;
}

/* The colour at a place of a level, between its four nearest pixels; x and y in 256ths of its pixels. */
static inline void sample(const struct feri_pixels *px, int x, int y, uint8_t *out)
{
    int right = ((int)px->w - 1) * 256, low = ((int)px->h - 1) * 256;
    x = x < 0 ? 0 : x > right ? right : x;
    y = y < 0 ? 0 : y > low ? low : y;
    size_t dx = x < right ? 3 : 0, dy = y < low ? 3 * px->w : 0;
    uint32_t u = (uint32_t)x & 255, v = (uint32_t)y & 255;
    uint32_t k11 = u * v, k01 = 256 * u - k11, k10 = 256 * v - k11, k00 = 65536 - k01 - k10 - k11;
    const uint8_t *p = px->data + 3 * (((size_t)y >> 8) * px->w + ((size_t)x >> 8)), *q = p + dy;
    uint64_t rb = red_blue(p) * k00 + red_blue(p + dx) * k01 + red_blue(q) * k10 + red_blue(q + dx) * k11;
    out[0] = (uint8_t)(((uint32_t)rb + 32768) >> 16);
    out[1] = (uint8_t)((p[1] * k00 + p[dx + 1] * k01 + q[1] * k10 + q[dx + 1] * k11 + 32768) >> 16);
    out[2] = (uint8_t)(((uint32_t)(rb >> 32) + 32768) >> 16);
}

/* 1 inside, falling to 0 at the part's edge along an oval. */
static float opacity(const struct brush *b, float x, float y)
{
    if (b->feather <= 0) return 1;
    float w = (b->part.right - b->part.left) / 2, h = (b->part.bottom - b->part.top) / 2;
    float u = (x - b->part.left) / w - 1, v = (y - b->part.top) / h - 1;
    float inside = (1 - sqrtf(sqrtf(u * u * u * u + v * v * v * v))) * fminf(w, h);
    return clampf(inside / b->feather, 0, 1);
}

static bool outside(const struct feri_canvas_scene *s, float x, float y)
{
    return x < 0 || y < 0 || x > (float)s->levels[0].w || y > (float)s->levels[0].h;
}

/* The number of the level whose pixels are as large as the canvas's, or up to twice as small. */
static size_t level_for(const struct feri_canvas_scene *s, float shrunk)
{
    size_t level = 0;
    while (level + 1 < s->n_levels && shrunk >= (float)((size_t)2 << level)) level++;
    return level;
}

static void blend(const uint8_t colour[3], float k, uint8_t *to)
{
    for (size_t ch = 0; ch < 3; ch++)
        to[ch] = k >= 1 ? colour[ch] : (uint8_t)((float)to[ch] + ((float)colour[ch] - (float)to[ch]) * k + 0.5f);
}

/* A row of the part in its scene. Places are in 2^-24 of a level's pixel, so that a step along the row is one addition:
 * after 1,024 steps the error is below 2^-14. */
struct walk {
    int64_t x, y, step_x, step_y;
};

#define FINE 16777216 /* 2^24 */

static struct walk start_row(const struct map *back, float fine, float left, float y)
{
    float at[2];
    map_point(back, left + 0.5f, y + 0.5f, at);
    return (struct walk){(int64_t)(at[0] * fine * FINE), (int64_t)(at[1] * fine * FINE),
                         (int64_t)(back->a * fine * FINE), (int64_t)(back->d * fine * FINE)};
}

static inline void sample_at(const struct feri_pixels *px, const struct walk *w, uint8_t *out)
{
    sample(px, (int)(w->x >> 16) - 128, (int)(w->y >> 16) - 128, out);
}

static void draw_row(const struct brush *b, const struct feri_pixels *px, struct walk w, uint8_t *to)
{
    int n = (int)(b->part.right - b->part.left);
    for (int i = 0; i < n; i++, w.x += w.step_x, w.y += w.step_y) sample_at(px, &w, to + 3 * i);
}

/* The same where the scene may end or the part's edge fades. y: of the canvas. */
static void draw_edged_row(const struct brush *b, const struct feri_pixels *px, struct walk w, float y, uint8_t *to)
{
    int n = (int)(b->part.right - b->part.left);
    int64_t right = (int64_t)px->w * FINE, low = (int64_t)px->h * FINE;
    for (int i = 0; i < n; i++, w.x += w.step_x, w.y += w.step_y) {
        uint8_t colour[3];
        if (b->clipped && (w.x < 0 || w.y < 0 || w.x > right || w.y > low)) continue;
        float k = opacity(b, b->part.left + (float)i + 0.5f, y + 0.5f);
        if (k <= 0) continue;
        sample_at(px, &w, colour);
        blend(colour, k, to + 3 * i);
    }
}

static void draw(const struct brush *b, struct feri_pixels *canvas)
{
    struct map back = inverse(&b->map);
    size_t level = level_for(b->scene, back.scale);
    const struct feri_pixels px = b->scene->levels[level];
    float fine = 1 / (float)((size_t)1 << level);
    for (int y = (int)b->part.top; y < (int)b->part.bottom; y++) {
        struct walk w = start_row(&back, fine, b->part.left, (float)y);
        uint8_t *to = canvas->data + 3 * ((size_t)y * canvas->w + (size_t)b->part.left);
        if (b->clipped || b->feather > 0) draw_edged_row(b, &px, w, (float)y, to);
        else draw_row(b, &px, w, to);
    }
}

/* Whether the scene has pixels for all of the part. */
static bool covers(const struct brush *b)
{
    struct map back = inverse(&b->map);
    const float x[] = {b->part.left, b->part.right}, y[] = {b->part.top, b->part.bottom};
    bool all = true;
    for (size_t i = 0; i < 4 && all; i++) {
        float at[2];
        map_point(&back, x[i % 2], y[i / 2], at);
        all = !outside(b->scene, at[0], at[1]);
    }
    return all;
}

/* ---- mosaics ---- */

static float draw_angle(const struct feri_canvas_options *opt, struct feri_rng *rng)
{
    float limit = opt->rotation * PI / 180;
    return feri_rng_range(rng, -limit, limit) * feri_rng_uniform(rng);
}

static bool coin(struct feri_rng *rng, float p)
{
    return feri_rng_uniform(rng) < p;
}

/* Log-uniform: as many faces of 10 to 20 pixels as of 20 to 40. */
static float draw_width(struct feri_rng *rng, float least, float most)
{
    float u = feri_rng_uniform(rng);
    return most <= least ? least : least * powf(most / least, u);
}

static struct map whole_scene_map(const struct feri_canvas_scene *s, const struct rect *part, struct feri_rng *rng,
                                  bool mirror)
{
    float w = part->right - part->left, h = part->bottom - part->top;
    float fit = fmaxf(w / (float)s->levels[0].w, h / (float)s->levels[0].h), scale = fit * feri_rng_range(rng, 1, 2);
    float x = (float)s->levels[0].w * scale - w, y = (float)s->levels[0].h * scale - h;
    float from[2] = {(w / 2 + x * feri_rng_uniform(rng)) / scale, (h / 2 + y * feri_rng_uniform(rng)) / scale};
    float to[2] = {(part->left + part->right) / 2, (part->top + part->bottom) / 2};
    return make_map(scale, 0, mirror, from, to);
}

/* A face's width on the canvas, near that in its scene: people far away keep their surroundings. */
static float natural_width(const struct feri_scene_face *f, struct feri_rng *rng)
{
    return draw_width(rng, NATURAL_LEAST * f->w, NATURAL_MOST * f->w);
}

/* Place one face of the scene in the part, at a random position and width. */
static struct map face_map(const struct feri_canvas_options *opt, const struct feri_scene_face *f,
                           const struct rect *part, struct feri_rng *rng)
{
    float side = fminf(part->right - part->left, part->bottom - part->top),
          most = fminf(opt->face_max * side, ENLARGED * f->w);
    bool natural = side >= (float)opt->size && coin(rng, NATURAL);
    float width = natural ? natural_width(f, rng) : draw_width(rng, 1.1f * opt->face_min, most);
    float scale = width / f->w, angle = natural ? draw_angle(opt, rng) / 2 : draw_angle(opt, rng);
    bool mirror = coin(rng, 0.5f);
    float from[2] = {f->x + f->w / 2, f->y + f->h / 2}, half = width / 2, tall = f->h * scale / 2;
    float to[2] = {feri_rng_range(rng, part->left + half, fmaxf(part->right - half, part->left + half + 1)),
                   feri_rng_range(rng, part->top + tall, fmaxf(part->bottom - tall, part->top + tall + 1))};
    return make_map(scale, angle, mirror, from, to);
}

static void draw_part(const struct feri_canvas_source *s, const struct feri_canvas_options *opt, struct feri_rng *rng,
                      const struct rect *part, struct feri_canvas *out)
{
    struct brush b = {.scene = feri_canvas_draw_scene(s, false, rng), .part = *part};
    b.map = whole_scene_map(b.scene, part, rng, coin(rng, 0.5f));
    if (!coin(rng, 0.75f)) {
        draw(&b, &out->pixels);
        return;
    }
    struct brush faced = {.scene = feri_canvas_draw_scene(s, true, rng), .part = *part};
    faced.map = face_map(opt, &faced.scene->faces[feri_rng_below(rng, (uint32_t)faced.scene->n_faces)], part, rng);
    faced.clipped = !covers(&faced);
    if (faced.clipped) draw(&b, &out->pixels);
    draw(&faced, &out->pixels);
    for (size_t i = 0; i < faced.scene->n; i++) add_face(out, opt, map_face(&faced.map, &faced.scene->faces[i]), part);
}

static void draw_mosaic(const struct feri_canvas_source *s, const struct feri_canvas_options *opt, struct feri_rng *rng,
                        struct feri_canvas *out)
{
    static const size_t sides[] = {1, 1, 1, 1, 1, 2, 2, 3};
    size_t n = sides[feri_rng_below(rng, sizeof sides / sizeof *sides)];
    float size = (float)opt->size, shift = n > 1 ? feri_rng_range(rng, -0.3f, 0.3f) * size / (float)n : 0;
    for (size_t y = 0; y < n; y++)
        for (size_t x = 0; x < n; x++) {
            float cuts[4] = {(float)x, (float)y, (float)x + 1, (float)y + 1};
            for (size_t i = 0; i < 4; i++)
                cuts[i] = cuts[i] <= 0          ? 0
                          : cuts[i] >= (float)n ? size
                                                : floorf(cuts[i] * size / (float)n + (i % 2 ? -shift : shift));
            draw_part(s, opt, rng, &(struct rect){cuts[0], cuts[1], cuts[2], cuts[3]}, out);
        }
}

/* ---- pasting ---- */

/* The part of a scene that is pasted with its face, with half its width and height on the canvas. It is a margin around
 * the face, or all of a crop, which ends where the face ends. */
static void pasted_part(const struct feri_canvas_scene *s, const struct feri_scene_face *f, bool crop, float scale,
                        float margin, float half[2])
{
    half[0] = crop ? (float)s->levels[0].w * scale / 2 : f->w * scale / 2 + margin;
    half[1] = crop ? (float)s->levels[0].h * scale / 2 : f->h * scale / 2 + margin;
}

static void paste_face(const struct feri_canvas_source *s, const struct feri_canvas_options *opt, struct feri_rng *rng,
                       struct feri_canvas *out)
{
    const struct feri_canvas_scene *crop =
        feri_canvas_has_crops(s) && coin(rng, CROPS) ? feri_canvas_draw_crop(s, rng) : NULL;
    const struct feri_canvas_scene *scene = crop ? crop : feri_canvas_draw_scene(s, true, rng);
    const struct feri_scene_face *f = &scene->faces[feri_rng_below(rng, (uint32_t)scene->n_faces)];
    float size = (float)opt->size,
          width = draw_width(rng, 1.1f * opt->face_min, fminf(size / 3, (crop ? ENLARGED : 1.5f) * f->w)),
          scale = width / f->w;
    float margin = feri_rng_range(rng, 0.3f, 1) * width, half[2];
    pasted_part(scene, f, crop != NULL, scale, margin, half);
    float half_w = half[0], half_h = half[1];
    float from[2] = {f->x + f->w / 2, f->y + f->h / 2}, to[2] = {feri_rng_range(rng, width / 2, size - width / 2),
                                                                 feri_rng_range(rng, half_h / 2, size - half_h / 2)};
    struct brush b = {
        .scene = scene, .map = make_map(scale, draw_angle(opt, rng), coin(rng, 0.5f), from, to), .clipped = true};
    b.part = (struct rect){floorf(clampf(to[0] - half_w, 0, size)), floorf(clampf(to[1] - half_h, 0, size)),
                           floorf(clampf(to[0] + half_w, 0, size)), floorf(clampf(to[1] + half_h, 0, size))};
    b.feather = coin(rng, 0.3f) ? 0 : feri_rng_range(rng, 0.1f, 0.8f) * margin;
    for (size_t i = 0; i < out->n; i++) /* there is no room here */
        if (!out->faces[i].ignored && visible_share(&out->faces[i], &b.part) > 0.25f) return;
    cover(out, &b.part);
    draw(&b, &out->pixels);
    for (size_t i = 0; i < scene->n; i++) {
        struct feri_scene_face g = map_face(&b.map, &scene->faces[i]);
        if (&scene->faces[i] != f) g.ignored = true; /* a neighbour fades with the part's edge */
        add_face(out, opt, g, &b.part);
    }
}

static void draw_pasted(const struct feri_canvas_source *s, const struct feri_canvas_options *opt, struct feri_rng *rng,
                        struct feri_canvas *out)
{
    struct rect whole = {0, 0, (float)opt->size, (float)opt->size};
    struct brush b = {.scene = feri_canvas_draw_scene(s, false, rng), .part = whole};
    b.map = whole_scene_map(b.scene, &whole, rng, coin(rng, 0.5f));
    draw(&b, &out->pixels);
    size_t n = feri_rng_below(rng, 20);
    for (size_t i = 0; i < n; i++) paste_face(s, opt, rng, out);
}

fer_status feri_canvas_compose(const struct feri_canvas_source *s, const struct feri_canvas_options *opt,
                               struct feri_rng *rng, struct feri_canvas *out, fer_error *err)
{
    out->n = 0;
    fer_status st = out->pixels.data ? FER_OK : feri_pixels_new(opt->size, opt->size, 3, &out->pixels, err);
    if (st != FER_OK) return st;
    if (coin(rng, opt->paste) && feri_canvas_has_empty(s)) draw_pasted(s, opt, rng, out);
    else draw_mosaic(s, opt, rng, out);
    return opt->plain ? FER_OK : feri_canvas_light(&out->pixels, coin(rng, opt->grey), rng, err);
}

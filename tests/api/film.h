/* A film of real faces with known truth. The faces are cut out of photographs with their surroundings. They move over
 * another photograph, pass in front of each other, and disappear behind a pillar. */
#ifndef FERI_TESTS_TRACKING_FILM_H
#define FERI_TESTS_TRACKING_FILM_H

#include "base/rng.h"
#include "data/scenes.h"
#include "fer/face.h"
#include "image/image.h"
#include "image/view.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FILM_W = 640, FILM_H = 480, FILM_ACTORS = 6 };

#define ALWAYS 1e9

/* A face that starts with its box centred at (x, y), moves by (vx, vy) pixels a second, and sways. from and to: its
 * time in the film. Later faces in the list are in front of earlier ones. */
struct film_actor {
    double x, y, vx, vy, width, sway, grow; /* width: of its box, changing by `grow` a second */
    double from, to;
    size_t face; /* which of the data's faces */
};

struct film {
    struct film_actor actors[FILM_ACTORS];
    size_t n;
    double pillar_x, pillar_w; /* in front of everybody; w 0: none */
    size_t background;         /* which of the data's scenes */
    struct feri_pixels sprites[FILM_ACTORS], canvas, scene, pillar;
    struct feri_scene_face boxes[FILM_ACTORS]; /* of the faces, in their sprites */
    uint8_t owner[FILM_H][FILM_W];             /* of each pixel: 0 background, 1 pillar, 2 + i actor i */
};

/* The truth about an actor in a frame. */
struct film_truth {
    bool there;
    float x, y, w, h;
    double visible; /* visible share of its box */
};

/* ---- material ---- */

static bool is_of(const struct feri_scenes *s, size_t i, const char *prefix)
{
    return strncmp(feri_scenes_name(s, i), prefix, strlen(prefix)) == 0;
}

/* Frontal enough: the nose is about in the middle between the eyes. */
static bool is_fit(const struct feri_scene_face *f)
{
    float eyes = f->points[1][0] - f->points[0][0], nose = f->points[2][0] - f->points[0][0];
    return f->has_points && f->w >= 64 && nose > 0.3f * eyes && nose < 0.7f * eyes;
}

/* Picture number k of a kind. The numbers are spread over all pictures, so that neighbours are different people. */
static size_t film_pick(const struct feri_scenes *s, const char *prefix, bool faced, size_t k)
{
    size_t fit = 0, n, wanted = (size_t)-1;
    for (int pass = 0; pass < 2; pass++) {
        size_t seen = 0;
        for (size_t i = 0; i < feri_scenes_count(s); i++) {
            const struct feri_scene_face *f = feri_scenes_faces(s, i, &n);
            if (!is_of(s, i, prefix) || (faced && (n != 1 || !is_fit(f)))) continue;
            if (pass == 1 && seen == wanted) return i;
            seen++;
        }
        fit = seen;
        assert_true(fit > 0);
        wanted = k * 137 % fit;
    }
    fail_msg("no picture %s", prefix);
    return 0;
}

static struct feri_pixels film_decode(const struct feri_scenes *s, size_t i)
{
    struct feri_pixels px, rgb;
    assert_int_equal(feri_scenes_decode(s, i, &px, NULL), FER_OK);
    if (px.c == 3) return px;
    assert_int_equal(feri_image_convert(&px, 3, &rgb, NULL), FER_OK);
    feri_pixels_free(&px);
    return rgb;
}

static struct feri_pixels film_resize(struct feri_pixels px, double scale)
{
    struct feri_pixels out;
    assert_int_equal(
        feri_image_resize(&px, (size_t)ceil(scale * (double)px.w), (size_t)ceil(scale * (double)px.h), &out, NULL),
        FER_OK);
    feri_pixels_free(&px);
    return out;
}

/* In the largest size that it has in the film. */
static void load_actor(struct film *f, const struct feri_scenes *s, size_t i)
{
    const struct film_actor *a = &f->actors[i];
    size_t n, picture = film_pick(s, "ytf_", true, a->face);
    struct feri_scene_face box = *feri_scenes_faces(s, picture, &n);
    double scale = fmax(1, 1 + 4 * a->grow) * 1.1 * a->width / (double)box.w;
    f->sprites[i] = film_resize(film_decode(s, picture), scale);
    box.x *= (float)scale, box.y *= (float)scale, box.w *= (float)scale, box.h *= (float)scale;
    f->boxes[i] = box;
}

static void film_open(struct film *f, const struct feri_scenes *s)
{
    struct feri_pixels scene = film_decode(s, film_pick(s, "neg_sun_", false, f->background));
    f->scene = film_resize(scene, fmax((double)FILM_W / (double)scene.w, (double)FILM_H / (double)scene.h));
    scene = film_decode(s, film_pick(s, "neg_sun_", false, f->background + 3));
    f->pillar = film_resize(scene, fmax((double)FILM_W / (double)scene.w, (double)FILM_H / (double)scene.h));
    assert_int_equal(feri_pixels_new(FILM_W, FILM_H, 3, &f->canvas, NULL), FER_OK);
    for (size_t i = 0; i < f->n; i++) load_actor(f, s, i);
}

static void film_close(struct film *f)
{
    for (size_t i = 0; i < f->n; i++) feri_pixels_free(&f->sprites[i]);
    feri_pixels_free(&f->scene);
    feri_pixels_free(&f->pillar);
    feri_pixels_free(&f->canvas);
}

/* ---- a frame ---- */

static void place(const struct film *f, size_t i, double t, struct film_truth *out)
{
    const struct film_actor *a = &f->actors[i];
    double s = t - a->from, w = a->width * (1 + a->grow * s), h = w * (double)(f->boxes[i].h / f->boxes[i].w);
    double x = a->x + a->vx * s + a->sway * sin(3 * t), y = a->y + a->vy * s + a->sway * cos(2 * t) / 2;
    *out =
        (struct film_truth){t >= a->from && t < a->to, (float)(x - w / 2), (float)(y - h / 2), (float)w, (float)h, 0};
}

/* 1 within an egg around the face, hair and chin included, 0 outside, soft between. */
static float cover(float u, float v)
{
    float r = u * u / 0.5f + v * v / 0.5f;
    return r < 0.8f ? 1 : r > 1 ? 0 : (1 - r) / 0.2f;
}

/* One pixel of the film, by bilinear sampling. */
static void draw_pixel(struct film *f, size_t i, const struct film_truth *p, int x, int y)
{
    const struct feri_pixels *px = &f->sprites[i];
    const struct feri_scene_face *b = &f->boxes[i];
    float u = ((float)x + 0.5f - p->x) / p->w, v = ((float)y + 0.5f - p->y) / p->h, a = cover(u - 0.5f, v - 0.5f);
    float sx = b->x + u * b->w - 0.5f, sy = b->y + v * b->h - 0.5f;
    if (a <= 0 || sx < 0 || sy < 0 || sx >= (float)(px->w - 1) || sy >= (float)(px->h - 1)) return;
    size_t ix = (size_t)sx, iy = (size_t)sy, row = px->w * 3;
    float fx = sx - (float)ix, fy = sy - (float)iy;
    const uint8_t *s = px->data + iy * row + ix * 3;
    uint8_t *d = f->canvas.data + ((size_t)y * FILM_W + (size_t)x) * 3;
    for (size_t c = 0; c < 3; c++) {
        float top = (1 - fx) * (float)s[c] + fx * (float)s[c + 3],
              low = (1 - fx) * (float)s[row + c] + fx * (float)s[row + c + 3];
        d[c] = (uint8_t)((float)d[c] + a * (top + fy * (low - top) - (float)d[c]) + 0.5f);
    }
    if (a > 0.5f) f->owner[y][x] = (uint8_t)(2 + i);
}

static void draw_actor(struct film *f, size_t i, const struct film_truth *p)
{
    for (int y = (int)(p->y - p->h / 2); y < (int)(p->y + 1.5f * p->h); y++)
        for (int x = (int)(p->x - p->w / 2); x < (int)(p->x + 1.5f * p->w); x++)
            if (x >= 0 && y >= 0 && x < FILM_W && y < FILM_H) draw_pixel(f, i, p, x, y);
}

/* The background sways by a few pixels, like a hand-held camera. */
static void draw_background(struct film *f, double t)
{
    size_t room = f->scene.w - FILM_W, x = room ? (size_t)((double)room * (0.5 + 0.5 * sin(t)) * 0.99) : 0;
    for (size_t y = 0; y < FILM_H; y++)
        memcpy(f->canvas.data + y * FILM_W * 3, f->scene.data + (y * f->scene.w + x) * 3, (size_t)FILM_W * 3);
    memset(f->owner, 0, sizeof f->owner);
}

static void draw_pillar(struct film *f)
{
    size_t x = (size_t)f->pillar_x, w = (size_t)f->pillar_w;
    for (size_t y = 0; y < FILM_H && w > 0; y++) {
        memcpy(f->canvas.data + (y * FILM_W + x) * 3, f->pillar.data + (y * f->pillar.w + x) * 3, w * 3);
        memset(f->owner[y] + x, 1, w);
    }
}

static double visible(const struct film *f, size_t i, const struct film_truth *p)
{
    size_t seen = 0, all = 0;
    for (int y = (int)p->y; y < (int)(p->y + p->h); y++)
        for (int x = (int)p->x; x < (int)(p->x + p->w); x++) {
            if (cover(((float)x + 0.5f - p->x) / p->w - 0.5f, ((float)y + 0.5f - p->y) / p->h - 0.5f) < 0.5f) continue;
            all++;
            seen += x >= 0 && y >= 0 && x < FILM_W && y < FILM_H && f->owner[y][x] == 2 + i;
        }
    return all ? (double)seen / (double)all : 0;
}

/* Draw the film at t seconds into the canvas, and report the truth about it. */
static fer_view film_draw(struct film *f, double t, struct film_truth *truth)
{
    draw_background(f, t);
    for (size_t i = 0; i < f->n; i++) {
        place(f, i, t, &truth[i]);
        if (truth[i].there) draw_actor(f, i, &truth[i]);
    }
    draw_pillar(f);
    for (size_t i = 0; i < f->n; i++)
        if (truth[i].there) truth[i].visible = visible(f, i, &truth[i]);
    return feri_view_of(&f->canvas);
}

#endif

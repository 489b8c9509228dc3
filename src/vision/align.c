#include "vision/align.h"

#include "base/angle.h"
#include "base/error.h"
#include "vision/turn.h"

#include <math.h>

#define BOX_GROWN 0.25 /* as a share of its size, to each side: landmarks may be slightly outside */
/* As a share of the box's height. In profiles the eyes are closer together and say little about the face's size. */
#define EYES_LEAST 0.15
/* as a share of the eyes' distance: the smallest distance from the eyes down to the mouth */
#define MOUTH_LEAST 0.4

const struct feri_align_geometry feri_align_usual = {
    .crop = {.eye_distance = 0.33f, .eye_height = 0.42f, .box_scale = 0.925f, .box_x = 0, .box_y = 0},
    .roll_max = 50,
    .eyes = 0.5f /* with FER+ pasted into photographs, 0 to 1 work equally well */
};

static bool inside_box(const fer_face *f, const float *point)
{
    double x = (double)point[0] - (double)f->x, y = (double)point[1] - (double)f->y, w = (double)f->width,
           h = (double)f->height;
    return x >= -BOX_GROWN * w && x <= (1 + BOX_GROWN) * w && y >= -BOX_GROWN * h &&
           y <= (1 + BOX_GROWN) * h; /* false for NaN */
}

bool feri_align_sure(const struct feri_align_geometry *g, const fer_face *f)
{
    for (int i = 0; i < FER_FACE_POINTS; i++)
        if (!inside_box(f, f->points[i])) return false;
    const float *l = f->points[FER_EYE_LEFT], *r = f->points[FER_EYE_RIGHT];
    const float *ml = f->points[FER_MOUTH_LEFT], *mr = f->points[FER_MOUTH_RIGHT];
    double dx = (double)r[0] - (double)l[0], dy = (double)r[1] - (double)l[1], apart = hypot(dx, dy);
    if (!(apart >= EYES_LEAST * (double)f->height) || fabs(atan2(dy, dx)) > (double)g->roll_max * FERI_PI / 180)
        return false;
    double mx = ((double)ml[0] + (double)mr[0] - (double)l[0] - (double)r[0]) / 2;
    double my = ((double)ml[1] + (double)mr[1] - (double)l[1] - (double)r[1]) / 2;
    return (my * dx - mx * dy) / apart >= MOUTH_LEAST * apart;
}

/* The transform with scale and turn (a, b) that maps (u, v) to (x, y). */
static struct feri_similarity through(double a, double b, const double uv[2], const double xy[2])
{
    return (struct feri_similarity){a, b, xy[0] - a * uv[0] + b * uv[1], xy[1] - b * uv[0] - a * uv[1]};
}

/* Where the crop's centre is in the picture, and picture pixels per crop pixel. */
struct placement {
    double x, y, scale;
};

/* cosine and sine of the head's tilt. */
static struct placement by_box(const struct feri_align_geometry *g, const fer_face *f, size_t h, double cosine,
                               double sine)
{
    double width = (double)f->width, height = (double)f->height, dx = (double)g->crop.box_x * width,
           dy = (double)g->crop.box_y * height;
    return (struct placement){(double)f->x + width / 2 + cosine * dx - sine * dy,
                              (double)f->y + height / 2 + sine * dx + cosine * dy,
                              (double)g->crop.box_scale * height / (double)h};
}

static struct placement by_eyes(const struct feri_align_geometry *g, const fer_face *f, size_t w, size_t h,
                                double cosine, double sine)
{
    const float *l = f->points[FER_EYE_LEFT], *r = f->points[FER_EYE_RIGHT];
    double scale =
        hypot((double)r[0] - (double)l[0], (double)r[1] - (double)l[1]) / ((double)g->crop.eye_distance * (double)w);
    double down = (0.5 - (double)g->crop.eye_height) * (double)h * scale;
    return (struct placement){((double)l[0] + (double)r[0]) / 2 - sine * down,
                              ((double)l[1] + (double)r[1]) / 2 + cosine * down, scale};
}

/* The face as it stands when it is turned upright about its box's centre. */
static fer_face upright(const fer_face *f)
{
    fer_face u = *f;
    float x = f->x + f->width / 2, y = f->y + f->height / 2;
    struct feri_turn t = feri_turn_by(f->turned);
    u.turned = 0;
    if (f->turned % 180 == 90) {
        u.width = f->height;
        u.height = f->width;
        u.x = x - u.width / 2;
        u.y = y - u.height / 2;
    }
    for (int i = 0; i < FER_FACE_POINTS; i++) {
        float dx = f->points[i][0] - x, dy = f->points[i][1] - y;
        feri_turn_forth(t, &dx, &dy);
        u.points[i][0] = x + dx;
        u.points[i][1] = y + dy;
    }
    return u;
}

/* The crop of a face that was turned upright, in the picture as it is. */
static struct feri_similarity turned_back(const struct feri_similarity *m, const fer_face *f)
{
    struct feri_turn t = feri_turn_by(f->turned);
    double c = (double)t.cosine, s = (double)t.sine, x = (double)f->x + (double)f->width / 2,
           y = (double)f->y + (double)f->height / 2, dx = m->x0 - x, dy = m->y0 - y;
    return (struct feri_similarity){c * m->a + s * m->b, c * m->b - s * m->a, x + c * dx + s * dy, y + c * dy - s * dx};
}

struct feri_similarity feri_align_map(const struct feri_align_geometry *g, const fer_face *f, size_t w, size_t h)
{
    if (f->turned) {
        fer_face u = upright(f);
        struct feri_similarity m = feri_align_map(g, &u, w, h);
        return turned_back(&m, f);
    }
    double cosine = 1, sine = 0, share = 0;
    struct placement eyes = {0, 0, 1};
    if (feri_align_sure(g, f)) {
        double dx = (double)f->points[FER_EYE_RIGHT][0] - (double)f->points[FER_EYE_LEFT][0];
        double dy = (double)f->points[FER_EYE_RIGHT][1] - (double)f->points[FER_EYE_LEFT][1];
        share = (double)g->eyes;
        cosine = dx / hypot(dx, dy);
        sine = dy / hypot(dx, dy);
        eyes = by_eyes(g, f, w, h, cosine, sine);
    }
    struct placement box = by_box(g, f, h, cosine, sine);
    double scale = pow(eyes.scale, share) * pow(box.scale, 1 - share);
    const double uv[2] = {(double)w / 2, (double)h / 2};
    const double xy[2] = {share * eyes.x + (1 - share) * box.x, share * eyes.y + (1 - share) * box.y};
    return through(scale * cosine, scale * sine, uv, xy);
}

fer_status feri_align_crop(struct feri_aligner *ws, const struct feri_align_geometry *g, const fer_view *v,
                           const fer_face *f, const struct feri_pixels *out, fer_error *err)
{
    if (!(f->width > 0 && f->height > 0 && isfinite(f->x) && isfinite(f->y) && isfinite(f->width) &&
          isfinite(f->height)))
        return feri_fail(err, FER_ERR_ARGUMENT,
                         "a face at %g, %g of %g x %g pixels: expected finite coordinates and a size above 0",
                         (double)f->x, (double)f->y, (double)f->width, (double)f->height);
    struct feri_similarity map = feri_align_map(g, f, out->w, out->h);
    return feri_align_warp(ws, v, &map, out, err);
}

/* Turns of the picture by multiples of 45 degrees, clockwise as one sees it (y grows downwards). */
#ifndef FERI_VISION_TURN_H
#define FERI_VISION_TURN_H

struct feri_turn {
    float cosine, sine;
};

/** By 0, 45, ... 315 degrees. */
static inline struct feri_turn feri_turn_by(int degrees)
{
    static const float sines[] = {0, 0.70710678f, 1, 0.70710678f, 0, -0.70710678f, -1, -0.70710678f};
    return (struct feri_turn){sines[(degrees / 45 + 2) % 8], sines[degrees / 45 % 8]};
}

/** A vector of the turned picture as it is without the turn. */
static inline void feri_turn_back(struct feri_turn t, float *x, float *y)
{
    float a = t.cosine * *x + t.sine * *y, b = t.cosine * *y - t.sine * *x;
    *x = a;
    *y = b;
}

/** A vector of the picture as it is in the turned one. */
static inline void feri_turn_forth(struct feri_turn t, float *x, float *y)
{
    float a = t.cosine * *x - t.sine * *y, b = t.cosine * *y + t.sine * *x;
    *x = a;
    *y = b;
}

#endif

/* Duration of a video's frames. A frame lasts until the next one; the last one lasts as long as the one before it. */
#ifndef FER_FACES_FRAME_CLOCK_H
#define FER_FACES_FRAME_CLOCK_H

#include <stdbool.h>

#define FRAME_CLOCK_ALONE 0.04 /* seconds of a frame that is the only one */

struct frame_clock {
    bool running;
    double now, step; /* time of the latest frame; duration of the one before it, 0: none */
};

/** Add a frame at that time. Returns the duration of the frame before it, 0 at the first. */
static inline double frame_clock_tick(struct frame_clock *c, double seconds)
{
    double step = c->running ? seconds - c->now : 0;
    if (step > 0) c->step = step;
    c->running = true;
    c->now = seconds;
    return step > 0 ? step : 0;
}

/** Duration of the latest frame if none follows. */
static inline double frame_clock_last(const struct frame_clock *c)
{
    if (!c->running) return 0;
    return c->step > 0 ? c->step : FRAME_CLOCK_ALONE;
}

#endif

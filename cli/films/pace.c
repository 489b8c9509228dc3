#include "films/pace.h"

#include <math.h>

double film_pace_time(struct film_pace *p, double seconds, bool *stepped)
{
    *stepped = p->n_read > 0 && seconds + p->shift <= p->previous;
    if (*stepped) p->shift = p->previous + FILM_STEP_BACK - seconds;
    p->previous = seconds + p->shift;
    return p->previous;
}

/* The first frame of each step of 1 / fps seconds, counted from 0. */
static bool searches_aligned(struct film_pace *p, uint64_t number, double seconds)
{
    if (number % p->every != 0) return false;
    if (p->fps <= 0) return true;
    double tick = floor(seconds * (double)p->fps + 1e-6);
    bool next = tick != p->tick;
    p->tick = tick;
    return next;
}

bool film_pace_searches(struct film_pace *p, uint64_t number, double seconds)
{
    if (p->aligned) return searches_aligned(p, number, seconds);
    if (p->n_read % p->every != 0) return false;
    if (p->fps <= 0) return true;
    if (p->n_searched > 0 && seconds < p->next - 1e-9) return false;
    double step = 1 / (double)p->fps;
    p->next = p->n_searched > 0 && seconds < p->next + step ? p->next + step : seconds + step;
    return true;
}

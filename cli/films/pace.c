#include "films/pace.h"

double film_pace_time(struct film_pace *p, double seconds, bool *stepped)
{
    *stepped = p->n_read > 0 && seconds + p->shift <= p->previous;
    if (*stepped) p->shift = p->previous + FILM_STEP_BACK - seconds;
    p->previous = seconds + p->shift;
    return p->previous;
}

bool film_pace_searches(struct film_pace *p, double seconds)
{
    if (p->n_read % p->every != 0) return false;
    if (p->fps <= 0) return true;
    if (p->n_searched > 0 && seconds < p->next - 1e-9) return false;
    double step = 1 / (double)p->fps;
    p->next = p->n_searched > 0 && seconds < p->next + step ? p->next + step : seconds + step;
    return true;
}

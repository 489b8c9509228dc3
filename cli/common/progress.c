#define _POSIX_C_SOURCE 200809L /* isatty */
#include "base/clock.h"
#include "common/cli.h"
#include "common/stop.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#define BAR        24
#define TERMINAL_S 0.1  /* between two updates of the bar */
#define PLAIN_S    10.0 /* between two lines elsewhere */

void cli_progress_start(struct cli_progress *p)
{
    double now = feri_now();
    *p = (struct cli_progress){.terminal = isatty(STDERR_FILENO) == 1, .start = now, .last = now};
}

/* "1:02:03", "2:03", or "" if unknown. */
static void duration_text(double seconds, char *out, size_t size)
{
    out[0] = '\0';
    if (!(seconds >= 0) || seconds > 1e8) return;
    unsigned long s = (unsigned long)(seconds + 0.5);
    if (s >= 3600) snprintf(out, size, "  ETA %lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
    else snprintf(out, size, "  ETA %lu:%02lu", s / 60, s % 60);
}

static void bar_text(size_t done, size_t total, char out[BAR + 1])
{
    size_t filled = total ? (size_t)((double)done / (double)total * BAR) : 0;
    if (filled > BAR) filled = BAR;
    memset(out, '.', BAR);
    memset(out, '=', filled);
    out[BAR] = '\0';
}

void cli_progress_show(struct cli_progress *p, const fer_progress *at, const char *note)
{
    double now = feri_now();
    if (cli_quiet || now - p->last < (p->terminal ? TERMINAL_S : PLAIN_S)) return;
    p->last = now;
    char bar[BAR + 1], speed[40] = "", rest[40];
    int percent = at->total ? (int)(100 * (double)at->done / (double)at->total) : 0;
    double rate = at->per_second;
    bar_text(at->done, at->total, bar);
    duration_text(at->eta_seconds, rest, sizeof rest);
    if (rate > 0) snprintf(speed, sizeof speed, "  %.*f images/s", rate < 10 ? 1 : 0, rate);
    /* Carriage return, then "erase to the end of the line" after the text. */
    if (!at->total)
        fprintf(stderr, p->terminal ? "\r%s  %zu%s%s\033[K" : "%s  %zu%s%s\n", at->what, at->done, speed, note);
    else if (p->terminal) fprintf(stderr, "\r%s [%s] %3d %%%s%s%s\033[K", at->what, bar, percent, speed, rest, note);
    else fprintf(stderr, "%s  %zu/%zu  %d %%%s%s%s\n", at->what, at->done, at->total, percent, speed, rest, note);
    fflush(stderr);
    p->shown = true;
}

void cli_progress_count(struct cli_progress *p, const char *what, size_t done, size_t total)
{
    double seconds = feri_now() - p->start, rate = seconds > 0 ? (double)done / seconds : 0;
    double eta = rate > 0 && total >= done ? (double)(total - done) / rate : NAN;
    const fer_progress at = {.what = what, .done = done, .total = total, .per_second = rate, .eta_seconds = eta};
    cli_progress_show(p, &at, "");
}

bool cli_progress_report(void *user, const fer_progress *at)
{
    struct cli_progress *p = user;
    char what[64], note[64];
    if (p->what && p->what != at->what) cli_progress_start(p);
    p->what = at->what;
    if (!at->epochs) {
        cli_progress_count(p, at->what, at->done, at->total);
        return !feri_stop_pending();
    }
    fer_progress epoch = *at;
    snprintf(what, sizeof what, "epoch %zu/%zu", at->epoch + 1, at->epochs);
    snprintf(note, sizeof note, "  loss %.4f", at->loss);
    epoch.what = what;
    cli_progress_show(p, &epoch, note);
    return true;
}

void cli_progress_clear(struct cli_progress *p)
{
    if (p->terminal && p->shown) fputs("\r\033[K", stderr);
    p->shown = false;
}

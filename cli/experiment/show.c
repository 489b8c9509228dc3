#include "experiment/experiment.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 79 /* a longer line would take two lines, and the next update would not cover it */
#define NAME  22

const char *run_path(const struct run *r, const char *name, char path[RUN_PATH_MAX])
{
    snprintf(path, RUN_PATH_MAX, "%s/%s", r->dir, name);
    return path;
}

static void take_away(struct experiment *x)
{
    /* Up, and "erase to the end of the screen". */
    if (x->shown) fprintf(stderr, "\033[%zuA\r\033[J", x->shown);
    x->shown = 0;
}

void experiment_say(struct experiment *x, const struct run *r, const char *what)
{
    if (cli_quiet) return;
    take_away(x);
    fprintf(stderr, "%-*s %s\n", NAME, r->name, what);
}

/* The line of a finished epoch reports the accuracy; a line within an epoch does not. */
static bool ends_epoch(const char *line)
{
    return strncmp(line, "epoch ", 6) == 0 && strstr(line, "  accuracy ");
}

static void take_line(struct experiment *x, struct run *r, char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    if (!*line) return;
    if (strncmp(line, "fer: ", 5) == 0) snprintf(r->why, sizeof r->why, "%.500s", line + 5);
    snprintf(r->line, sizeof r->line, "%.250s", line);
    if (!x->terminal && ends_epoch(line)) experiment_say(x, r, line);
}

void experiment_skip_log(struct run *r)
{
    char path[RUN_PATH_MAX];
    FILE *f = fopen(run_path(r, "train.log", path), "r");
    if (!f) return;
    if (fseek(f, 0, SEEK_END) == 0) r->log_at = ftell(f);
    fclose(f);
}

void experiment_follow(struct experiment *x, struct run *r)
{
    char path[RUN_PATH_MAX], line[2048];
    FILE *f = fopen(run_path(r, "train.log", path), "r");
    if (!f) return;
    /* An incomplete line is read again the next time. */
    if (fseek(f, r->log_at, SEEK_SET) == 0)
        while (fgets(line, sizeof line, f) && (strchr(line, '\n') || strlen(line) + 1 == sizeof line)) {
            r->log_at = ftell(f);
            take_line(x, r, line);
        }
    fclose(f);
}

void experiment_show(struct experiment *x)
{
    if (!x->terminal || cli_quiet) return;
    take_away(x);
    for (size_t i = 0; i < x->n; i++) {
        const struct run *r = &x->runs[i];
        if (r->state != RUN_TRAINING && r->state != RUN_TESTING) continue;
        const char *beginning = r->state == RUN_TESTING ? "testing" : "starts";
        fprintf(stderr, "%-*s %.*s\n", NAME, r->name, WIDTH - NAME - 1, r->line[0] ? r->line : beginning);
        x->shown++;
    }
    fflush(stderr);
}

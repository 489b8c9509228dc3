#include "inputs/left.h"

#include "base/mem.h"
#include "base/names.h"
#include "common/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void input_left_add(struct input_left *l, const char *what, const char *path)
{
    size_t i = 0;
    while (i < l->n_kinds && strcmp(l->kinds[i].what, what) != 0) i++;
    if (i == INPUT_LEFT_KINDS) i--;
    if (i == l->n_kinds) {
        l->n_kinds++;
        l->kinds[i].first = feri_strdup(path);
        snprintf(l->kinds[i].what, sizeof l->kinds[i].what, "%s", what);
    }
    l->kinds[i].n++;
}

void input_left_add_file(struct input_left *l, const char *kind, const char *path)
{
    char what[64], ending[FERI_ENDING_MAX];
    feri_ending_of(path, ending);
    if (l->n_kinds >= INPUT_LEFT_KINDS / 2) *ending = '\0'; /* the others are counted together */
    snprintf(what, sizeof what, "no %s by its name (%s)", kind, *ending ? ending : "another ending");
    /* What another command reads is worth a word. */
    if (feri_names_film(path)) snprintf(what, sizeof what, "film, which 'fer video' reads");
    else if (feri_names_picture(path)) snprintf(what, sizeof what, "picture, which 'fer predict' reads");
    input_left_add(l, what, path);
}

void input_left_say(const struct input_left *l)
{
    for (size_t i = 0; i < l->n_kinds; i++)
        cli_note("left out: %zu x %s; the first: %s", l->kinds[i].n, l->kinds[i].what,
                 l->kinds[i].first ? l->kinds[i].first : "?");
}

void input_left_free(struct input_left *l)
{
    for (size_t i = 0; i < l->n_kinds; i++) free(l->kinds[i].first);
    *l = (struct input_left){0};
}

#include "films/one.h"

#include "base/stop.h"
#include "common/cli.h"
#include "common/file.h"
#include "faces/abstain.h"
#include "films/table.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void film_shop_open(struct film_shop *s, const struct film *usual, const fer_model *model)
{
    fer_model_info info = fer_model_get_info(model);
    s->usual = usual;
    s->model = model;
    abstain_names(&info, s->names);
    s->kind = (struct faces_kind){.video = true,
                                  .named = true,
                                  .classes = s->names,
                                  .n_classes = info.n_classes,
                                  .valence_arousal = fer_model_has_valence_arousal(model)};
}

static bool make_room(const struct film_targets *t)
{
    if (!cli_make_parents(t->summary_csv)) return false;
    if (remove(t->summary_csv) == 0 || errno == ENOENT) return true;
    return cli_refuse("%s: cannot be replaced: %s", t->summary_csv, strerror(errno));
}

enum film_end film_one(const struct film_shop *s, const char *path, const char *base, unsigned threads,
                       struct film_found *found, void (*progress)(void *user, double share), void *user)
{
    struct film f = *s->usual;
    if (!film_kinds_targets(&s->kinds, base, &f.targets)) return FILM_FAILED;
    f.targets.bare = s->usual->targets.bare;
    f.source = path;
    f.model = s->model;
    f.pipeline.threads = threads;
    f.found = found;
    f.in_pieces = found != NULL;
    f.targets.audio_from = s->sound ? path : NULL;
    f.named = f.whole = f.quiet = true;
    f.progress = progress;
    f.progress_user = user;
    int code = make_room(&f.targets) ? film_run(&f) : CLI_FAILED;
    f.targets.audio_from = NULL;
    film_kinds_free(&f.targets);
    return code == CLI_OK ? FILM_DONE : feri_stop_pending() ? FILM_STOPPED : FILM_FAILED;
}

bool film_one_is_complete(const struct film_shop *s, const char *base)
{
    struct film_targets t;
    if (!film_kinds_targets(&s->kinds, base, &t)) return false;
    bool complete = film_kinds_are_there(&t) && film_table_is_complete(t.summary_csv, &s->kind);
    film_kinds_free(&t);
    return complete;
}

char *film_one_rows(const struct film_shop *s, const char *path, const char *base)
{
    struct film_targets t;
    if (!film_kinds_targets(&s->kinds, base, &t)) return NULL;
    char *rows = film_table_rows(t.summary_csv, &s->kind, path);
    film_kinds_free(&t);
    return rows;
}

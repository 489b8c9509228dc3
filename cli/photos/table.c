#include "photos/table.h"

#include "common/cli.h"
#include "faces/pieces.h"

#include <string.h>

enum { CHUNK = 32, AHEAD = 8 }; /* pictures that a rank gets at a time, and has left when it asks for more */

static const char *name_of(const void *user, size_t i)
{
    const struct input_list *list = user;
    return list->items[i].path;
}

static const char *file_name(const struct faces_format *format)
{
    if (strcmp(format->pictures, "json") == 0) return "faces.jsonl";
    return strcmp(format->pictures, "emotionml") == 0 ? "faces.xml" : "faces.csv";
}

bool photo_table_open(struct photo_table *t, const fer_model *m)
{
    struct faces_pieces p;
    if (!archive_settings_add_models(t->settings, &t->models, m) || !faces_pieces_new(t->format, t->kind, NULL, &p))
        return false;
    const struct archive_task task = {.command = "predict",
                                      .n = t->list->n,
                                      .name = name_of,
                                      .user = t->list,
                                      .settings = t->settings,
                                      .table = file_name(t->format),
                                      .before = p.before,
                                      .after = p.after,
                                      .chunk_max = CHUNK,
                                      .ahead = AHEAD};
    t->archive = archive_open(&t->options, &task, t->ranks);
    faces_pieces_free(&p);
    return t->archive != NULL;
}

/* ---- which picture is next ---- */

static enum photo_next next(void *user, size_t *number, struct input *photo)
{
    static const enum photo_next same[] = {[CREW_TAKE] = PHOTO_TAKE, [CREW_WAIT] = PHOTO_WAIT, [CREW_END] = PHOTO_END};
    struct photo_table *t = user;
    enum photo_next got = same[archive_next(t->archive, number)];
    if (got == PHOTO_TAKE) *photo = t->list->items[*number];
    return got;
}

static void poll_ranks(void *user)
{
    struct photo_table *t = user;
    archive_poll(t->archive);
}

void photo_table_choose(struct photo_table *t, struct photo_run *run)
{
    run->next = next;
    run->poll = ranks_size(t->ranks) > 1 ? poll_ranks : NULL;
    run->chooser = t;
}

/* ---- results ---- */

bool photo_table_add(struct photo_table *t, const struct photo_answer *a)
{
    struct faces_pieces p;
    const struct faces_frame frame = {.file = a->name,
                                      .frame = a->number,
                                      .width = a->width,
                                      .height = a->height,
                                      .whole = a->whole,
                                      .n = a->n,
                                      .faces = a->faces};
    if (a->error) return archive_fail(t->archive, a->number, "", a->error);
    if (!faces_pieces_new(t->format, t->kind, &frame, &p)) return false;
    bool ok = archive_add(t->archive, a->number, p.rows);
    faces_pieces_free(&p);
    return ok;
}

#include "data/scene_sets.h"

fer_status feri_scene_sets_open(const char *list, struct feri_scene_sets *out, fer_error *err)
{
    *out = (struct feri_scene_sets){0};
    fer_status st = feri_weighted_split(list, NULL, &out->list, err);
    for (size_t i = 0; st == FER_OK && i < out->list.n; i++)
        st = feri_scenes_open(out->list.items[i].path, &out->scenes[i], err);
    return st;
}

void feri_scene_sets_close(struct feri_scene_sets *s)
{
    for (size_t i = 0; i < s->list.n; i++) feri_scenes_close(s->scenes[i]);
    feri_weighted_free(&s->list);
    *s = (struct feri_scene_sets){0};
}

size_t feri_scene_sets_count(const struct feri_scene_sets *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->list.n; i++) n += feri_scenes_count(s->scenes[i]);
    return n;
}

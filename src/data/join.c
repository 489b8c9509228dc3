#include "data/join.h"

#include "data/match.h"
#include "data/samples.h"

#include <stdlib.h>
#include <string.h>

/* Classes of a part -> those of the whole. */
static fer_status match(const struct feri_dataset *all, const struct feri_dataset *part, size_t **map, fer_error *err)
{
    *map = calloc(part->n_classes + 1, sizeof **map);
    if (!*map) return feri_fail_memory(err, part->n_classes * sizeof **map);
    fer_status st = feri_dataset_match(part, all->n_classes, (const char *const *)all->classes, *map, err);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "data");
}

static fer_status take_sources(struct feri_dataset *all, struct feri_dataset *part, fer_error *err)
{
    size_t n = all->n_sources + part->n_sources;
    if (n > (size_t)UINT16_MAX + 1)
        return feri_fail(err, FER_ERR_FORMAT, "data: pictures in %zu archives, expected at most %d", n, UINT16_MAX + 1);
    if (!feri_grow(&all->sources, &all->sources_cap, n, sizeof *all->sources))
        return feri_fail_memory(err, n * sizeof *all->sources);
    memcpy(all->sources + all->n_sources, part->sources, part->n_sources * sizeof *part->sources);
    part->n_sources = 0;
    all->n_sources = n;
    return FER_OK;
}

static fer_status take_names(struct feri_dataset *all, const struct feri_dataset *part, fer_error *err)
{
    size_t size = all->names_size + part->names_size;
    if (size > FERI_NONE || !feri_grow(&all->names, &all->names_cap, size + 1, 1)) return feri_fail_memory(err, size);
    if (part->names_size) memcpy(all->names + all->names_size, part->names, part->names_size);
    all->names_size = size;
    return FER_OK;
}

/* The sample at a place of the whole: `first` is what the whole had before. */
static void take_sample(struct feri_dataset *all, const struct feri_dataset *part, size_t i, const size_t *map,
                        size_t first_source, size_t first_name)
{
    struct feri_sample s = part->samples[i];
    const float *target = feri_dataset_target(part, i);
    float *to = all->votes + all->n * all->n_classes;
    for (size_t k = 0; k < part->n_classes; k++) to[map[k]] += target[k];
    s.source = (uint16_t)(s.source + first_source);
    s.row.source = (uint16_t)(s.row.source + first_source);
    if (s.name != FERI_NONE) s.name += (uint32_t)first_name;
    s.label = (uint16_t)map[s.label];
    s.landmarks = FERI_NONE;
    all->samples[all->n++] = s;
}

static fer_status take(struct feri_dataset *all, struct feri_part *p, fer_error *err)
{
    size_t *map, first = all->n, first_source = all->n_sources, first_name = all->names_size;
    fer_status st = match(all, p->ds, &map, err);
    if (st == FER_OK) st = take_sources(all, p->ds, err);
    if (st == FER_OK) st = take_names(all, p->ds, err);
    for (size_t i = 0; st == FER_OK && i < p->ds->n; i++) take_sample(all, p->ds, i, map, first_source, first_name);
    for (size_t i = first; i < all->n; i++) all->weights[i] = p->weight;
    free(map);
    return st;
}

/* The whole without samples yet: the first part's classes, and room. */
static fer_status begin(struct feri_dataset *all, struct feri_dataset *first, const char *path, size_t samples,
                        fer_error *err)
{
    size_t k = first->n_classes;
    all->path = feri_strdup(path);
    all->layout = "several";
    all->opt = first->opt;
    all->opt.protocol = FER_DISTRIBUTION; /* the votes are the targets of the parts' protocols */
    all->samples = calloc(samples, sizeof *all->samples);
    all->votes = calloc(samples * k, sizeof *all->votes);
    all->weights = calloc(samples, sizeof *all->weights);
    all->classes = calloc(k + 1, sizeof *all->classes);
    if (!all->path || !all->samples || !all->votes || !all->weights || !all->classes)
        return feri_fail_memory(err, samples * (sizeof *all->samples + k * sizeof *all->votes));
    for (size_t i = 0; i < k; i++) {
        all->classes[i] = feri_strdup(first->classes[i]);
        if (!all->classes[i]) return feri_fail_memory(err, strlen(first->classes[i]));
        all->n_classes++;
    }
    return FER_OK;
}

/* The draws of samples that all have the weight 1 need no sums of weights. */
static void drop_equal_weights(struct feri_dataset *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->weights[i] != 1) return;
    free(all->weights);
    all->weights = NULL;
}

fer_status feri_dataset_join(const char *path, struct feri_part *parts, size_t n, struct feri_dataset **out,
                             fer_error *err)
{
    size_t samples = 0;
    struct feri_dataset *all = calloc(1, sizeof *all);
    *out = NULL;
    fer_status st = all ? FER_OK : feri_fail_memory(err, sizeof *all);
    for (size_t i = 0; i < n; i++) samples += parts[i].ds->n;
    if (st == FER_OK) st = begin(all, parts[0].ds, path, samples, err);
    for (size_t i = 0; st == FER_OK && i < n; i++) st = take(all, &parts[i], err);
    for (size_t i = 0; i < n; i++) feri_dataset_close(parts[i].ds);
    if (st != FER_OK) {
        feri_dataset_close(all);
        return st;
    }
    drop_equal_weights(all);
    *out = all;
    return FER_OK;
}

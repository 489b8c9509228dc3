#include "data/internal.h"

#include "formats/archive_open.h"
#include "formats/csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening ---- */

/* In the order of asking: a layout that another one's files would satisfy comes behind it. */
static const struct feri_layout *const layouts[] = {
    &feri_layout_affectnet8,
    &feri_layout_ferplus_csv,
    &feri_layout_ferplus,
    &feri_layout_rafdb,
    &feri_layout_affectnet_manual,
    &feri_layout_affectnet_csv,
    &feri_layout_affectnet_kaggle,
    &feri_layout_fer2013,
    &feri_layout_table,
    &feri_layout_folders,
};
#define LAYOUTS (sizeof layouts / sizeof *layouts)

static void list_layouts(char *out, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; i < LAYOUTS && used < size; i++) {
        int n = snprintf(out + used, size - used, "%s%s", i ? ", " : "", layouts[i]->name);
        used += n > 0 ? (size_t)n : 0;
    }
}

static fer_status choose_layout(const struct feri_dataset *ds, const struct feri_layout **out, fer_error *err)
{
    char list[512];
    const struct feri_archive *a = ds->sources[0].archive;
    *out = NULL;
    for (size_t i = 0; i < LAYOUTS && !*out; i++)
        if (ds->opt.layout ? strcmp(ds->opt.layout, layouts[i]->name) == 0 : layouts[i]->is(a)) *out = layouts[i];
    list_layouts(list, sizeof list);
    if (!*out && ds->opt.layout)
        return feri_fail(err, FER_ERR_ARGUMENT, "layout '%s' is unknown; there are %s", ds->opt.layout, list);
    if (!*out)
        return feri_fail(
            err, FER_ERR_FORMAT,
            "%s: none of the layouts that are known (%s): no label.csv, no annotations/<id>_exp.npy, no CSV with named "
            "columns, no folders of pictures, one a class",
            ds->path, list);
    if (ds->opt.layout && !(*out)->is(a))
        return feri_fail(err, FER_ERR_FORMAT, "%s: not in the layout '%s': expected %s", ds->path, (*out)->name,
                         (*out)->what);
    return FER_OK;
}

static fer_status read_archive(struct feri_dataset *ds, fer_error *err)
{
    uint16_t number;
    const struct feri_layout *layout;
    fer_status st = feri_dataset_add_source(ds, FERI_SOURCE_ARCHIVE, ds->path, &number, err);
    if (st == FER_OK) st = feri_archive_open(ds->path, &ds->sources[0].archive, err);
    if (st == FER_OK) st = choose_layout(ds, &layout, err);
    if (st != FER_OK) return st;
    ds->layout = layout->name;
    return layout->read(ds, err);
}

static fer_status read_all(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = feri_is_pack(ds->path)    ? feri_table_read_pack(ds, err)
                    : feri_is_table(ds->path) ? feri_table_read_file(ds, err)
                                              : read_archive(ds, err);
    return st == FER_OK ? feri_dataset_select(ds, err) : st;
}

fer_status feri_dataset_open(const fer_data_source *source, enum feri_use use, struct feri_dataset **out,
                             fer_error *err)
{
    *out = NULL;
    if ((unsigned)source->protocol > FER_ALL)
        return feri_fail(err, FER_ERR_ARGUMENT, "%d is not a protocol", (int)source->protocol);
    struct feri_dataset *ds = calloc(1, sizeof *ds);
    if (!ds || !(ds->path = feri_strdup(source->path))) {
        free(ds);
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", source->path);
    }
    ds->opt = *source;
    ds->use = use;
    fer_status st = read_all(ds, err);
    if (st != FER_OK) {
        feri_dataset_close(ds);
        return st;
    }
    *out = ds;
    return FER_OK;
}

void feri_dataset_close(struct feri_dataset *ds)
{
    if (!ds) return;
    for (size_t i = 0; i < ds->n_classes; i++) free(ds->classes[i]);
    for (size_t i = 0; i < ds->n_sources; i++) {
        feri_archive_close(ds->sources[i].archive);
        feri_pack_close(ds->sources[i].pack);
        if (ds->sources[i].table.data) feri_file_unmap(&ds->sources[i].table);
        free(ds->sources[i].path);
    }
    free(ds->classes);
    free(ds->sources);
    free(ds->samples);
    free(ds->names);
    free(ds->votes);
    free(ds->one_hot);
    free(ds->left);
    free(ds->path);
    free(ds);
}

/* ---- filling ---- */

static fer_status out_of_memory(const struct feri_dataset *ds, fer_error *err)
{
    return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", ds->path);
}

fer_status feri_dataset_add_class(struct feri_dataset *ds, const char *name, size_t length, fer_error *err)
{
    if (ds->n_classes > UINT16_MAX)
        return feri_fail(err, FER_ERR_FORMAT, "%s: more than %d classes", ds->path, UINT16_MAX);
    char *copy = malloc(length + 1);
    if (!copy || !feri_grow(&ds->classes, &ds->classes_cap, ds->n_classes + 1, sizeof *ds->classes)) {
        free(copy);
        return out_of_memory(ds, err);
    }
    memcpy(copy, name, length);
    copy[length] = '\0';
    ds->classes[ds->n_classes++] = copy;
    return FER_OK;
}

fer_status feri_dataset_add_emotions(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = FER_OK;
    for (size_t k = 0; k < FERI_EMOTIONS && st == FER_OK; k++)
        st = feri_dataset_add_class(ds, feri_emotion_name(k), strlen(feri_emotion_name(k)), err);
    return st;
}

fer_status feri_dataset_add_source(struct feri_dataset *ds, enum feri_source_kind kind, const char *path,
                                   uint16_t *number, fer_error *err)
{
    if (ds->n_sources > UINT16_MAX)
        return feri_fail(err, FER_ERR_FORMAT, "%s: pictures in more than %d archives", ds->path, UINT16_MAX);
    char *copy = feri_strdup(path);
    if (!copy || !feri_grow(&ds->sources, &ds->sources_cap, ds->n_sources + 1, sizeof *ds->sources)) {
        free(copy);
        return out_of_memory(ds, err);
    }
    *number = (uint16_t)ds->n_sources;
    ds->sources[ds->n_sources++] = (struct feri_source){.kind = kind, .path = copy};
    return FER_OK;
}

fer_status feri_dataset_add_name(struct feri_dataset *ds, const char *name, uint32_t *at, fer_error *err)
{
    size_t size = strlen(name) + 1;
    if (ds->names_size + size > FERI_NONE || !feri_grow(&ds->names, &ds->names_cap, ds->names_size + size, 1))
        return out_of_memory(ds, err);
    memcpy(ds->names + ds->names_size, name, size);
    *at = (uint32_t)ds->names_size;
    ds->names_size += size;
    return FER_OK;
}

struct feri_sample feri_sample_new(size_t entry)
{
    return (struct feri_sample){.entry = (uint32_t)entry,
                                .name = FERI_NONE,
                                .landmarks = FERI_NONE,
                                .annotation = {.valence = NAN, .arousal = NAN}};
}

static void fill_votes(const struct feri_dataset *ds, size_t i, size_t label, const float *votes)
{
    for (size_t k = 0; k < ds->n_classes; k++)
        ds->votes[i * ds->n_classes + k] = votes ? votes[k] : k == label ? 1.0f : 0.0f;
}

fer_status feri_dataset_add(struct feri_dataset *ds, const struct feri_sample *s, const float *votes, fer_error *err)
{
    bool first_votes = votes && !ds->votes;
    if (!feri_grow(&ds->samples, &ds->cap, ds->n + 1, sizeof *ds->samples)) return out_of_memory(ds, err);
    if ((votes || ds->votes) && !feri_grow(&ds->votes, &ds->votes_cap, (ds->n + 1) * ds->n_classes, sizeof *ds->votes))
        return out_of_memory(ds, err);
    for (size_t i = 0; first_votes && i < ds->n; i++) fill_votes(ds, i, ds->samples[i].label, NULL);
    if (ds->votes) fill_votes(ds, ds->n, s->label, votes);
    ds->samples[ds->n++] = *s;
    return FER_OK;
}

/* ---- answers ---- */

const char *feri_dataset_path(const struct feri_dataset *ds)
{
    return ds->path;
}

const char *feri_dataset_layout(const struct feri_dataset *ds)
{
    return ds->layout;
}

const char *feri_dataset_remark(const struct feri_dataset *ds)
{
    return ds->remark;
}

size_t feri_dataset_size(const struct feri_dataset *ds)
{
    return ds->n;
}

size_t feri_dataset_n_classes(const struct feri_dataset *ds)
{
    return ds->n_classes;
}

const char *feri_dataset_class(const struct feri_dataset *ds, size_t k)
{
    return ds->classes[k];
}

const char *feri_dataset_file(const struct feri_dataset *ds, size_t i)
{
    const struct feri_sample *s = &ds->samples[i];
    return s->name == FERI_NONE ? feri_archive_name(ds->sources[s->source].archive, s->entry) : ds->names + s->name;
}

fer_split feri_dataset_split(const struct feri_dataset *ds, size_t i)
{
    return (fer_split)ds->samples[i].split;
}

size_t feri_dataset_label(const struct feri_dataset *ds, size_t i)
{
    return ds->samples[i].label;
}

const float *feri_dataset_votes(const struct feri_dataset *ds, size_t i)
{
    return ds->votes ? ds->votes + i * ds->n_classes : NULL;
}

const float *feri_dataset_target(const struct feri_dataset *ds, size_t i)
{
    bool soft = ds->votes && ds->opt.protocol == FER_DISTRIBUTION;
    return soft ? feri_dataset_votes(ds, i) : ds->one_hot + ds->samples[i].label * ds->n_classes;
}

struct feri_annotation feri_dataset_annotation(const struct feri_dataset *ds, size_t i)
{
    return ds->samples[i].annotation;
}

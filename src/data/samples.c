#include "data/samples.h"

#include "base/shown.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void feri_dataset_close(struct feri_dataset *ds)
{
    if (!ds) return;
    for (size_t i = 0; i < ds->n_classes; i++) free(ds->classes[i]);
    for (size_t i = 0; i < ds->n_sources; i++) {
        feri_archive_close(ds->sources[i].archive);
        feri_pack_close(ds->sources[i].pack);
        feri_open_file_close(&ds->sources[i].table);
        free(ds->sources[i].path);
    }
    free(ds->classes);
    free(ds->sources);
    free(ds->samples);
    free(ds->names);
    free(ds->votes);
    free(ds->weights);
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

/* Models keep names of classes in JSON. Frees the name. */
static fer_status not_utf8(const struct feri_dataset *ds, char *name, fer_error *err)
{
    char *shown = feri_shown(name, FERI_SHOWN_LINE);
    fer_status st = feri_fail(err, FER_ERR_FORMAT,
                              "%s: the class '%.80s' is not UTF-8; save the table, or rename the folder, in UTF-8",
                              ds->path, shown ? shown : "");
    free(shown);
    free(name);
    return st;
}

/* The name that a class has: that of an emotion if the word means one. */
static const char *class_name(const char *word, size_t *length)
{
    int emotion = feri_emotion_find(word, *length);
    if (emotion < 0) return word;
    word = feri_emotion_name((size_t)emotion);
    *length = strlen(word);
    return word;
}

size_t feri_dataset_find_class(const struct feri_dataset *ds, const char *word, size_t length, size_t likely)
{
    const char *name = class_name(word, &length);
    for (size_t i = 0; i < ds->n_classes; i++) {
        size_t k = (likely + i) % ds->n_classes;
        if (strncmp(ds->classes[k], name, length) == 0 && ds->classes[k][length] == '\0') return k;
    }
    return ds->n_classes;
}

fer_status feri_dataset_add_class(struct feri_dataset *ds, const char *name, size_t length, fer_error *err)
{
    if (ds->n_classes == FERI_CLASSES_MAX)
        return feri_fail(err, FER_ERR_FORMAT,
                         "%s: more than %d classes ('%.40s', '%.40s', ...); expected the names of expressions",
                         ds->path, FERI_CLASSES_MAX, ds->classes[0], ds->classes[1]);
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, name, length);
        copy[length] = '\0';
        if (!feri_is_utf8(copy)) return not_utf8(ds, copy, err);
    }
    if (!copy || !feri_grow(&ds->classes, &ds->classes_cap, ds->n_classes + 1, sizeof *ds->classes)) {
        free(copy);
        return out_of_memory(ds, err);
    }
    ds->classes[ds->n_classes++] = copy;
    return FER_OK;
}

fer_status feri_dataset_need_class(struct feri_dataset *ds, const char *word, size_t length, size_t *k, fer_error *err)
{
    *k = feri_dataset_find_class(ds, word, length, *k);
    if (*k < ds->n_classes) return FER_OK;
    const char *name = class_name(word, &length);
    return feri_dataset_add_class(ds, name, length, err);
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

/* ---- access ---- */

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

float feri_dataset_weight(const struct feri_dataset *ds, size_t i)
{
    return ds->weights ? ds->weights[i] : 1;
}

bool feri_dataset_has_weights(const struct feri_dataset *ds)
{
    return ds->weights != NULL;
}

struct feri_annotation feri_dataset_annotation(const struct feri_dataset *ds, size_t i)
{
    return ds->samples[i].annotation;
}

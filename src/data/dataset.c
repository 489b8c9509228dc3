#include "data/internal.h"

#include <stdlib.h>
#include <string.h>

static const char *const protocol_names[] = {"majority", "distribution", "all"};

bool feri_protocol_parse(const char *word, enum feri_protocol *out)
{
    for (int i = 0; i < 3; i++)
        if (strcmp(word, protocol_names[i]) == 0) {
            *out = (enum feri_protocol)i;
            return true;
        }
    return false;
}

const char *feri_protocol_name(enum feri_protocol p)
{
    return protocol_names[p];
}

fer_status feri_dataset_add_class(struct feri_dataset *ds, const char *name, size_t length, fer_error *err)
{
    char *copy = malloc(length + 1);
    if (!copy || !feri_grow(&ds->classes, &ds->classes_cap, ds->n_classes + 1, sizeof *ds->classes)) {
        free(copy);
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", ds->path);
    }
    memcpy(copy, name, length);
    copy[length] = '\0';
    ds->classes[ds->n_classes++] = copy;
    return FER_OK;
}

fer_status feri_dataset_add(struct feri_dataset *ds, size_t entry, size_t label, const float *target, fer_error *err)
{
    size_t k = ds->n_classes;
    if (!feri_grow(&ds->samples, &ds->cap, ds->n + 1, sizeof *ds->samples) ||
        !feri_grow(&ds->targets, &ds->targets_cap, (ds->n + 1) * k, sizeof *ds->targets))
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", ds->path);
    for (size_t i = 0; i < k; i++) ds->targets[ds->n * k + i] = target ? target[i] : i == label ? 1.0f : 0.0f;
    ds->samples[ds->n++] = (struct feri_sample){entry, label};
    return FER_OK;
}

static fer_status read_layout(struct feri_dataset *ds, fer_error *err)
{
    fer_status st = feri_archive_open(ds->path, &ds->archive, err);
    if (st != FER_OK) return st;
    size_t csv = feri_ferplus_find(ds->archive);
    st = csv == (size_t)-1 ? feri_folders_read(ds, err) : feri_ferplus_read(ds, csv, err);
    if (st == FER_OK && ds->n == 0)
        st = feri_fail(err, FER_ERR_FORMAT, "%s: no image is left under the protocol '%s' (%zu left out as unreadable)", ds->path,
                       feri_protocol_name(ds->opt.protocol), ds->n_skipped);
    return st;
}

fer_status feri_dataset_open(const char *path, const struct feri_dataset_options *opt, struct feri_dataset **out, fer_error *err)
{
    *out = NULL;
    struct feri_dataset *ds = calloc(1, sizeof *ds);
    if (!ds || !(ds->path = feri_strdup(path))) {
        free(ds);
        return feri_fail(err, FER_ERR_MEMORY, "%s: out of memory", path);
    }
    ds->opt = *opt;
    fer_status st = read_layout(ds, err);
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
    free(ds->classes);
    free(ds->samples);
    free(ds->targets);
    feri_archive_close(ds->archive);
    free(ds->path);
    free(ds);
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
    return feri_archive_name(ds->archive, ds->samples[i].entry);
}

size_t feri_dataset_label(const struct feri_dataset *ds, size_t i)
{
    return ds->samples[i].label;
}

const float *feri_dataset_target(const struct feri_dataset *ds, size_t i)
{
    return ds->targets + i * ds->n_classes;
}

size_t feri_dataset_n_skipped(const struct feri_dataset *ds)
{
    return ds->n_skipped;
}

fer_status feri_dataset_read(const struct feri_dataset *ds, size_t i, struct feri_pixels *out, fer_error *err)
{
    uint8_t *data;
    size_t size;
    *out = (struct feri_pixels){0};
    fer_status st = feri_archive_read(ds->archive, ds->samples[i].entry, &data, &size, err);
    if (st != FER_OK) return st;
    st = feri_pixels_decode(data, size, out, err);
    free(data);
    return st == FER_OK ? FER_OK : feri_fail_in(err, st, "%s: '%s'", ds->path, feri_dataset_file(ds, i));
}

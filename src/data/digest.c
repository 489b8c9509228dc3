#include "data/digest.h"

#include "base/fnv.h"

#include <stdio.h>
#include <string.h>

#define PICTURES 32

static uint64_t hash_text(uint64_t h, const char *text)
{
    return feri_fnv(h, text, strlen(text) + 1);
}

/* This suffices to distinguish two sets with the same names; decoding all pictures would take as long as an epoch. The
 * loader reports pictures that cannot be read. */
static size_t pictures_step(size_t n)
{
    return n / PICTURES + 1;
}

static fer_status hash_picture(uint64_t *h, fer_status st, struct feri_pixels *px)
{
    if (st != FER_OK) return st == FER_ERR_MEMORY ? st : FER_OK;
    *h = feri_fnv(*h, px->data, px->w * px->h * px->c);
    feri_pixels_free(px);
    return FER_OK;
}

/* The folders depend on how the set was packed, so they are ignored. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

fer_status feri_dataset_digest(const struct feri_dataset *ds, char out[FERI_DIGEST_MAX], fer_error *err)
{
    size_t n = feri_dataset_size(ds), classes = feri_dataset_n_classes(ds);
    uint64_t h = FERI_FNV_START;
    for (size_t k = 0; k < classes; k++) h = hash_text(h, feri_dataset_class(ds, k));
    for (size_t i = 0; i < n; i++) {
        uint64_t label = feri_dataset_label(ds, i);
        h = hash_text(h, base_name(feri_dataset_file(ds, i)));
        h = feri_fnv(h, &label, sizeof label);
        h = feri_fnv(h, feri_dataset_target(ds, i), classes * sizeof(float));
        float weight = feri_dataset_weight(ds, i);
        if (feri_dataset_has_weights(ds)) h = feri_fnv(h, &weight, sizeof weight);
    }
    for (size_t i = 0; i < n; i += pictures_step(n)) {
        struct feri_pixels px;
        fer_status st = hash_picture(&h, feri_dataset_read(ds, i, &px, err), &px);
        if (st != FER_OK) return st;
    }
    snprintf(out, FERI_DIGEST_MAX, "%zu images, %zu classes, digest %016llx", n, classes, (unsigned long long)h);
    return FER_OK;
}

static uint64_t hash_face(uint64_t h, const struct feri_scene_face *f)
{
    const float box[4] = {f->x, f->y, f->w, f->h};
    const uint8_t kind[2] = {f->has_points, f->ignored};
    h = feri_fnv(h, box, sizeof box);
    h = feri_fnv(h, kind, sizeof kind);
    return f->has_points ? feri_fnv(h, f->points, sizeof f->points) : h;
}

fer_status feri_scenes_digest(const struct feri_scenes *s, char out[FERI_DIGEST_MAX], fer_error *err)
{
    size_t n = feri_scenes_count(s);
    uint64_t h = FERI_FNV_START;
    for (size_t i = 0; i < n; i++) {
        size_t faces;
        const struct feri_scene_face *f = feri_scenes_faces(s, i, &faces);
        h = hash_text(h, feri_scenes_name(s, i));
        for (size_t k = 0; k < faces; k++) h = hash_face(h, &f[k]);
    }
    for (size_t i = 0; i < n; i += pictures_step(n)) {
        struct feri_pixels px;
        fer_status st = hash_picture(&h, feri_scenes_decode(s, i, &px, err), &px);
        if (st != FER_OK) return st;
    }
    snprintf(out, FERI_DIGEST_MAX, "%zu pictures, digest %016llx", n, (unsigned long long)h);
    return FER_OK;
}

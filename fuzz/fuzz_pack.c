/* A pack as a data set. The input is a whole pack, or, where it does not begin like one, the table of a pack with one
 * image. */
#include "scratch.h"

#include "data/open.h"
#include "formats/pack.h"

#include <string.h>

#define PICTURES 16 /* number of images of a set that are decoded */

static void use_set(const struct feri_dataset *ds)
{
    size_t n = feri_dataset_size(ds), k = feri_dataset_n_classes(ds);
    demand(n > 0 && k > 0);
    for (size_t i = 0; i < n; i++) {
        struct feri_pixels px;
        float points[2 * FERI_LANDMARKS];
        bool has;
        fer_error err;
        demand(feri_dataset_label(ds, i) < k && strlen(feri_dataset_file(ds, i)) < 1 << 20);
        touch(feri_dataset_target(ds, i), k);
        if (feri_dataset_votes(ds, i)) touch(feri_dataset_votes(ds, i), k);
        if (i >= PICTURES) continue;
        if (succeeded(feri_dataset_landmarks(ds, i, points, &has, &err), &err) && has)
            touch(points, 2 * FERI_LANDMARKS);
        if (succeeded(feri_dataset_read(ds, i, &px, &err), &err)) feri_pixels_free(&px);
    }
}

/* Four grey pixels and the table. */
static void write_pack(const char *path, const uint8_t *table, size_t size)
{
    static const uint8_t pixels[4];
    struct feri_pack_writer w;
    fer_error err;
    uint64_t at;
    demand(feri_pack_create(path, &w, &err) == FER_OK);
    demand(feri_pack_add(&w, pixels, sizeof pixels, &at, &err) == FER_OK && at == 32);
    feri_pack_begin_table(&w);
    demand(size == 0 || fwrite(table, 1, size, w.file.f) == size);
    if (size == 1) feri_pack_abort(&w); /* then there is none */
    else demand(feri_pack_commit(&w, &err) == FER_OK && feri_is_pack(path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_dataset *ds;
    fer_error err;
    const char *path = scratch_file();
    scratch_make();
    if (size >= 7 && memcmp(data, "FERPACK", 7) == 0) put_file(path, data, size);
    else write_pack(path, data, size);
    for (int skip = 0; skip < 2; skip++) {
        const fer_data_source source = {.path = path, .protocol = FER_DISTRIBUTION, .skip_bad = skip};
        if (!succeeded(feri_dataset_open(&source, FERI_USE_ALL, &ds, &err), &err)) continue;
        use_set(ds);
        feri_dataset_close(ds);
    }
    scratch_remove();
    return 0;
}

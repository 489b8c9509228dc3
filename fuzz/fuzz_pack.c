#define _GNU_SOURCE /* memfd_create */
/* A pack as a data set. The input is a whole pack, or, where it does not begin like one, the table of a pack with one
 * image. */
#include "fuzz.h"

#include "data/open.h"
#include "formats/pack.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PICTURES 16 /* of a set are decoded */

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

/* Header, four grey pixels, table. */
static bool wrap_table(const uint8_t *table, size_t size, int file)
{
    uint8_t head[36] = "FERPACK\1";
    head[8] = 36;
    for (int i = 0; i < 8; i++) head[16 + i] = (uint8_t)((uint64_t)size >> (8 * i));
    return (size_t)write(file, head, sizeof head) == sizeof head && (size_t)write(file, table, size) == size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct feri_dataset *ds;
    fer_error err;
    int file = memfd_create("pack", 0);
    demand(file >= 0);
    bool whole = size >= 7 && memcmp(data, "FERPACK", 7) == 0;
    demand(whole ? (size_t)write(file, data, size) == size : wrap_table(data, size, file));
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    for (int skip = 0; skip < 2; skip++) {
        const fer_data_source source = {.path = path, .protocol = FER_DISTRIBUTION, .skip_bad = skip};
        if (!succeeded(feri_dataset_open(&source, FERI_USE_ALL, &ds, &err), &err)) continue;
        use_set(ds);
        feri_dataset_close(ds);
    }
    close(file);
    return 0;
}

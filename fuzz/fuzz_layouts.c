/* The tables that data sets come as: the first byte chooses the table's name and so its layout, the rest is its text.
 * Two pictures are there. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "data/open.h"
#include "fuzz_file.h"

#include <math.h>

static const char *const files[] = {"set.csv", "fer2013.csv", "label.csv", "list_patition_label.txt",
                                    "a.png",   "b.png",       NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_dataset *ds;
    fer_error err = {0};
    if (size < 2) return 0;
    fuzz_write(files, "a.png", data, 0);
    fuzz_write(files, "b.png", data, 0);
    for (int i = 0; i < 4; i++) remove(fuzz_path(files[i]));
    const char *path = fuzz_write(files, files[data[0] % 4], data + 2, size - 2);
    const fer_data_source source = {
        .path = data[0] % 4 > 1 ? fuzz_root : path, .protocol = (fer_protocol)(data[1] % 3), .skip_bad = data[1] & 4};
    if (!succeeded(feri_dataset_open(&source, FERI_USE_ALL, &ds, &err), &err)) return 0;
    size_t classes = feri_dataset_n_classes(ds);
    demand(classes > 0 && feri_dataset_size(ds) > 0);
    for (size_t i = 0; i < feri_dataset_size(ds); i++) {
        demand(feri_dataset_label(ds, i) < classes && feri_dataset_file(ds, i));
        touch(feri_dataset_target(ds, i), classes);
        struct feri_annotation a = feri_dataset_annotation(ds, i);
        demand(isnan(a.valence) || fabsf(a.valence) <= 1);
    }
    feri_dataset_close(ds);
    return 0;
}

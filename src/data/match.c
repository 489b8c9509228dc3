#include "data/match.h"

#include "base/error.h"
#include "base/words.h"

#include <stdio.h>

static bool class_occurs(const struct feri_dataset *ds, size_t k)
{
    for (size_t i = 0; i < feri_dataset_size(ds); i++)
        if (feri_dataset_target(ds, i)[k] > 0 || feri_dataset_label(ds, i) == k) return true;
    return false;
}

static fer_status no_class(const struct feri_dataset *ds, const char *class, size_t n, const char *const *names,
                           fer_error *err)
{
    char list[512] = "";
    for (size_t k = 0, used = 0; k < n && used < sizeof list; k++) {
        int m = snprintf(list + used, sizeof list - used, "%s%s", k ? ", " : "", names[k]);
        if (m > 0) used += (size_t)m;
    }
    return feri_fail(err, FER_ERR_ARGUMENT, "%s: class '%s' is none of the model's: %s", feri_dataset_path(ds), class,
                     list);
}

fer_status feri_dataset_match(const struct feri_dataset *ds, size_t n, const char *const *names, size_t *map,
                              fer_error *err)
{
    for (size_t k = 0; k < feri_dataset_n_classes(ds); k++) {
        const char *class = feri_dataset_class(ds, k);
        map[k] = 0;
        if (!feri_class_find(n, names, class, &map[k]) && class_occurs(ds, k))
            return no_class(ds, class, n, names, err);
    }
    return FER_OK;
}

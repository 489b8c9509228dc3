/* Pictures that nobody has labelled: every one below a folder is a sample of the class "unlabelled". */
#include "base/names.h"
#include "data/layouts/layout.h"

#include <string.h>

static bool is_picture(const char *name)
{
    return feri_names_picture(name) && !feri_names_hidden(name);
}

static bool is(const struct feri_layout *l, const struct feri_archive *a)
{
    (void)l;
    for (size_t i = 0; i < feri_archive_count(a); i++)
        if (is_picture(feri_archive_name(a, i))) return true;
    return false;
}

static fer_status read(const struct feri_layout *l, struct feri_dataset *ds, fer_error *err)
{
    static const char class[] = "unlabelled";
    const struct feri_archive *a = ds->sources[0].archive;
    (void)l;
    fer_status st = feri_dataset_add_class(ds, class, strlen(class), err);
    for (size_t i = 0; st == FER_OK && i < feri_archive_count(a); i++) {
        const char *name = feri_archive_name(a, i);
        struct feri_sample s = feri_sample_new(i);
        s.split = (uint8_t)feri_split_of_path(name);
        st = is_picture(name) ? feri_dataset_add(ds, &s, NULL, err)
                              : feri_dataset_leave_out(ds, "no picture by its name", name, err);
    }
    return st;
}

const struct feri_layout feri_layout_pictures = {
    .name = "pictures", .what = "pictures in any folders, without labels", .is = is, .read = read};

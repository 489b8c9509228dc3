/* The layouts of data sets. open.c lists them. */
#ifndef FERI_DATA_LAYOUTS_LAYOUT_H
#define FERI_DATA_LAYOUTS_LAYOUT_H

#include "data/samples.h"

struct feri_layout {
    const char *name, *what; /* what: the parts of the layout, for messages */
    /* Whether an archive has this layout. */
    bool (*is)(const struct feri_layout *l, const struct feri_archive *a);
    fer_status (*read)(const struct feri_layout *l, struct feri_dataset *ds, fer_error *err); /* from ds->sources[0] */
    const struct feri_table_kind *kind;                                                       /* of a table */
};

extern const struct feri_layout feri_layout_affectnet8, feri_layout_ferplus, feri_layout_ferplus_csv, feri_layout_rafdb,
    feri_layout_folders;
/** Only for FERI_USE_PICTURES. */
extern const struct feri_layout feri_layout_pictures;

/* ---- tables.c: CSV files with named columns ---- */

/** The rows of table_kinds.c. */
size_t feri_table_layouts(void);
struct feri_layout feri_table_layout(size_t i);
/** A CSV file on its own. */
bool feri_is_table(const char *path);
fer_status feri_table_read_file(struct feri_dataset *ds, fer_error *err);
fer_status feri_table_read_pack(struct feri_dataset *ds, fer_error *err);

#endif

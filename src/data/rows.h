/* The rows of a table that need not fit in memory, with their positions. */
#ifndef FERI_DATA_ROWS_H
#define FERI_DATA_ROWS_H

#include "base/csv.h"
#include "data/samples.h"

struct feri_rows;

fer_status feri_rows_open(const struct feri_source *source, uint32_t entry, struct feri_rows **out, fer_error *err);
/** *more is false at the end. row->at counts from the beginning of the table. The fields are valid until the next
 * call. */
fer_status feri_rows_next(struct feri_rows *r, struct feri_csv_row *row, bool *more, fer_error *err);
void feri_rows_close(struct feri_rows *r);

/** Field `column` of a row that was read before. Free *text by free(). Thread-safe. */
fer_status feri_row_field(const struct feri_dataset *ds, const struct feri_row_place *place, size_t column, char **text,
                          fer_error *err);

#endif

#include "base/csv.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_csv *csv;
    struct feri_csv_row row;
    fer_error err = {0};
    bool more = true;
    size_t total = 0, line = 0;
    demand(feri_csv_new(data, size, &csv, &err) == FER_OK);
    while (succeeded(feri_csv_next(csv, &row, &more, &err), &err) && more) {
        demand(row.n > 0 && row.line > line);
        line = row.line;
        for (size_t i = 0; i < row.n; i++) total += strlen(row.fields[i]);
    }
    demand(total <= size);
    feri_csv_free(csv);
    return 0;
}

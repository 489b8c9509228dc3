/* A table: its rows, each of them read again from where it lies, and its bytes as text. */
#include "base/csv.h"
#include "fuzz.h"

#include <string.h>

/* The row by itself is the row among the others. */
static void read_again(const uint8_t *data, const struct feri_csv_row *row)
{
    struct feri_csv *csv;
    struct feri_csv_row one;
    fer_error err = {0};
    bool more = false;
    demand(feri_csv_new_as(data + row->at, row->size, row->form, &csv, &err) == FER_OK);
    demand(succeeded(feri_csv_next(csv, &one, &more, &err), &err) && more && one.n == row->n);
    for (size_t i = 0; i < one.n; i++) demand(strcmp(one.fields[i], row->fields[i]) == 0);
    feri_csv_free(csv);
}

static void read_text(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size + 1);
    size_t n = 0;
    demand(copy != NULL);
    if (size) memcpy(copy, data, size);
    char *text = feri_text_as_utf8(copy, size, &n);
    if (text) demand(text[n] == '\0');
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_csv *csv;
    struct feri_csv_row row;
    fer_error err = {0};
    bool more = true;
    size_t total = 0, line = 0, mark;
    demand(feri_csv_whole_rows(feri_csv_form_of(data, size), data, size) <= size);
    demand(feri_csv_new(data, size, &csv, &err) == FER_OK);
    while (succeeded(feri_csv_next(csv, &row, &more, &err), &err) && more) {
        demand(row.n > 0 && row.line > line);
        line = row.line;
        for (size_t i = 0; i < row.n; i++) total += strlen(row.fields[i]);
        if (feri_encoding_of(data + row.at, row.size, &mark) == FERI_UTF8 && mark == 0) read_again(data, &row);
    }
    demand(total <= 2 * size); /* two bytes of UTF-16 become three at most */
    feri_csv_free(csv);
    read_text(data, size);
    return 0;
}

#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "faces/pieces.h"

#include "base/mem.h"
#include "common/cli.h"

#include <stdlib.h>
#include <string.h>

/* Writes the document into f. The two positions: where the rows begin and end. */
static bool write_document(FILE *f, const struct faces_format *format, const struct faces_kind *kind,
                           const struct faces_frame *frame, long at[2])
{
    struct faces_out *o = faces_out_to(format, f, "the table", kind);
    if (!o) return false;
    at[0] = ftell(f);
    bool ok = !frame || faces_out_add(o, frame);
    at[1] = ftell(f);
    return faces_out_close(o) == CLI_OK && ok;
}

static bool cut(char *text, const long at[2], struct faces_pieces *out)
{
    out->after = feri_strdup(text + at[1]);
    text[at[1]] = '\0';
    out->rows = feri_strdup(text + at[0]);
    text[at[0]] = '\0';
    out->before = feri_strdup(text);
    return (out->before && out->rows && out->after) || cli_no_memory();
}

bool faces_pieces_new(const struct faces_format *format, const struct faces_kind *kind, const struct faces_frame *frame,
                      struct faces_pieces *out)
{
    char *text = NULL;
    size_t size;
    long at[2] = {0};
    *out = (struct faces_pieces){0};
    FILE *f = open_memstream(&text, &size);
    if (!f) return cli_no_memory();
    bool ok = write_document(f, format, kind, frame, at);
    if (fclose(f) != 0 && ok) ok = cli_no_memory();
    ok = ok && cut(text, at, out);
    free(text);
    if (!ok) faces_pieces_free(out);
    return ok;
}

void faces_pieces_free(struct faces_pieces *p)
{
    free(p->before);
    free(p->rows);
    free(p->after);
    *p = (struct faces_pieces){0};
}

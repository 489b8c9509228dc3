#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "films/table.h"

#include "common/cli.h"
#include "common/file.h"
#include "faces/summary.h"

#include <stdlib.h>
#include <string.h>

#define TABLE_MAX ((size_t)1 << 28) /* bytes of a film's table */

char *film_table_header(const struct faces_kind *kind)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (f) summary_films_header(kind, f);
    if (f && fclose(f) == 0 && text) return text;
    free(text);
    cli_no_memory();
    return NULL;
}

/* The rows of a film's table; NULL: it is not there, or has another header. *text_out is to be freed. */
static const char *rows_of(const char *table, const char *header, char **text_out)
{
    size_t size, n = strlen(header);
    *text_out = cli_file_exists(table) ? cli_file_read(table, TABLE_MAX, &size) : NULL;
    return *text_out && strncmp(*text_out, header, n) == 0 ? *text_out + n : NULL;
}

static void write_rows(const char *table, const struct faces_kind *kind, const char *film, FILE *to)
{
    char *header = film_table_header(kind), *text = NULL;
    const char *rows = header ? rows_of(table, header, &text) : NULL;
    if (rows) fputs(rows, to);
    else summary_films_unread(kind, film, to);
    free(header);
    free(text);
}

char *film_table_rows(const char *table, const struct faces_kind *kind, const char *film)
{
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (f) write_rows(table, kind, film, f);
    if (f && fclose(f) == 0 && text) return text;
    free(text);
    cli_no_memory();
    return NULL;
}

bool film_table_is_complete(const char *table, const struct faces_kind *kind)
{
    char *header = film_table_header(kind), *text = NULL;
    const char *rows = header ? rows_of(table, header, &text) : NULL;
    size_t n = rows ? strlen(rows) : 0;
    bool complete = n > 3 && strcmp(rows + n - 3, ",1\n") == 0;
    free(header);
    free(text);
    return complete;
}

#include "archive/line.h"

#include "base/fnv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 16 };

static void write_sum(const char *text, size_t size, char out[DIGITS + 1])
{
    snprintf(out, DIGITS + 1, "%016" PRIx64, feri_fnv(FERI_FNV_START, text, size));
}

char *journal_line_new(json_t *doc)
{
    char *text = feri_json_dump(doc, JSON_COMPACT);
    json_decref(doc);
    size_t n = text ? strlen(text) : 0;
    char *line = text ? malloc(DIGITS + 1 + n + 2) : NULL;
    if (line) {
        write_sum(text, n, line);
        line[DIGITS] = ' ';
        memcpy(line + DIGITS + 1, text, n);
        memcpy(line + DIGITS + 1 + n, "\n", 2);
    }
    free(text);
    return line;
}

json_t *journal_line_read(const char *line, size_t size)
{
    char sum[DIGITS + 1];
    json_t *doc = NULL;
    if (size <= DIGITS + 1 || line[DIGITS] != ' ') return NULL;
    const char *text = line + DIGITS + 1;
    size_t n = size - DIGITS - 1;
    write_sum(text, n, sum);
    if (memcmp(sum, line, DIGITS) != 0 || feri_json_read(text, n, &doc, NULL) != FER_OK) return NULL;
    if (json_is_object(doc)) return doc;
    json_decref(doc);
    return NULL;
}

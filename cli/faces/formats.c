#include "faces/formats.h"

#include "faces/writer.h"

#include <string.h>

/* A new format is a row here and a file with its writer, faces_<name>: docs/adding-an-output-format.md.
 * writer, word for pictures, option for films, media type, help. `fer video` writes the first one if nothing else is
 * asked for. */
#define FORMATS(row)                                                                                       \
    row(csv, "csv", "csv", "text/csv", "table, one row per face")                                          \
        row(jsonl, "json", "jsonl", "application/x-ndjson", "JSON, one line per frame")                    \
            row(vtt, NULL, "vtt", "text/vtt", "WebVTT subtitles")                                          \
                row(srt, NULL, "srt", "application/x-subrip", "SubRip subtitles")                          \
                    row(emotionml, "emotionml", "emotionml", "application/emotionml+xml", "EmotionML 1.0") \
                        row(openface, "openface", "openface", "text/csv", "table with OpenFace's columns") \
                            row(pyfeat, "pyfeat", "pyfeat", "text/csv", "table with Py-Feat's columns")

#define DECLARE(writer, ...) extern const struct faces_writer faces_##writer;
FORMATS(DECLARE)

#define ROW(writer, pictures, films, type, help) {pictures, films, type, help, &faces_##writer},
const struct faces_format faces_formats[] = {FORMATS(ROW)};

const size_t faces_n_formats = sizeof faces_formats / sizeof *faces_formats;
_Static_assert(sizeof faces_formats / sizeof *faces_formats <= FACES_FORMATS_MAX, "room for every format");

static bool is(const char *a, const char *b)
{
    return a && strcmp(a, b) == 0;
}

const struct faces_format *faces_format_named(const char *name)
{
    for (size_t i = 0; i < faces_n_formats; i++)
        if (is(faces_formats[i].pictures, name) || is(faces_formats[i].films, name)) return &faces_formats[i];
    return NULL;
}

void faces_picture_words(const char *words[FACES_FORMATS_MAX + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < faces_n_formats; i++)
        if (faces_formats[i].pictures) words[n++] = faces_formats[i].pictures;
    words[n] = NULL;
}

void faces_film_words(const char *words[FACES_FORMATS_MAX + 1])
{
    size_t n = 0;
    for (size_t i = 0; i < faces_n_formats; i++)
        if (faces_formats[i].films) words[n++] = faces_formats[i].films;
    words[n] = NULL;
}

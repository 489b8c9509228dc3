#include "films/kinds.h"

#include "base/words.h"
#include "common/cli.h"
#include "common/file.h"

#include <stdlib.h>
#include <string.h>

#define TIMELINE "timeline"
#define ANNOTATE "annotate"
#define DRAWN    ".timeline.png"
#define FILM     ".annotated.mp4"
#define SUMMARY  ".summary.csv"

/* Tables of the same kind of file have their format in the name. */
static const char *ending_of(const char *format)
{
    static const char *const all[][2] = {{"csv", ".csv"},
                                         {"jsonl", ".jsonl"},
                                         {"vtt", ".vtt"},
                                         {"srt", ".srt"},
                                         {"emotionml", ".emotionml.xml"},
                                         {"openface", ".openface.csv"},
                                         {"pyfeat", ".pyfeat.csv"}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(format, all[i][0]) == 0) return all[i][1];
    return ".txt";
}

/* ---- the list of words ---- */

static bool *place_of(struct film_kinds *k, const char *word)
{
    for (size_t i = 0; i < faces_n_formats; i++)
        if (faces_formats[i].films && strcmp(faces_formats[i].films, word) == 0) return &k->tables[i];
    return strcmp(word, TIMELINE) == 0 ? &k->timeline : strcmp(word, ANNOTATE) == 0 ? &k->annotate : NULL;
}

static bool refuse(const char *list, const char *word)
{
    const char *words[FACES_FORMATS_MAX + 3];
    char all[256];
    faces_film_words(words);
    size_t n = feri_words_count(words);
    words[n++] = TIMELINE;
    words[n++] = ANNOTATE;
    words[n] = NULL;
    feri_words_text(words, all, sizeof all);
    return cli_refuse("video: --write %s: '%s' is no output of a film; choose from %s", list, word, all);
}

bool film_kinds_parse(struct film_kinds *k, const char *list)
{
    *k = (struct film_kinds){0};
    for (const char *at = list;; at++) {
        char word[32];
        size_t n = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), at);
        bool *place = place_of(k, word);
        if (!place) return refuse(list, word);
        *place = true;
        at += n;
        if (!*at) return true;
    }
}

/* ---- names ---- */

size_t film_kinds_endings(const struct film_kinds *k, const char *endings[FILM_FILES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < faces_n_formats; i++)
        if (k->tables[i]) endings[n++] = ending_of(faces_formats[i].films);
    if (k->timeline) endings[n++] = DRAWN;
    if (k->annotate) endings[n++] = FILM;
    endings[n++] = SUMMARY;
    return n;
}

static char *named(const char *base, const char *ending, bool *ok)
{
    size_t size = strlen(base) + strlen(ending) + 1;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s%s", base, ending);
    *ok &= path != NULL;
    return path;
}

bool film_kinds_targets(const struct film_kinds *k, const char *base, struct film_targets *out)
{
    bool ok = true;
    *out = (struct film_targets){0};
    for (size_t i = 0; i < faces_n_formats; i++)
        if (k->tables[i]) out->paths[i] = named(base, ending_of(faces_formats[i].films), &ok);
    if (k->timeline) out->timeline = named(base, DRAWN, &ok);
    if (k->annotate) out->annotate = named(base, FILM, &ok);
    out->summary_csv = named(base, SUMMARY, &ok);
    if (ok) return true;
    film_kinds_free(out);
    return cli_no_memory();
}

void film_kinds_free(struct film_targets *t)
{
    for (size_t i = 0; i < faces_n_formats; i++) free((void *)(uintptr_t)t->paths[i]);
    free((void *)(uintptr_t)t->timeline);
    free((void *)(uintptr_t)t->annotate);
    free((void *)(uintptr_t)t->summary_csv);
    *t = (struct film_targets){0};
}

static bool is_there(const char *path)
{
    return !path || cli_file_exists(path);
}

bool film_kinds_are_there(const struct film_targets *t)
{
    bool all = true;
    for (size_t i = 0; i < faces_n_formats; i++) all &= is_there(t->paths[i]);
    return all && is_there(t->timeline) && is_there(t->annotate) && is_there(t->summary_csv);
}

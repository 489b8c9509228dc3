/* Advice after a command has failed. */
#define _POSIX_C_SOURCE 200809L /* stat */
#include "common/args.h"

#include "base/mem.h"
#include "base/names.h"
#include "base/words.h"
#include "common/cli.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LINES_MAX   3
#define INPUTS_MAX  1000 /* that are looked at */
#define ENTRIES_MAX 1000 /* of a directory, that are compared with a misspelt name */

struct input {
    const char *option; /* NULL: an operand */
    const char *path;   /* of the command line */
};

/* Of the command that runs: there is one in a process. */
static struct {
    const char *command;
    struct input *items;
    size_t n, cap;
} inputs;

/* ---- collecting ---- */

static void add(const char *option, const char *path)
{
    if (!path || strcmp(path, "-") == 0) return;
    if (!feri_grow(&inputs.items, &inputs.cap, inputs.n + 1, sizeof *inputs.items)) return;
    inputs.items[inputs.n++] = (struct input){option, path};
}

void cli_advice_note(const struct cli_usage *u, const struct cli_option *options, size_t n, const char *const *given,
                     const struct cli_operands *operands)
{
    inputs.command = u->command;
    for (size_t i = 0; i < operands->n; i++)
        if (i + 1 < operands->n || u->last == CLI_NO_FILE) add(NULL, operands->items[i]);
    for (size_t i = 0; i < n; i++)
        if (options[i].file == CLI_SOURCE || options[i].file == CLI_SOURCES || options[i].file == CLI_SETS)
            add(options[i].name, given[i]);
}

void cli_advice_forget(void)
{
    free(inputs.items);
    inputs.items = NULL;
    inputs.n = inputs.cap = 0;
}

/* ---- what is not there ---- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool advise_url(const char *path)
{
    if (begins(path, "file://")) cli_say("%s: is a URL; give the path without 'file://'", path);
    else if (begins(path, "data:")) cli_say("%s: is a URL that holds its data; decode it into a file first", path);
    else if (begins(path, "rtsp://") || begins(path, "rtmp://") || begins(path, "udp://"))
        cli_say("%s: is a live stream; 'ffmpeg -i URL -f matroska - | fer video -' reads it, or 'fer camera "
                "--input-format NAME URL' with FFmpeg's name of the format",
                path);
    else if (strstr(path, "://")) cli_say("%s: is a URL; download the file first and give its name", path);
    else return false;
    return true;
}

/* The entry of a directory whose name is closest to the one that was typed. */
static bool find_near(const char *directory, const char *typed, char near[FERI_MEANT_MAX])
{
    const char *names[ENTRIES_MAX];
    size_t n = 0;
    DIR *dir = opendir(directory);
    *near = '\0';
    for (struct dirent *e; dir && n < ENTRIES_MAX && (e = readdir(dir));)
        if (e->d_name[0] != '.' && (names[n] = feri_strdup(e->d_name))) n++;
    if (dir) closedir(dir);
    feri_class_meant(n, names, typed, near);
    while (n > 0) free((void *)names[--n]);
    return *near;
}

static bool advise_missing(const char *path)
{
    char directory[PATH_MAX], near[FERI_MEANT_MAX];
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (advise_url(path)) return true;
    if (strpbrk(path, "*?[")) return false;
    snprintf(directory, sizeof directory, "%.*s", slash ? (int)(name - path) : 1, slash ? path : ".");
    if (!find_near(directory, name, near)) return false;
    cli_say("%s: is not there%s", path, near);
    return true;
}

/* ---- what another command or option reads ---- */

static bool ends_in_any(const char *path, const char *const *endings)
{
    for (; *endings; endings++)
        if (feri_ends_in(path, *endings)) return true;
    return false;
}

static bool names_weights(const char *path)
{
    static const char *const endings[] = {".safetensors", ".pth", ".pt", NULL};
    return ends_in_any(path, endings);
}

static bool names_data(const char *path)
{
    static const char *const endings[] = {".tar", ".zip", ".csv", ".ferpack", NULL};
    return ends_in_any(path, endings);
}

enum wanted { ANYTHING, PICTURES, FILM, DATA, WEIGHTS };

static enum wanted wanted_by(const struct input *in)
{
    static const char *const pictures[] = {"predict", "explain", NULL}, *const films[] = {"video", NULL};
    static const char *const sets[] = {"data info", "data prepare", "data pack", NULL};
    static const char *const data[] = {"data", "val", "train", "test", "crops", "crop", "prior", NULL};
    static const char *const weights[] = {"weights", "detector", "init", "average", "teacher", NULL};
    if (in->option)
        return feri_word_among(weights, in->option) ? WEIGHTS : feri_word_among(data, in->option) ? DATA : ANYTHING;
    if (feri_word_among(pictures, inputs.command)) return PICTURES;
    return feri_word_among(films, inputs.command) ? FILM : feri_word_among(sets, inputs.command) ? DATA : ANYTHING;
}

static const char *of_directory(enum wanted wanted)
{
    if (wanted == WEIGHTS)
        return "is a directory; name a file of weights, such as best.safetensors in a run's directory";
    return NULL;
}

static const char *of_file(const char *path, enum wanted wanted)
{
    if (wanted == ANYTHING) return NULL;
    if (wanted != FILM && feri_names_film(path)) return "'fer video' reads films";
    if (wanted != PICTURES && feri_names_picture(path)) return "'fer predict' reads pictures";
    if (wanted != WEIGHTS && names_weights(path)) return "weights are given by --weights";
    if (wanted != DATA && names_data(path)) return "data sets are read by 'fer eval --data' and 'fer data info'";
    return NULL;
}

/* False: there is nothing to be said. */
static bool advise_on(const char *path, enum wanted wanted)
{
    struct stat st;
    if (stat(path, &st) != 0) return advise_missing(path);
    const char *advice = S_ISDIR(st.st_mode) ? of_directory(wanted) : of_file(path, wanted);
    if (advice) cli_say("%s: %s", path, advice);
    return advice != NULL;
}

void cli_advise(void)
{
    size_t lines = 0;
    for (size_t i = 0; i < inputs.n && i < INPUTS_MAX && lines < LINES_MAX; i++)
        lines += advise_on(inputs.items[i].path, wanted_by(&inputs.items[i]));
    cli_advice_forget();
}

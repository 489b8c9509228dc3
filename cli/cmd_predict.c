#define _POSIX_C_SOURCE 200809L /* strdup, scandir, stat */
#include "args.h"
#include "cli.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define STDIN_MAX ((size_t)1 << 28) /* bytes of a picture from standard input */

enum format { JSONL, TEXT, CSV };

struct job {
    const char *weights, *isa;
    int format;
    unsigned threads;
    size_t batch;
    bool skip_bad, tta;

    fer_model_info info;
    fer_session *session;
    fer_image **images; /* [batch], of which n are waiting */
    char **names;       /* [batch] */
    float *scores;      /* [batch][n_classes] */
    float *va;          /* [batch][2]: valence, arousal; NULL: the model has neither */
    size_t n, n_bad;
    bool failed; /* something other than a bad picture */
};

static size_t best_class(const struct job *j, const float *scores)
{
    size_t best = 0;
    for (size_t k = 1; k < j->info.n_classes; k++)
        if (scores[k] > scores[best]) best = k;
    return best;
}

/* What the model made of one picture. */
struct answer {
    float *scores;
    const float *va; /* NULL: the model has neither */
};

static int print_json(const struct job *j, const char *name, const struct answer *a)
{
    const float *scores = a->scores;
    json_t *all = json_object();
    for (size_t k = 0; k < j->info.n_classes; k++)
        json_object_set_new(all, j->info.classes[k], json_real((double)scores[k]));
    json_t *doc = json_pack("{s:o, s:o, s:o}", "file", cli_json_text(name), "label",
                            cli_json_text(j->info.classes[best_class(j, scores)]), "scores", all);
    if (a->va && doc) {
        json_object_set_new(doc, "valence", json_real((double)a->va[0]));
        json_object_set_new(doc, "arousal", json_real((double)a->va[1]));
    }
    return cli_json_print(doc, false);
}

static void print_csv_header(const struct job *j)
{
    printf("file,label");
    for (size_t k = 0; k < j->info.n_classes; k++) {
        putchar(',');
        cli_csv_text(j->info.classes[k]);
    }
    if (j->va) printf(",valence,arousal");
    putchar('\n');
}

static void print_csv(const struct job *j, const char *name, const struct answer *a)
{
    const float *scores = a->scores;
    cli_csv_text(name);
    putchar(',');
    cli_csv_text(j->info.classes[best_class(j, scores)]);
    for (size_t k = 0; k < j->info.n_classes; k++) printf(",%.6f", (double)scores[k]);
    if (a->va) printf(",%.6f,%.6f", (double)a->va[0], (double)a->va[1]);
    putchar('\n');
}

/* The three likeliest classes: "a.png  happiness 93.1 %, neutral 4.0 %, surprise 1.2 %". Spends the scores.
 */
static void print_text(const struct job *j, const char *name, const struct answer *a)
{
    float *scores = a->scores;
    printf("%s", name);
    for (size_t i = 0; i < 3 && i < j->info.n_classes; i++) {
        size_t k = best_class(j, scores);
        printf("%s%s %.1f %%", i ? ", " : "  ", j->info.classes[k], 100 * (double)scores[k]);
        scores[k] = -1;
    }
    if (a->va) printf("; valence %.2f, arousal %.2f", (double)a->va[0], (double)a->va[1]);
    putchar('\n');
}

static void print_answer(struct job *j, size_t i)
{
    const char *name = j->names[i];
    struct answer a = {j->scores + i * j->info.n_classes, j->va ? j->va + 2 * i : NULL};
    if (j->format == JSONL) {
        if (print_json(j, name, &a) != CLI_OK) j->failed = true;
    } else if (j->format == CSV) print_csv(j, name, &a);
    else print_text(j, name, &a);
}

static fer_status predict(struct job *j, fer_error *err)
{
    const fer_image *const *images = (const fer_image *const *)j->images;
    return j->va ? fer_session_predict_valence_arousal(j->session, j->n, images, j->scores, j->va, err)
                 : fer_session_predict(j->session, j->n, images, j->scores, err);
}

/* Answer the pictures that are waiting. */
static void flush(struct job *j)
{
    fer_error err;
    if (predict(j, &err) == FER_OK) {
        for (size_t i = 0; i < j->n; i++) print_answer(j, i);
        fflush(stdout); /* who reads line by line shall not wait for a full buffer */
    } else {
        cli_say("%s", err.text);
        j->failed = true;
    }
    for (size_t i = 0; i < j->n; i++) {
        fer_image_free(j->images[i]);
        free(j->names[i]);
    }
    j->n = 0;
}

static void add_picture(struct job *j, const char *name, fer_image *im)
{
    char *copy = strdup(name);
    if (!copy) {
        cli_say("out of memory");
        j->failed = true;
        fer_image_free(im);
        return;
    }
    j->images[j->n] = im;
    j->names[j->n++] = copy;
    if (j->n == j->batch) flush(j);
}

static void add_bad(struct job *j, const char *sentence)
{
    if (!j->skip_bad) cli_say("%s", sentence);
    j->n_bad++;
}

static void add_file(struct job *j, const char *path)
{
    fer_error err;
    fer_image *im;
    if (fer_image_load(path, &im, &err) == FER_OK) add_picture(j, path, im);
    else add_bad(j, err.text);
}

/* NULL: out of memory, a read error, or more than STDIN_MAX. */
static uint8_t *read_stdin(size_t *size_out)
{
    uint8_t *data = NULL;
    size_t size = 0;
    for (size_t cap = 1 << 16; cap <= STDIN_MAX; cap *= 2) {
        uint8_t *grown = realloc(data, cap);
        if (!grown) break;
        data = grown;
        size += fread(data + size, 1, cap - size, stdin);
        if (size < cap && !ferror(stdin)) {
            *size_out = size;
            return data;
        }
    }
    free(data);
    return NULL;
}

static void add_stdin(struct job *j)
{
    fer_error err;
    fer_image *im;
    size_t size;
    char text[FER_ERROR_TEXT_MAX + 32];
    uint8_t *data = read_stdin(&size);
    if (!data) add_bad(j, "standard input: cannot be read whole");
    else if (fer_image_decode(data, size, &im, &err) == FER_OK) add_picture(j, "-", im);
    else {
        snprintf(text, sizeof text, "standard input: %s", err.text);
        add_bad(j, text);
    }
    free(data);
}

static int is_picture(const struct dirent *entry)
{
    static const char *const endings[] = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"};
    const char *dot = strrchr(entry->d_name, '.');
    for (size_t i = 0; dot && dot != entry->d_name && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0) return 1;
    return 0;
}

/* alphasort() follows the locale; bytes do not. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_joined(struct job *j, const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    if (!path) {
        cli_say("out of memory");
        j->failed = true;
        return;
    }
    bool slash = directory[strlen(directory) - 1] == '/';
    snprintf(path, size, "%s%s%s", directory, slash ? "" : "/", name);
    add_file(j, path);
    free(path);
}

static void add_directory(struct job *j, const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, is_picture, by_bytes);
    if (n < 0) {
        cli_say("%s: the directory cannot be read", path);
        j->failed = true;
        return;
    }
    if (n == 0) {
        cli_say("%s: no picture (.png, .jpg, .jpeg, .bmp, .gif, .tif, .tiff, .webp) in this directory", path);
        j->failed = true;
    }
    for (int i = 0; i < n; i++) {
        add_joined(j, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void add_operand(struct job *j, const char *what)
{
    struct stat st;
    if (strcmp(what, "-") == 0) add_stdin(j);
    else if (stat(what, &st) == 0 && S_ISDIR(st.st_mode)) add_directory(j, what);
    else add_file(j, what);
}

static int answer_all(struct job *j, const struct cli_operands *operands)
{
    if (j->format == CSV) print_csv_header(j);
    for (size_t i = 0; i < operands->n; i++) add_operand(j, operands->items[i]);
    if (j->n > 0) flush(j);
    if (j->n_bad > 0 && j->skip_bad) cli_say("%zu pictures could not be read and were left out", j->n_bad);
    return j->failed || (j->n_bad > 0 && !j->skip_bad) ? CLI_FAILED : CLI_OK;
}

/* Pictures that may wait together: a few files need no memory for a whole batch. */
static size_t waiting_max(const struct job *j, const struct cli_operands *operands)
{
    struct stat st;
    for (size_t i = 0; i < operands->n; i++)
        if (stat(operands->items[i], &st) == 0 && S_ISDIR(st.st_mode)) return j->batch;
    return operands->n < j->batch ? operands->n : j->batch;
}

static int run_job(struct job *j, const struct cli_operands *operands)
{
    fer_error err;
    j->batch = waiting_max(j, operands);
    fer_model *m = cli_load_model(j->weights);
    if (!m) return CLI_FAILED;
    j->info = fer_model_get_info(m);
    j->images = calloc(j->batch, sizeof *j->images);
    j->names = calloc(j->batch, sizeof *j->names);
    j->scores = calloc(j->batch * j->info.n_classes, sizeof *j->scores);
    bool has_va = fer_model_has_valence_arousal(m);
    if (has_va) j->va = calloc(j->batch, 2 * sizeof *j->va);
    fer_session_options opt = {.threads = j->threads, .batch_max = j->batch, .isa = j->isa, .tta = j->tta};
    int code;
    if (!j->images || !j->names || !j->scores || (has_va && !j->va)) code = cli_fail("out of memory");
    else if (fer_session_new(m, &opt, &j->session, &err) != FER_OK) code = cli_fail("%s", err.text);
    else code = answer_all(j, operands);
    fer_session_free(j->session);
    free(j->va);
    free(j->scores);
    free(j->names);
    free(j->images);
    fer_model_free(m);
    return code;
}

int cmd_predict(int argc, char **argv)
{
    static const char *const formats[] = {"json", "text", "csv", NULL};
    struct job j = {.batch = 8};
    struct cli_option options[] = {
        CLI_OPTION_WEIGHTS(&j.weights),
        CLI_OPTION(CLI_WORD, "format", .value = &j.format, .words = formats, .help = "how to print"),
        CLI_OPTION(CLI_FLAG, "tta", .value = &j.tta, .help = "answer by a face and its mirror image, twice the time"),
        CLI_OPTION_THREADS(&j.threads),
        CLI_OPTION_BATCH(&j.batch),
        CLI_OPTION_ISA(&j.isa),
        CLI_OPTION(CLI_FLAG, "skip-bad", .value = &j.skip_bad,
                   .help = "only count pictures that cannot be read"),
    };
    struct cli_usage usage = {.command = "predict",
                              .operands = "IMAGE|DIR|- ...",
                              .summary = "tell the expression of faces",
                              .notes = "Every picture (PNG, JPEG, BMP, GIF, TIFF or WebP) is one cropped face. A directory stands "
                                       "for all pictures in it, - for one picture from "
                                       "standard input. A picture that cannot be read is reported, the "
                                       "others are answered all the same, and the exit "
                                       "code is 1; with --skip-bad it is 0.",
                              .example = "fer predict --format text face.png faces/",
                              .operands_min = 1,
                              .operands_max = SIZE_MAX};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? run_job(&j, &operands) : code;
}

/* What the commands share: messages, exit codes, text and JSON helpers, progress. */
#ifndef FER_COMMON_CLI_H
#define FER_COMMON_CLI_H

#include "base/json.h"
#include "fer/fer.h"

#include <stdbool.h>
#include <stdio.h>

/* Exit codes. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* Ranges that options of several commands share. The library would refuse most values outside, but later. */
#define CLI_THREADS_MAX 256
#define CLI_BATCH_MAX   4096
#define CLI_INPUT_MIN   8
#define CLI_INPUT_MAX   1024

/** Set by --quiet: no progress and no notes. */
extern bool cli_quiet;

/** Print one line on standard error, after "fer: ". */
void cli_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** From now on, also keep this thread's first error message in text [size], "" if there is none. text NULL: no more. */
void cli_keep_error(char *text, size_t size);
/** The same for what is not an error; nothing with --quiet. */
void cli_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** The same; returns CLI_FAILED. */
int cli_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** Standard output failed with this error number (0: not known). Said once. Returns CLI_FAILED. */
int cli_output_failed(int error);
/** The same; returns false. */
bool cli_refuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** The same; returns CLI_USAGE. */
int cli_misuse(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/** True if st is FER_OK; otherwise says the error's sentence. */
bool cli_good(fer_status st, const fer_error *err);
/** Says that memory is out; false. */
bool cli_no_memory(void);
/** A ::fer_line_fn that prints the line as a note. */
void cli_say_line(void *user, const char *line);

/** A number for JSON, which has none for NaN and infinity: they become null. */
json_t *cli_json_number(double v);
/** Version of all JSON that fer prints (docs/outputs.md): it grows when a key goes or changes its meaning, not when one
 * is added. */
#define CLI_JSON_SCHEMA 1
/** Mark a document, or each of an array of documents, with "schema". False: no memory, or no document. */
bool cli_json_mark(json_t *doc);
/** Mark, print and release a document, indented or in one line. Returns an exit code. */
int cli_json_print(json_t *doc, bool indented);

/** One CSV field (RFC 4180: quoted where needed), without a separator. */
void cli_csv_text(const char *text);
/** The same to a file, with a prefix that needs no quoting. */
void cli_csv_field(FILE *to, const char *prefix, const char *text);
/** A name on a line of standard output, as base/shown.h says. */
void cli_print_name(const char *name);

/** Load weights, as fer_model_weights_path() finds them. Prints an error message on failure. */
fer_model *cli_load_model(const char *path);
/** The same, for pictures with these class shares: "uniform", "ferplus" or a table; NULL: those that the scores assume.
 */
fer_model *cli_load_model_for(const char *path, const char *prior);

/* Progress on standard error: a bar on a terminal, elsewhere a plain line every ten seconds. */
struct cli_progress {
    bool terminal, shown;
    double start, last;
    const char *what; /* of the last report */
};
void cli_progress_start(struct cli_progress *p);
/** at->what stands before the bar, `note` after it. A total of 0 is not known: a count stands for the bar. */
void cli_progress_show(struct cli_progress *p, const fer_progress *at, const char *note);
/** Rate and remaining time are computed from the start. */
void cli_progress_count(struct cli_progress *p, const char *what, size_t done, size_t total);
/** A fer_progress_fn whose `user` is a struct cli_progress: it shows a call's progress. */
bool cli_progress_report(void *user, const fer_progress *at);
/** Remove the bar, so that something else can be printed. */
void cli_progress_clear(struct cli_progress *p);

#endif

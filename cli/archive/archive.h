/* A run over many inputs whose results go into a directory (docs/archives.md). It may be one of several that share the
 * inputs; it may be killed and started again. Each input gets one answer. */
#ifndef FER_ARCHIVE_ARCHIVE_H
#define FER_ARCHIVE_ARCHIVE_H

#include "archive/shard.h"
#include "base/json.h"
#include "common/args.h"
#include "fer/model.h"

#include <stdbool.h>

struct archive_options {
    const char *out, *shard; /* as typed; NULL: not given */
    bool resume;
};

#define ARCHIVE_OPTION_OUT(o)                                                                                \
    CLI_OPTION(CLI_TEXT, "out", .value = &(o)->out, .arg = "DIR",                                            \
               .help = "write the results of all inputs, in their order, and a journal into this directory", \
               .unset = "results go to standard output")
#define ARCHIVE_OPTION_SHARD(o)                                                                             \
    CLI_OPTION(CLI_TEXT, "shard", .value = &(o)->shard, .arg = "I/N",                                       \
               .help = "with --out: process the Ith of N parts of the inputs; 'fer merge' joins the parts", \
               .unset = "all inputs")
#define ARCHIVE_OPTION_RESUME(o)                          \
    CLI_OPTION(CLI_FLAG, "resume", .value = &(o)->resume, \
               .help = "with --out: continue an interrupted run; inputs that failed are tried again")

struct archive_task {
    const char *command;
    size_t n;                                        /* inputs of the whole archive */
    const char *(*name)(const void *user, size_t i); /* of an input */
    const void *user;
    json_t *settings;           /* what decides the results: archive_settings() */
    const char *table;          /* its file's name: "faces.csv" */
    const char *before, *after; /* what stands before and after all rows */
};

struct archive;

/** CLI_GO_ON, or CLI_USAGE after a sentence: --shard or --resume without --out, or no shard. */
int archive_check(const struct archive_options *o, const char *command);

/** The values of the options as typed or by default, but for those that do not change results (`aside`,
 * NULL-terminated). The caller adds to it and hands it to archive_open(). NULL: out of memory. */
json_t *archive_settings(const struct cli_option *options, size_t n, const char *const *aside);
/** Add the checksum of a file's bytes under a key; path NULL: null. False after an error message. */
bool archive_settings_add_file(json_t *settings, const char *key, const char *path);
/** Add the instruction set that a run uses: the last digits of scores depend on it. isa NULL: "auto". */
bool archive_settings_add_isa(json_t *settings, const fer_model *m, const char *isa);

/** Begin or continue. Releases t->settings. NULL after an error message: the directory has answers and --resume is not
 * given, another process works on it, or it was begun with other inputs or settings. */
struct archive *archive_open(const struct archive_options *o, const struct archive_task *t);
/** Whether an input is in this shard and has no answer yet. */
bool archive_wants(const struct archive *a, size_t number);
/** How many archive_wants(). */
size_t archive_n_wanted(const struct archive *a);
/** Note the rows that an input has in the table. False after an error message. */
bool archive_add(struct archive *a, size_t number, const char *rows);
/** Note why an input has none. */
bool archive_fail(struct archive *a, size_t number, const char *why);
/** End. Writes the tables if every input of the shard has an answer. Frees a; NULL is fine. Returns an exit code. */
int archive_close(struct archive *a);

/** Join the shards in n directories into the tables of one run, in the directory `out`. Returns an exit code. */
int archive_merge(const char *const *directories, size_t n, const char *out);

#endif

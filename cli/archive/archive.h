/* A run over many inputs whose results go into a directory (docs/archives.md). It may be one of several that share the
 * inputs; it may be killed and started again. Each input gets one answer. */
#ifndef FER_ARCHIVE_ARCHIVE_H
#define FER_ARCHIVE_ARCHIVE_H

#include "archive/crew.h"
#include "archive/task.h"

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

struct archive;

/** CLI_GO_ON, or CLI_USAGE after a sentence: --shard or --resume without --out, or no shard. */
int archive_check(const struct archive_options *o, const char *command);

/** Begin or continue; all ranks call it. NULL after an error message: the directory has answers and --resume is not
 * given, another process works on it, it was begun with other inputs or settings, or this rank has others than rank 0.
 */
struct archive *archive_open(const struct archive_options *o, const struct archive_task *t, struct ranks *ranks);
/** How many inputs of this shard have no answer yet. In ranks other than 0: 0. */
size_t archive_n_wanted(const struct archive *a);
/** Whether an input of this shard had its answer before this run. In ranks other than 0: false. */
bool archive_has(const struct archive *a, size_t number);
/** Whether an input of this shard has no answer yet. In ranks other than 0: false. */
bool archive_wants(const struct archive *a, size_t number);
/** How many of them were handed out. */
size_t archive_n_taken(const struct archive *a);
/** The next input to answer. Any thread may ask. */
enum crew_next archive_next(struct archive *a, size_t *number);
/** To be called every few milliseconds by the thread that joined the ranks, if there are several. */
void archive_poll(struct archive *a);
/** Note the rows that an input has in the table. False after an error message. Any thread may call it. */
bool archive_add(struct archive *a, size_t number, const char *rows);
/** The same for an input that failed, and why. rows: what it has in the table of results all the same, or "". */
bool archive_fail(struct archive *a, size_t number, const char *rows, const char *why);
/** End. If all inputs of the shard have an answer, rank 0 writes the tables. complete: this process answered all that
 * it was given. *n_failed: how many inputs failed, in rank 0. Frees a; NULL is fine. Returns an exit code. */
int archive_close(struct archive *a, bool complete, size_t *n_failed);

#endif

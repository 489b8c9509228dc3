/* Files and directories that commands write. */
#ifndef FER_CLI_FILE_H
#define FER_CLI_FILE_H

#include <stdbool.h>
#include <stdio.h>

/* A file that appears whole or not at all: written under another name, flushed, renamed. */
struct cli_file {
    FILE *f;
    const char *path; /* the caller's */
    char *tmp;
};

/** False, and a sentence: it cannot be made. */
bool cli_file_open(struct cli_file *file, const char *path);
/** Put it in its place, or (keep false) remove it. Returns an exit code, and says why it failed. */
int cli_file_close(struct cli_file *file, bool keep);

/** Make a directory and its missing parents; false, and a sentence: it cannot be made. */
bool cli_make_dirs(const char *path);

/** "<directory>/<name>", freed by free(); NULL, and a sentence: no memory. */
char *cli_join(const char *directory, const char *name);

#endif

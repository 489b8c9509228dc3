/* Files and directories that commands read and write. Each call prints an error message when it fails. */
#ifndef FER_COMMON_FILE_H
#define FER_COMMON_FILE_H

#include "base/file.h"

/** Start a file that is written completely or not at all. False after an error message. */
bool cli_file_open(struct feri_atomic_file *file, const char *path);
/** Give it its final name, or (keep false) remove it. Returns an exit code. */
int cli_file_close(struct feri_atomic_file *file, bool keep);

/** The contents of a regular file, followed by a zero byte. The caller frees it. NULL: unreadable, or larger than the
 * limit. */
char *cli_file_read(const char *path, size_t limit, size_t *size_out);
/** Write a file completely or not at all. */
bool cli_file_write(const char *path, const char *text, size_t size);
/** Flush a written file to the disk, then give it its name. */
bool cli_file_publish(const char *tmp, const char *path);
bool cli_file_exists(const char *path);
/** Whether an output of that name goes to standard output. NULL: no. */
bool cli_is_standard_output(const char *path);

/** Create a directory and its missing parents. False after an error message. */
bool cli_make_dirs(const char *path);

/** The same for the directory that a file is in. */
bool cli_make_parents(const char *path);

/** "<directory>/<name>", freed by free(); NULL after an error message: out of memory. */
char *cli_join(const char *directory, const char *name);

#endif

/* Files and directories that commands read and write. Each call that fails has said why. */
#ifndef FER_COMMON_FILE_H
#define FER_COMMON_FILE_H

#include "base/file.h"

/** Begin a file that appears whole or not at all; false, and a sentence: it cannot be made. */
bool cli_file_open(struct feri_atomic_file *file, const char *path);
/** Put it in its place, or (keep false) remove it. Returns an exit code, and says why it failed. */
int cli_file_close(struct feri_atomic_file *file, bool keep);

/** The whole of a regular file and a zero byte behind it, freed by the caller; NULL: it cannot be read, or is larger
 * than the limit. */
char *cli_file_read(const char *path, size_t limit, size_t *size_out);
/** Write a file so that it appears whole or not at all. */
bool cli_file_write(const char *path, const char *text, size_t size);
/** Give a file that is already written its name, once its bytes are on the disk. */
bool cli_file_publish(const char *tmp, const char *path);
bool cli_file_exists(const char *path);

/** Make a directory and its missing parents; false, and a sentence: it cannot be made. */
bool cli_make_dirs(const char *path);

/** The same for the directory that a file is in. */
bool cli_make_parents(const char *path);

/** "<directory>/<name>", freed by free(); NULL, and a sentence: no memory. */
char *cli_join(const char *directory, const char *name);

#endif

/* Files that the command itself reads and writes. Each call that fails has said why. */
#ifndef FER_CLI_FILES_H
#define FER_CLI_FILES_H

#include <stdbool.h>
#include <stddef.h>

/** "<directory>/<name>", freed by the caller; NULL: out of memory. */
char *files_join(const char *directory, const char *name);
/** The whole of a regular file and a zero byte behind it, freed by the caller; NULL: it cannot be read, or is
 * larger than the limit. */
char *files_read(const char *path, size_t limit, size_t *size_out);
/** Write a file so that it appears whole or not at all. */
bool files_write(const char *path, const char *text, size_t size);
/** Give a file that is already written its name, once its bytes are on the disk. */
bool files_publish(const char *tmp, const char *path);
/** A directory and its missing parents. */
bool files_make_dirs(const char *path);
bool files_exist(const char *path);

#endif

/* Files and pipes that are read as a stream. */
#ifndef FERI_BASE_INPUT_H
#define FERI_BASE_INPUT_H

#include "fer/base.h"

/** A descriptor of a regular file, a terminal or a pipe, for reading; errors name it. A pipe into which nothing is
 * written for ten seconds, a directory, a socket and a device are refused with a sentence. The caller closes it. */
fer_status feri_input_open(const char *path, int *out, fer_error *err);

#endif

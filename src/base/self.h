/* The file of the program that runs. */
#ifndef FERI_BASE_SELF_H
#define FERI_BASE_SELF_H

#include <stdbool.h>
#include <stddef.h>

/** Write the absolute path of the running program. False, and "", if the system does not say it or it does not fit. */
bool feri_self_path(char *path, size_t size);

#endif

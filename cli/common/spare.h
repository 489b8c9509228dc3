/* No drawing replaces a picture that is read. */
#ifndef FER_COMMON_SPARE_H
#define FER_COMMON_SPARE_H

#include <stdbool.h>
#include <stddef.h>

/** Whether none of n drawings would replace one of n pictures, under whatever name; otherwise says which would. */
bool cli_spares_pictures(size_t n, const char *const *pictures, char *const *drawings);

#endif

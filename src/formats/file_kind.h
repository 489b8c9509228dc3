/* Recognises a file by its first bytes, for messages about a file of an unexpected kind. */
#ifndef FERI_FORMATS_FILE_KIND_H
#define FERI_FORMATS_FILE_KIND_H

#include <stddef.h>
#include <stdint.h>

#define FERI_FILE_KIND_BYTES 512 /* number of bytes at the file's beginning that are used */

/** For example "it is an HTML page; was the download a login or an error page?": the kind of the file and, if useful,
 * what to do. NULL: unknown. */
const char *feri_file_kind(const uint8_t *start, size_t size);
/** The same, with a message for unknown bytes too. */
const char *feri_file_kind_text(const uint8_t *start, size_t size);

#endif

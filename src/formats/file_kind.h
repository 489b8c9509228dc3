/* What a file is by its first bytes, for messages about a file that is not what was expected. */
#ifndef FERI_FORMATS_FILE_KIND_H
#define FERI_FORMATS_FILE_KIND_H

#include <stddef.h>
#include <stdint.h>

#define FERI_FILE_KIND_BYTES 512 /* of the file's beginning are looked at */

/** "it is an HTML page; was the download a login or an error page?": what the file is and, where that helps, what to
 * do. NULL: the bytes say nothing. */
const char *feri_file_kind(const uint8_t *start, size_t size);
/** The same, with a sentence for unknown bytes too. */
const char *feri_file_kind_text(const uint8_t *start, size_t size);

#endif

/* Pictures in an HEIF file that are made of others. */
#ifndef FERI_FORMATS_HEIF_REFERENCES_H
#define FERI_FORMATS_HEIF_REFERENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Whether no picture is made of itself, however many steps lie between. libheif would follow such a circle until the
 * stack ends. */
bool feri_heif_references_end(const uint8_t *data, size_t size);

#endif

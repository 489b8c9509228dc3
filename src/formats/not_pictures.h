/* What files are that are no picture, for messages. */
#ifndef FERI_FORMATS_NOT_PICTURES_H
#define FERI_FORMATS_NOT_PICTURES_H

#include "fer/base.h"

/** FER_ERR_FORMAT with a sentence that says what the bytes look like, and what to do. */
fer_status feri_not_a_picture(const uint8_t *data, size_t size, fer_error *err);
/** Where a path that cannot be opened is an address ("http://..."): say so in place of what *err says. Returns st. */
fer_status feri_maybe_address(const char *path, fer_status st, fer_error *err);

#endif

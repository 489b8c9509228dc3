/* Media types, as Content-Type has them: "multipart/form-data; boundary=x". */
#ifndef FER_SERVE_MEDIA_H
#define FER_SERVE_MEDIA_H

#include <stdbool.h>
#include <stddef.h>

/** Whether a type is this one, whatever its parameters; a name that ends in '/' stands for all of its kind. */
bool media_is(const char *type, const char *name);

/** The value of a parameter, without its quotes, of "x; name=value; ...". False: not there, or longer than the room. */
bool media_parameter(const char *text, const char *name, char *out, size_t size);

#endif

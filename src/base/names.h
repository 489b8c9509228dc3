/* What a file name says about the file. Case is ignored. */
#ifndef FERI_BASE_NAMES_H
#define FERI_BASE_NAMES_H

#include <stdbool.h>

/** Whether a name ends in an ending such as ".png" and is longer than it. */
bool feri_ends_in(const char *name, const char *ending);

/** Whether a name has the ending of a picture that this library reads. */
bool feri_names_picture(const char *name);
/** All of these endings, the likeliest first; the last is NULL. */
const char *const *feri_picture_endings(void);

/** The same for films. */
bool feri_names_film(const char *name);
const char *const *feri_film_endings(void);

/** Whether a name is no file's but an address: "http://...", "rtsp://...", "data:...". */
bool feri_names_address(const char *name);

/** Whether a path leads through a file or folder of desktops and editors: .DS_Store, ._1.jpg, __MACOSX/... */
bool feri_names_hidden(const char *path);

enum { FERI_ENDING_MAX = 12 };
/** The ending of a file's name in small letters, such as ".heic"; "" where it has none of letters and digits, or one of
 * digits alone. */
void feri_ending_of(const char *name, char out[FERI_ENDING_MAX]);

#endif

/* A picture as its decoder leaves it, and what remains to be done: colours to sRGB, alpha, turning it upright. */
#ifndef FERI_FORMATS_PICTURE_H
#define FERI_FORMATS_PICTURE_H

#include "formats/pixels.h"

#include <stdbool.h>

/* What was left aside of a picture that was read all the same; empty: nothing. */
struct feri_picture_note {
    char text[160];
};

struct feri_picture {
    struct feri_pixels px; /* c: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha */
    bool ink;              /* c is 4: cyan, magenta, yellow and black, 255 none */
    unsigned orientation;  /* EXIF's, 1 to 8; 0: upright */
    uint8_t *icc;          /* its colour profile, freed by feri_picture_free(); NULL: sRGB */
    size_t icc_size;
    struct feri_picture_note note;
};

void feri_picture_free(struct feri_picture *p);
/** Add to the note, after "; " if there is one already. */
void feri_picture_note(struct feri_picture *p, const char *text);
/** Keep a copy of a colour profile; one that is too large or for which there is no memory is noted. */
void feri_picture_set_icc(struct feri_picture *p, const void *data, size_t size);

/** What is left to do: p->px becomes 8-bit grey or RGB, sRGB, over black, upright. */
fer_status feri_picture_finish(struct feri_picture *p, fer_error *err);

/** Colours from the profile p->icc to sRGB; alpha stays. Pixels of a profile that is sRGB stay as they are. A profile
 * that cannot be used is noted. lcms/ or none/. */
void feri_picture_to_srgb(struct feri_picture *p);
/** Note that the profile was left aside, unless it calls itself sRGB. */
void feri_picture_leave_profile(struct feri_picture *p, const char *why);

#endif

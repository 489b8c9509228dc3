/* Boxes, expressions and scores drawn into pictures. Without cairo (FER_PLOTS off) every call prints an error message
 * and fails. */
#ifndef FER_DRAW_ANNOTATE_H
#define FER_DRAW_ANNOTATE_H

#include "fer/face.h"

#include <stdbool.h>

struct annotator;

/** NULL after an error message: this build or machine cannot draw. classes [n_classes + 1]: the last is the name of the
 * label n_classes (faces/abstain.h). The names belong to the caller and must outlive it. */
struct annotator *annotate_new(const char *const *classes, size_t n_classes);
void annotate_free(struct annotator *a);

/** Draw n faces into pixels, 3 bytes each (red, green, blue), row y from rgb + y * stride on. Memory is reused while
 * the size stays. False after an error message: the pixels are unchanged. */
bool annotate_draw(struct annotator *a, uint8_t *rgb, size_t width, size_t height, size_t stride, const fer_face *faces,
                   size_t n);

/** A copy of a picture of FER_RGB8 with its faces drawn, which lives until the next call. False after an error message.
 */
bool annotate_view(struct annotator *a, const fer_view *view, const fer_face *faces, size_t n, fer_view *out);

/** A copy of the picture with its faces drawn. The caller frees it by fer_image_free(). NULL after an error message. */
fer_image *annotate_image(struct annotator *a, const fer_image *picture, const fer_face *faces, size_t n);

/** Save a copy of the picture with its faces drawn, as PNG or JPEG by the ending of the name. Returns an exit code. */
int annotate_picture(struct annotator *a, const fer_image *picture, const fer_face *faces, size_t n, const char *path);

#endif

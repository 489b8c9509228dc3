#include "photos/look.h"

const char *const photo_faces_words[] = {"auto", "all", "largest", "whole", NULL};

static size_t largest(const fer_face *f, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (f[i].width * f[i].height > f[best].width * f[best].height) best = i;
    return best;
}

fer_status photo_look(fer_pipeline *p, const fer_view *v, enum photo_faces faces, struct photo_seen *out,
                      fer_error *err)
{
    fer_status st = FER_OK;
    out->whole = false;
    out->n = 0;
    switch (faces) {
    case PHOTO_WHOLE:
        st = fer_pipeline_read_whole(p, v, out->faces, err);
        out->whole = true;
        out->n = 1;
        return st;
    case PHOTO_AUTO: return fer_pipeline_run_auto(p, v, PHOTO_FACES_MAX, out->faces, &out->n, &out->whole, err);
    case PHOTO_ALL:
    case PHOTO_LARGEST: st = fer_pipeline_run(p, v, PHOTO_FACES_MAX, out->faces, &out->n, err); break;
    }
    if (st == FER_OK && faces == PHOTO_LARGEST && out->n > 1) {
        out->faces[0] = out->faces[largest(out->faces, out->n)];
        out->n = 1;
    }
    return st;
}

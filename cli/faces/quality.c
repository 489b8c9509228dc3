#include "faces/quality.h"

size_t quality_keep(float least, fer_face *faces, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (faces[i].quality >= least) faces[kept++] = faces[i];
    return kept;
}

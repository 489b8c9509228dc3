/* The tables of a set of pictures with faces, in a directory with two pictures. The input is faces.csv and, after the
 * first zero byte, ignore.csv. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "data/scenes.h"
#include "fuzz_file.h"

#include <math.h>
#include <string.h>
static const char *const files[] = {"images/a.png", "images/b.jpg", "images", "faces.csv", "ignore.csv", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_scenes *s;
    fer_error err = {0};
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t first = end ? (size_t)(end - data) : size;
    fuzz_write(files, "faces.csv", data, first);
    remove(fuzz_path("ignore.csv"));
    if (end) fuzz_write(files, "ignore.csv", end + 1, size - first - 1);
    if (mkdir(fuzz_path("images"), 0777) == 0) { /* the pictures are never decoded */
        fuzz_write(files, "images/a.png", data, 0);
        fuzz_write(files, "images/b.jpg", data, 0);
    }
    if (!succeeded(feri_scenes_open(fuzz_root, &s, &err), &err)) return 0;
    demand(feri_scenes_count(s) == 2);
    for (size_t i = 0; i < 2; i++) {
        size_t n;
        const struct feri_scene_face *f = feri_scenes_faces(s, i, &n);
        for (size_t k = 0; k < n; k++) {
            demand(f[k].w > 0 && f[k].h > 0 && isfinite(f[k].x) && isfinite(f[k].y) && isfinite(f[k].w) &&
                   isfinite(f[k].h));
            if (f[k].has_points) touch(f[k].points[0], 2 * FERI_SCENE_POINTS);
        }
    }
    feri_scenes_close(s);
    return 0;
}

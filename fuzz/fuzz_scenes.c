/* The tables of a set of pictures with faces, in a directory with two pictures. The input is faces.csv and, after the
 * first zero byte, ignore.csv. */
#define _POSIX_C_SOURCE 200809L /* mkdtemp */
#include "data/scenes.h"
#include "fuzz.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/fer-fuzz-XXXXXX", path[64];

static const char *in_root(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void write_file(const char *name, const uint8_t *data, size_t size)
{
    FILE *f = fopen(in_root(name), "wb");
    demand(f != NULL);
    demand(fwrite(data, 1, size, f) == size);
    demand(fclose(f) == 0);
}

static void tidy(void)
{
    static const char *const files[] = {"images/a.png", "images/b.jpg", "faces.csv", "ignore.csv"};
    for (int i = 0; i < 4; i++) unlink(in_root(files[i]));
    rmdir(in_root("images"));
    rmdir(root);
}

static void set_up(void)
{
    static bool done;
    if (done) return;
    demand(mkdtemp(root) != NULL);
    demand(mkdir(in_root("images"), 0777) == 0);
    write_file("images/a.png", (const uint8_t *)"", 0); /* is never decoded */
    write_file("images/b.jpg", (const uint8_t *)"", 0);
    demand(atexit(tidy) == 0);
    done = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct feri_scenes *s;
    fer_error err = {0};
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t first = end ? (size_t)(end - data) : size;
    set_up();
    write_file("faces.csv", data, first);
    if (end) write_file("ignore.csv", end + 1, size - first - 1);
    else unlink(in_root("ignore.csv"));
    if (!succeeded(feri_scenes_open(root, &s, &err), &err)) return 0;
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

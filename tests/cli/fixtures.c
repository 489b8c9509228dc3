/* Makes the files that the black-box tests feed to the command, in the current directory. */
#include "fer/fer.h"
#include "formats/npy.h"
#include "formats/picture_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>

static void must(bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "fixtures: %s failed\n", what);
    exit(1);
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *f = fopen(path, "wb");
    must(f && fwrite(data, 1, size, f) == size && fclose(f) == 0, path);
}

static void fill(struct feri_pixels *px, unsigned seed)
{
    for (size_t i = 0; i < px->w * px->h * px->c; i++) px->data[i] = (uint8_t)(seed * 37 + i * (seed + 3) / 5);
}

static void write_png(const char *path, size_t w, size_t h, size_t c, unsigned seed)
{
    struct feri_pixels px = {w, h, c, malloc(w * h * c)};
    must(px.data != NULL, path);
    fill(&px, seed);
    must(feri_pixels_write_png(path, &px, NULL) == FER_OK, path);
    free(px.data);
}

static void write_jpeg(const char *path, int w, int h)
{
    struct feri_pixels px = {(size_t)w, (size_t)h, 3, malloc((size_t)w * (size_t)h * 3)};
    must(px.data != NULL, path);
    fill(&px, 5);
    unsigned char *jpeg = NULL;
    unsigned long size = 0;
    tjhandle tj = tjInitCompress();
    must(tjCompress2(tj, px.data, w, 0, h, TJPF_RGB, &jpeg, &size, TJSAMP_420, 90, 0) == 0, path);
    write_file(path, jpeg, size);
    tjFree(jpeg);
    tjDestroy(tj);
    free(px.data);
}

static uint32_t crc32_of(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xEDB88320) : 0);
    }
    return ~crc;
}

static void put_be32(uint8_t *to, uint32_t v)
{
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A valid header that declares 20000 x 20000 pixels, without any data after it. */
static void write_huge_header(const char *path)
{
    uint8_t png[33] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13, 'I', 'H', 'D', 'R'};
    put_be32(png + 16, 20000);
    put_be32(png + 20, 20000);
    png[24] = 8; /* bits */
    png[25] = 2; /* RGB */
    put_be32(png + 29, crc32_of(png + 12, 17));
    write_file(path, png, sizeof png);
}

static void cut_file(const char *from, const char *to, double fraction)
{
    static uint8_t data[1 << 20];
    FILE *f = fopen(from, "rb");
    must(f != NULL, from);
    size_t n = fread(data, 1, sizeof data, f);
    fclose(f);
    write_file(to, data, (size_t)((double)n * fraction));
}

static void write_npy(const char *path, size_t n, size_t c, size_t h, size_t w, float first)
{
    size_t dims[4] = {n, c, h, w}, count = n * c * h * w;
    float *x = malloc(count * sizeof *x);
    must(x != NULL, path);
    for (size_t i = 0; i < count; i++) x[i] = sinf((float)i * 0.01f);
    x[0] = first;
    must(fer_npy_write(path, 4, dims, x, NULL) == FER_OK, path);
    free(x);
}

static void write_weights(const char *path, const char *name, const fer_model_options *opt)
{
    fer_model *m;
    fer_error err = {0};
    if (fer_model_new(name, opt, &m, &err) != FER_OK || fer_model_save(m, path, FER_FLOAT32, &err) != FER_OK)
        must(false, err.text);
    fer_model_free(m);
}

static void write_folders(const char *root, const char *const *classes, unsigned per_class)
{
    mkdir(root, 0777);
    for (unsigned k = 0; classes[k]; k++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", root, classes[k]);
        mkdir(path, 0777);
        for (unsigned i = 0; i < per_class + k; i++) {
            snprintf(path, sizeof path, "%s/%s/%02u.png", root, classes[k], i);
            write_png(path, 48, 48, 1, 10 * k + i);
        }
    }
}

/* Without arguments, all files. With NAME and FILE, random weights of that model at 64 x 64. */
int main(int argc, char **argv)
{
    static const char *const classes[] = {"anger", "happiness", "neutral", NULL};
    static const char *const strange[] = {"bored", "neutral", NULL};
    static const char *const three[] = {"neutral", "a,b", "say \"c\""};
    if (argc == 3) {
        write_weights(argv[2], argv[1], &(fer_model_options){.height = 64, .width = 64});
        return 0;
    }
    fer_model_options odd = {.n_classes = 3, .classes = three};
    write_weights("w.safetensors", "resnet-8", NULL);
    write_weights("odd.safetensors", "resnet-8", &odd);
    write_png("face.png", 48, 48, 1, 1);
    write_png("colour.png", 80, 60, 3, 2);
    write_png("one.png", 1, 1, 1, 3);
    write_png("comma, \"quoted\".png", 20, 30, 3, 4);
    write_jpeg("photo.jpg", 120, 90);
    write_huge_header("huge.png");
    cut_file("colour.png", "cut.png", 0.6);
    cut_file("photo.jpg", "cut.jpg", 0.6);
    cut_file("w.safetensors", "cut.safetensors", 0.6);
    write_file("empty.png", "", 0);
    write_file("text.png", "this is no picture\n", 19);
    write_npy("x.npy", 5, 1, 48, 48, 0.5f);
    write_npy("wrong.npy", 2, 3, 48, 48, 0.5f);
    write_npy("nan.npy", 2, 1, 48, 48, NAN);
    write_folders("data", classes, 4);
    write_folders("strange", strange, 2);
    write_folders("bad", classes, 2);
    write_file("bad/neutral/zz.png", "broken", 6);
    mkdir("void", 0777);
    return 0;
}

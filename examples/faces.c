/* Prints every face of a picture with its expression:  faces picture.jpg */
#include <fer/fer.h>

#include <stdio.h>

int main(int argc, char **argv)
{
    fer_error err;
    fer_image *image;
    fer_pipeline *pipeline;
    fer_face faces[64];
    size_t n;
    if (argc != 2) {
        fprintf(stderr, "usage: faces PICTURE\n");
        return 2;
    }
    if (fer_image_load(argv[1], &image, &err) != FER_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    if (fer_pipeline_new(NULL, &pipeline, &err) != FER_OK) {
        fprintf(stderr, "%s\n", err.text);
        fer_image_free(image);
        return 1;
    }
    fer_view view = fer_image_view(image);
    fer_status st = fer_pipeline_run(pipeline, &view, 64, faces, &n, &err);
    fer_model_info info = fer_model_get_info(fer_pipeline_model(pipeline));
    for (size_t i = 0; st == FER_OK && i < n; i++)
        printf("%.0f,%.0f %.0f x %.0f  %s %.0f %%\n", (double)faces[i].x, (double)faces[i].y, (double)faces[i].width,
               (double)faces[i].height, info.classes[faces[i].label], 100 * (double)faces[i].scores[faces[i].label]);
    if (st != FER_OK) fprintf(stderr, "%s\n", err.text);
    fer_pipeline_free(pipeline);
    fer_image_free(image);
    return st == FER_OK ? 0 : 1;
}

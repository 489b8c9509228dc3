/* Prints the expression of the face that fills a picture: classify face.png [weights.safetensors] */
#include <fer/fer.h>

#include <stdio.h>

static int fail(const fer_error *err)
{
    fprintf(stderr, "classify: %s\n", err->text);
    return 1;
}

static int classify(const fer_model *model, const fer_image *image)
{
    fer_error err;
    fer_model_info info = fer_model_get_info(model);
    float scores[64] = {0};
    if (info.n_classes > sizeof scores / sizeof scores[0]) return 1;

    fer_session *session = NULL;
    fer_status st = fer_session_new(model, NULL, &session, &err);
    if (st == FER_OK) st = fer_session_predict(session, 1, &image, scores, &err);
    fer_session_free(session);
    if (st != FER_OK) return fail(&err);

    size_t best = 0;
    for (size_t k = 1; k < info.n_classes; k++)
        if (scores[k] > scores[best]) best = k;
    printf("%s %.2f\n", info.classes[best], (double)scores[best]);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: classify face.png [weights.safetensors]\n");
        return 2;
    }
    fer_error err;
    fer_model *model = NULL;
    fer_image *image = NULL;
    fer_status st = argc == 3 ? fer_model_load(argv[2], NULL, &model, &err) : fer_model_load_default(&model, &err);
    if (st == FER_OK) st = fer_image_load(argv[1], &image, &err);
    int code = st == FER_OK ? classify(model, image) : fail(&err);
    fer_image_free(image);
    fer_model_free(model);
    return code;
}

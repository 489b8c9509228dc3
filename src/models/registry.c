#include "base/error.h"
#include "models/families.h"
#include "models/model.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct feri_family families[] = {
    {"mcct", "MixedFeatureNet backbone, n encoder layers", 1, 64, 224, 3, "imagenet", feri_build_mcct, false, NULL},
    {"vcct", "VGG19 backbone, n encoder layers", 1, 64, 224, 3, "imagenet", feri_build_vcct, false, NULL},
    {"cct", "CCT-n/3x2: two-convolution tokenizer, n encoder layers", 1, 64, 224, 3, "imagenet", feri_build_cct, false,
     NULL},
    {"resnet", "small residual network for grey 48 x 48 crops", 8, 110, 48, 1, "half", feri_build_resnet, false, NULL},
    {"libfer", "our own: residual stem, its 6 x 6 positions as tokens, for grey 48 x 48 crops", 1, 1, 48, 1, "half",
     feri_build_libfer, false, "s"},
    {"face", "our own face detector: three grids of cells", 1, 1, 256, 3, "half", feri_build_face, true, "s"},
};

static const fer_model_entry entries[] = {
    {"mcct-1", "MixedFeatureNet backbone, 1 encoder layer", 224, 3},
    {"mcct-2", "MixedFeatureNet backbone, 2 encoder layers", 224, 3},
    {"mcct-3", "MixedFeatureNet backbone, 3 encoder layers", 224, 3},
    {"mcct-6", "MixedFeatureNet backbone, 6 encoder layers", 224, 3},
    {"mcct-7", "MixedFeatureNet backbone, 7 encoder layers", 224, 3},
    {"vcct-1", "VGG19 backbone, 1 encoder layer", 224, 3},
    {"vcct-2", "VGG19 backbone, 2 encoder layers", 224, 3},
    {"cct-7", "CCT-7/3x2, two-convolution tokenizer", 224, 3},
    {"resnet-8", "small residual network for grey 48 x 48 crops", 48, 1},
    {"face-s", "face detector: boxes, confidence, five landmarks", 256, 3},
    {"libfer-s", "residual stem, its 6 x 6 positions as tokens, 2 encoder layers", 48, 1},
};

const fer_model_entry *fer_model_registry(size_t i)
{
    return i < sizeof entries / sizeof *entries ? &entries[i] : NULL;
}

static const struct feri_family *family_of(const char *word, const char *dash)
{
    for (size_t f = 0; dash && f < sizeof families / sizeof *families; f++)
        if (strlen(families[f].prefix) == (size_t)(dash - word) &&
            strncmp(word, families[f].prefix, (size_t)(dash - word)) == 0)
            return &families[f];
    return NULL;
}

/* What follows the dash: a number, of cct also "7/3x2" and "7_3x2" as papers and files write it; or a letter. */
static unsigned long size_of(const struct feri_family *family, const char *size)
{
    char *end;
    if (family->letters) {
        const char *letter = *size && !size[1] ? strchr(family->letters, *size) : NULL;
        return letter ? (unsigned long)(letter - family->letters) + 1 : 0;
    }
    unsigned long n = isdigit((unsigned char)*size) ? strtoul(size, &end, 10) : 0;
    if (n == 0 || !*end) return n;
    return family->build == feri_build_cct && (strcmp(end, "/3x2") == 0 || strcmp(end, "_3x2") == 0) ? n : 0;
}

fer_status feri_family_find(const char *name, const struct feri_family **family_out, size_t *n_out, char *name_out,
                            fer_error *err)
{
    char word[32] = "";
    for (size_t i = 0; name[i] && i < sizeof word - 1; i++) word[i] = (char)tolower((unsigned char)name[i]);
    const char *dash = strchr(word, '-');
    const struct feri_family *family = family_of(word, dash);
    unsigned long n = family ? size_of(family, dash + 1) : 0;
    if (n == 0)
        return feri_fail(
            err, FER_ERR_ARGUMENT,
            "model '%s' is unknown, expected libfer-s, face-s, or mcct-N, vcct-N, cct-N or resnet-N with a number N",
            name);
    if (n < family->n_min || n > family->n_max)
        return feri_fail(err, FER_ERR_ARGUMENT, "model '%s': the number is out of range, expected %zu to %zu", name,
                         family->n_min, family->n_max);
    *family_out = family;
    *n_out = n;
    if (family->letters) snprintf(name_out, 32, "%s-%c", family->prefix, family->letters[n - 1]);
    else snprintf(name_out, 32, "%s-%lu", family->prefix, n);
    return FER_OK;
}

#include "kernels/kernels.h"

#include "base/error.h"
#include "base/words.h"
#include "fer/model.h"

extern const struct feri_kernels feri_kernels__ref;
#ifdef FERI_HAVE_VEC128
extern const struct feri_kernels feri_kernels__vec128;
#endif
#ifdef FERI_HAVE_AVX2
extern const struct feri_kernels feri_kernels__avx2;
#endif
#ifdef FERI_HAVE_AVX512
extern const struct feri_kernels feri_kernels__avx512;
#endif

static const struct feri_kernels *avx512(void)
{
#ifdef FERI_HAVE_AVX512
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw"))
        return &feri_kernels__avx512;
#endif
    return NULL;
}

static const struct feri_kernels *avx2(void)
{
#ifdef FERI_HAVE_AVX2
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &feri_kernels__avx2;
#endif
    return NULL;
}

static const struct feri_kernels *vec128(void)
{
#ifdef FERI_HAVE_VEC128
    return &feri_kernels__vec128;
#else
    return NULL;
#endif
}

const struct feri_kernels *feri_kernels_get(enum feri_isa isa)
{
    const struct feri_kernels *k = NULL;
    switch (isa) {
    case FERI_ISA_AUTO:
        if ((k = avx512()) || (k = avx2()) || (k = vec128())) return k;
        return &feri_kernels__ref;
    case FERI_ISA_REF: return &feri_kernels__ref;
    case FERI_ISA_VEC128: return vec128();
    case FERI_ISA_AVX2: return avx2();
    case FERI_ISA_AVX512: return avx512();
    }
    return NULL;
}

const char *const feri_isa_words[] = {"auto", "ref", "vec128", "avx2", "avx512", NULL};

const char *const *fer_isa_names(void)
{
    return feri_isa_words;
}

bool feri_isa_parse(const char *word, enum feri_isa *isa_out)
{
    size_t i;
    if (!feri_word_find(feri_isa_words, word, &i)) return false;
    *isa_out = (enum feri_isa)i;
    return true;
}

fer_status feri_isa_find(const char *word, enum feri_isa *isa_out, fer_error *err)
{
    if (!word) word = "auto";
    char known[60];
    feri_words_text(fer_isa_names(), known, sizeof known);
    if (!feri_isa_parse(word, isa_out))
        return feri_fail(err, FER_ERR_ARGUMENT, "instruction set '%s' is unknown, expected one of %s", word, known);
    if (feri_kernels_get(*isa_out)) return FER_OK;
    return feri_fail(err, FER_ERR_UNSUPPORTED,
                     "instruction set '%s' is not available on this processor or in this build", word);
}

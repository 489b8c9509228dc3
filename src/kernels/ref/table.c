#include "kernels/ref/ref.h"

extern const struct feri_kernels feri_kernels__ref;
const struct feri_kernels feri_kernels__ref = {
    .isa = "ref",
    .gemm_nr = 4,
    .gemm_mr = 4,
#define FERI_KERNEL(slot) .slot = feri_##slot##__ref,
#include "kernels/kernels.def"
#undef FERI_KERNEL
};

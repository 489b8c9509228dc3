#include "kernels/simd/table.h"

#define WORD2(x) #x
#define WORD(x)  WORD2(x)

extern const struct feri_kernels NAME(feri_kernels);
const struct feri_kernels NAME(feri_kernels) = {
    .isa = WORD(FERI_ISA_NAME),
    .gemm_nr = GEMM_NV * VL,
    .gemm_mr = GEMM_MR,
#define FERI_KERNEL(slot) .slot = NAME(feri_##slot),
#include "kernels/kernels.def"
#undef FERI_KERNEL
};

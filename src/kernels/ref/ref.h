/* The plain C kernels. Each one defines what its entry of the table computes (kernels.h); tests compare every fast
 * variant with it. They are compiled without contraction and written for readability. */
#ifndef FERI_KERNELS_REF_REF_H
#define FERI_KERNELS_REF_REF_H

#include "kernels/kernels.h"

#define FERI_KERNEL(slot) extern __typeof__(*((struct feri_kernels *)0)->slot) feri_##slot##__ref;
#include "kernels/kernels.def"
#undef FERI_KERNEL

float feri_ref_act(enum feri_act act, float x, float slope);
float feri_ref_act_derivative(enum feri_act act, float x, float slope);

/** Apply the epilogue e to the finished sum at [m][n]. If e is NULL, return the sum. */
float feri_ref_finish(const struct feri_epilogue *e, float sum, size_t m, size_t n);

/** *out = value, or += with accumulate */
static inline void feri_ref_put(float *y, float v, bool accumulate)
{
    *y = accumulate ? *y + v : v;
}

#endif

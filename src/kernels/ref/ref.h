/* The plain C kernels: each is the definition of what its entry of the table computes (kernels.h), and the yardstick of
 * every fast variant. They are compiled without contraction and written to be read. */
#ifndef FERI_KERNELS_REF_REF_H
#define FERI_KERNELS_REF_REF_H

#include "kernels/kernels.h"

#define FERI_KERNEL(slot) extern __typeof__(*((struct feri_kernels *)0)->slot) feri_##slot##__ref;
#include "kernels/kernels.def"
#undef FERI_KERNEL

float feri_ref_act(enum feri_act act, float x, float slope);
float feri_ref_act_derivative(enum feri_act act, float x, float slope);

/** What becomes of the finished sum at [m][n]; e NULL: nothing. */
float feri_ref_finish(const struct feri_epilogue *e, float sum, size_t m, size_t n);

/** = or += */
static inline void feri_ref_put(float *y, float v, bool accumulate)
{
    *y = accumulate ? *y + v : v;
}

#endif

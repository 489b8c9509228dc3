/* The kernels of one instruction set, by their external names. table.c builds the table from them. */
#ifndef FERI_KERNELS_SIMD_TABLE_H
#define FERI_KERNELS_SIMD_TABLE_H

#include "kernels/kernels.h"
#include "kernels/simd/vec.h"

/* Declare a kernel with the type of its slot in the table, so that the two cannot differ. */
#define FERI_KERNEL(slot) extern __typeof__(*((struct feri_kernels *)0)->slot) NAME(feri_##slot);
#include "kernels/kernels.def"
#undef FERI_KERNEL

#endif

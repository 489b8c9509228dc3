/* The kernels of one instruction set, by their external names; table.c puts them into the table. */
#ifndef FERI_KERNELS_SIMD_TABLE_H
#define FERI_KERNELS_SIMD_TABLE_H

#include "kernels/kernels.h"
#include "kernels/simd/vec.h"

/* A declaration of the type that the table's slot has, so that the two cannot drift. */
#define FERI_KERNEL(slot) extern __typeof__(*((struct feri_kernels *)0)->slot) NAME(feri_##slot);
#include "kernels/kernels.def"
#undef FERI_KERNEL

#endif

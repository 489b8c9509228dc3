/* Elapsed time. */
#ifndef FERI_BASE_CLOCK_H
#define FERI_BASE_CLOCK_H

/** Seconds since an arbitrary moment. Setting the machine's clock does not change them. */
double feri_now(void);

#endif

/* What the environment says about the launcher. */
#ifndef FER_RANKS_LAUNCHER_H
#define FER_RANKS_LAUNCHER_H

#include <stdbool.h>

/** Whether mpirun or srun started this process. *many_out: with others. */
bool launcher_started(bool *many_out);

#endif

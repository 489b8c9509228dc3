/* MPI_Init() in a process that nobody launched would start a daemon of Open MPI's, so the environment is asked first.
 */
#include "ranks/launcher.h"

#include <stddef.h>
#include <stdlib.h>

/* Where launchers write the number of processes: Open MPI's mpirun, PMI (MPICH's mpirun, srun --mpi=pmi2), srun. */
static const char *const counts[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};
/* Where they write only the rank: srun --mpi=pmix */
static const char *const ranks[] = {"PMIX_RANK", "PMI_RANK"};

bool launcher_started(bool *many_out)
{
    bool started = false;
    *many_out = false;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        const char *text = getenv(counts[i]);
        if (!text) continue;
        started = true;
        if (strtoul(text, NULL, 10) > 1) *many_out = true;
    }
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
        if (getenv(ranks[i])) started = true;
    return started;
}

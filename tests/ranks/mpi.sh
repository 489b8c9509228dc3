# Sourced by the tests that start Open MPI's mpirun.
# As root, more processes than cores, and waiting ranks leave the processor to others. Since version 5 the launcher is
# PRRTE, which has variables of its own.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_rmaps_base_oversubscribe=1 PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe

# two_ranks 'OPTIONS' 'OPTIONS' COMMAND...: a command by two ranks, each with further options of its own. Not by
# "mpirun ... : ...", at which Open MPI 5 of Debian 13 crashes.
two_ranks() {
    # shellcheck disable=SC2016
    timeout 120 mpirun -n 2 sh -c '
        case $OMPI_COMM_WORLD_RANK in 0) own=$1 ;; *) own=$2 ;; esac
        shift 2
        exec "$@" $own' sh "$@"
}

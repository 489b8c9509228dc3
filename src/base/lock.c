#define _POSIX_C_SOURCE 200809L /* getpid */
#include "base/lock.h"

#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

void feri_lock_init(struct feri_lock *lock)
{
    pthread_mutex_init(&lock->mutex, NULL);
    atomic_init(&lock->process, (int)getpid());
}

void feri_lock_destroy(struct feri_lock *lock)
{
    if (atomic_load(&lock->process) == (int)getpid()) pthread_mutex_destroy(&lock->mutex);
}

void feri_lock_take(struct feri_lock *lock)
{
    int self = (int)getpid(), process;
    while ((process = atomic_load(&lock->process)) != self) {
        if (process != 0 && atomic_compare_exchange_strong(&lock->process, &process, 0)) {
            pthread_mutex_init(&lock->mutex, NULL);
            atomic_store(&lock->process, self);
        } else {
            sched_yield();
        }
    }
    pthread_mutex_lock(&lock->mutex);
}

void feri_lock_give(struct feri_lock *lock)
{
    pthread_mutex_unlock(&lock->mutex);
}

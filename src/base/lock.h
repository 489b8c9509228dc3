/* A lock that still works in the child after fork(), even if a thread that does not exist there holds it. So the
 * guarded data must be valid at every moment: change it by one assignment, as the last step. */
#ifndef FERI_BASE_LOCK_H
#define FERI_BASE_LOCK_H

#include <pthread.h>

struct feri_lock {
    pthread_mutex_t mutex;
    _Atomic int process; /* the process whose threads use the mutex; 0 while a child creates a new one */
};

void feri_lock_init(struct feri_lock *lock);
void feri_lock_destroy(struct feri_lock *lock);
void feri_lock_take(struct feri_lock *lock);
void feri_lock_give(struct feri_lock *lock);

#endif

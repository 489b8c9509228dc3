/* A lock that a child after fork() can take although a thread that does not exist there may hold it. What it guards
 * must be right whenever it is looked at: written by one assignment, last. */
#ifndef FERI_BASE_LOCK_H
#define FERI_BASE_LOCK_H

#include <pthread.h>

struct feri_lock {
    pthread_mutex_t mutex;
    _Atomic int process; /* whose threads use the mutex; 0 while a child makes it anew */
};

void feri_lock_init(struct feri_lock *lock);
void feri_lock_destroy(struct feri_lock *lock);
void feri_lock_take(struct feri_lock *lock);
void feri_lock_give(struct feri_lock *lock);

#endif

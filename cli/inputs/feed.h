/* Names that come on standard input, one per line, while the inputs before them are looked at. */
#ifndef FER_INPUTS_FEED_H
#define FER_INPUTS_FEED_H

#include "inputs/list.h"

struct input_feed;

enum input_next {
    INPUT_TAKE,
    INPUT_WAIT, /* no name is waiting */
    INPUT_END   /* there are no more */
};

/** The inputs of the list come first: they move into the feed. What directories have beside it, and whether something
 * failed, is noted in the list. NULL after an error message: out of memory. */
struct input_feed *input_feed_new(struct input_list *list);
/** NULL is fine. */
void input_feed_free(struct input_feed *f);

/** Whether input_feed_read() should be called. If all inputs were taken and dropped, this waits a moment for a name.
 * Enough names in hand are a reason to read no more. */
bool input_feed_waiting(struct input_feed *f);
/** Read some names. A directory becomes what it holds. After an error message the feed ends. */
void input_feed_read(struct input_feed *f);
/** Forget the names that nobody took, and read no more. */
void input_feed_end(struct input_feed *f);

/** The next input; any thread may call it. Its path stays until it is dropped. */
enum input_next input_feed_next(struct input_feed *f, struct input *out);
/** The oldest of those taken is done with. */
void input_feed_drop(struct input_feed *f);

#endif

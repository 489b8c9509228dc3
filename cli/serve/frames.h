/* POST /v1/frames/{session}: live tracking. A session keeps its faces' ids and smoothed scores until no frame came for
 * a while. DELETE ends it at once. */
#ifndef FER_SERVE_FRAMES_H
#define FER_SERVE_FRAMES_H

#include "serve/request.h"

/** At most `most` sessions, each kept for so many seconds after its last frame. NULL after an error message. */
struct sessions *sessions_new(size_t most, double idle);
/** No request may be in a session. NULL is fine. */
void sessions_free(struct sessions *s);
/** Forget those that expired. */
void sessions_expire(struct sessions *s);
size_t sessions_count(struct sessions *s);

/** Take the session, or make it, for one frame; nothing is computed. False: the reply says why not. */
bool frames_admit(struct request *r);
/** Give it back if frames_run() will not be called. */
void frames_release(struct request *r);
void frames_run(struct worker *w, struct request *r);
/** End a session. */
void frames_end(struct request *r);

#endif

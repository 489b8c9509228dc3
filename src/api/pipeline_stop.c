/* Calls that end early. */
#include "api/pipeline.h"
#include "base/error.h"

void fer_pipeline_set_stop(fer_pipeline *p, bool (*stop)(void *user), void *user)
{
    if (!p) return;
    p->stop = stop;
    p->stop_user = user;
}

fer_status feri_pipeline_go_on(const fer_pipeline *p, fer_error *err)
{
    return p->stop && p->stop(p->stop_user) ? feri_fail(err, FER_ERR_STOPPED, "stopped by the caller") : FER_OK;
}

#include "fer/fer.h"

const char *fer_version(void)
{
    return FER_VERSION;
}

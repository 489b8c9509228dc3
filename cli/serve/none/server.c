/* Replaces the server in a build without libmicrohttpd. */
#include "common/cli.h"
#include "serve/serve.h"

int serve_run(const struct serve_options *options)
{
    (void)options;
    return cli_fail("this build of fer was made without libmicrohttpd and cannot serve; install libmicrohttpd-dev and "
                    "build again");
}

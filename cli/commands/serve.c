#include "serve/serve.h"
#include "commands/commands.h"
#include "common/cli.h"

int cmd_serve(int argc, char **argv)
{
    struct serve_options o = serve_defaults();
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "listen", .value = &o.listen, .arg = "ADDRESS:PORT",
                   .help = "where to listen; port 0: any free one"),
        CLI_OPTION_WEIGHTS(&o.weights),
        CLI_OPTION_PRIOR(&o.prior),
        CLI_OPTION_ABSTAIN(&o.abstain),
        CLI_OPTION_DETECTOR(&o.detector),
        CLI_OPTION(CLI_TEXT, "token-file", .value = &o.token_file, .arg = "FILE", .file = CLI_SOURCE,
                   .help = "tokens of which clients must give one, one per line", .unset = "no token is asked for"),
        CLI_OPTION(CLI_FLAG, "insecure", .value = &o.insecure,
                   .help = "let other machines use the server without a token"),
        CLI_OPTION(CLI_LIST, "cors", .value = &o.cors, .arg = "ORIGIN",
                   .help =
                       "let pages of this origin, such as https://example.org, use the server; *: all pages; may be "
                       "repeated"),
        CLI_OPTION_THREADS(&o.threads),
        CLI_OPTION(CLI_SIZE, "queue", .value = &o.queue, .min = 1, .max = 100000,
                   .help = "requests that may wait for a thread; further ones get 503"),
        CLI_OPTION(CLI_SIZE, "batch", .value = &o.batch, .min = 1, .max = 16,
                   .help = "small requests that wait together and are computed together"),
        CLI_OPTION(CLI_SIZE, "connections", .value = &o.connections, .min = 1, .max = 100000,
                   .help = "open connections; the one that was idle for longest makes room for a new one"),
        CLI_OPTION(CLI_SIZE, "max-body", .value = &o.max_body, .min = 1, .max = 1000, .arg = "MB",
                   .help = "largest body of a request; videos may be longer"),
        CLI_OPTION(CLI_SIZE, "memory", .value = &o.memory, .min = 1, .max = 1000000, .arg = "MB",
                   .help = "memory for the bodies of all requests together"),
        CLI_OPTION(CLI_SIZE, "max-pixels", .value = &o.max_pixels, .min = 1, .max = 268, .arg = "MILLIONS",
                   .help = "refuse larger pictures by their header, before memory is allocated"),
        CLI_OPTION(CLI_SIZE, "videos", .value = &o.videos, .min = 1, .max = 1000,
                   .help = "videos that are worked on at once"),
        CLI_OPTION(CLI_SIZE, "sessions", .value = &o.sessions, .min = 1, .max = 10000,
                   .help = "sessions of live tracking at once"),
        CLI_OPTION(CLI_REAL, "session-idle", .value = &o.session_idle, .min = 0.1, .max = 86400,
                   .help = "seconds after its last frame that a session is kept"),
        CLI_OPTION(CLI_REAL, "timeout", .value = &o.timeout, .min = 1, .max = 3600,
                   .help =
                       "seconds for the headers of a request, and, with 1 s more per 16 KiB, for its body or answer"),
        CLI_OPTION(CLI_REAL, "work", .value = &o.work, .min = 0.001, .max = 86400,
                   .help = "seconds that the pictures of one request may be computed"),
        CLI_OPTION(CLI_REAL, "drain", .value = &o.drain, .min = 0, .max = 3600,
                   .help = "seconds that open requests have after SIGTERM"),
        CLI_OPTION(CLI_FLAG, "log", .value = &o.log, .help = "print a line of JSON for each request"),
        CLI_OPTION_ISA(&o.isa),
    };
    struct cli_usage usage = {
        .command = "serve",
        .operands = "",
        .summary = "serve predictions over HTTP",
        .notes =
            "POST /v1/predict takes a picture and answers as 'fer predict --format json'; GET /openapi.json "
            "describes all addresses, docs/serve.md explains them. The server reads no file and fetches no address "
            "that a client names. SIGTERM and Ctrl-C end it after the open requests. A score says how a face looks "
            "to a network, not what a person feels.",
        .example = "fer serve --listen 127.0.0.1:8080"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code == CLI_GO_ON) code = serve_run(&o);
    cli_clear_list(&o.cors);
    return code;
}

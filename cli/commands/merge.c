#include "archive/merge.h"
#include "commands/commands.h"
#include "common/args.h"

#include <stdint.h>

int cmd_merge(int argc, char **argv)
{
    const char *out = NULL;
    struct cli_option options[] = {
        CLI_OPTION(CLI_TEXT, "out", .value = &out, .arg = "DIR", .help = "write the joined tables into this directory",
                   .unset = "the first DIR"),
    };
    struct cli_usage usage = {
        .command = "merge",
        .operands = "DIR ...",
        .summary = "join the results of processes that shared their inputs",
        .notes = "DIR is a directory that 'fer predict --out DIR --shard I/N' wrote. The shards may lie in one "
                 "directory or in several. The tables then have the rows of all inputs, in their order, with the same "
                 "bytes as one process writes. fer refuses shards of other inputs or settings, and a shard that is "
                 "not finished.",
        .example = "fer merge results",
        .operands_min = 1,
        .operands_max = SIZE_MAX,
        .each = CLI_SOURCE};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    if (code != CLI_GO_ON) return code;
    return archive_merge((const char *const *)operands.items, operands.n, out ? out : operands.items[0]);
}

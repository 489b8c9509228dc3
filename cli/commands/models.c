#include "commands/commands.h"
#include "common/args.h"
#include "common/cli.h"

#include <inttypes.h>

enum format { TEXT, JSON, CSV };

struct row {
    const fer_model_entry *entry;
    size_t height, width, channels, params;
    uint64_t macs;
};

static void print_text(const struct row *r)
{
    printf("%-12s %12zu %10.1f M  %4zu x %zu x %zu  %s\n", r->entry->name, r->params, (double)r->macs / 1e6, r->height,
           r->width, r->channels, r->entry->summary);
}

static void print_csv(const struct row *r)
{
    cli_csv_text(r->entry->name);
    printf(",%zu,%" PRIu64 ",%zu,%zu,", r->params, r->macs, r->height, r->channels);
    cli_csv_text(r->entry->summary);
    putchar('\n');
}

static json_t *json_row(const struct row *r)
{
    return json_pack("{s:s, s:I, s:I, s:{s:I, s:I, s:I}, s:s}", "name", r->entry->name, "params", (json_int_t)r->params,
                     "macs", (json_int_t)r->macs, "input", "height", (json_int_t)r->height, "width",
                     (json_int_t)r->width, "channels", (json_int_t)r->channels, "summary", r->entry->summary);
}

/* The counts come from the network itself, so the list cannot disagree with it. */
static bool measure(struct row *r)
{
    fer_error err;
    fer_model *m;
    if (fer_model_new(r->entry->name, NULL, &m, &err) != FER_OK) return cli_refuse("%s", err.text);
    fer_model_info info = fer_model_get_info(m);
    r->height = info.height;
    r->width = info.width;
    r->channels = info.channels;
    r->params = info.n_params;
    r->macs = info.macs;
    fer_model_free(m);
    return true;
}

static int list(int format)
{
    json_t *all = json_array();
    int code = CLI_OK;
    if (format == TEXT)
        printf("%-12s %12s %12s  %-14s %s\n", "name", "parameters", "mult-adds", "    input", "summary");
    if (format == CSV) printf("name,params,macs,input,channels,summary\n");
    struct row r = {0};
    for (size_t i = 0; (r.entry = fer_model_registry(i)) != NULL; i++) {
        if (!measure(&r)) {
            code = CLI_FAILED;
            continue;
        }
        if (format == TEXT) print_text(&r);
        else if (format == CSV) print_csv(&r);
        else feri_json_add(all, json_row(&r));
    }
    if (format == JSON && cli_json_print(json_incref(all), true) != CLI_OK) code = CLI_FAILED;
    json_decref(all);
    return code;
}

int cmd_models(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", "csv", NULL};
    int format = TEXT;
    struct cli_option options[] = {
        CLI_OPTION_FORMAT(&format, formats),
    };
    struct cli_usage usage = {.command = "models",
                              .operands = "",
                              .summary = "list the models",
                              .notes =
                                  "Lists names, trained parameters and the multiply-adds of one image at the published "
                                  "input size. The families accept more numbers than are listed, such as mcct-4.",
                              .example = "fer models --format csv"};
    struct cli_operands operands;
    int code = cli_parse(&usage, options, CLI_N(options), argc, argv, &operands);
    return code == CLI_GO_ON ? list(format) : code;
}

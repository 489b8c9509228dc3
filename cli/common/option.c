/* The value of one option: set, printed, cleared. */
#include "common/args.h"

const char *const cli_rotations[] = {"0", "90", "180", "270", "auto", NULL};

struct cli_option cli_option_of(const fer_option *r, void *options)
{
    return (struct cli_option){.row = r,
                               .name = r->name,
                               .type = r->kind,
                               .value = options,
                               .help = r->help,
                               .arg = r->arg,
                               .words = r->kind == FER_OPTION_PAIR ? NULL : r->words,
                               .unset = r->unset,
                               .required = r->required && fer_option_get(r, options, 0, NULL, 0) == 0};
}

static fer_option row_of(const struct cli_option *o)
{
    if (o->row) return *o->row;
    return (fer_option){.name = o->name,
                        .kind = o->type,
                        .n_offset = offsetof(struct cli_list, n),
                        .min = o->min,
                        .max = o->max,
                        .words = o->words,
                        .unset = o->unset};
}

fer_status cli_set_option(const struct cli_option *o, const char *text, fer_error *err)
{
    const fer_option row = row_of(o);
    return fer_option_set(&row, o->value, text, err);
}

size_t cli_get_option(const struct cli_option *o, size_t item, char *text, size_t size)
{
    const fer_option row = row_of(o);
    return fer_option_get(&row, o->value, item, text, size);
}

void cli_clear_option(const struct cli_option *o)
{
    const fer_option row = row_of(o);
    fer_option_clear(&row, o->value);
}

void cli_clear_list(struct cli_list *list)
{
    cli_clear_option(&(struct cli_option){.type = CLI_LIST, .value = list});
}

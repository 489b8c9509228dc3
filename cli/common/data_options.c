#include "common/data_options.h"

const char *const cli_split_words[] = {"all", "train", "val", "test", NULL};

void cli_data_select_apply(const struct cli_data_select *from, fer_data_source *to)
{
    to->layout = from->layout;
    to->split = from->split;
    to->order = from->order;
    to->classes = from->classes.items;
    to->n_classes = from->classes.n;
    to->merge = from->merge.items;
    to->n_merge = from->merge.n;
    to->margin = from->margin;
}

void cli_data_select_free(struct cli_data_select *s)
{
    cli_clear_list(&s->classes);
    cli_clear_list(&s->merge);
}

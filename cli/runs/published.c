#include "runs/published.h"

#include "runs/recipe.h"
#include "runs/shipped_recipes.h"
#include "runs/train_options.h"

#include <math.h>
#include <string.h>

/* The test set is AffectNet's official validation set, 3,999 images. */
static const struct published figures[] = {
    {"mcct-1-oversampled", 0.5324, false},
    {"mcct-1-plain", 0.4819, false},
    {"mcct-2-oversampled", 0.5419, false},
    {"mcct-2-plain", 0.4416, false},
    {"mcct-3-oversampled", 0.5121, false},
    {"mcct-3-plain", 0.4149, false},
    {"mcct-6-oversampled", 0.5279, false},
    {"mcct-6-plain", 0.4526, false},
    {"mcct-7-oversampled", 0.5554, false},
    {"mcct-7-plain", 0.4079, false},
    {"vcct-1-oversampled", 0.5349, false},
    {"vcct-2-oversampled", 0.5341, false},
    {"cct-7", 0.5335, true},
};

/* It is impossible to say whether a path leads to the same file, only whether there is one. */
static bool same_value(const fer_option *row, const fer_train_options *a, const fer_train_options *b)
{
    char x[1024], y[1024];
    size_t i = 0, n, m;
    do {
        n = fer_option_get(row, a, i, x, sizeof x);
        m = fer_option_get(row, b, i, y, sizeof y);
        if (row->kind == FER_OPTION_PATH) return !n == !m;
        if (n != m || n >= sizeof x || strcmp(x, y) != 0) return false;
        i++;
    } while (n && row->kind == FER_OPTION_LIST);
    return true;
}

static bool same_training(const fer_train_options *a, const fer_train_options *b)
{
    fer_option_table table = fer_train_table();
    for (size_t i = 0; i < table.n; i++)
        if (table.rows[i].use == FER_OPTION_RESULT && !same_value(&table.rows[i], a, b)) return false;
    return true;
}

/* With the model's own input, where none was asked for. */
static fer_train_options with_input(const fer_train_options *o)
{
    fer_train_options whole = *o;
    fer_model *m;
    if (fer_model_new(o->model, NULL, &m, NULL) != FER_OK) return whole;
    const fer_model_info own = fer_model_get_info(m);
    if (!whole.input) whole.input = own.height;
    if (!whole.channels) whole.channels = own.channels;
    fer_model_free(m);
    return whole;
}

static bool follows(const fer_train_options *run, const char *recipe)
{
    struct recipe r;
    fer_train_options o = fer_train_defaults();
    struct cli_option rows[TRAIN_OPTIONS_MAX];
    size_t n = cli_bind_options(fer_train_table(), &o, false, rows);
    if (!recipe_read_shipped(recipe, &r)) return false;
    bool same = false;
    if (recipe_apply(&r, rows, n) && strcmp(o.model, run->model) == 0) {
        o = with_input(&o);
        same = same_training(run, &o);
    }
    cli_clear_options(fer_train_table(), &o);
    recipe_free(&r);
    return same;
}

const struct published *published_of(const fer_train_options *run)
{
    fer_train_options whole = with_input(run);
    for (size_t i = 0; i < CLI_N(figures); i++)
        if (follows(&whole, figures[i].recipe)) return &figures[i];
    return NULL;
}

double published_accuracy(const fer_train_options *run)
{
    const struct published *p = published_of(run);
    return p ? p->accuracy : NAN;
}

/**
 * @file fer/options.h
 * Options as tables: each row says what one field of an options struct is called, which values it takes and what it
 * means. The command line, recipes, config.json, range checks and resuming all read the same rows; so can a language
 * binding or a form in a window. Tables: fer_train_table() and fer_detector_train_table().
 */
#ifndef FER_OPTIONS_H
#define FER_OPTIONS_H

#include "fer/base.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The C type of an option's field. */
typedef enum fer_option_kind {
    FER_OPTION_FLAG,   /**< bool: "on" or "off" */
    FER_OPTION_TEXT,   /**< const char *, NULL: not set. With words: one of them */
    FER_OPTION_PATH,   /**< the same; names one or more files */
    FER_OPTION_SIZE,   /**< size_t */
    FER_OPTION_COUNT,  /**< unsigned */
    FER_OPTION_SEED,   /**< uint64_t, the whole range */
    FER_OPTION_REAL,   /**< float */
    FER_OPTION_WORD,   /**< an enumeration: index into words */
    FER_OPTION_LIST,   /**< const char *const * and its size_t; each text adds an item */
    FER_OPTION_COMMAS, /**< the same; one text "a,b,c" gives all the items */
    FER_OPTION_PAIR    /**< int[2]: "1,2" */
} fer_option_kind;

/** What an option decides. */
typedef enum fer_option_use {
    FER_OPTION_RESULT, /**< what comes out */
    FER_OPTION_CHANCE, /**< what comes out, but no more than luck does: the seed */
    FER_OPTION_PLACE,  /**< where files are, or how fast it goes */
    FER_OPTION_CALL    /**< this one call; no recipe has it */
} fer_option_use;

typedef struct fer_option {
    const char *name; /**< kebab-case, as on the command line and in recipes */
    const char *key;  /**< in config.json; NULL: the name with underscores */
    fer_option_kind kind;
    fer_option_use use;
    size_t offset;            /**< of the field */
    size_t n_offset;          /**< of a list's size */
    double min, max;          /**< of numbers, both included */
    const char *const *words; /**< what a word or text may be, or the keys of a pair's two numbers; NULL ends them */
    bool required;
    const char *group; /**< options that belong together: "data", "loss", ... */
    const char *help;
    const char *arg;   /**< what the value is called in help; NULL: by its kind */
    const char *unset; /**< what NULL or zero means; NULL: zero is a value like any other */
} fer_option;

typedef struct fer_option_table {
    const fer_option *rows;
    size_t n;
} fer_option_table;

/** The row of that name; NULL: none. */
FER_API const fer_option *fer_option_find(fer_option_table table, const char *name);

#define FER_OPTION_KEY_MAX 64
/** The option's key in config.json; returns `key`. */
FER_API const char *fer_option_key(const fer_option *row, char key[FER_OPTION_KEY_MAX]);

/** Set a field from text, which must outlive the options. FER_ERR_ARGUMENT: the error says what the text must be. A
 * list must be empty or made by this call; fer_option_clear() frees it. */
FER_API fer_status fer_option_set(const fer_option *row, void *options, const char *text, fer_error *err);

/** Write the value as text that fer_option_set() takes; `item` counts through a LIST, else it is 0. Returns the text's
 * length as snprintf() does; 0: nothing is set, or the list ends before. */
FER_API size_t fer_option_get(const fer_option *row, const void *options, size_t item, char *text, size_t size);

/** Empty a list that fer_option_set() made; options of other kinds stay as they are. */
FER_API void fer_option_clear(const fer_option *row, void *options);

#ifdef __cplusplus
}
#endif
#endif

/**
 * @file fer/options.h
 * Options as tables. Each row describes one member of an options structure: its name, its values and its meaning. The
 * command line, recipes, config.json, range checks and resuming read these rows; a binding or a graphical program can
 * read them too. The tables are fer_train_table() and fer_detector_train_table().
 *
 * Thread safety: the tables never change. The functions may run in any thread that owns the options.
 */
#ifndef FER_OPTIONS_H
#define FER_OPTIONS_H

#include "fer/base.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The C type of an option's member. */
typedef enum fer_option_kind {
    FER_OPTION_FLAG,   /**< bool: "on" or "off" */
    FER_OPTION_TEXT,   /**< const char *, NULL: not set. If the row has words, it is one of them */
    FER_OPTION_PATH,   /**< const char *, NULL: not set; names one or more files */
    FER_OPTION_SIZE,   /**< size_t */
    FER_OPTION_COUNT,  /**< unsigned */
    FER_OPTION_SEED,   /**< uint64_t, the whole range */
    FER_OPTION_REAL,   /**< float */
    FER_OPTION_WORD,   /**< an enumeration: index into words */
    FER_OPTION_LIST,   /**< const char *const * and its size_t; each text adds an item */
    FER_OPTION_COMMAS, /**< const char *const * and its size_t; one text "a,b,c" sets all items */
    FER_OPTION_PAIR    /**< int[2]: "1,2" */
} fer_option_kind;

/** What an option affects. */
typedef enum fer_option_use {
    FER_OPTION_RESULT, /**< the result */
    FER_OPTION_CHANCE, /**< the result, but only by chance: the seed */
    FER_OPTION_PLACE,  /**< the place of files, or the speed */
    FER_OPTION_CALL    /**< one call only; recipes do not contain it */
} fer_option_use;

typedef struct fer_option {
    const char *name; /**< kebab-case, as on the command line and in recipes */
    const char *key;  /**< in config.json; NULL: the name with underscores */
    fer_option_kind kind;
    fer_option_use use;
    size_t offset;            /**< bytes from the structure's start to the member */
    size_t n_offset;          /**< bytes to the member with a list's size */
    double min, max;          /**< range of numbers, both included */
    const char *const *words; /**< allowed words of a word or text, or the keys of a pair's numbers; the end is NULL */
    bool required;
    const char *group; /**< options that belong together: "data", "loss", ... */
    const char *help;
    const char *arg;   /**< name of the value in help; NULL: depends on the kind */
    const char *unset; /**< meaning of NULL or zero; NULL: zero is an ordinary value */
} fer_option;

typedef struct fer_option_table {
    const fer_option *rows; /**< [n] */
    size_t n;
} fer_option_table;

/** Find a row by its name. NULL: there is none. */
FER_API const fer_option *fer_option_find(fer_option_table table, const char *name);

#define FER_OPTION_KEY_MAX 64
/** Write the option's key in config.json into `key` and return it. */
FER_API const char *fer_option_key(const fer_option *row, char key[FER_OPTION_KEY_MAX]);

/** Set a member from text. The text must outlive the options. A list must be empty or made by this call, and
 * fer_option_clear() frees it. FER_ERR_ARGUMENT: the sentence says what the text must be. */
FER_API fer_status fer_option_set(const fer_option *row, void *options, const char *text, fer_error *err);

/** Write the value as text that fer_option_set() accepts. item counts the items of a FER_OPTION_LIST and is 0 for other
 * kinds. Returns the length of the whole text, which may be more than fits, as snprintf() does. 0: nothing is set, or
 * the list has no such item. */
FER_API size_t fer_option_get(const fer_option *row, const void *options, size_t item, char *text, size_t size);

/** Empty a list that fer_option_set() made. Options of other kinds stay as they are. */
FER_API void fer_option_clear(const fer_option *row, void *options);

#ifdef __cplusplus
}
#endif
#endif

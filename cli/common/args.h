/* Command lines, declared as a table of options. The table gives the parser, the range checks and --help. */
#ifndef FER_COMMON_ARGS_H
#define FER_COMMON_ARGS_H

#include "fer/options.h"

#include <stdbool.h>
#include <stddef.h>

/* The library's kinds of options, as a command line gives them. */
#define CLI_FLAG  FER_OPTION_FLAG  /* bool: --name, --no-name */
#define CLI_TEXT  FER_OPTION_TEXT  /* const char *; with words: one of them */
#define CLI_SIZE  FER_OPTION_SIZE  /* size_t, min..max */
#define CLI_COUNT FER_OPTION_COUNT /* unsigned, min..max */
#define CLI_SEED  FER_OPTION_SEED  /* uint64_t, the whole range */
#define CLI_REAL  FER_OPTION_REAL  /* float, min..max */
#define CLI_WORD  FER_OPTION_WORD  /* int: index into words */
#define CLI_LIST  FER_OPTION_LIST  /* struct cli_list: may be repeated; the first replaces what it held before */
#define CLI_PAIR  FER_OPTION_PAIR  /* int[2]: two whole numbers "N,M", each min..max */

struct cli_list {
    const char *const *items; /* freed by cli_clear_list() */
    size_t n;
};

/* What an option or operand names. Options without it name no file. */
enum cli_file {
    CLI_NO_FILE,
    CLI_SOURCE,     /* a file or directory that is read; "-": standard input */
    CLI_SOURCES,    /* several, "A,B,..." */
    CLI_SETS,       /* data sets, "PATH[:PROTOCOL][:WEIGHT],..." */
    CLI_RUN,        /* the directory of a run, of which the files `names` are read */
    CLI_TARGET,     /* a file that is written; "-": standard output */
    CLI_TARGET_DIR, /* a directory into which the files `names` are written */
    CLI_PRINTS      /* a switch: something goes to standard output */
};

struct cli_option {
    const char *name; /* without the dashes */
    fer_option_kind type;
    void *value; /* of the type's C type; its value before parsing is the default in --help */
    const fer_option
        *row; /* NULL, or the row that describes the option; value is then the struct that contains the field */
    const char *help;
    const char *arg;          /* name of the value in --help; NULL: by its type */
    double min, max;          /* numbers */
    const char *const *words; /* CLI_WORD, CLI_TEXT: NULL-terminated */
    const char *unset;        /* text that --help shows instead of the default value */
    bool required;
    enum cli_file file;       /* compared before anything is opened */
    const char *const *names; /* NULL-terminated */
    const char *endings;      /* of a CLI_TARGET, ".a .b"; NULL: any. Others that are known to mean something else are
                                 refused, with `strict` all others */
    bool strict;
};

struct cli_usage {
    const char *command, *operands; /* "predict", "IMAGE|DIR|- ..."; "" for none */
    const char *summary;
    const char *notes; /* paragraphs for --help, NULL: none */
    const char *example;
    size_t operands_min, operands_max;
    enum cli_file each, last; /* of the operands; last: CLI_NO_FILE: as the others */
    const char *const *names; /* as of options, and endings */
    const char *endings;
    bool streams; /* the command itself prints nothing: outputs may go to standard output */
};

struct cli_operands {
    char **items;
    size_t n;
};

#define CLI_GO_ON (-1)

/** Parse the options and --quiet, which every command has. An option other than a list must not be repeated. Returns
 * CLI_GO_ON, or an exit code after --help or an error message. Operands are moved to the front of argv. */
int cli_parse(const struct cli_usage *u, const struct cli_option *options, size_t n, int argc, char **argv,
              struct cli_operands *operands);

/** Compare what the options and operands name, by device and inode, links followed. CLI_GO_ON, or CLI_USAGE after a
 * sentence that names the two. */
int cli_check_files(const struct cli_usage *u, const struct cli_option *options, size_t n,
                    const struct cli_operands *operands);

/** What may help after a command has failed. note: remember what the command line reads; given: each option's value as
 * it was typed, NULL: not given. advise: look at these inputs again, and print a line for each that is missing, a URL
 * or of a kind that another command reads, three at most. forget: free what was remembered. */
void cli_advice_note(const struct cli_usage *u, const struct cli_option *options, size_t n, const char *const *given,
                     const struct cli_operands *operands);
void cli_advise(void);
void cli_advice_forget(void);

/** The option of that name (length bytes of it), NULL: none. */
const struct cli_option *cli_find_option(const struct cli_option *options, size_t n, const char *name, size_t length);
/** The name of an option, or of `more` (NULL-terminated), that is closest to what was typed. NULL: none is close. */
const char *cli_nearest_option(const struct cli_option *options, size_t n, const char *const *more, const char *typed);

/** The row, bound to the struct that has its field. */
struct cli_option cli_option_of(const fer_option *row, void *options);

/** fer_option_set(), fer_option_get() and fer_option_clear() of the value. */
fer_status cli_set_option(const struct cli_option *o, const char *text, fer_error *err);
size_t cli_get_option(const struct cli_option *o, size_t item, char *text, size_t size);
void cli_clear_option(const struct cli_option *o);
void cli_clear_list(struct cli_list *list);

/** The value of an option in argv, before parsing: "" for a switch; NULL if it is missing. */
const char *cli_peek(const struct cli_option *options, size_t n, int argc, char **argv, const char *name);

/* The forms of the help (common/help.h). */
enum cli_form { CLI_FORM_NONE, CLI_FORM_TEXT, CLI_FORM_MAN, CLI_FORM_BASH, CLI_FORM_ZSH };

/** The form that one argument asks for: "--help", "-h", "--help=man", "--help=bash", "--help=zsh". */
enum cli_form cli_form_of(const char *arg);

void cli_help(enum cli_form form, const struct cli_usage *u, const struct cli_option *options, size_t n);

/* A row of a table. */
#define CLI_OPTION(kind, option, ...)             \
    {                                             \
        .name = option, .type = kind, __VA_ARGS__ \
    }

/* Rows that several commands have. Their ranges are narrower than those of the library. */
#define CLI_OPTION_WEIGHTS(v)                                                                         \
    CLI_OPTION(CLI_TEXT, "weights", .value = v, .arg = "FILE", .file = CLI_SOURCE,                    \
               .help = "the model; a name, such as libfer-xs, stands for weights that ship with fer", \
               .unset = "the weights that ship with fer")
#define CLI_OPTION_PRIOR(v)                                                                                       \
    CLI_OPTION(CLI_TEXT, "prior", .value = v, .arg = "uniform|ferplus|FILE",                                      \
               .help = "class shares to expect: all equal, those of FER+, or a table with the columns class and " \
                       "share",                                                                                   \
               .unset = "as the weights assume")
#define CLI_OPTION_ABSTAIN(v)                                       \
    CLI_OPTION(CLI_REAL, "abstain", .value = v, .min = 0, .max = 1, \
               .help = "label faces whose largest score is below X 'uncertain'", .unset = "never")
#define CLI_OPTION_MIN_QUALITY(v)                                       \
    CLI_OPTION(CLI_REAL, "min-quality", .value = v, .min = 0, .max = 1, \
               .help = "leave out faces whose picture has a quality below X: blurred, small, covered")
#define CLI_OPTION_DETECTOR(v)                                                                                   \
    CLI_OPTION(CLI_TEXT, "detector", .value = v, .arg = "FILE", .file = CLI_SOURCE, .help = "the face detector", \
               .unset = "the one built into fer")
#define CLI_OPTION_CHECK(v)                                                              \
    CLI_OPTION(CLI_TEXT, "check", .value = v, .arg = "FILE|none", .file = CLI_SOURCE,    \
               .help = "what looks at each find once more: weights of check-s, or none", \
               .unset = "the one built into fer")
#define CLI_OPTION_THRESHOLD(v)                                                                             \
    CLI_OPTION(CLI_REAL, "threshold", .value = v, .min = 0, .max = 1, .help = "least confidence of a face", \
               .unset = "the detector's own")
#define CLI_OPTION_SMALLEST(v)                                           \
    CLI_OPTION(CLI_REAL, "smallest", .value = v, .min = 4, .max = 10000, \
               .help = "width of the smallest face to look for, pixels; twice the width takes a quarter of the time")
/* Words in the order of fer_rotation. */
extern const char *const cli_rotations[];
#define CLI_OPTION_ROTATE(v)                                           \
    CLI_OPTION(CLI_WORD, "rotate", .value = v, .words = cli_rotations, \
               .help = "degrees clockwise that turn the faces upright; auto: upright, and turned if no face is sure")
#define CLI_OPTION_TTA(v)                   \
    CLI_OPTION(CLI_FLAG, "tta", .value = v, \
               .help = "average the scores of each face and its mirror image (twice the time)")
#define CLI_OPTION_BLUR_FACES(v)                   \
    CLI_OPTION(CLI_FLAG, "blur-faces", .value = v, \
               .help = "make the faces unrecognisable in what is drawn, so that it can be published")
#define CLI_OPTION_BOXES(v) \
    CLI_OPTION(CLI_FLAG, "boxes", .value = v, .help = "draw boxes, expressions and scores into annotated copies")
#define CLI_OPTION_SMOOTH(v)                                          \
    CLI_OPTION(CLI_REAL, "smooth", .value = v, .min = 0, .max = 3600, \
               .help = "time constant of the smoothed scores, seconds; 0: no smoothing")
#define CLI_OPTION_DETECT_EVERY(v)                                           \
    CLI_OPTION(CLI_COUNT, "detect-every", .value = v, .min = 1, .max = 1000, \
               .help = "search the whole picture in every Nth frame; in between, only around known faces")
#define CLI_OPTION_PATIENCE(v)                                             \
    CLI_OPTION(CLI_REAL, "patience", .value = v, .min = 0.01, .max = 3600, \
               .help = "seconds that a face may be hidden and keep its number")
#define CLI_OPTION_EVERY(v) \
    CLI_OPTION(CLI_SIZE, "every", .value = v, .min = 1, .max = 1000000, .help = "analyse every Nth frame")
#define CLI_OPTION_FPS(v)                                                                                             \
    CLI_OPTION(CLI_REAL, "fps", .value = v, .min = 0.001, .max = 1000, .help = "analyse at most X frames per second", \
               .unset = "all")
#define CLI_OPTION_THREADS(v)                                                                          \
    CLI_OPTION(CLI_COUNT, "threads", .value = v, .min = 1, .max = 256, .help = "threads that compute", \
               .unset = "one per processor")
#define CLI_OPTION_BATCH(v) \
    CLI_OPTION(CLI_SIZE, "batch", .value = v, .min = 1, .max = 4096, .help = "images computed at once")
#define CLI_OPTION_ISA(v) \
    CLI_OPTION(CLI_TEXT, "isa", .value = v, .words = fer_isa_names(), .help = "instruction set", .unset = "auto")
#define CLI_OPTION_INPUT(v, otherwise)                                                                        \
    CLI_OPTION(CLI_SIZE, "input", .value = v, .min = 8, .max = 1024, .help = "height and width of the input", \
               .unset = otherwise)
#define CLI_OPTION_CHANNELS(v, otherwise) \
    CLI_OPTION(CLI_SIZE, "channels", .value = v, .min = 1, .max = 3, .help = "1 (grey) or 3 (RGB)", .unset = otherwise)

#define CLI_OPTION_FORMAT(v, all) CLI_OPTION(CLI_WORD, "format", .value = v, .words = all, .help = "output format")

#define CLI_N(array) (sizeof(array) / sizeof(array)[0])

#endif

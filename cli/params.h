/* The one table of parameters: PowerShell's own and icm's. The command line, the configuration and the help read it; a new
 * parameter is a new row. */
#ifndef CLI_PARAMS_H
#define CLI_PARAMS_H

#include "cli/options.h"

enum cli_param_kind {
    CLI_FLAG, /* -Switch, -Switch:$false */
    CLI_TEXT, /* one word */
    CLI_LIST, /* goes on behind a comma in the next word */
};

/* Parameter sets, in the order of Invoke-Command's help: the target's family, with a script block (low half) or a file (high
 * half). Named parameters must have one set in common. */
enum cli_family {
    CLI_IN_PROCESS, CLI_BY_SESSION, CLI_BY_NAME, CLI_BY_URI, CLI_BY_VM_ID, CLI_BY_VM_NAME, CLI_BY_CONTAINER, CLI_BY_SSH,
    CLI_BY_SSH_HASH, CLI_FAMILY_COUNT
};
#define CLI_WITH_BLOCK(family) (1u << (family))
#define CLI_WITH_FILE(family) (1u << ((family) + 16))
#define CLI_BOTH(family) (CLI_WITH_BLOCK(family) | CLI_WITH_FILE(family))
#define CLI_ANY_BLOCK ((1u << CLI_FAMILY_COUNT) - 1u)
#define CLI_ANY_FILE (((1u << CLI_FAMILY_COUNT) - 1u) << 16)
#define CLI_ANY_SET (CLI_ANY_BLOCK | CLI_ANY_FILE)

enum { /* traits */
    CLI_ICM_ONLY = 1,  /* PowerShell does not have it: it never makes a prefix ambiguous that PowerShell resolves */
    CLI_IN_CONFIG = 2, /* may stand in the configuration file */
    CLI_COMMON = 4,    /* one of PowerShell's common parameters */
    CLI_FOR_ALL = 8,   /* in the configuration only in front of the first Host: it is not one computer's */
    CLI_PASSWORD_SOURCE = 16, /* the first source that was named is the only one */
    CLI_LATER = 32,    /* read and checked in full, and not carried by this version: @help says what it would need */
    CLI_NO_PLACE = 64, /* PowerShell's, and nothing that a shell could hold: @help says why */
    CLI_UNLISTED = 128, /* for the build, not for people */
    CLI_REPEATS = 256,  /* may be given more than once */
};

/* What a shell offers for the value, where the row has no choices. */
enum cli_completion { CLI_COMPLETE_NOTHING, CLI_COMPLETE_FILE, CLI_COMPLETE_HOST, CLI_COMPLETE_SESSION_OPTION };

struct cli_choice {
    const char *name; /* NULL ends the list */
    int value;        /* -1: not in this version */
};

struct cli_param {
    const char *name;
    const char *aliases[3];
    enum cli_param_kind kind;
    enum icm_code (*set)(struct cli_options *o, const struct cli_param *p, struct icm_slice value, struct icm_error *err);
    size_t offset; /* of the field that @set writes, where it is one of the common setters */
    uint32_t sets;
    unsigned verbs; /* enum cli_verb */
    unsigned traits;
    const struct cli_choice *choices;
    const char *value_name; /* in the help; NULL for a flag */
    const char *help;       /* a line of --help */
    /* the rest is named where a row has it */
    const char *manual;   /* the paragraph of the manual in place of @help: `bold`, *italic* */
    const char *heading;  /* of the rows from here on, in the manual */
    uint32_t required;    /* the sets that cannot do without it */
    unsigned position;    /* 1, 2: its place among words without a name; 0: none */
    enum cli_completion completes;
};

extern const struct cli_param cli_params[];
extern const size_t cli_param_count;

/** Whether this version does what @p says. */
static inline bool cli_param_is_carried(const struct cli_param *p)
{
    return !(p->traits & (CLI_LATER | CLI_NO_PLACE));
}

static inline size_t cli_param_index(const struct cli_param *p)
{
    return (size_t)(p - cli_params);
}

/** The parameter of @verb that @name means: its name or alias in any case, or the only one that begins so. GNU spelling drops the
 *  hyphens inside (@is_gnu). ICM_USAGE: none (with those near it), or several (all named). */
enum icm_code cli_param_find(enum cli_verb verb, struct icm_slice name, bool is_gnu, const struct cli_param **out,
                             struct icm_error *err);

/** Give @p its value, and note that it was given. A flag's value is $true, $false and the like, or empty for true.
 *  ICM_USAGE: @p takes no such value. */
enum icm_code cli_param_set(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                            struct icm_error *err);

/** ICM_USAGE: the sentence about a parameter that this version does not carry. */
enum icm_code cli_param_check_carried(const struct cli_param *p, struct icm_error *err);

#endif

/* $Using: expressions of a script with their values, and the command that carries both in the form that the server's version takes:
 *
 *      PowerShell 5 and later   the script as it is, and a parameter --% with a hashtable: base64(UTF-16LE(expression)) to value
 *      3 and 4                  the script as it is, and --% with an array: the values in the order of the expressions
 *      2, and blocks in 3 and 4 the script with $__using_NAME in place of $using:NAME, a param block in front, a parameter each
 *      unknown                  the array where all expressions are in one block, else the hashtable
 *
 *  Source: psrp.md 10; the engine's PSExecutionCmdlet.ConvertToPowerShell. */
#ifndef CLI_USING_H
#define CLI_USING_H

#include "cli/using_scan.h"
#include "cli/variable.h"
#include "psrp/pipeline.h"

/** One expression and its value. */
struct cli_using_value {
    const struct cli_using *expression;
    const struct psrp_value *value;    /* of the expression */
    const struct psrp_value *variable; /* of the variable alone */
    bool is_bare;                      /* it has no such members: what follows belongs to the word that it is glued to */
};

struct cli_using_values {
    struct cli_using_value *values; /* in the order of the text */
    size_t count;
    bool has_blocks;
};

/** The values of all expressions in @script, in @a. ICM_USAGE: a variable has none (it is named), or the expression cannot be worked out. */
enum icm_code cli_using_bind(struct icm_arena *a, struct icm_slice script, const struct cli_variable *variables,
                             struct cli_using_values *out, struct icm_error *err);

/** The command for a server of version @major (0: nobody knows): @script, its positional @arguments (a list, or NULL) and the values.
 *  @out is made in @a and borrows from what is given. */
enum icm_code cli_using_command(struct icm_arena *a, struct icm_slice script, const struct psrp_value *arguments,
                                const struct cli_using_values *values, int64_t major, struct psrp_command *out,
                                struct icm_error *err);

/** The major version in APPLICATION_PRIVATE_DATA's PSVersionTable.PSVersion; 0 where that is not said. */
int64_t cli_using_server_version(const struct psrp_value *private_data);

#endif

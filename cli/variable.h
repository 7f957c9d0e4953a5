/* -Variable: values for $Using: in scripts. about_Remote_Variables. */
#ifndef CLI_VARIABLE_H
#define CLI_VARIABLE_H

#include "cli/options.h"

enum { CLI_VARIABLE_NAME_MAX = 256 };

/** One variable; a name that is set again gets its new value. */
struct cli_variable {
    struct icm_slice name;
    const struct psrp_value *value;
    struct cli_variable *next;
};

/** Set what @text says: NAME=LITERAL, or '@{NAME=LITERAL; ...}'. ICM_USAGE: neither. */
enum icm_code cli_variable_read(struct cli_options *o, struct icm_slice text, struct icm_error *err);

/** The value of the variable that stands behind $Using: as @path: a name in any case, one with a scope in front (global:, script:, local:,
 *  private:, variable:), env:NAME, or true, false, null. NULL: it has none. @err only where memory is short. */
const struct psrp_value *cli_variable_find(struct icm_arena *a, const struct cli_variable *variables, struct icm_slice path,
                                           struct icm_error *err);

/** What @members (.Name, .'a name', [0], [-1], ['key'], and so on) make of @value, as PowerShell works it out. ICM_USAGE: there is no such
 *  member, or it is none that can be worked out here; @whole is the expression, for the error. */
enum icm_code cli_variable_members(struct icm_arena *a, const struct psrp_value *value, struct icm_slice members,
                                   struct icm_slice whole, const struct psrp_value **out, struct icm_error *err);

#endif

/* Parameter sets: which row takes a word without a name, and whether what was given goes together. PowerShell's rules; about_Parameters,
 * about_Parameter_Sets. */
#ifndef CLI_BIND_H
#define CLI_BIND_H

#include "cli/params.h"

/** The row that takes @word by its position: the first position's that nobody has taken and that goes with what was given; a word that begins
 *  with { is a script block, and a script that ends in .ps1 is a file. NULL: none. */
const struct cli_param *cli_bind_position(const struct cli_options *o, struct icm_slice word);

/** ICM_USAGE: two parameters have no set in common, or each set that is left lacks one that it needs. */
enum icm_code cli_bind_check(const struct cli_options *o, struct icm_error *err);

/** What was given and does not go with a script that runs here, without a computer; NULL: nothing. */
const struct cli_param *cli_bind_remote(const struct cli_options *o);

/** Whether @p was given, and not as -Switch:$false. */
bool cli_bind_is_on(const struct cli_options *o, const struct cli_param *p);

/** The row of @verb by its whole name, which is one of ours. */
const struct cli_param *cli_bind_named(enum cli_verb verb, const char *name);

#endif

/* --help, from the tables of verbs and parameters. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/params.h"

/** Append the help of @verb: what it does, its parameters, the exit statuses. */
void cli_help_write(struct icm_buf *out, enum cli_verb verb);

/** Append "icm VERSION" and a line end. */
void cli_help_write_version(struct icm_buf *out);

#endif

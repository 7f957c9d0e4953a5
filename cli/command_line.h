/* The command line: words to options, by PowerShell's rules and the table in params.c. */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "cli/params.h"

/** Read @argv (the program's name first) into @o, which cli_options_init has made. ICM_USAGE: one line says what is wrong; nothing was
 *  sent. With -Help or -Version nothing else is checked. */
enum icm_code cli_command_line_read(struct cli_options *o, int argc, char *const *argv, struct icm_error *err);

#endif

/* WAITS: a command in cmd.exe on one computer, in the manner of Windows' winrs. */
#ifndef CLI_WINRS_H
#define CLI_WINRS_H

#include "cli/config.h"

/** Run @o's command on @o's computer; standard input, output and error are the command's. @password is what ICM_PASSWORD held. Gives the
 *  exit status; what goes wrong has been said. */
int cli_winrs(const struct cli_options *o, const struct cli_config *config, const struct icm_buf *password);

/** The exit status for a command's exit code: its lowest eight bits, which are all that a parent sees; 255 where those would say that
 *  all is well and the code does not. */
int cli_winrs_status(int64_t exit_code);

#endif

/* WAITS: the executor. One script on many computers, so many at a time, on one loop. It knows nothing of SOAP. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/config.h"

/** Exit statuses; design.md, "Exit status". Over all computers the highest counts. */
enum {
    CLI_EXIT_OK = 0,
    CLI_EXIT_ERRORS = 1, /* a command reported errors */
    CLI_EXIT_USAGE = 2,  /* what was asked for, or given as input, is wrong */
    CLI_EXIT_BROKEN = 3, /* a computer was not reached, or the way to it broke */
    CLI_EXIT_TIMEOUT = 124, /* -TimeoutSec has passed */
    CLI_EXIT_SIGNAL = 128, /* and the signal's number: interrupted, or SIGPIPE where standard output's reader went away */
};

/** Write "icm: " and what is wrong on standard error. */
void cli_complain(const struct icm_error *err);

/** Run @o's script on @o's computers and write what comes. @password is what ICM_PASSWORD held. Gives the exit status; what goes wrong has
 *  been said. */
int cli_run(const struct cli_options *o, const struct cli_config *config, const struct icm_buf *password);

#endif

/* Who we are for one computer, and how that is proved: from the parameters and the configuration to the transport's
 * options. */
#ifndef CLI_RUN_IDENTITY_H
#define CLI_RUN_IDENTITY_H

#include "cli/config.h"
#include "psrp/over_wsman.h"

/** Fill in @out's part. *@wants_secret: @o's credential or certificate has a password that is to be got. ICM_USAGE:
 * parameters that exclude each other, or something is missing. @arena keeps what is made. */
enum icm_code cli_identity_make(const struct cli_options *o, const struct cli_config *config, const char *computer,
                                struct icm_arena *arena, struct psrp_over_wsman_options *out, bool *wants_secret,
                                struct icm_error *err);

/** ICM_USAGE: @given, the command line, names a source of a password that would not be used: @merged, which has the
 * configuration's part for @computer too, has nobody whose password it is, or another source. A configuration may name
 * one for the users to come. */
enum icm_code cli_identity_check_sources(const struct cli_options *given, const struct cli_options *merged,
                                         const char *computer, struct icm_error *err);

#endif

/* The configuration file, in the manner of ssh_config:
 *
 *      # comments and blank lines
 *      TrustedHosts 10.0.0.*, *.lab.example      for all
 *      UseSSL yes
 *      Host web*, !web9                          what follows counts for hosts that match
 *          Credential  CORP\ana
 *          PasswordCommand pass show corp
 *
 *  Keys are named like the parameters, in any case, `Key value` or `Key = value`; PowerShell's preference variables PSSessionApplicationName,
 *  PSSessionConfigurationName and PSSessionOption are keys, too, and with TrustedHosts variables of the environment. The command line wins over
 *  the environment, that over the file; in the file the first line that matches wins. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "cli/options.h"

enum { CLI_CONFIG_BYTES_MAX = 1024 * 1024 };

struct cli_config;

/** Read @text; @path names it in errors. ICM_USAGE: an unknown key, or a value that it cannot have; file and line are named. */
enum icm_code cli_config_read(struct cli_config **out, struct icm_slice text, const char *path, struct icm_error *err);

/** Read the environment's variables, and $XDG_CONFIG_HOME/icm/config or ~/.config/icm/config where there is one. */
enum icm_code cli_config_load(struct cli_config **out, struct icm_error *err);
void cli_config_free(struct cli_config *c); /* NULL is fine */

/** @out: @o as it is for @computer (NULL: for all, from the lines in front of the first Host), with what the file says where the
 *  command line said nothing. */
enum icm_code cli_config_apply(const struct cli_config *c, const struct cli_options *o, const char *computer,
                               struct cli_options *out, struct icm_error *err);

/** Append where icm keeps @name: $XDG_CONFIG_HOME/icm/@name, or ~/.config/icm/@name. false: neither variable is there. */
bool cli_config_path(const char *name, struct icm_buf *out);

/** Whether @computer is one of TrustedHosts, or this machine. */
bool cli_config_is_trusted(const struct cli_config *c, const char *computer);

#endif

/* What the rows of cli_params do with their values. */
#ifndef CLI_PARAM_SET_H
#define CLI_PARAM_SET_H

#include "cli/params.h"

#define CLI_SETTER(name) \
    enum icm_code name(struct cli_options *o, const struct cli_param *p, struct icm_slice value, struct icm_error *err)

/* for any field: at the row's offset */
CLI_SETTER(cli_set_flag);   /* bool */
CLI_SETTER(cli_set_text);   /* const char *, not empty */
CLI_SETTER(cli_set_name);   /* struct cli_names: one more */
CLI_SETTER(cli_set_choice); /* int, one of the row's choices */
CLI_SETTER(cli_set_seconds); /* uint32_t, not 0 */
CLI_SETTER(cli_set_shown);  /* int, enum cli_action: a switch says whether a stream is shown */

/** What a switch's value means; empty is true. */
enum icm_code cli_truth_read(const struct cli_param *p, struct icm_slice value, bool *out, struct icm_error *err);

CLI_SETTER(cli_set_computers);
CLI_SETTER(cli_set_uris);
CLI_SETTER(cli_set_port);
CLI_SETTER(cli_set_authentication);
CLI_SETTER(cli_set_application);
CLI_SETTER(cli_set_session_option);
CLI_SETTER(cli_set_throttle);
CLI_SETTER(cli_set_width);
CLI_SETTER(cli_set_limit);
CLI_SETTER(cli_set_script);
CLI_SETTER(cli_set_file);
CLI_SETTER(cli_set_arguments);
CLI_SETTER(cli_set_input);
CLI_SETTER(cli_set_using);

/* winrs_set.c */
CLI_SETTER(cli_set_remote);
CLI_SETTER(cli_set_variable);
CLI_SETTER(cli_set_code_page);
CLI_SETTER(cli_refuse_password);

#endif

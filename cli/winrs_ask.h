/* What winrs asks of wsman/: from the options and the plan for the one computer. */
#ifndef CLI_WINRS_ASK_H
#define CLI_WINRS_ASK_H

#include "cli/run_plan.h"
#include "wsman/winrs.h"

/** Zeroed it is empty. @options and @target borrow from it, from the plan's target and from the command line's options. */
struct cli_winrs_ask {
    struct wsman_target target;
    struct wsman_winrs_options options; /* all but the trace */
    struct auth_credential credential;
    struct wsman_variable *environment;
    struct icm_buf line;
};

/** @arena keeps what is made. Reset it on failure, too. */
enum icm_code cli_winrs_ask_make(struct cli_winrs_ask *ask, const struct cli_options *o, const struct cli_target *to,
                                 struct icm_arena *arena, struct icm_error *err);
void cli_winrs_ask_reset(struct cli_winrs_ask *ask);

#endif

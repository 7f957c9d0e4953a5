/* What is to be done for each computer, worked out before anything is sent: where it is, who we are there, how long things may take.
 * WAITS: for passwords. */
#ifndef CLI_RUN_PLAN_H
#define CLI_RUN_PLAN_H

#include "cli/config.h"
#include "cli/engine_command.h"
#include "cli/host_about.h"
#include "cli/using.h"
#include "psrp/over_wsman.h"

/** One computer's part. */
struct cli_target {
    const char *computer;                     /* NULL: none, the script runs here */
    struct engine_command *local;             /* what it runs in; NULL: it runs on @computer */
    struct psrp_over_wsman_options transport; /* all but the pool's id and the trace */
    bool skips_revocation_check;
    int64_t open_timeout_ms;                  /* 0: none */
    int64_t stop_ms;                          /* what a stop may take; 0: nothing was said */
    size_t object_max;                        /* 0: the default */
    uint64_t data_max;                        /* of what is received for the script; 0: none */
    const struct psrp_value *application_arguments;
    struct cli_target *next;
};

struct cli_plan {
    char messages[CLI_CULTURE_MAX], culture[CLI_CULTURE_MAX]; /* our own */
    struct icm_arena arena;
    struct cli_target *first, **end;
    size_t count;
    struct cli_using_values usings; /* of the script */
    struct engine_command engine; /* of a local target */
    struct cli_secret *secrets; /* a password for each user and source: asked for once */
};

/** Fill in @plan (zeroed) for @o's computers, in their order. @o and its arena are borrowed for the plan's life; @password is what
 *  ICM_PASSWORD held. ICM_USAGE, ICM_UNSUPPORTED: something cannot be done as it was asked for. Reset it on failure, too. */
enum icm_code cli_plan_make(struct cli_plan *plan, const struct cli_options *o, const struct cli_config *config,
                            const struct icm_buf *password, struct icm_error *err);

/** Say on standard error, once for all computers, which checks of their certificates are switched off. Plain http has none. */
void cli_plan_warn(const struct cli_plan *plan);

/** Wipe the passwords and free everything. */
void cli_plan_reset(struct cli_plan *plan);

#endif

/* -SessionOption: what New-PSSessionOption sets, as '@{SkipCACheck=$true; IdleTimeout=60000}' or SkipCACheck,IdleTimeout=60000.
 * Source: New-PSSessionOption's help; shared/protocol/invoke-command.md 9. */
#ifndef CLI_SESSION_OPTION_H
#define CLI_SESSION_OPTION_H

#include "psrp/value.h"

enum {
    CLI_OPEN_TIMEOUT_MS = 180 * 1000, /* PSSessionOption's defaults */
    CLI_CANCEL_TIMEOUT_MS = 60 * 1000,
};

struct cli_session_options {
    bool include_port_in_spn;
    bool skip_ca_check, skip_cn_check, skip_revocation_check, no_machine_profile;
    const char *culture;
    int64_t open_timeout_ms;      /* 0: none */
    int64_t operation_timeout_ms; /* 0: the transport's default */
    int64_t cancel_timeout_ms;
    int64_t idle_timeout_ms; /* -1: the server's default */
    int64_t object_max;      /* MaximumReceivedObjectSize in bytes; 0: the default */
    const struct psrp_value *application_arguments;
    union { /* of options that are checked alone */
        bool flag;
        int64_t number;
        const char *text;
    } unused;
};

void cli_session_options_init(struct cli_session_options *s);

/** The name of the option at @index that this version carries; NULL behind the last. */
const char *cli_session_option_name(size_t index);

/** Set what @text names; everything lives in @a. ICM_USAGE: an unknown option (with those near it), a value that it cannot have, or
 *  one that this version does not carry. */
enum icm_code cli_session_options_read(struct icm_arena *a, struct icm_slice text, struct cli_session_options *s,
                                       struct icm_error *err);

#endif

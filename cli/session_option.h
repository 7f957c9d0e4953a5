/* -SessionOption: what New-PSSessionOption sets, as '@{SkipCACheck=$true; IdleTimeout=60000}' or SkipCACheck,IdleTimeout=60000.
 * Source: New-PSSessionOption's help; shared/protocol/invoke-command.md 9. */
#ifndef CLI_SESSION_OPTION_H
#define CLI_SESSION_OPTION_H

#include "psrp/value.h"

enum {
    CLI_OPEN_TIMEOUT_MS = 180 * 1000, /* PSSessionOption's defaults */
    CLI_CANCEL_TIMEOUT_MS = 60 * 1000,
};

/* ProxyAccessType. The three of Windows' settings mean the environment's variables here; the last one no proxy, whatever they say. */
enum cli_proxy_access { CLI_PROXY_NONE, CLI_PROXY_IE, CLI_PROXY_WINHTTP, CLI_PROXY_AUTO, CLI_PROXY_NO_SERVER };

struct cli_session_options {
    bool include_port_in_spn, no_encryption, use_utf16;
    bool skip_ca_check, skip_cn_check, skip_revocation_check, no_machine_profile;
    const char *culture, *ui_culture; /* NULL: our own */
    int64_t open_timeout_ms;      /* 0: none */
    int64_t operation_timeout_ms; /* 0: the transport's default */
    int64_t cancel_timeout_ms;
    int64_t idle_timeout_ms; /* -1: the server's default */
    int64_t object_max;      /* MaximumReceivedObjectSize in bytes; 0: the default */
    int64_t data_max;        /* MaximumReceivedDataSizePerCommand; 0: no limit */
    int64_t connect_retries; /* MaxConnectionRetryCount */
    int proxy_access;        /* enum cli_proxy_access */
    int proxy_authentication; /* enum wsman_proxy_scheme */
    const char *proxy_user, *proxy_password_file; /* NULL: nobody; asked for on the terminal */
    const struct psrp_value *application_arguments;
    union { /* of options that are checked alone */
        bool flag;
        int choice;
        int64_t number;
        const char *text;
    } unused;
};

void cli_session_options_init(struct cli_session_options *s);

/** The name of the option at @index; NULL behind the last. */
const char *cli_session_option_name(size_t index);

/** Set what @text names; everything lives in @a. ICM_USAGE: an unknown option (with those near it), a value that it cannot have. */
enum icm_code cli_session_options_read(struct icm_arena *a, struct icm_slice text, struct cli_session_options *s,
                                       struct icm_error *err);

#endif

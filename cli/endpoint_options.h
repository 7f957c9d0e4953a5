/* icm-endpoint's command line. */
#ifndef CLI_ENDPOINT_OPTIONS_H
#define CLI_ENDPOINT_OPTIONS_H

#include "auth/auth.h"
#include "cli/engine_command.h"

enum {
    ENDPOINT_LISTENERS_MAX = 16,
    ENDPOINT_HOST_MAX = 255,
    ENDPOINT_PASSWORD_MAX = 1024,
    ENDPOINT_AUTH_MAX = 8,
};

/** Where to listen. */
struct endpoint_address {
    char host[ENDPOINT_HOST_MAX + 1]; /* without the brackets of an IPv6 address */
    uint16_t port;                    /* 0: a free one */
    bool is_tls;
};

/** Texts are borrowed from the command line; NULL: not given. */
struct endpoint_options {
    struct endpoint_address listeners[ENDPOINT_LISTENERS_MAX];
    size_t listener_count;
    const struct auth_mechanism *mechanisms[ENDPOINT_AUTH_MAX]; /* --auth; none: the standard ones */
    size_t mechanism_count;
    const char *cert, *key, *client_ca, *keytab, *user, *password_file, *engine_command, *fault_plan;
    enum engine_kind engine;
    enum endpoint_cmd_shells { ENDPOINT_CMD_BY_ENGINE, ENDPOINT_CMD_OFF, ENDPOINT_CMD_ON } cmd_shells;
    uint32_t max_envelope_size, linger_ms, idle_timeout_ms, max_idle_timeout_ms; /* 0: the service's own */
    bool allow_unencrypted, require_channel_binding, gzip, help, version;
};

/** Read the command line and check what belongs together. ICM_USAGE and ICM_UNSUPPORTED say what is wrong; where help or the
 *  version is asked for nothing else is checked. */
enum icm_code endpoint_options_read(struct endpoint_options *out, int argc, char *const *argv, struct icm_error *err);

/** Append the list of the options, one a line. */
void endpoint_options_help(struct icm_buf *out);

/** "HOST:PORT", "[ADDRESS]:PORT". ICM_USAGE: not that. */
enum icm_code endpoint_address_read(struct endpoint_address *out, const char *text, struct icm_error *err);

/** Append the first line of @path without its end. ICM_USAGE: unreadable, empty or over ENDPOINT_PASSWORD_MAX bytes. */
enum icm_code endpoint_password_read(struct icm_buf *out, const char *path, struct icm_error *err);

#endif

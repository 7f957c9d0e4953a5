#include "cli/endpoint_options.h"

#include "base/text.h"
#include "wsman/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* a service that takes less could not carry one real message */
enum { ENVELOPE_SIZE_MAX = 64 * 1024 * 1024, LINGER_MAX_MS = 10 * 1000, LINE_WIDTH = 32 };

enum icm_code endpoint_address_read(struct endpoint_address *out, const char *text, struct icm_error *err)
{
    const char *colon = strrchr(text, ':');
    struct icm_slice host = icm_slice_of(text, colon ? (size_t)(colon - text) : 0);
    uint64_t port;

    if (host.size > 2 && host.data[0] == '[' && host.data[host.size - 1] == ']')
        host = icm_slice_of(host.data + 1, host.size - 2);
    else if (memchr(text, ':', host.size) || memchr(text, '[', host.size))
        host.size = 0; /* an IPv6 address without brackets could mean two things; nothing is in these */
    if (host.size == 0 || host.size > ENDPOINT_HOST_MAX || !icm_parse_u64(icm_slice_text(colon + 1), UINT16_MAX, &port))
        return icm_fail(err, ICM_USAGE, NULL, "'%s' is no HOST:PORT (an IPv6 address goes in brackets)", text);

    struct endpoint_address address = {.port = (uint16_t)port};
    memcpy(address.host, host.data, host.size);
    *out = address;
    return ICM_OK;
}

static enum icm_code add_listener(struct endpoint_options *o, const char *value, bool is_tls, struct icm_error *err)
{
    if (o->listener_count == ENDPOINT_LISTENERS_MAX)
        return icm_fail(err, ICM_USAGE, NULL, "more than %d listeners", ENDPOINT_LISTENERS_MAX);
    enum icm_code code = endpoint_address_read(&o->listeners[o->listener_count], value, err);
    if (code != ICM_OK)
        return code;
    o->listeners[o->listener_count++].is_tls = is_tls;
    return ICM_OK;
}

static enum icm_code set_listen(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    return add_listener(o, value, false, err);
}

static enum icm_code set_listen_tls(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    return add_listener(o, value, true, err);
}

static enum icm_code set_cert(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->cert = value;
    return ICM_OK;
}

static enum icm_code set_key(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->key = value;
    return ICM_OK;
}

static enum icm_code set_user(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->user = value;
    return ICM_OK;
}

static enum icm_code set_password_file(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->password_file = value;
    return ICM_OK;
}

static enum icm_code add_mechanism(struct endpoint_options *o, const char *name, struct icm_error *err)
{
    const struct auth_mechanism *mechanism = auth_mechanism_find(name);

    if (!mechanism || o->mechanism_count == ENDPOINT_AUTH_MAX)
        return icm_fail(err, ICM_USAGE, NULL, mechanism ? "--auth: '%s' is one scheme too many"
                                                        : "--auth: '%s' is no authentication scheme", name);
    o->mechanisms[o->mechanism_count++] = mechanism;
    return ICM_OK;
}

static enum icm_code set_auth(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    o->mechanism_count = 0;
    while (code == ICM_OK && *value) {
        size_t size = strcspn(value, ",");
        char name[32];

        snprintf(name, sizeof name, "%.*s", (int)size, value);
        code = size < sizeof name ? add_mechanism(o, name, err)
                                  : icm_fail(err, ICM_USAGE, NULL, "--auth: '%.60s' is no authentication scheme", value);
        value += size + (value[size] == ',');
    }
    return code;
}

static enum icm_code set_client_ca(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->client_ca = value;
    return ICM_OK;
}

static enum icm_code set_keytab(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->keytab = value;
    return ICM_OK;
}

static enum icm_code set_require_channel_binding(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->require_channel_binding = true;
    return ICM_OK;
}

static enum icm_code set_allow_unencrypted(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->allow_unencrypted = true;
    return ICM_OK;
}

static enum icm_code set_engine(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    static const struct {
        const char *name;
        enum engine_kind kind;
    } kinds[] = {
        {"auto", ENGINE_AUTO},
        {"pwsh", ENGINE_PWSH},
        {"synthetic", ENGINE_SYNTHETIC},
    };

    for (size_t i = 0; i < ICM_COUNT(kinds); i++)
        if (strcmp(kinds[i].name, value) == 0) {
            o->engine = kinds[i].kind;
            return ICM_OK;
        }
    return icm_fail(err, ICM_USAGE, NULL, "--engine: '%s' is not one of auto, pwsh, synthetic", value);
}

static enum icm_code set_engine_command(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->engine_command = value;
    return ICM_OK;
}

static enum icm_code set_cmd_shell(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    bool is_on = strcmp(value, "on") == 0;

    if (!is_on && strcmp(value, "off") != 0)
        return icm_fail(err, ICM_USAGE, NULL, "--cmd-shell: '%s' is neither on nor off", value);
    o->cmd_shells = is_on ? ENDPOINT_CMD_ON : ENDPOINT_CMD_OFF;
    return ICM_OK;
}

static enum icm_code read_number(uint32_t *out, const char *name, const char *value, int64_t min, int64_t max,
                                 struct icm_error *err)
{
    int64_t number;

    if (!icm_parse_i64(icm_slice_text(value), min, max, &number))
        return icm_fail(err, ICM_USAGE, NULL, "--%s: '%s' is no number from %lld to %lld", name, value, (long long)min,
                        (long long)max);
    *out = (uint32_t)number;
    return ICM_OK;
}

static enum icm_code set_max_envelope_size(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    return read_number(&o->max_envelope_size, "max-envelope-size", value, WSMAN_ENVELOPE_MIN, ENVELOPE_SIZE_MAX, err);
}

static enum icm_code set_linger_ms(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    return read_number(&o->linger_ms, "linger-ms", value, 0, LINGER_MAX_MS, err);
}

static enum icm_code set_idle_timeout(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    return read_number(&o->idle_timeout_ms, "idle-timeout", value, 1, INT32_MAX, err);
}

static enum icm_code set_max_idle_timeout(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    return read_number(&o->max_idle_timeout_ms, "max-idle-timeout", value, 1, INT32_MAX, err);
}

static enum icm_code set_fault_plan(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->fault_plan = value;
    return ICM_OK;
}

static enum icm_code set_gzip(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->gzip = true;
    return ICM_OK;
}

static enum icm_code refuse_redirect_to(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    return icm_fail(err, ICM_UNSUPPORTED, NULL, "--redirect-to: redirecting is not in this version");
}

static enum icm_code set_help(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->help = true;
    return ICM_OK;
}

static enum icm_code set_version(struct endpoint_options *o, const char *value, struct icm_error *err)
{
    o->version = true;
    return ICM_OK;
}

static const struct option_row {
    const char *name;
    const char *value; /* what stands for its value in the help; NULL: it has none */
    enum icm_code (*set)(struct endpoint_options *o, const char *value, struct icm_error *err);
    const char *help;
} rows[] = {
    {"listen", "HOST:PORT", set_listen, "take HTTP there (default 127.0.0.1:5985); may be repeated; port 0 takes a free one"},
    {"listen-tls", "HOST:PORT", set_listen_tls, "take HTTPS there; may be repeated"},
    {"cert", "FILE", set_cert, "the certificate for HTTPS, PEM, its chain behind it"},
    {"key", "FILE", set_key, "its private key, PEM"},
    {"user", "NAME", set_user, "who may sign in"},
    {"password-file", "FILE", set_password_file, "the user's password: the first line of FILE"},
    {"auth", "LIST", set_auth, "what to offer: basic,digest,negotiate,ntlm,kerberos,credssp,certificate"},
    {"keytab", "FILE", set_keytab, "the service's keys, for kerberos and negotiate"},
    {"client-ca", "FILE", set_client_ca, "authorities of client certificates, PEM; the user is the common name"},
    {"require-channel-binding", NULL, set_require_channel_binding, "HTTPS: refuse who does not bind to our certificate"},
    {"allow-unencrypted", NULL, set_allow_unencrypted, "let other computers send passwords over plain HTTP"},
    {"engine", "NAME", set_engine, "auto (default), pwsh or synthetic"},
    {"engine-command", "COMMAND", set_engine_command, "what starts a PowerShell that speaks its packets on standard input"},
    {"cmd-shell", "on|off", set_cmd_shell, "command shells (winrs); default: on behind a PowerShell that was found, else off"},
    {"idle-timeout", "MS", set_idle_timeout, "how long a shell lives whose client is silent and wished for nothing (two hours)"},
    {"max-idle-timeout", "MS", set_max_idle_timeout, "the longest that a client may wish for (25 days)"},
    {"max-envelope-size", "BYTES", set_max_envelope_size, "the longest request taken and answer given"},
    {"linger-ms", "MS", set_linger_ms, "how long an answer waits for more output to fill it"},
    {"gzip", NULL, set_gzip, "compress answers for clients that accept it"},
    {"fault-plan", "FILE", set_fault_plan, "faults to make: lines of ACTION N FAULT [ARGUMENT]"},
    {"redirect-to", "URI", refuse_redirect_to, "not in this version"},
    {"help", NULL, set_help, "show this"},
    {"version", NULL, set_version, "show the version"},
};

void endpoint_options_help(struct icm_buf *out)
{
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].value ? " " : "",
                 rows[i].value ? rows[i].value : "");
        icm_buf_add_format(out, "  %-*s %s\n", LINE_WIDTH, left, rows[i].help);
    }
}

static const struct option_row *find_row(struct icm_slice name)
{
    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        if (icm_slice_is(name, rows[i].name))
            return &rows[i];
    return NULL;
}

/* One option off the front of the words from @at on: `--name value` or `--name=value`. */
static enum icm_code read_option(struct endpoint_options *o, int argc, char *const *argv, int *at, struct icm_error *err)
{
    const char *word = argv[(*at)++];
    struct icm_slice name = icm_slice_of(word + 2, strncmp(word, "--", 2) == 0 ? strcspn(word + 2, "=") : 0);
    const struct option_row *row = name.size > 0 ? find_row(name) : NULL;
    const char *value = row && word[2 + name.size] == '=' ? word + 3 + name.size : NULL;

    if (!row)
        return icm_fail(err, ICM_USAGE, NULL, "'%s' is no option: see --help", word);
    if (value && !row->value)
        return icm_fail(err, ICM_USAGE, NULL, "--%s takes no value", row->name);
    if (row->value && !value && *at < argc)
        value = argv[(*at)++];
    if (row->value && (!value || !*value))
        return icm_fail(err, ICM_USAGE, NULL, "--%s needs a value (%s)", row->name, row->value);
    return row->set(o, value, err);
}

static bool has_tls(const struct endpoint_options *o)
{
    for (size_t i = 0; i < o->listener_count; i++)
        if (o->listeners[i].is_tls)
            return true;
    return false;
}

static bool offers(const struct endpoint_options *o, const char *name)
{
    for (size_t i = 0; i < o->mechanism_count; i++)
        if (strcmp(o->mechanisms[i]->name, name) == 0)
            return true;
    return false;
}

/* a ticket or a certificate is checked without one */
static bool needs_password(const struct endpoint_options *o)
{
    size_t without = (size_t)offers(o, "Kerberos") + (size_t)offers(o, "Certificate");

    return o->mechanism_count == 0 || o->mechanism_count > without;
}

/* whether something is offered that can be bound to a TLS connection, or need not be */
static bool offers_bound(const struct endpoint_options *o)
{
    for (size_t i = 0; i < o->mechanism_count; i++)
        if (!auth_mechanism_has(o->mechanisms[i], AUTH_UNBOUND))
            return true;
    return o->mechanism_count == 0;
}

/* What an offered mechanism cannot do without. */
static enum icm_code check_mechanisms(const struct endpoint_options *o, struct icm_error *err)
{
    if (offers(o, "Kerberos") && !o->keytab)
        return icm_fail(err, ICM_USAGE, NULL, "--auth kerberos needs --keytab");
    if (o->keytab && !strchr(o->keytab, ':') && access(o->keytab, R_OK) != 0)
        return icm_fail(err, ICM_USAGE, NULL, "cannot read the keytab '%s': %s", o->keytab, strerror(errno));
    if (offers(o, "Credssp") && (!o->cert || !o->key))
        return icm_fail(err, ICM_USAGE, NULL, "--auth credssp needs --cert and --key");
    if (offers(o, "Certificate") && (!o->client_ca || !has_tls(o)))
        return icm_fail(err, ICM_USAGE, NULL, "--auth certificate needs --client-ca and --listen-tls");
    if (has_tls(o) && o->require_channel_binding && !offers_bound(o))
        return icm_fail(err, ICM_USAGE, NULL,
                        "--require-channel-binding: credssp and digest cannot be bound, and nothing else is offered; "
                        "give --auth negotiate as well");
    return ICM_OK;
}

static enum icm_code check(struct endpoint_options *o, struct icm_error *err)
{
    if (!has_tls(o) && (o->cert || o->key) && !offers(o, "Credssp"))
        return icm_fail(err, ICM_USAGE, NULL, "--cert and --key are for --listen-tls, which is not given");
    if (o->listener_count == 0)
        set_listen(o, "127.0.0.1:5985", NULL);
    if (has_tls(o) && (!o->cert || !o->key))
        return icm_fail(err, ICM_USAGE, NULL, "--listen-tls needs --cert and --key");
    if (!o->user || (needs_password(o) && !o->password_file))
        return icm_fail(err, ICM_USAGE, NULL, "--user and --password-file are needed: there is no default account");
    if (o->engine == ENGINE_SYNTHETIC && o->engine_command)
        return icm_fail(err, ICM_USAGE, NULL, "--engine-command is not for the synthetic engine, which is built in");
    return check_mechanisms(o, err);
}

enum icm_code endpoint_options_read(struct endpoint_options *out, int argc, char *const *argv, struct icm_error *err)
{
    struct endpoint_options options = {0};
    enum icm_code code = ICM_OK;
    int at = 1;

    while (at < argc && code == ICM_OK && !options.help && !options.version)
        code = read_option(&options, argc, argv, &at, err);
    if (code == ICM_OK && !options.help && !options.version)
        code = check(&options, err);
    if (code == ICM_OK)
        *out = options;
    return code;
}

enum icm_code endpoint_password_read(struct icm_buf *out, const char *path, struct icm_error *err)
{
    char line[ENDPOINT_PASSWORD_MAX + 2];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? -1 : read(fd, line, sizeof line);
    int why = errno;

    if (fd >= 0)
        close(fd);
    if (size < 0)
        return icm_fail(err, ICM_USAGE, NULL, "cannot read the password file '%s': %s", path, strerror(why));
    const char *end = memchr(line, '\n', (size_t)size);
    size_t length = end ? (size_t)(end - line) : (size_t)size;
    if (end && length > 0 && line[length - 1] == '\r')
        length--;
    if (length > 0 && length <= ENDPOINT_PASSWORD_MAX)
        icm_buf_add(out, icm_slice_of(line, length));
    explicit_bzero(line, sizeof line);
    if (length == 0 || length > ENDPOINT_PASSWORD_MAX)
        return icm_fail(err, ICM_USAGE, NULL, "the first line of '%s' is %s", path, length ? "too long" : "empty");
    return icm_buf_check(out, err);
}

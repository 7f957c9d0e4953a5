#include "cli/run_identity.h"

#include "cli/certificate.h"
#include "cli/params.h"

#include <errno.h>
#include <strings.h>
#include <unistd.h>

/* What each mechanism wants to know of who we are. */
static const struct identity_rule {
    const char *authentication;
    enum { NEEDS_CREDENTIAL, TAKES_CREDENTIAL, TAKES_NONE } credential;
    bool takes_keytab, delegates;
} rules[] = {
    {"Basic", NEEDS_CREDENTIAL, false, false},
    {"Digest", NEEDS_CREDENTIAL, false, false},
    {"Credssp", NEEDS_CREDENTIAL, false, true}, /* the password itself */
    {"Negotiate", TAKES_CREDENTIAL, true, true},
    {"Kerberos", TAKES_CREDENTIAL, true, true},
    {"NegotiateWithImplicitCredential", TAKES_NONE, true, true},
};

static enum icm_code check_rule(const struct cli_options *o, const char *computer, const struct identity_rule *rule,
                                struct icm_error *err)
{
    if (rule->credential == NEEDS_CREDENTIAL && !o->credential)
        return icm_fail(err, ICM_USAGE, NULL, "%s: -Authentication %s needs -Credential USER", computer,
                        rule->authentication);
    if (rule->credential == TAKES_NONE && o->credential)
        return icm_fail(err, ICM_USAGE, NULL, "%s: -Authentication %s is who you are already: no -Credential", computer,
                        rule->authentication);
    if ((o->keytab && !rule->takes_keytab) || (o->delegates && !rule->delegates))
        return icm_fail(err, ICM_USAGE, NULL, "%s: -Authentication %s cannot use -%s", computer, rule->authentication,
                        o->keytab && !rule->takes_keytab ? "Keytab" : "Delegate");
    return ICM_OK;
}

static enum icm_code check_credential(const struct cli_options *o, const char *computer, const char *authentication,
                                      struct icm_error *err)
{
    for (size_t i = 0; i < ICM_COUNT(rules); i++)
        if (strcmp(rules[i].authentication, authentication) == 0)
            return check_rule(o, computer, &rules[i], err);
    return ICM_OK;
}

/* What reads the file says "denied" or "unknown" of one that is not there, and says it once for each computer. A
 * pkcs11: address, and a keytab of another kind than a file (MEMORY:, KCM:), are no files. */
static enum icm_code check_file(const char *what, const char *path, struct icm_error *err)
{
    if (!path || access(path, R_OK) == 0)
        return ICM_OK;
    int why = errno;
    if (strncasecmp(path, "FILE:", 5) == 0)
        return check_file(what, path + 5, err);
    if (strncasecmp(path, "pkcs11:", 7) == 0 || (strchr(path, ':') && !strchr(path, '/')))
        return ICM_OK;
    return icm_fail(err, ICM_USAGE, NULL, "cannot read %s '%.150s': %s", what, path, strerror(why));
}

static enum icm_code check_files(const struct cli_options *o, struct icm_error *err)
{
    enum icm_code code = check_file("the keytab", o->keytab, err);

    if (code == ICM_OK)
        code = check_file("the certificate", o->certificate, err);
    return code == ICM_OK ? check_file("the certificate's key", o->certificate_key, err) : code;
}

/* PowerShell: NewRunspaceAmbiguousAuthentication */
static enum icm_code check_certificate(const struct cli_options *o, const char *computer, struct icm_error *err)
{
    const char *name = o->thumbprint ? "CertificateThumbprint" : "Certificate";

    if (o->thumbprint && o->certificate)
        return icm_fail(err, ICM_USAGE, NULL, "%s: -CertificateThumbprint and -Certificate exclude each other",
                        computer);
    if (o->credential || o->authentication)
        return icm_fail(err, ICM_USAGE, NULL, "%s: -%s and -%s exclude each other", computer, name,
                        o->credential ? "Credential" : "Authentication");
    if (!o->use_ssl)
        return icm_fail(err, ICM_USAGE, NULL, "%s: -%s needs -UseSSL: a certificate is shown to TLS", computer, name);
    return check_files(o, err);
}

static enum icm_code find_certificate(const struct cli_options *o, struct icm_arena *arena, const char **out,
                                      struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf folder = {0}, path = {0};
    struct icm_slice kept;

    if (!cli_config_path("certs", &folder))
        return icm_fail(err, ICM_USAGE, NULL,
                        "there is no folder of certificates: neither XDG_CONFIG_HOME nor HOME is set");
    enum icm_code code = cli_certificate_find(icm_buf_text(&folder), o->thumbprint, &path, err);
    if (code != ICM_OK)
        return code;
    icm_buf_add_u8(&path, '\0');
    if (path.failed || !icm_arena_copy(arena, icm_buf_slice(&path), &kept))
        return icm_nomem(err);
    *out = (const char *)kept.data;
    return ICM_OK;
}

static enum icm_code by_certificate(const struct cli_options *o, const char *computer, struct icm_arena *arena,
                                    struct psrp_over_wsman_options *out, struct icm_error *err)
{
    enum icm_code code = check_certificate(o, computer, err);

    out->authentication = "Certificate";
    out->certificate = o->certificate;
    out->certificate_key = o->certificate_key;
    if (code == ICM_OK && o->thumbprint)
        code = find_certificate(o, arena, &out->certificate, err);
    return code;
}

static bool has_source(const struct cli_options *o)
{
    return o->password_file || o->password_command;
}

enum icm_code cli_identity_make(const struct cli_options *o, const struct cli_config *config, const char *computer,
                                struct icm_arena *arena, struct psrp_over_wsman_options *out, bool *wants_secret,
                                struct icm_error *err)
{
    out->spn_service = o->spn_service;
    out->spn_host = o->spn_host;
    out->include_port_in_spn = o->session.include_port_in_spn;
    out->delegates = o->delegates;
    out->allows_ntlm = o->trusts_computer || cli_config_is_trusted(config, computer);
    out->allows_old_credssp = o->allows_old_credssp;
    out->allow_unencrypted = o->allow_unencrypted;
    out->keytab = o->keytab;
    if (o->thumbprint || o->certificate) {
        *wants_secret = has_source(o); /* of the key, where it has one: nobody is asked */
        return by_certificate(o, computer, arena, out, err);
    }
    out->authentication = o->authentication ? o->authentication : "Negotiate";
    out->user = o->credential;
    *wants_secret = o->credential && !o->keytab;
    if (o->certificate_key)
        return icm_fail(err, ICM_USAGE, NULL, "%s: -CertificateKey goes with -Certificate", computer);
    enum icm_code code = check_credential(o, computer, out->authentication, err);
    return code == ICM_OK ? check_files(o, err) : code;
}

/* ---- sources of passwords that nobody would look at ---- */

static enum icm_code exclude(const char *computer, const char *one, const char *other, struct icm_error *err)
{
    return icm_fail(err, ICM_USAGE, NULL, "%s: -%s and -%s exclude each other: name one of them", computer, one, other);
}

enum icm_code cli_identity_check_sources(const struct cli_options *given, const struct cli_options *merged,
                                         const char *computer, struct icm_error *err)
{
    const struct cli_param *source = NULL;

    for (size_t i = 0; i < cli_param_count; i++) {
        if (!given->given[i] || !(cli_params[i].traits & CLI_PASSWORD_SOURCE))
            continue;
        if (source)
            return exclude(computer, source->name, cli_params[i].name, err);
        source = &cli_params[i];
    }
    if (!source || merged->thumbprint || merged->certificate)
        return ICM_OK;
    if (merged->keytab)
        return exclude(computer, source->name, "Keytab", err);
    return merged->credential ? ICM_OK
                              : icm_fail(err, ICM_USAGE, NULL,
                                         "%s: -%s without -Credential: add -Credential USER, whose password it is",
                                         computer, source->name);
}

/* From parameters to who we are for a computer. */
#include "cli/run_identity.h"

#include "cli/params.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct row {
    const char *name;
    struct cli_options options;
    const char *config, *computer;
    enum icm_code code;
    const char *says;
    const char *authentication, *user;
    bool wants_secret, allows_ntlm;
} rows[] = {
    {"nobody named: Negotiate as who we are", {0}, "", "srv1", ICM_OK, NULL, "Negotiate", NULL, false, false},
    {"somebody named", {.credential = "ana"}, "", "srv1", ICM_OK, NULL, "Negotiate", "ana", true, false},
    {"a keytab is no password", {.credential = "ana", .keytab = "/dev/null"}, "", "srv1", ICM_OK, NULL, "Negotiate", "ana", false, false},
    {"a keytab that is not there", {.credential = "ana", .keytab = "/no/such.keytab"}, "", "srv1", ICM_USAGE, "cannot read the keytab '/no/such.keytab'", NULL, NULL, false, false},
    {"nor with its kind", {.credential = "ana", .keytab = "FILE:/no/such.keytab"}, "", "srv1", ICM_USAGE, "cannot read the keytab '/no/such.keytab'", NULL, NULL, false, false},
    {"a keytab that is no file", {.credential = "ana", .keytab = "MEMORY:k"}, "", "srv1", ICM_OK, NULL, "Negotiate", "ana", false, false},
    {"a keytab for Basic", {.authentication = "Basic", .credential = "ana", .keytab = "/dev/null"}, "", "srv1", ICM_USAGE, "Basic cannot use -Keytab", NULL, NULL, false, false},
    {"delegation by Digest", {.authentication = "Digest", .credential = "ana", .delegates = true}, "", "srv1", ICM_USAGE, "Digest cannot use -Delegate", NULL, NULL, false, false},
    {"CredSSP delegates anyway", {.authentication = "Credssp", .credential = "ana", .delegates = true}, "", "srv1", ICM_OK, NULL, "Credssp", "ana", true, false},
    {"Kerberos without a name", {.authentication = "Kerberos"}, "", "srv1", ICM_OK, NULL, "Kerberos", NULL, false, false},
    {"Basic without a name", {.authentication = "Basic"}, "", "srv1", ICM_USAGE, "Basic needs -Credential", NULL, NULL, false, false},
    {"Digest without a name", {.authentication = "Digest"}, "", "srv1", ICM_USAGE, "Digest needs -Credential", NULL, NULL, false, false},
    {"CredSSP without a name", {.authentication = "Credssp"}, "", "srv1", ICM_USAGE, "Credssp needs -Credential", NULL, NULL, false, false},
    {"implicit with a name", {.authentication = "NegotiateWithImplicitCredential", .credential = "ana"}, "", "srv1", ICM_USAGE, "no -Credential", NULL, NULL, false, false},
    {"a trusted host", {.credential = "ana"}, "TrustedHosts srv*", "srv1", ICM_OK, NULL, "Negotiate", "ana", true, true},
    {"trusted for once", {.credential = "ana", .trusts_computer = true}, "", "srv1", ICM_OK, NULL, "Negotiate", "ana", true, true},
    {"this machine", {.credential = "ana"}, "", "localhost", ICM_OK, NULL, "Negotiate", "ana", true, true},
    {"a certificate", {.certificate = "/dev/null", .use_ssl = true}, "", "srv1", ICM_OK, NULL, "Certificate", NULL, false, false},
    {"its key has a password", {.certificate = "/dev/null", .use_ssl = true, .password_file = "f"}, "", "srv1", ICM_OK, NULL, "Certificate", NULL, true, false},
    {"a certificate that is not there", {.certificate = "/no/such.pem", .use_ssl = true}, "", "srv1", ICM_USAGE, "cannot read the certificate '/no/such.pem'", NULL, NULL, false, false},
    {"its key is not there", {.certificate = "/dev/null", .certificate_key = "/no/such.key", .use_ssl = true}, "", "srv1", ICM_USAGE, "cannot read the certificate's key '/no/such.key'", NULL, NULL, false, false},
    {"a certificate in a token", {.certificate = "pkcs11:token=icm;type=cert", .use_ssl = true}, "", "srv1", ICM_OK, NULL, "Certificate", NULL, false, false},
    {"a certificate in a token, by its module", {.certificate = "pkcs11:token=icm?module-path=/no/such.so", .use_ssl = true}, "", "srv1", ICM_OK, NULL, "Certificate", NULL, false, false},
    {"a key without its certificate", {.certificate_key = "/dev/null", .use_ssl = true}, "", "srv1", ICM_USAGE, "-CertificateKey goes with -Certificate", NULL, NULL, false, false},
    {"a certificate without TLS", {.certificate = "/dev/null"}, "", "srv1", ICM_USAGE, "needs -UseSSL", NULL, NULL, false, false},
    {"a certificate and a name", {.certificate = "/dev/null", .use_ssl = true, .credential = "ana"}, "", "srv1", ICM_USAGE, "-Certificate and -Credential exclude", NULL, NULL, false, false},
    {"a thumbprint and a mechanism", {.thumbprint = "00", .use_ssl = true, .authentication = "Basic"}, "", "srv1", ICM_USAGE, "-CertificateThumbprint and -Authentication exclude", NULL, NULL, false, false},
    {"a thumbprint and a file", {.thumbprint = "00", .certificate = "/dev/null", .use_ssl = true}, "", "srv1", ICM_USAGE, "exclude each other", NULL, NULL, false, false},
};

static void makes(void **state)
{
    const struct row *row = *state;
    struct psrp_over_wsman_options out = {0};
    struct icm_arena arena = {0};
    struct cli_config *config = NULL;
    struct icm_error err = {0};
    bool wants_secret = false;

    assert_int_equal(cli_config_read(&config, icm_slice_text(row->config), "config", NULL), ICM_OK);
    enum icm_code code = cli_identity_make(&row->options, config, row->computer, &arena, &out, &wants_secret, &err);
    assert_int_equal(code, row->code);
    if (row->says)
        assert_non_null(strstr(err.text, row->says));
    if (code == ICM_OK) {
        assert_string_equal(out.authentication, row->authentication);
        assert_string_equal(out.user ? out.user : "", row->user ? row->user : "");
        assert_int_equal(wants_secret, row->wants_secret);
        assert_int_equal(out.allows_ntlm, row->allows_ntlm);
    }
    icm_error_reset(&err);
    icm_arena_reset(&arena);
    cli_config_free(config);
}

/* what the command line names, and the configuration: NAME VALUE, a line each; the error's text, NULL: none */
static const struct {
    const char *given, *config, *says;
} sources[] = {
    {"Credential ana\nPasswordFile f", "", NULL},
    {"PasswordFile f", "", "srv1: -PasswordFile without -Credential: add -Credential USER"},
    {"PasswordCommand c", "", "srv1: -PasswordCommand without -Credential: add -Credential USER"},
    {"PasswordFile f", "Host srv*\nCredential ana", NULL},
    {"PasswordFile f", "Host other\nCredential ana", "-PasswordFile without -Credential"},
    {"Authentication Kerberos\nPasswordFile f", "", "-PasswordFile without -Credential"},
    {"", "PasswordFile f", NULL}, /* for users to come */
    {"Credential ana\nPasswordFile f\nPasswordCommand c", "", "-PasswordFile and -PasswordCommand exclude each other"},
    {"Credential ana\nPasswordFile f", "PasswordCommand c", NULL},
    {"Credential ana\nPasswordFile f\nKeytab k", "", "-PasswordFile and -Keytab exclude each other"},
    {"Credential ana\nPasswordFile f", "Keytab k", "-PasswordFile and -Keytab exclude each other"},
    {"Credential ana\nKeytab k", "", NULL},
    {"Keytab k", "", NULL}, /* whom its first key is of */
    {"Certificate c\nPasswordFile f", "", NULL}, /* its key's */
    {"CertificateThumbprint 00\nPasswordCommand c", "", NULL},
};

/* @lines as the command line would have set them */
static void set_all(struct cli_options *o, const char *lines)
{
    while (*lines) {
        const char *space = strchr(lines, ' '), *end = strchrnul(lines, '\n');
        struct icm_slice name = icm_slice_of(lines, (size_t)(space - lines));
        const struct cli_param *param = NULL;

        assert_int_equal(cli_param_find(CLI_INVOKE_COMMAND, name, false, &param, NULL), ICM_OK);
        struct icm_slice value = icm_slice_of(space + 1, (size_t)(end - space) - 1);
        assert_int_equal(cli_param_set(o, param, value, NULL), ICM_OK);
        lines = *end ? end + 1 : end;
    }
}

static void sources_that_nobody_would_look_at(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(sources); i++) {
        struct cli_options given, merged;
        struct icm_arena arena = {0};
        struct cli_config *config = NULL;
        struct icm_error err = {0};

        cli_options_init(&given, &arena);
        set_all(&given, sources[i].given);
        assert_int_equal(cli_config_read(&config, icm_slice_text(sources[i].config), "config", NULL), ICM_OK);
        assert_int_equal(cli_config_apply(config, &given, "srv1", &merged, NULL), ICM_OK);
        enum icm_code code = cli_identity_check_sources(&given, &merged, "srv1", &err);
        if (code != (sources[i].says ? ICM_USAGE : ICM_OK) || !strstr(err.text, sources[i].says ? sources[i].says : ""))
            fail_msg("%s, and %s: %s", sources[i].given, sources[i].config, err.text);
        icm_error_reset(&err);
        cli_config_free(config);
        icm_arena_reset(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest whole[] = {cmocka_unit_test(sources_that_nobody_would_look_at)};
    struct CMUnitTest tests[ICM_COUNT(rows)];

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = makes, .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("cli_identity_make", tests, NULL, NULL) +
           cmocka_run_group_tests_name("cli_identity_check_sources", whole, NULL, NULL);
}

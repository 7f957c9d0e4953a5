#include "tests/auth/kerberos_recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct {
    int type;
    const char *name;
} types[] = {
    {17, "aes128-cts-hmac-sha1-96"},
    {18, "aes256-cts-hmac-sha1-96"},
    {19, "aes128-cts-hmac-sha256-128"},
    {20, "aes256-cts-hmac-sha384-192"},
    {23, "arcfour-hmac"},
};

static char config_path[] = "/tmp/icm-krb5-XXXXXX";

static void remove_config(void)
{
    unlink(config_path);
}

/* The clocks may differ by years: when the tickets were made says nothing about the machine that they are used on. */
static const char config[] = "[domain_realm]\n"
                             " localhost = ICM.TEST\n"
                             "[libdefaults]\n"
                             " dns_canonicalize_hostname = false\n"
                             " dns_lookup_kdc = false\n"
                             " dns_lookup_realm = false\n"
                             " dns_uri_lookup = false\n"
                             " rdns = false\n"
                             " clockskew = 500000000\n"
                             " allow_rc4 = true\n";

static bool write_config(const char *type, const char *realm)
{
    static bool is_made;

    if (!is_made) {
        int made = mkstemp(config_path);

        if (made < 0)
            return false;
        close(made);
        atexit(remove_config);
        is_made = true;
    }
    FILE *file = fopen(config_path, "w");
    if (!file)
        return false;
    fprintf(file, "%s default_realm = %s\n", config, realm);
    fprintf(file, " permitted_enctypes = %s aes256-cts aes128-cts aes256-sha2 aes128-sha2 arcfour-hmac\n", type);
    return fclose(file) == 0;
}

bool kerberos_recorded(int type)
{
    return kerberos_recorded_in(type, "ICM.TEST");
}

bool kerberos_recorded_in(int type, const char *realm)
{
    for (size_t i = 0; i < ICM_COUNT(types); i++) {
        char path[4200];

        if (types[i].type != type || !write_config(types[i].name, realm))
            continue;
        snprintf(path, sizeof path, "FILE:%s/kdc/recorded/ccache-%d", ICM_FIXTURES, type);
        return setenv("KRB5_CONFIG", config_path, 1) == 0 && setenv("KRB5CCNAME", path, 1) == 0 &&
               setenv("KRB5_KTNAME", ICM_FIXTURES "/kdc/recorded/keytab", 1) == 0 &&
               setenv("KRB5RCACHENAME", "none:", 1) == 0;
    }
    return false;
}

static bool shake_hands(struct auth_context *client, struct auth_context *server, struct icm_error *err)
{
    struct icm_buf request = {0}, answer = {0};
    bool is_good = auth_step(client, icm_slice_text(""), &request, err) == ICM_AGAIN &&
                   auth_step(server, icm_buf_slice(&request), &answer, err) == ICM_OK &&
                   auth_step(client, icm_buf_slice(&answer), &request, err) == ICM_OK;

    icm_buf_reset(&request);
    icm_buf_reset(&answer);
    return is_good;
}

bool kerberos_pair(struct auth_initiator_options *i, struct auth_acceptor_options *a, struct auth_context **client,
                   struct auth_context **server, struct icm_error *err)
{
    const struct auth_mechanism *kerberos = auth_mechanism_find("Kerberos");

    i->host = i->host ? i->host : "localhost";
    *client = *server = NULL;
    return auth_initiator_new(client, kerberos, i, err) == ICM_OK &&
           auth_acceptor_new(server, kerberos, a, err) == ICM_OK && shake_hands(*client, *server, err);
}

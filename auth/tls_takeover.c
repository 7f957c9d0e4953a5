#include "auth/tls_takeover.h"

#include <openssl/ssl.h>

/* ---- TLS 1.3's secrets: OpenSSL tells them to who logs keys, and to nobody else ---- */

/* @line is "LABEL client-random secret", in hexadecimal. */
static void keep(struct auth_tls_secret *out, const char *label, const char *line)
{
    const char *secret = strrchr(line, ' ');

    if (!secret || strncmp(line, label, strlen(label)) != 0)
        return;
    if (OPENSSL_hexstr2buf_ex(out->bytes, sizeof out->bytes, &out->size, secret + 1, '\0') != 1)
        out->size = 0;
}

static void hear_line(const SSL *ssl, const char *line)
{
    struct auth_tls_secrets *secrets = SSL_get_app_data(ssl);

    keep(&secrets->client, "CLIENT_TRAFFIC_SECRET_0 ", line);
    keep(&secrets->server, "SERVER_TRAFFIC_SECRET_0 ", line);
}

void auth_tls_secrets_watch(SSL *ssl, struct auth_tls_secrets *secrets)
{
    SSL_set_app_data(ssl, secrets);
    SSL_CTX_set_keylog_callback(SSL_get_SSL_CTX(ssl), hear_line);
}

/* ---- what was agreed ---- */

/* With these keys a server has written its tickets by now, which are all that its last flight has; a client has written
 * nothing, and neither has read anything. */
static bool agree_on_tls13(struct auth_tls_agreed *a, const struct auth_tls_secrets *secrets, uint64_t last_flight)
{
    size_t size = icm_digest_size(a->suite->hash);

    if (secrets->client.size != size || secrets->server.size != size)
        return false;
    memcpy(a->client_secret, secrets->client.bytes, size);
    memcpy(a->server_secret, secrets->server.bytes, size);
    a->sent = a->is_server ? last_flight : 0;
    return true;
}

/* With these keys each has written its Finished. */
static bool agree_on_tls12(struct auth_tls_agreed *a, const SSL *ssl)
{
    a->sent = a->received = 1;
    return SSL_get_client_random(ssl, a->client_random, sizeof a->client_random) == sizeof a->client_random &&
           SSL_get_server_random(ssl, a->server_random, sizeof a->server_random) == sizeof a->server_random &&
           SSL_SESSION_get_master_key(SSL_get_session(ssl), a->master, sizeof a->master) == sizeof a->master;
}

/* NULL: libssl goes on. So it does where it has read on already, or the peer (no Windows) wants records to be short. */
static const struct auth_tls_suite *find_suite(const SSL *ssl)
{
    const struct auth_tls_suite *s = auth_tls_suite_find(SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(ssl)));
    bool has_short_records = SSL_SESSION_get_max_fragment_length(SSL_get_session(ssl)) != 0;

    return s && !has_short_records && !SSL_has_pending(ssl) ? s : NULL;
}

enum icm_code auth_tls_take_over(struct auth_tls_channel **out, SSL *ssl, const struct auth_tls_secrets *secrets,
                                 uint64_t last_flight, struct icm_error *err)
{
    struct auth_tls_agreed a = {.suite = find_suite(ssl), .is_server = SSL_is_server(ssl)};
    enum icm_code code = ICM_OK;

    if (!a.suite)
        return ICM_OK;
    if (a.suite->is_tls13 ? agree_on_tls13(&a, secrets, last_flight) : agree_on_tls12(&a, ssl))
        code = auth_tls_channel_new(out, &a, err);
    else
        code = icm_fail(err, ICM_TLS, "MS-CSSP 3.1.5", "OpenSSL does not tell the keys of the TLS inside of CredSSP");
    explicit_bzero(&a, sizeof a);
    return code;
}

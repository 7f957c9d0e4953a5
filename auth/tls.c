#include "auth/tls.h"

#include "auth/tls_takeover.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdlib.h>

/* OpenSSL shakes hands, and seals where our channel has no such suite. It reads from @in and writes to @sink, which are
 * set for each call. */
struct auth_tls {
    SSL_CTX *config;
    SSL *ssl;
    BIO_METHOD *method;
    struct auth_tls_secrets secrets;
    struct auth_tls_channel *channel; /* NULL: the handshake is not done, or OpenSSL goes on */
    struct icm_slice in;
    struct icm_buf *sink;
    struct icm_buf unsent; /* what reading made it write: it goes in front of our next bytes */
};

enum { RECORD_HEADER_SIZE = 5 };

/* What Windows has, its old versions included, without finite-field Diffie-Hellman: their parameters are too short for
 * OpenSSL. */
static const char ciphers[] = "ECDHE+AESGCM:ECDHE+AES:RSA+AESGCM:RSA+AES:!AESCCM:!PSK:!SRP:!aNULL";

/* ---- bytes to and from OpenSSL ---- */

static int read_in(BIO *bio, char *data, int size)
{
    struct auth_tls *t = BIO_get_data(bio);
    size_t count = t->in.size < (size_t)size ? t->in.size : (size_t)size;

    BIO_clear_retry_flags(bio);
    if (count == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(data, t->in.data, count);
    t->in = icm_slice_from(t->in, count);
    return (int)count;
}

static int write_out(BIO *bio, const char *data, int size)
{
    struct auth_tls *t = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    icm_buf_add(t->sink, icm_slice_of(data, (size_t)size));
    return t->sink->failed ? -1 : size;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static BIO *new_bio(struct auth_tls *t)
{
    t->method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "icm");
    if (!t->method || !BIO_meth_set_read(t->method, read_in) || !BIO_meth_set_write(t->method, write_out) ||
        !BIO_meth_set_ctrl(t->method, control))
        return NULL;
    BIO *bio = BIO_new(t->method);
    if (bio) {
        BIO_set_data(bio, t);
        BIO_set_init(bio, 1);
    }
    return bio;
}

static enum icm_code fail(struct auth_tls *t, enum icm_code code, const char *what, struct icm_error *err)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    bool is_short = (t->sink && t->sink->failed) || ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;

    ERR_clear_error(); /* the queue is the thread's: what we have reported must not come up elsewhere */
    if (is_short)
        return icm_nomem(err);
    return icm_fail(err, code, "MS-CSSP 3.1.5", "%s: %s", what, reason ? reason : "the bytes are no TLS");
}

/* ---- life ---- */

void auth_tls_free(struct auth_tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    SSL_CTX_free(t->config);
    BIO_meth_free(t->method);
    auth_tls_channel_free(t->channel);
    icm_buf_reset(&t->unsent);
    explicit_bzero(t, sizeof *t);
    free(t);
}

/* No session is ever resumed: each context has keys of its own. */
static bool configure(SSL_CTX *config)
{
    SSL_CTX_set_options(config, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(config, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(config, SSL_VERIFY_NONE, NULL);
    return SSL_CTX_set_min_proto_version(config, TLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(config, ciphers) == 1;
}

static enum icm_code connect_bio(struct auth_tls *t, struct icm_error *err)
{
    t->ssl = SSL_new(t->config);
    BIO *bio = t->ssl ? new_bio(t) : NULL;
    if (!bio)
        return fail(t, ICM_TLS, "no TLS can be had", err);
    SSL_set_bio(t->ssl, bio, bio);
    auth_tls_secrets_watch(t->ssl, &t->secrets);
    return ICM_OK;
}

static enum icm_code new_tls(struct auth_tls **out, const SSL_METHOD *method, struct icm_error *err)
{
    struct auth_tls *t = calloc(1, sizeof *t);

    if (!t)
        return icm_nomem(err);
    *out = t;
    t->config = SSL_CTX_new(method);
    return t->config && configure(t->config) ? ICM_OK : fail(t, ICM_TLS, "no TLS can be had", err);
}

static enum icm_code give(struct auth_tls **out, struct auth_tls *t, enum icm_code code)
{
    if (code == ICM_OK)
        *out = t;
    else
        auth_tls_free(t);
    return code;
}

enum icm_code auth_tls_client_new(struct auth_tls **out, struct icm_error *err)
{
    struct auth_tls *t = NULL;
    enum icm_code code = new_tls(&t, TLS_client_method(), err);

    if (code == ICM_OK)
        code = connect_bio(t, err);
    if (code == ICM_OK)
        SSL_set_connect_state(t->ssl);
    return give(out, t, code);
}

/* never ask the terminal for a password */
static int no_password(char *out, int size, int is_writing, void *context)
{
    (void)out, (void)size, (void)is_writing, (void)context;
    return -1;
}

static enum icm_code use_certificate(struct auth_tls *t, const char *certificate, const char *key,
                                     struct icm_error *err)
{
    BIO *certificate_text = BIO_new_mem_buf(certificate, -1), *key_text = BIO_new_mem_buf(key, -1);
    X509 *x509 = certificate_text ? PEM_read_bio_X509(certificate_text, NULL, no_password, NULL) : NULL;
    EVP_PKEY *pkey = key_text ? PEM_read_bio_PrivateKey(key_text, NULL, no_password, NULL) : NULL;
    bool is_used = x509 && pkey && X509_check_private_key(x509, pkey) == 1 &&
                   SSL_CTX_use_certificate(t->config, x509) == 1 && SSL_CTX_use_PrivateKey(t->config, pkey) == 1;

    BIO_free(certificate_text);
    BIO_free(key_text);
    X509_free(x509);
    EVP_PKEY_free(pkey);
    return is_used ? ICM_OK : fail(t, ICM_USAGE, "the certificate and its key cannot be used", err);
}

enum icm_code auth_tls_server_new(struct auth_tls **out, const char *certificate, const char *key,
                                  struct icm_error *err)
{
    struct auth_tls *t = NULL;

    if (!certificate || !key)
        return icm_fail(err, ICM_USAGE, "MS-CSSP 3.1.5", "CredSSP needs a certificate and its key");
    enum icm_code code = new_tls(&t, TLS_server_method(), err);
    if (code == ICM_OK)
        code = use_certificate(t, certificate, key, err);
    /* one ticket, which leads nowhere: a client of TLS 1.3 that sends its Finished alone waits for a token in return */
    if (code == ICM_OK && SSL_CTX_set_num_tickets(t->config, 1) != 1)
        code = fail(t, ICM_TLS, "no TLS can be had", err);
    if (code == ICM_OK)
        code = connect_bio(t, err);
    if (code == ICM_OK)
        SSL_set_accept_state(t->ssl);
    return give(out, t, code);
}

/* ---- records ---- */

static void send_to(struct auth_tls *t, struct icm_buf *out)
{
    icm_buf_add(out, icm_buf_slice(&t->unsent));
    icm_buf_clear(&t->unsent);
    t->sink = out;
    ERR_clear_error();
}

/* how many whole records @records are, and where the last begins; 0: they are not whole */
static size_t count_records(struct icm_slice records, size_t *last)
{
    size_t at = 0, count = 0;

    while (records.size - at >= RECORD_HEADER_SIZE) {
        *last = at;
        at += RECORD_HEADER_SIZE + (size_t)(records.data[at + 3] << 8 | records.data[at + 4]);
        if (at > records.size)
            return 0;
        count++;
    }
    return at == records.size ? count : 0;
}

static enum icm_code take_over(struct auth_tls *t, struct icm_slice last_flight, struct icm_error *err)
{
    size_t last, count = count_records(last_flight, &last);

    if (count == 0 && last_flight.size > 0) /* we would not know where to go on, and a number must not come again */
        return icm_fail(err, ICM_TLS, "RFC 8446 5.3", "the TLS handshake inside of CredSSP ends within a record");
    enum icm_code code = auth_tls_take_over(&t->channel, t->ssl, &t->secrets, count, err);
    explicit_bzero(&t->secrets, sizeof t->secrets);
    return code;
}

enum icm_code auth_tls_handshake(struct auth_tls *t, struct icm_slice *in, struct icm_buf *out, struct icm_error *err)
{
    size_t size = out->size;

    send_to(t, out);
    t->in = *in;
    int result = SSL_do_handshake(t->ssl);
    *in = t->in;
    t->in = icm_slice_of(NULL, 0);
    if (result == 1)
        return out->failed ? icm_nomem(err) : take_over(t, icm_slice_from(icm_buf_slice(out), size), err);
    if (SSL_get_error(t->ssl, result) != SSL_ERROR_WANT_READ)
        return fail(t, ICM_TLS, "the TLS handshake inside of CredSSP failed", err);
    if (out->size == size)
        return icm_fail(err, ICM_TLS, "MS-CSSP 3.1.5", "the TLS handshake inside of CredSSP is cut short");
    return icm_buf_check(out, err) == ICM_OK ? ICM_AGAIN : ICM_NOMEM;
}

size_t auth_tls_nonce_size(const char *cipher, bool is_tls13)
{
    enum { GCM_NONCE = 8, AES_BLOCK = 16 };

    if (is_tls13)
        return 0;                                         /* RFC 8446 5.3 */
    return strstr(cipher, "GCM") ? GCM_NONCE : AES_BLOCK; /* RFC 5288 3; RFC 5246 6.2.3.2 */
}

static uint32_t measure_trailer(const struct auth_tls *t, struct icm_slice records, size_t message_size)
{
    size_t last = 0,
           in_last = message_size % AUTH_TLS_MESSAGE_MAX ? message_size % AUTH_TLS_MESSAGE_MAX : AUTH_TLS_MESSAGE_MAX;
    size_t nonce_size = auth_tls_nonce_size(SSL_get_cipher_name(t->ssl), SSL_version(t->ssl) == TLS1_3_VERSION);

    if (count_records(records, &last) == 0)
        return 0;
    return (uint32_t)(records.size - last - RECORD_HEADER_SIZE - nonce_size - in_last);
}

enum icm_code auth_tls_encrypt(struct auth_tls *t, struct icm_slice message, struct icm_buf *out,
                               uint32_t *trailer_size, struct icm_error *err)
{
    size_t before = out->size, written = 0;

    if (message.size == 0)
        return icm_fail(err, ICM_USAGE, "RFC 8446 5.1", "an empty message has no records");
    if (t->channel)
        return auth_tls_channel_seal(t->channel, message, out, trailer_size, err);
    send_to(t, out);
    if (SSL_write_ex(t->ssl, message.data, message.size, &written) != 1 || out->failed)
        return fail(t, ICM_TLS, "a message could not be encrypted", err);
    if (trailer_size)
        *trailer_size = measure_trailer(t, icm_slice_from(icm_buf_slice(out), before), message.size);
    return ICM_OK;
}

/* @left is how much can come at most: records are longer than what they hold, so that there is always room to ask for
 * more. */
static enum icm_code read_all(struct auth_tls *t, size_t left, struct icm_buf *out, struct icm_error *err)
{
    for (;;) {
        size_t got = 0, size = left < AUTH_TLS_MESSAGE_MAX ? left : AUTH_TLS_MESSAGE_MAX;
        uint8_t *room = icm_buf_room(out, size);

        if (!room)
            return icm_nomem(err);
        int result = SSL_read_ex(t->ssl, room, size, &got);
        out->size += got;
        left -= got;
        if (result == 1)
            continue;
        if (SSL_get_error(t->ssl, result) == SSL_ERROR_WANT_READ)
            return icm_buf_check(&t->unsent, err);
        return fail(t, ICM_DENIED, "a sealed message does not open", err);
    }
}

enum icm_code auth_tls_decrypt(struct auth_tls *t, struct icm_slice records, struct icm_buf *out, struct icm_error *err)
{
    size_t before = out->size, last;

    if (records.size == 0)
        return ICM_OK;
    if (count_records(records, &last) == 0)
        return icm_fail(err, ICM_DENIED, "RFC 8446 5.1", "%zu bytes that are not whole TLS records", records.size);
    if (t->channel)
        return auth_tls_channel_open(t->channel, records, out, err);
    ERR_clear_error();
    t->sink = &t->unsent;
    t->in = records;
    enum icm_code code = read_all(t, records.size, out, err);
    t->in = icm_slice_of(NULL, 0);
    if (code != ICM_OK)
        out->size = before;
    return code;
}

/* ---- what was agreed ---- */

enum icm_code auth_tls_public_key(const struct auth_tls *t, struct icm_buf *out, struct icm_error *err)
{
    X509 *certificate = SSL_is_server(t->ssl) ? SSL_get_certificate(t->ssl) : SSL_get0_peer_certificate(t->ssl);
    const ASN1_BIT_STRING *key = certificate ? X509_get0_pubkey_bitstr(certificate) : NULL;

    if (!key)
        return icm_fail(err, ICM_TLS, "MS-CSSP 3.1.5", "the server has shown no certificate inside of CredSSP");
    icm_buf_add(out, icm_slice_of(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key)));
    return icm_buf_check(out, err);
}

const char *auth_tls_version(const struct auth_tls *t)
{
    return SSL_get_version(t->ssl);
}

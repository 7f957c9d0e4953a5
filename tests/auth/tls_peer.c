#include "tests/auth/tls_peer.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void add_written(struct icm_buf *out, BIO *written)
{
    char *text;
    long size = BIO_get_mem_data(written, &text);

    if (size > 0)
        icm_buf_add(out, icm_slice_of(text, (size_t)size));
    must(BIO_reset(written) == 1);
}

void tls_identity_make(struct tls_identity *out, const char *kind)
{
    EVP_PKEY *key = strcmp(kind, "RSA") == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    X509 *x509 = X509_new();
    BIO *text = BIO_new(BIO_s_mem());

    must(key && x509 && text);
    memset(out, 0, sizeof *out);
    X509_NAME *name = X509_get_subject_name(x509);
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"CREDSSP-TEST", -1, -1, 0) == 1);
    must(X509_set_version(x509, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x509), 1) == 1);
    must(X509_set_issuer_name(x509, name) == 1 && X509_set_pubkey(x509, key) == 1);
    must(X509_gmtime_adj(X509_getm_notBefore(x509), 0) && X509_gmtime_adj(X509_getm_notAfter(x509), 86400));
    must(X509_sign(x509, key, EVP_sha256()) > 0);
    must(PEM_write_bio_X509(text, x509) == 1);
    add_written(&out->certificate, text);
    must(PEM_write_bio_PrivateKey(text, key, NULL, NULL, 0, NULL, NULL) == 1);
    add_written(&out->key, text);
    icm_buf_text(&out->certificate);
    icm_buf_text(&out->key);
    BIO_free(text);
    X509_free(x509);
    EVP_PKEY_free(key);
}

void tls_identity_reset(struct tls_identity *identity)
{
    icm_buf_reset(&identity->certificate);
    icm_buf_reset(&identity->key);
}

static X509 *read_certificate(const struct tls_identity *identity)
{
    BIO *text = BIO_new_mem_buf(identity->certificate.data, (int)identity->certificate.size);
    X509 *x509 = PEM_read_bio_X509(text, NULL, NULL, NULL);

    BIO_free(text);
    must(x509);
    return x509;
}

void tls_identity_public_key(struct tls_identity *identity, struct icm_buf *out)
{
    X509 *x509 = read_certificate(identity);
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(x509);

    icm_buf_add(out, icm_slice_of(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key)));
    X509_free(x509);
}

static void use_identity(SSL_CTX *config, const struct tls_identity *identity)
{
    BIO *text = BIO_new_mem_buf(identity->key.data, (int)identity->key.size);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
    X509 *x509 = read_certificate(identity);

    must(SSL_CTX_use_certificate(config, x509) == 1 && SSL_CTX_use_PrivateKey(config, key) == 1);
    BIO_free(text);
    X509_free(x509);
    EVP_PKEY_free(key);
}

static void begin(struct tls_peer *p, bool is_server)
{
    p->ssl = SSL_new(p->config);
    p->in = BIO_new(BIO_s_mem());
    p->out = BIO_new(BIO_s_mem());
    must(p->ssl && p->in && p->out);
    SSL_set_bio(p->ssl, p->in, p->out);
    if (is_server)
        SSL_set_accept_state(p->ssl);
    else
        SSL_set_connect_state(p->ssl);
}

void tls_peer_init(struct tls_peer *p, const struct tls_peer_options *options)
{
    p->config = SSL_CTX_new(options->identity ? TLS_server_method() : TLS_client_method());
    must(p->config);
    SSL_CTX_set_security_level(p->config, 0); /* old versions are wanted here */
    SSL_CTX_set_options(p->config, options->options);
    must(SSL_CTX_set_min_proto_version(p->config, options->version) == 1);
    must(SSL_CTX_set_max_proto_version(p->config, options->version) == 1);
    must(!options->ciphers || SSL_CTX_set_cipher_list(p->config, options->ciphers) == 1);
    must(!options->suites || SSL_CTX_set_ciphersuites(p->config, options->suites) == 1);
    if (options->identity)
        use_identity(p->config, options->identity);
    begin(p, options->identity);
}

void tls_peer_init_from(struct tls_peer *p, const struct tls_peer *from)
{
    p->config = from->config;
    must(SSL_CTX_up_ref(p->config) == 1);
    begin(p, SSL_is_server(from->ssl));
}

bool tls_peer_is_resumed(const struct tls_peer *p)
{
    return SSL_session_reused(p->ssl) == 1;
}

void tls_peer_reset(struct tls_peer *p)
{
    SSL_free(p->ssl);
    SSL_CTX_free(p->config);
    memset(p, 0, sizeof *p);
}

static void put_in(struct tls_peer *p, struct icm_slice in)
{
    must(in.size == 0 || BIO_write(p->in, in.data, (int)in.size) == (int)in.size);
}

bool tls_peer_handshake(struct tls_peer *p, struct icm_slice in, struct icm_buf *out)
{
    put_in(p, in);
    bool is_done = SSL_do_handshake(p->ssl) == 1;
    add_written(out, p->out);
    return is_done;
}

void tls_peer_encrypt(struct tls_peer *p, struct icm_slice message, struct icm_buf *out)
{
    must(SSL_write(p->ssl, message.data, (int)message.size) == (int)message.size);
    add_written(out, p->out);
}

bool tls_peer_decrypt(struct tls_peer *p, struct icm_slice records, struct icm_buf *out)
{
    uint8_t piece[16384];
    int got;

    put_in(p, records);
    while ((got = SSL_read(p->ssl, piece, sizeof piece)) > 0)
        icm_buf_add(out, icm_slice_of(piece, (size_t)got));
    return SSL_get_error(p->ssl, got) == SSL_ERROR_WANT_READ;
}

#include "auth/binding.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#define SECTION "RFC 5929 4.1"

static X509 *read_certificate(struct icm_slice der)
{
    const unsigned char *at = der.data;
    X509 *certificate = der.size > 0 && der.size <= LONG_MAX ? d2i_X509(NULL, &at, (long)der.size) : NULL;

    if (certificate && at == der.data + der.size)
        return certificate;
    X509_free(certificate);
    return NULL;
}

/* The hash that the signature was made with, raised to SHA-256 where it is too weak. NULL: the signature has none. */
static const EVP_MD *hash_of(X509 *certificate)
{
    int hash = NID_undef, key = NID_undef;

    X509_get_signature_info(certificate, &hash, &key, NULL, NULL);
    if (key == NID_ED25519 || key == NID_ED448)
        return NULL;
    const EVP_MD *md = hash == NID_md5 || hash == NID_sha1 ? NULL : EVP_get_digestbynid(hash);
    return md ? md : EVP_sha256();
}

static enum icm_code add_hash(const EVP_MD *md, struct icm_slice der, struct icm_buf *out, struct icm_error *err)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;

    if (EVP_Digest(der.data, der.size, hash, &size, md, NULL) != 1)
        return icm_fail(err, ICM_UNSUPPORTED, SECTION,
                        "OpenSSL does not hash with %s, which the certificate was signed with", EVP_MD_get0_name(md));
    icm_buf_add_text(out, "tls-server-end-point:");
    icm_buf_add(out, icm_slice_of(hash, size));
    return icm_buf_check(out, err);
}

enum icm_code auth_binding_of_certificate(struct icm_slice der, struct icm_buf *out, struct icm_error *err)
{
    X509 *certificate = read_certificate(der);
    const EVP_MD *md = certificate ? hash_of(certificate) : NULL;
    enum icm_code code = ICM_OK;

    if (!certificate)
        code = icm_fail(err, ICM_SYNTAX, SECTION, "%zu bytes that are no certificate", der.size);
    else if (md)
        code = add_hash(md, der, out, err);
    X509_free(certificate);
    ERR_clear_error(); /* the queue is the thread's: what we have reported must not come up elsewhere */
    return code;
}

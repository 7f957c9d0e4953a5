#include "base/crypto.h"

#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#define RSA_SECTION "RFC 8017 7.2"

/* An icm_rsa is OpenSSL's EVP_PKEY under our name: no struct of our own lies between. */
static EVP_PKEY *pkey_of(const struct icm_rsa *k)
{
    return (EVP_PKEY *)(uintptr_t)k;
}

static struct icm_rsa *rsa_of(EVP_PKEY *key)
{
    return (struct icm_rsa *)key;
}

void icm_rsa_free(struct icm_rsa *k)
{
    EVP_PKEY_free(pkey_of(k));
}

/* OpenSSL's own queue of errors is the thread's: what we have reported must not come up elsewhere. */
static enum icm_code failed(struct icm_error *err, const char *what)
{
    ERR_clear_error();
    return icm_fail(err, ICM_UNSUPPORTED, NULL, "OpenSSL cannot %s (memory is short, or a policy forbids it)", what);
}

enum icm_code icm_rsa_new(struct icm_rsa **out, unsigned bits, struct icm_error *err)
{
    EVP_PKEY *key = EVP_RSA_gen(bits);

    if (!key)
        return failed(err, "make an RSA key");
    *out = rsa_of(key);
    return ICM_OK;
}

enum icm_code icm_rsa_from_der(struct icm_rsa **out, struct icm_slice der, struct icm_error *err)
{
    EVP_PKEY *key = NULL;
    OSSL_DECODER_CTX *decoder =
        OSSL_DECODER_CTX_new_for_pkey(&key, "DER", "type-specific", "RSA", OSSL_KEYMGMT_SELECT_KEYPAIR, NULL, NULL);
    const unsigned char *data = der.data;
    size_t size = der.size;
    bool is_read = decoder && OSSL_DECODER_from_data(decoder, &data, &size) == 1 && size == 0;

    OSSL_DECODER_CTX_free(decoder);
    ERR_clear_error();
    if (!is_read) {
        EVP_PKEY_free(key);
        return icm_fail(err, ICM_SYNTAX, "RFC 8017 A.1.2", "%zu bytes that are no RSA private key", der.size);
    }
    *out = rsa_of(key);
    return ICM_OK;
}

static enum icm_code check_public(struct icm_slice modulus, uint32_t exponent, struct icm_error *err)
{
    size_t bits = modulus.size * 8;

    while (bits > 0 && !(modulus.data[(modulus.size * 8 - bits) / 8] & 0x80u >> (modulus.size * 8 - bits) % 8))
        bits--;
    if (bits < ICM_RSA_BITS_MIN || bits > ICM_RSA_BITS_MAX)
        return icm_fail(err, ICM_SYNTAX, RSA_SECTION, "an RSA key of %zu bits, %d to %d are allowed", bits,
                        ICM_RSA_BITS_MIN, ICM_RSA_BITS_MAX);
    if (!(modulus.data[modulus.size - 1] & 1) || !(exponent & 1) || exponent < 3)
        return icm_fail(err, ICM_SYNTAX, RSA_SECTION, "an RSA key with an even modulus, or with an exponent that is even or 1");
    return ICM_OK;
}

static EVP_PKEY *build_public(struct icm_slice modulus, uint32_t exponent)
{
    BIGNUM *n = BN_bin2bn(modulus.data, (int)modulus.size, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (n && builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_uint32(builder, OSSL_PKEY_PARAM_RSA_E, exponent))
        params = OSSL_PARAM_BLD_to_param(builder);
    if (params && context && EVP_PKEY_fromdata_init(context) == 1 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    return key;
}

enum icm_code icm_rsa_from_public(struct icm_rsa **out, struct icm_slice modulus, uint32_t exponent,
                                  struct icm_error *err)
{
    enum icm_code code = check_public(modulus, exponent, err);

    if (code != ICM_OK)
        return code;
    EVP_PKEY *key = build_public(modulus, exponent);
    if (!key)
        return failed(err, "take in an RSA key");
    *out = rsa_of(key);
    return ICM_OK;
}

enum icm_code icm_rsa_public(const struct icm_rsa *k, struct icm_buf *modulus, uint32_t *exponent, struct icm_error *err)
{
    BIGNUM *n = NULL, *e = NULL;
    bool is_got = EVP_PKEY_get_bn_param(pkey_of(k), OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
                  EVP_PKEY_get_bn_param(pkey_of(k), OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_num_bits(e) <= 32;
    uint8_t *room = is_got ? icm_buf_room(modulus, (size_t)BN_num_bytes(n)) : NULL;

    if (room) {
        modulus->size += (size_t)BN_bn2bin(n, room);
        *exponent = (uint32_t)BN_get_word(e);
    }
    BN_free(n);
    BN_free(e);
    if (!is_got)
        return failed(err, "tell an RSA key's numbers");
    return room ? ICM_OK : icm_nomem(err);
}

enum icm_code icm_rsa_encrypt(const struct icm_rsa *k, struct icm_slice text, struct icm_buf *out, struct icm_error *err)
{
    size_t size = ICM_RSA_BYTES_MAX;
    uint8_t *room = icm_buf_room(out, size);
    if (!room)
        return icm_nomem(err);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey_of(k), NULL);
    bool is_done = context && EVP_PKEY_encrypt_init(context) == 1 &&
                   EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                   EVP_PKEY_encrypt(context, room, &size, text.data, text.size) == 1;

    EVP_PKEY_CTX_free(context);
    if (!is_done)
        return failed(err, "encrypt with an RSA key");
    out->size += size;
    return ICM_OK;
}

enum icm_code icm_rsa_decrypt(const struct icm_rsa *k, struct icm_slice sealed, uint8_t *out, size_t wanted,
                              struct icm_error *err)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey_of(k), NULL);
    uint8_t text[ICM_RSA_BYTES_MAX];
    size_t size = sizeof text;
    bool is_done = context && EVP_PKEY_decrypt_init(context) == 1 &&
                   EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                   EVP_PKEY_decrypt(context, text, &size, sealed.data, sealed.size) == 1 && size == wanted;

    if (is_done)
        memcpy(out, text, wanted);
    OPENSSL_cleanse(text, sizeof text);
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    if (is_done)
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, RSA_SECTION, "what was encrypted for our RSA key cannot be decrypted with it");
}

/* one whole text; @is_encryption is what EVP_CipherInit calls enc */
static bool run_aes(const uint8_t key[ICM_AES256_KEY], bool is_encryption, struct icm_slice in, uint8_t *out, size_t *size)
{
    static const uint8_t vector[ICM_AES_BLOCK];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int body = 0, end = 0;
    bool is_done = context && EVP_CipherInit_ex(context, EVP_aes_256_cbc(), NULL, key, vector, is_encryption) == 1 &&
                   EVP_CipherUpdate(context, out, &body, in.data, (int)in.size) == 1 &&
                   EVP_CipherFinal_ex(context, out + body, &end) == 1;

    EVP_CIPHER_CTX_free(context);
    ERR_clear_error();
    *size = (size_t)body + (size_t)end;
    return is_done;
}

enum icm_code icm_aes_encrypt(const uint8_t key[ICM_AES256_KEY], struct icm_slice text, struct icm_buf *out,
                              struct icm_error *err)
{
    size_t size;

    if (text.size > INT_MAX - ICM_AES_BLOCK)
        return icm_fail(err, ICM_LIMIT, NULL, "%zu bytes to encrypt, at most %d", text.size, INT_MAX - ICM_AES_BLOCK);
    uint8_t *room = icm_buf_room(out, text.size + ICM_AES_BLOCK);
    if (!room)
        return icm_nomem(err);
    if (!run_aes(key, true, text, room, &size))
        return failed(err, "encrypt with AES");
    out->size += size;
    return ICM_OK;
}

enum icm_code icm_aes_decrypt(const uint8_t key[ICM_AES256_KEY], struct icm_slice sealed, struct icm_buf *out,
                              struct icm_error *err)
{
    bool is_whole = sealed.size > 0 && sealed.size % ICM_AES_BLOCK == 0 && sealed.size <= INT_MAX - ICM_AES_BLOCK;
    size_t size;

    if (!is_whole)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.1.24", "an encrypted text of %zu bytes, not one of whole blocks of 16",
                        sealed.size);
    uint8_t *room = icm_buf_room(out, sealed.size + ICM_AES_BLOCK);
    if (!room)
        return icm_nomem(err);
    if (!run_aes(key, false, sealed, room, &size)) {
        OPENSSL_cleanse(room, sealed.size);
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.5.1.24", "an encrypted text that the session key does not open");
    }
    out->size += size;
    return ICM_OK;
}

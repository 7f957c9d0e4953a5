#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { HMAC_BLOCK_MAX = 128 };

static const struct {
    const char *name;
    size_t size, block;
} types[ICM_DIGEST_COUNT] = {
    [ICM_MD5] = {"MD5", 16, 64},
    [ICM_SHA1] = {"SHA1", 20, 64},
    [ICM_SHA256] = {"SHA256", 32, 64},
    [ICM_SHA384] = {"SHA384", 48, 128},
    [ICM_SHA512] = {"SHA512", 64, 128},
    [ICM_SHA512_256] = {"SHA512-256", 32, 128},
};

size_t icm_digest_size(enum icm_digest_type type)
{
    return types[type].size;
}

static bool run(EVP_MD_CTX *context, const EVP_MD *md, const struct icm_slice *pieces, size_t count, uint8_t *out)
{
    if (EVP_DigestInit_ex(context, md, NULL) != 1)
        return false;
    for (size_t i = 0; i < count; i++)
        if (EVP_DigestUpdate(context, pieces[i].data, pieces[i].size) != 1)
            return false;
    return EVP_DigestFinal_ex(context, out, NULL) == 1;
}

static enum icm_code unsupported(enum icm_digest_type type, struct icm_error *err)
{
    return icm_fail(err, ICM_UNSUPPORTED, NULL, "OpenSSL does not let us use %s (FIPS mode, or a crypto policy)",
                    types[type].name);
}

/* what an HMAC hashes first and last: the key in a block, each byte with @pad */
static struct icm_slice padded(struct icm_slice key, uint8_t pad, uint8_t block[HMAC_BLOCK_MAX], size_t size)
{
    memset(block, pad, size);
    for (size_t i = 0; i < key.size; i++)
        block[i] ^= key.data[i];
    return icm_slice_of(block, size);
}

/* RFC 2104 */
static bool run_hmac(EVP_MD_CTX *context, const EVP_MD *md, enum icm_digest_type type, struct icm_slice key,
                     const struct icm_slice *pieces, size_t count, uint8_t *out)
{
    uint8_t block[HMAC_BLOCK_MAX], short_key[ICM_DIGEST_MAX];
    bool ran = true;

    if (key.size > types[type].block) {
        ran = run(context, md, &key, 1, short_key);
        key = icm_slice_of(short_key, types[type].size);
    }
    struct icm_slice inner = padded(key, 0x36, block, types[type].block);
    ran = ran && EVP_DigestInit_ex(context, md, NULL) == 1 &&
          EVP_DigestUpdate(context, inner.data, inner.size) == 1;
    for (size_t i = 0; ran && i < count; i++)
        ran = EVP_DigestUpdate(context, pieces[i].data, pieces[i].size) == 1;
    ran = ran && EVP_DigestFinal_ex(context, out, NULL) == 1;
    const struct icm_slice outer[] = {padded(key, 0x5c, block, types[type].block),
                                      icm_slice_of(out, types[type].size)};
    ran = ran && run(context, md, outer, ICM_COUNT(outer), out);
    OPENSSL_cleanse(block, sizeof block);
    OPENSSL_cleanse(short_key, sizeof short_key);
    return ran;
}

enum icm_code icm_digest(enum icm_digest_type type, const struct icm_slice *pieces, size_t count, uint8_t *out,
                         struct icm_error *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_MD *md = EVP_MD_fetch(NULL, types[type].name, NULL);
    bool ran = context && md && run(context, md, pieces, count, out);

    EVP_MD_free(md);
    EVP_MD_CTX_free(context);
    return ran ? ICM_OK : unsupported(type, err);
}

enum icm_code icm_hmac(enum icm_digest_type type, struct icm_slice key, const struct icm_slice *pieces, size_t count,
                       uint8_t *out, struct icm_error *err)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_MD *md = EVP_MD_fetch(NULL, types[type].name, NULL);
    bool ran = context && md && run_hmac(context, md, type, key, pieces, count, out);

    EVP_MD_free(md);
    EVP_MD_CTX_free(context);
    return ran ? ICM_OK : unsupported(type, err);
}

bool icm_same_bytes(const void *a, const void *b, size_t size)
{
    return CRYPTO_memcmp(a, b, size) == 0;
}

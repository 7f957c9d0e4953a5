#include "auth/tls_keys.h"

/* The suites that auth/tls.c offers and whose records are an AEAD's. RFC 8446 B.4, RFC 5288 3, RFC 5289 3.2. */
static const struct auth_tls_suite suites[] = {
    /* number  1.3    cipher               hash        key salt explicit */
    {0x1301, true,  "AES-128-GCM",       ICM_SHA256, 16, 12, 0}, /* TLS_AES_128_GCM_SHA256 */
    {0x1302, true,  "AES-256-GCM",       ICM_SHA384, 32, 12, 0}, /* TLS_AES_256_GCM_SHA384 */
    {0x1303, true,  "ChaCha20-Poly1305", ICM_SHA256, 32, 12, 0}, /* TLS_CHACHA20_POLY1305_SHA256 */
    {0x009c, false, "AES-128-GCM",       ICM_SHA256, 16, 4,  8}, /* TLS_RSA_WITH_AES_128_GCM_SHA256 */
    {0x009d, false, "AES-256-GCM",       ICM_SHA384, 32, 4,  8}, /* TLS_RSA_WITH_AES_256_GCM_SHA384 */
    {0xc02b, false, "AES-128-GCM",       ICM_SHA256, 16, 4,  8}, /* TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 */
    {0xc02c, false, "AES-256-GCM",       ICM_SHA384, 32, 4,  8}, /* TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 */
    {0xc02f, false, "AES-128-GCM",       ICM_SHA256, 16, 4,  8}, /* TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 */
    {0xc030, false, "AES-256-GCM",       ICM_SHA384, 32, 4,  8}, /* TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 */
};

const struct auth_tls_suite *auth_tls_suite_at(size_t index)
{
    return index < ICM_COUNT(suites) ? &suites[index] : NULL;
}

const struct auth_tls_suite *auth_tls_suite_find(uint16_t number)
{
    for (size_t i = 0; i < ICM_COUNT(suites); i++)
        if (suites[i].number == number)
            return &suites[i];
    return NULL;
}

/* ---- TLS 1.3 ---- */

/* HKDF-Expand-Label without a context, of no more bytes than the hash has: HKDF's first block. RFC 8446 7.1, RFC 5869
 * 2.3 */
static enum icm_code expand(const struct auth_tls_suite *s, const uint8_t *secret, const char *label, uint8_t *out,
                            size_t size, struct icm_error *err)
{
    static const char prefix[] = "tls13 ";
    static const uint8_t end[] = {0 /* bytes of context */, 1 /* HKDF's block number */};
    const uint8_t begin[] = {(uint8_t)(size >> 8), (uint8_t)size, (uint8_t)(sizeof prefix - 1 + strlen(label))};
    const struct icm_slice pieces[] = {icm_slice_of(begin, sizeof begin), icm_slice_text(prefix),
                                       icm_slice_text(label), icm_slice_of(end, sizeof end)};
    uint8_t block[ICM_DIGEST_MAX];
    enum icm_code code = icm_hmac(s->hash, icm_slice_of(secret, icm_digest_size(s->hash)), pieces, ICM_COUNT(pieces),
                                  block, err);

    if (code == ICM_OK)
        memcpy(out, block, size);
    explicit_bzero(block, sizeof block);
    return code;
}

enum icm_code auth_tls_key_of_secret(const struct auth_tls_suite *s, const uint8_t *secret, struct auth_tls_key *out,
                                     struct icm_error *err)
{
    enum icm_code code = expand(s, secret, "key", out->key, s->key_size, err);

    return code == ICM_OK ? expand(s, secret, "iv", out->iv, sizeof out->iv, err) : code;
}

enum icm_code auth_tls_secret_update(const struct auth_tls_suite *s, uint8_t *secret, struct icm_error *err)
{
    return expand(s, secret, "traffic upd", secret, icm_digest_size(s->hash), err);
}

/* ---- TLS 1.2 ---- */

enum { BLOCK_SIZE = 2 * (AUTH_TLS_KEY_MAX + 4) /* two keys, two salts */ };

/* the first BLOCK_SIZE bytes of P_hash. RFC 5246 5 */
static enum icm_code expand_master(const struct auth_tls_suite *s, struct icm_slice master, struct icm_slice seed,
                                   uint8_t out[BLOCK_SIZE], struct icm_error *err)
{
    uint8_t a[ICM_DIGEST_MAX], block[ICM_DIGEST_MAX];
    struct icm_slice chain[] = {seed, seed}; /* A(i), which begins as the seed itself, and the seed */
    enum icm_code code = ICM_OK;

    for (size_t at = 0, size = icm_digest_size(s->hash); code == ICM_OK && at < BLOCK_SIZE; at += size) {
        code = icm_hmac(s->hash, master, chain, 1, a, err);
        chain[0] = icm_slice_of(a, size);
        if (code == ICM_OK)
            code = icm_hmac(s->hash, master, chain, 2, block, err);
        if (code == ICM_OK)
            memcpy(out + at, block, BLOCK_SIZE - at < size ? BLOCK_SIZE - at : size);
    }
    explicit_bzero(a, sizeof a);
    explicit_bzero(block, sizeof block);
    return code;
}

/* client_write_key, server_write_key, client_write_IV, server_write_IV: an AEAD has no MAC keys in front */
static void cut_block(const struct auth_tls_suite *s, const uint8_t *block, struct auth_tls_key *client,
                      struct auth_tls_key *server)
{
    memcpy(client->key, block, s->key_size);
    memcpy(server->key, block + s->key_size, s->key_size);
    memset(client->iv, 0, sizeof client->iv);
    memset(server->iv, 0, sizeof server->iv);
    memcpy(client->iv, block + 2 * s->key_size, s->salt_size);
    memcpy(server->iv, block + 2 * s->key_size + s->salt_size, s->salt_size);
}

enum icm_code auth_tls_keys_of_master(const struct auth_tls_suite *s, const uint8_t master[AUTH_TLS_MASTER_SIZE],
                                      const uint8_t client_random[AUTH_TLS_RANDOM_SIZE],
                                      const uint8_t server_random[AUTH_TLS_RANDOM_SIZE], struct auth_tls_key *client,
                                      struct auth_tls_key *server, struct icm_error *err)
{
    static const char label[] = "key expansion";
    uint8_t seed[sizeof label - 1 + 2 * AUTH_TLS_RANDOM_SIZE], block[BLOCK_SIZE];

    memcpy(seed, label, sizeof label - 1);
    memcpy(seed + sizeof label - 1, server_random, AUTH_TLS_RANDOM_SIZE);
    memcpy(seed + sizeof label - 1 + AUTH_TLS_RANDOM_SIZE, client_random, AUTH_TLS_RANDOM_SIZE);
    enum icm_code code = expand_master(s, icm_slice_of(master, AUTH_TLS_MASTER_SIZE), icm_slice_of(seed, sizeof seed),
                                       block, err);
    if (code == ICM_OK)
        cut_block(s, block, client, server);
    explicit_bzero(block, sizeof block);
    return code;
}

/* NTLM's sealing, and the same ciphers bare: OpenSSL's RC4 where its legacy provider is there (else our own), and its
 * HMAC-MD5. */
#include "base/rc4.h"
#include "tests/auth/ntlm_pair.h"
#include "tests/bench/auth_bench.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdlib.h>

/* ---- icm ---- */

static void *open_own(void)
{
    struct ntlm_pair *p = calloc(1, sizeof *p);

    auth_bench_must(p, "no memory");
    ntlm_pair_init(p);
    auth_bench_must(ntlm_pair_new(p) == ICM_OK && ntlm_pair_run(p, 0) == ICM_OK, "NTLM's handshake");
    return p;
}

static void close_own(void *state)
{
    ntlm_pair_reset(state);
    free(state);
}

static void seal_own(void *state, struct icm_slice message, struct icm_buf *out)
{
    struct auth_sealed how;

    auth_bench_must(auth_wrap(((struct ntlm_pair *)state)->client, message, out, &how, NULL) == ICM_OK, "sealing");
}

static void unseal_own(void *state, uint32_t header_size, struct icm_slice sealed, struct icm_buf *out)
{
    auth_bench_must(auth_unwrap(((struct ntlm_pair *)state)->server, header_size, sealed, out, NULL) == ICM_OK,
                    "opening");
}

const struct auth_bench_side auth_bench_ntlm = {"icm", open_own, close_own, seal_own, unseal_own, 16};

/* ---- the bare ciphers ---- */

struct bare {
    OSSL_PROVIDER *legacy, *standard;
    EVP_CIPHER_CTX *ciphers[2]; /* the client's and the server's; NULL: there is no legacy provider */
    struct icm_rc4 own[2];
    EVP_MAC *mac;
    EVP_MAC_CTX *keyed;
};

static const uint8_t key[16] = {1, 2, 3};

static void open_ciphers(struct bare *b)
{
    EVP_CIPHER *rc4 = EVP_CIPHER_fetch(NULL, "RC4", NULL);

    for (int i = 0; i < 2; i++) {
        icm_rc4_init(&b->own[i], icm_slice_of(key, sizeof key));
        b->ciphers[i] = rc4 ? EVP_CIPHER_CTX_new() : NULL;
        auth_bench_must(!rc4 || EVP_EncryptInit_ex2(b->ciphers[i], rc4, key, NULL, NULL) == 1, "RC4");
    }
    EVP_CIPHER_free(rc4);
}

static void *open_bare(void)
{
    struct bare *b = calloc(1, sizeof *b);
    OSSL_PARAM md5[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"MD5"}, 0),
                        OSSL_PARAM_construct_end()};

    auth_bench_must(b, "no memory");
    b->legacy = OSSL_PROVIDER_load(NULL, "legacy");
    b->standard = OSSL_PROVIDER_load(NULL, "default"); /* which is not there by itself any more */
    open_ciphers(b);
    b->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    b->keyed = EVP_MAC_CTX_new(b->mac);
    auth_bench_must(b->keyed && EVP_MAC_init(b->keyed, key, sizeof key, md5) == 1, "HMAC-MD5");
    return b;
}

static void close_bare(void *state)
{
    struct bare *b = state;

    EVP_CIPHER_CTX_free(b->ciphers[0]);
    EVP_CIPHER_CTX_free(b->ciphers[1]);
    EVP_MAC_CTX_free(b->keyed);
    EVP_MAC_free(b->mac);
    OSSL_PROVIDER_unload(b->legacy);
    OSSL_PROVIDER_unload(b->standard);
    free(b);
}

static void encrypt(struct bare *b, int end, struct icm_slice in, uint8_t *out)
{
    int size;

    if (b->ciphers[end])
        auth_bench_must(EVP_EncryptUpdate(b->ciphers[end], out, &size, in.data, (int)in.size) == 1, "RC4");
    else
        icm_rc4_apply(&b->own[end], in.data, out, in.size);
}

static void authenticate(struct bare *b, struct icm_slice message, uint8_t out[16])
{
    size_t size;

    auth_bench_must(EVP_MAC_init(b->keyed, NULL, 0, NULL) == 1 &&
                        EVP_MAC_update(b->keyed, message.data, message.size) == 1 &&
                        EVP_MAC_final(b->keyed, out, &size, 16) == 1,
                    "HMAC-MD5");
}

static void seal_bare(void *state, struct icm_slice message, struct icm_buf *out)
{
    uint8_t *room = icm_buf_room(out, 16 + message.size);

    authenticate(state, message, room);
    encrypt(state, 0, message, room + 16);
    out->size += 16 + message.size;
}

static void unseal_bare(void *state, uint32_t header_size, struct icm_slice sealed, struct icm_buf *out)
{
    uint8_t *room = icm_buf_room(out, sealed.size), mac[16];
    size_t size = sealed.size - header_size;

    encrypt(state, 1, icm_slice_from(sealed, header_size), room);
    authenticate(state, icm_slice_of(room, size), mac);
    auth_bench_must(memcmp(mac, sealed.data, sizeof mac) == 0, "a message's MAC");
    out->size += size;
}

const struct auth_bench_side auth_bench_rc4 = {"RC4 and HMAC-MD5", open_bare, close_bare, seal_bare, unseal_bare, 16};

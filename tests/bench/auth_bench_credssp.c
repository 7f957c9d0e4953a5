/* CredSSP's sealing, which is TLS's records, and the same cipher bare: AES-256-GCM with a nonce, a header and a tag for
 * each piece. */
#include "tests/auth/tls_peer.h"
#include "tests/bench/auth_bench.h"

#include <openssl/evp.h>
#include <stdlib.h>

enum { PIECE = 16384, NONCE_SIZE = 12, HEADER_SIZE = 5, TAG_SIZE = 16, STEPS_MAX = 24 };

/* ---- icm ---- */

struct own {
    struct tls_identity identity;
    struct auth_credential ana;
    struct auth_initiator_options initiates;
    struct auth_acceptor_options accepts;
    struct auth_context *both[2]; /* the client, the server */
};

static void authenticate(struct own *o)
{
    struct icm_buf tokens[2] = {{0}, {0}};

    for (size_t i = 0; i < STEPS_MAX && !auth_is_established(o->both[1]); i++) {
        icm_buf_clear(&tokens[i % 2]);
        enum icm_code code = auth_step(o->both[i % 2], icm_buf_slice(&tokens[1 - i % 2]), &tokens[i % 2], NULL);
        auth_bench_must(code == ICM_OK || code == ICM_AGAIN, "CredSSP's handshake");
    }
    auth_bench_must(auth_is_established(o->both[1]), "CredSSP's handshake");
    icm_buf_reset(&tokens[0]);
    icm_buf_reset(&tokens[1]);
}

static void *open_own(void)
{
    const struct auth_mechanism *credssp = auth_mechanism_find("Credssp");
    struct own *o = calloc(1, sizeof *o);

    auth_bench_must(o, "no memory");
    tls_identity_make(&o->identity, "EC");
    icm_set_text(&o->ana.user, "ana");
    icm_buf_add_text(&o->ana.password, "secret");
    o->initiates = (struct auth_initiator_options){.credential = &o->ana, .host = "127.0.0.1", .allows_ntlm = true};
    o->accepts = (struct auth_acceptor_options){.accounts = &o->ana,
                                                .account_count = 1,
                                                .computer = "SRV1",
                                                .certificate = icm_buf_text(&o->identity.certificate),
                                                .key = icm_buf_text(&o->identity.key)};
    auth_bench_must(auth_initiator_new(&o->both[0], credssp, &o->initiates, NULL) == ICM_OK &&
                        auth_acceptor_new(&o->both[1], credssp, &o->accepts, NULL) == ICM_OK,
                    "CredSSP");
    authenticate(o);
    return o;
}

static void close_own(void *state)
{
    struct own *o = state;

    auth_context_free(o->both[0]);
    auth_context_free(o->both[1]);
    tls_identity_reset(&o->identity);
    auth_credential_reset(&o->ana);
    free(o);
}

static struct icm_slice next_piece(struct icm_slice *message)
{
    struct icm_slice piece = icm_slice_of(message->data, message->size < PIECE ? message->size : PIECE);

    *message = icm_slice_from(*message, piece.size);
    return piece;
}

static void seal_own(void *state, struct icm_slice message, struct icm_buf *out)
{
    struct auth_sealed how;

    while (message.size > 0)
        auth_bench_must(auth_wrap(((struct own *)state)->both[0], next_piece(&message), out, &how, NULL) == ICM_OK,
                        "sealing");
}

static void unseal_own(void *state, uint32_t header_size, struct icm_slice sealed, struct icm_buf *out)
{
    auth_bench_must(auth_unwrap(((struct own *)state)->both[1], header_size, sealed, out, NULL) == ICM_OK, "opening");
}

const struct auth_bench_side auth_bench_credssp = {"icm", open_own, close_own, seal_own, unseal_own, TAG_SIZE + 1};

/* ---- the bare cipher ---- */

struct bare {
    EVP_CIPHER_CTX *ends[2];
    uint64_t sequence[2];
};

static void *open_bare(void)
{
    static const uint8_t key[32] = {1, 2, 3};
    struct bare *b = calloc(1, sizeof *b);

    auth_bench_must(b, "no memory");
    for (int i = 0; i < 2; i++) {
        b->ends[i] = EVP_CIPHER_CTX_new();
        auth_bench_must(b->ends[i] && EVP_CipherInit_ex(b->ends[i], EVP_aes_256_gcm(), NULL, key, NULL, i == 0) == 1,
                        "AES-256-GCM");
    }
    return b;
}

static void close_bare(void *state)
{
    struct bare *b = state;

    EVP_CIPHER_CTX_free(b->ends[0]);
    EVP_CIPHER_CTX_free(b->ends[1]);
    free(b);
}

/* the piece's nonce, and what of it is authenticated and in clear */
static void begin_piece(struct bare *b, int end)
{
    static const uint8_t header[HEADER_SIZE] = {23, 3, 3};
    uint8_t nonce[NONCE_SIZE] = {0};
    int size;

    memcpy(nonce, &b->sequence[end], sizeof b->sequence[end]);
    b->sequence[end]++;
    auth_bench_must(EVP_CipherInit_ex(b->ends[end], NULL, NULL, NULL, nonce, -1) == 1 &&
                        EVP_CipherUpdate(b->ends[end], NULL, &size, header, sizeof header) == 1,
                    "a nonce");
}

static void seal_bare(void *state, struct icm_slice message, struct icm_buf *out)
{
    struct bare *b = state;

    while (message.size > 0) {
        struct icm_slice piece = next_piece(&message);
        uint8_t *room = icm_buf_room(out, piece.size + TAG_SIZE);
        int size, rest;

        begin_piece(b, 0);
        auth_bench_must(room && EVP_CipherUpdate(b->ends[0], room, &size, piece.data, (int)piece.size) == 1 &&
                            EVP_CipherFinal_ex(b->ends[0], room + size, &rest) == 1 &&
                            EVP_CIPHER_CTX_ctrl(b->ends[0], EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, room + piece.size) == 1,
                        "sealing");
        out->size += piece.size + TAG_SIZE;
    }
}

static void unseal_bare(void *state, uint32_t header_size, struct icm_slice sealed, struct icm_buf *out)
{
    struct bare *b = state;

    (void)header_size;
    while (sealed.size > 0) {
        size_t whole = sealed.size < PIECE + TAG_SIZE ? sealed.size : PIECE + TAG_SIZE;
        uint8_t *room = icm_buf_room(out, whole);
        int size, rest;

        begin_piece(b, 1);
        auth_bench_must(room && EVP_CipherUpdate(b->ends[1], room, &size, sealed.data, (int)(whole - TAG_SIZE)) == 1 &&
                            EVP_CIPHER_CTX_ctrl(b->ends[1], EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
                                                (void *)(uintptr_t)(sealed.data + whole - TAG_SIZE)) == 1 &&
                            EVP_CipherFinal_ex(b->ends[1], room + size, &rest) == 1,
                        "opening");
        out->size += whole - TAG_SIZE;
        sealed = icm_slice_from(sealed, whole);
    }
}

const struct auth_bench_side auth_bench_gcm = {"AES-256-GCM", open_bare, close_bare, seal_bare, unseal_bare, TAG_SIZE};

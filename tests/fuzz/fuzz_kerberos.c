/* Laws: bytes that the peer did not seal never open, nothing comes out of them, and what it did seal opens after them
 * all the same; a token that is no ticket for us lets nobody in. The first byte chooses: 'u' a sealed message, whose
 * header's size is the next byte; 's' a message to seal, of which one bit is changed; 'a' a client's token; 'i' a
 * server's. The tickets are recorded ones. RFC 4121, RFC 4757. */
#include "auth/kerberos_private.h"
#include "auth/kerberos_token.h"
#include "tests/auth/kerberos_recorded.h"

#include <stdlib.h>

static struct auth_initiator_options initiator;
static struct auth_acceptor_options acceptor;
static struct auth_context *client, *server;

static void must(bool law)
{
    if (!law)
        abort();
}

/* One pair for all inputs: what fails must leave it as it was. */
static void shake_hands(void)
{
    if (client)
        return;
    must(kerberos_recorded(18));
    must(kerberos_pair(&initiator, &acceptor, &client, &server, NULL));
}

static enum icm_code unseal(uint32_t header_size, struct icm_slice bytes, struct icm_buf *out)
{
    return auth_kerberos_unwrap(auth_kerberos_of(server)->gss, header_size, bytes, out, NULL);
}

static void must_pass(struct icm_slice message)
{
    struct icm_buf sealed = {0}, out = {0};
    struct auth_sealed how;

    must(auth_wrap(client, message, &sealed, &how, NULL) == ICM_OK);
    must(sealed.size == how.header_size + message.size && how.padding == 0);
    must(auth_kerberos_sealed_check(icm_buf_slice(&sealed), NULL) == ICM_OK);
    if (message.size > 0) {
        uint8_t *at = &sealed.data[message.data[0] % sealed.size],
                bit = (uint8_t)(1u << message.data[message.size - 1] % 8);

        *at ^= bit;
        must(unseal(how.header_size, icm_buf_slice(&sealed), &out) != ICM_OK && out.size == 0);
        *at ^= bit;
    }
    must(unseal(message.size % 2 ? how.header_size : 0, icm_buf_slice(&sealed), &out) == ICM_OK);
    must(icm_slice_equal(icm_buf_slice(&out), message));
    icm_buf_reset(&sealed);
    icm_buf_reset(&out);
}

static void open_bytes(struct icm_slice in)
{
    struct icm_buf out = {0};
    struct icm_error err = {0};
    uint32_t header_size = in.size > 0 ? in.data[0] : 0;
    struct icm_slice bytes = icm_slice_from(in, in.size > 0);
    enum icm_code code = auth_kerberos_unwrap(auth_kerberos_of(server)->gss, header_size, bytes, &out, &err);

    must((code == ICM_DENIED || code == ICM_SYNTAX) && err.code == code && out.size == 0);
    icm_error_reset(&err);
    icm_buf_reset(&out);
    must_pass(icm_slice_text("goes on"));
}

static void step(struct auth_context *c, struct icm_slice token)
{
    enum auth_kerberos_token kind;
    struct icm_buf out = {0};
    struct icm_error err = {0};
    enum icm_code code = auth_step(c, token, &out, &err);

    must(token.size == 0 ? code == ICM_AGAIN || code == ICM_DENIED : code == ICM_DENIED || code == ICM_SYNTAX);
    must(!auth_user(c) && !auth_is_established(c));
    must(auth_kerberos_token_read(token, &kind, NULL) == ICM_OK || code != ICM_OK);
    icm_error_reset(&err);
    icm_buf_reset(&out);
    auth_context_free(c);
}

static void to_server(struct icm_slice token)
{
    struct auth_context *c = NULL;

    must(auth_acceptor_new(&c, auth_mechanism_find("Kerberos"), &acceptor, NULL) == ICM_OK);
    step(c, token);
}

static void to_client(struct icm_slice token)
{
    struct auth_context *c = NULL;
    struct icm_buf out = {0};

    must(auth_initiator_new(&c, auth_mechanism_find("Kerberos"), &initiator, NULL) == ICM_OK);
    must(auth_step(c, icm_slice_text(""), &out, NULL) == ICM_AGAIN);
    icm_buf_reset(&out);
    step(c, token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_slice rest = icm_slice_of(data, size);

    shake_hands();
    if (size == 0)
        return 0;
    rest = icm_slice_from(rest, 1);
    switch (data[0]) {
    case 'u':
        open_bytes(rest);
        break;
    case 'a':
        to_server(rest);
        break;
    case 'i':
        to_client(rest);
        break;
    default:
        must_pass(rest);
    }
    return 0;
}

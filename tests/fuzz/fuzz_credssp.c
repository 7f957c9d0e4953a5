/* The first byte chooses. Laws: what is read as a TSRequest or as credentials, written again, reads as the same (r, p);
 * no bytes make a TLS handshake (c, s); and whatever a peer says inside of TLS that knows no password (C, S: messages
 * with two bytes of length in front), it is never believed, and nothing that it is told holds our password.
 * MS-CSSP 2.2, 3.1.5. */
#include "auth/credssp_message.h"

#include "auth/auth.h"
#include "base/text.h"
#include "tests/auth/tls_peer.h"

#include <stdlib.h>

enum { FLIGHTS_MAX = 4 };

static void must(bool law)
{
    if (!law)
        abort();
}

/* ---- the codecs ---- */

static void read_request(struct icm_slice bytes)
{
    struct auth_ts_request m, again;
    struct icm_buf out = {0};
    struct icm_error err = {0};
    enum icm_code code = auth_ts_request_read(bytes, &m, &err);

    must(code == ICM_OK || (code == ICM_SYNTAX && err.code == code));
    icm_error_reset(&err);
    if (code != ICM_OK)
        return;
    auth_ts_request_write(&out, &m);
    must(auth_ts_request_read(icm_buf_slice(&out), &again, NULL) == ICM_OK);
    must(again.version == m.version && again.error_code == m.error_code);
    must(icm_slice_equal(again.nego_token, m.nego_token) && icm_slice_equal(again.auth_info, m.auth_info));
    must(icm_slice_equal(again.pub_key_auth, m.pub_key_auth) && icm_slice_equal(again.client_nonce, m.client_nonce));
    icm_buf_reset(&out);
}

static void read_password(struct icm_slice bytes)
{
    struct auth_ts_password m, again;
    struct icm_buf out = {0};
    struct icm_error err = {0};
    enum icm_code code = auth_ts_password_read(bytes, &m, &err);

    must(code == ICM_OK || ((code == ICM_SYNTAX || code == ICM_UNSUPPORTED) && err.code == code));
    icm_error_reset(&err);
    if (code != ICM_OK)
        return;
    auth_ts_password_write(&out, &m);
    must(auth_ts_password_read(icm_buf_slice(&out), &again, NULL) == ICM_OK);
    must(icm_slice_equal(again.domain, m.domain) && icm_slice_equal(again.user, m.user) &&
         icm_slice_equal(again.password, m.password));
    icm_buf_reset(&out);
}

/* ---- both roles ---- */

static struct {
    struct tls_identity identity;
    struct auth_credential ana;
    struct auth_initiator_options initiates;
    struct auth_acceptor_options accepts;
} world;

static void make_world(void)
{
    if (world.ana.user)
        return;
    tls_identity_make(&world.identity, "EC");
    icm_set_text(&world.ana.user, "ana");
    icm_buf_add_text(&world.ana.password, "secret");
    world.initiates =
        (struct auth_initiator_options){.credential = &world.ana, .host = "127.0.0.1", .allows_ntlm = true, .allows_old_credssp = true};
    world.accepts = (struct auth_acceptor_options){.accounts = &world.ana,
                                                   .account_count = 1,
                                                   .computer = "SRV1",
                                                   .certificate = icm_buf_text(&world.identity.certificate),
                                                   .key = icm_buf_text(&world.identity.key),
                                                   .allows_old_credssp = true};
}

static struct auth_context *new_context(bool is_client)
{
    const struct auth_mechanism *credssp = auth_mechanism_find("Credssp");
    struct auth_context *c = NULL;

    make_world();
    must((is_client ? auth_initiator_new(&c, credssp, &world.initiates, NULL)
                    : auth_acceptor_new(&c, credssp, &world.accepts, NULL)) == ICM_OK);
    return c;
}

/* the answer to @in; false: it was refused, with a reason */
static bool step(struct auth_context *c, struct icm_slice in, struct icm_buf *out)
{
    struct icm_error err = {0};
    enum icm_code code = auth_step(c, in, out, &err);

    must(code != ICM_OK && !auth_is_established(c) && !auth_user(c));
    must(code == ICM_AGAIN || (err.code == code && *err.text));
    icm_error_reset(&err);
    return code == ICM_AGAIN;
}

static void take_flight(bool is_client, struct icm_slice bytes)
{
    struct auth_context *c = new_context(is_client);
    struct icm_buf out = {0};

    if (is_client)
        must(step(c, icm_slice_of(NULL, 0), &out));
    step(c, bytes, &out);
    auth_context_free(c);
    icm_buf_reset(&out);
}

/* until TLS stands; what the context says behind it goes unheard */
static void shake_hands(struct auth_context *c, struct tls_peer *peer, bool is_client)
{
    struct icm_buf to_us = {0}, to_peer = {0}, unheard = {0};
    bool is_done = false;

    if (!is_client)
        tls_peer_handshake(peer, icm_slice_of(NULL, 0), &to_us);
    for (int flight = 0; flight < FLIGHTS_MAX && !is_done; flight++) {
        must(step(c, icm_buf_slice(&to_us), &to_peer));
        icm_buf_clear(&to_us);
        is_done = tls_peer_handshake(peer, icm_buf_slice(&to_peer), &to_us);
        icm_buf_clear(&to_peer);
    }
    must(is_done);
    if (is_client ||
        to_us.size > 0) /* a ticket, for which the first TSRequest comes; a last flight, for which a ticket does */
        must(step(c, icm_buf_slice(&to_us), &to_peer) && tls_peer_decrypt(peer, icm_buf_slice(&to_peer), &unheard));
    icm_buf_reset(&to_us);
    icm_buf_reset(&to_peer);
    icm_buf_reset(&unheard);
}

static bool holds_password(const struct icm_buf *told)
{
    static const char secret[] = "s\0e\0c\0r\0e\0t";

    return told->size > 0 &&
           (memmem(told->data, told->size, secret, sizeof secret - 1) || memmem(told->data, told->size, "secret", 6));
}

static void converse(bool is_client, struct icm_slice script)
{
    struct tls_peer_options options = {.identity = is_client ? &world.identity : NULL};
    struct auth_context *c = new_context(is_client);
    struct tls_peer peer;
    struct icm_reader r = icm_reader_on(script);
    bool goes_on = true;

    tls_peer_init(&peer, &options);
    shake_hands(c, &peer, is_client);
    while (goes_on) {
        struct icm_buf token = {0}, answer = {0}, told = {0};
        struct icm_slice message = icm_read_slice(&r, icm_read_le16(&r));

        goes_on = !r.missing && message.size > 0;
        if (goes_on) {
            tls_peer_encrypt(&peer, message, &token);
            goes_on = step(c, icm_buf_slice(&token), &answer);
            must(tls_peer_decrypt(&peer, icm_buf_slice(&answer), &told) && !holds_password(&told));
        }
        icm_buf_reset(&token);
        icm_buf_reset(&answer);
        icm_buf_reset(&told);
    }
    tls_peer_reset(&peer);
    auth_context_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct icm_slice rest = icm_slice_of(data + 1, size - 1);
    make_world();
    switch (data[0]) {
    case 'p':
        read_password(rest);
        break;
    case 'c':
    case 's':
        take_flight(data[0] == 'c', rest);
        break;
    case 'C':
    case 'S':
        converse(data[0] == 'C', rest);
        break;
    default:
        read_request(rest);
    }
    return 0;
}

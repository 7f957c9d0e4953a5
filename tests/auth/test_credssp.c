/* Both ends of CredSSP: against a peer that is written a second time (and by hand), against each other, and with
 * somebody in between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/auth/credssp_peer.h"

static struct tls_identity rsa, ec, evil;
static struct auth_credential accounts[2], wrong; /* ana, eve; ana with a wrong password */
static const struct tls_peer_options any = {0};
static const struct tls_peer_options tls12 = {.version = TLS1_2_VERSION};

enum { ROUNDS_MAX = 12 };

/* ---- one of our ends, and the peer ---- */

struct run {
    struct auth_initiator_options initiates;
    struct auth_acceptor_options accepts;
    struct auth_context *ours;
    struct credssp_peer peer;
    struct icm_error err;
    enum icm_code code; /* our last */
    size_t tokens;      /* that we sent */
};

static void run_init(struct run *r, bool we_are_client, const struct auth_credential *who)
{
    const struct auth_mechanism *credssp = auth_mechanism_find("Credssp");

    memset(r, 0, sizeof *r);
    r->initiates = (struct auth_initiator_options){.credential = who, .host = "127.0.0.1", .allows_ntlm = true};
    r->accepts = (struct auth_acceptor_options){.accounts = accounts,
                                                .account_count = ICM_COUNT(accounts),
                                                .computer = "SRV1",
                                                .certificate = icm_buf_text(&rsa.certificate),
                                                .key = icm_buf_text(&rsa.key)};
    if (we_are_client)
        assert_int_equal(auth_initiator_new(&r->ours, credssp, &r->initiates, NULL), ICM_OK);
    else
        assert_int_equal(auth_acceptor_new(&r->ours, credssp, &r->accepts, NULL), ICM_OK);
}

static void run_reset(struct run *r)
{
    auth_context_free(r->ours);
    credssp_peer_reset(&r->peer);
    icm_error_reset(&r->err);
}

/* until our end is established or fails, or the peer breaks off and has said its last word */
static void talk(struct run *r)
{
    struct icm_buf to_us = {0}, to_peer = {0};
    bool goes_on = true;

    if (!r->peer.is_server)
        goes_on = credssp_peer_step(&r->peer, icm_slice_text(""), &to_us);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        icm_buf_clear(&to_peer);
        r->code = auth_step(r->ours, icm_buf_slice(&to_us), &to_peer, &r->err);
        r->tokens += to_peer.size > 0;
        icm_buf_clear(&to_us);
        if (to_peer.size == 0 || !goes_on || (r->code != ICM_OK && r->code != ICM_AGAIN))
            break;
        goes_on = credssp_peer_step(&r->peer, icm_buf_slice(&to_peer), &to_us);
        if (r->code == ICM_OK)
            break;
    }
    icm_buf_reset(&to_us);
    icm_buf_reset(&to_peer);
}

static void expect(struct run *r, const char *name, enum icm_code code, const char *words)
{
    if (r->code != code)
        fail_msg("%s: %s, expected %s: %s", name, icm_code_name(r->code), icm_code_name(code), r->err.text);
    if (words && !strstr(r->err.text, words))
        fail_msg("%s: \"%s\" does not say \"%s\"", name, r->err.text, words);
    assert_null(strstr(r->err.text, "secret"));
    assert_int_equal(auth_is_established(r->ours), code == ICM_OK);
}

static const struct {
    const char *name;
    uint32_t version;
    bool allows_old;
    enum trick trick;
    const struct auth_credential *who; /* NULL: ana, with the right password */
    enum icm_code code;
    const char *words;
    bool gets_password; /* the server */
} servers[] = {
    {"version 2", 2, true, PLAIN_DEALING, NULL, ICM_OK, NULL, true},
    {"version 3", 3, true, PLAIN_DEALING, NULL, ICM_OK, NULL, true},
    {"version 4", 4, true, PLAIN_DEALING, NULL, ICM_OK, NULL, true},
    {"version 5", 5, false, PLAIN_DEALING, NULL, ICM_OK, NULL, true},
    {"version 6", 6, false, PLAIN_DEALING, NULL, ICM_OK, NULL, true},
    {"version 7", 7, false, PLAIN_DEALING, NULL, ICM_OK, NULL, true},
    {"no last word of SPNEGO's", 6, false, NO_LAST_WORD, NULL, ICM_DENIED, "the last word of Negotiate", false},
    {"version 1", 1, true, PLAIN_DEALING, NULL, ICM_DENIED, "version 1 of CredSSP, at least 2", false},
    {"version 2, not allowed", 2, false, PLAIN_DEALING, NULL, ICM_DENIED, "CVE-2018-0886", false},
    {"version 4, not allowed", 4, false, PLAIN_DEALING, NULL, ICM_DENIED, "CVE-2018-0886", false},
    {"no proof", 6, false, NO_KEY, NULL, ICM_DENIED, "does not prove whose key", false},
    {"a broken proof", 6, false, BROKEN_KEY, NULL, ICM_DENIED, NULL, false},
    {"a broken proof, version 2", 2, true, BROKEN_KEY, NULL, ICM_DENIED, NULL, false},
    {"another key", 6, false, OTHER_KEY, NULL, ICM_DENIED, "somebody is in between", false},
    {"another key, version 2", 2, true, OTHER_KEY, NULL, ICM_DENIED, "somebody is in between", false},
    {"our own proof sent back", 6, false, ECHOED_KEY, NULL, ICM_DENIED, NULL, false},
    {"our own proof sent back, version 2", 2, true, ECHOED_KEY, NULL, ICM_DENIED, NULL, false},
    {"a proof that is not sealed", 6, false, UNSEALED_KEY, NULL, ICM_DENIED, NULL, false},
    {"the old proof from version 6", 6, true, OLD_FORM, NULL, ICM_DENIED, "somebody is in between", false},
    {"a version that changes", 6, true, OTHER_VERSION, NULL, ICM_DENIED, "changes its version", false},
    {"a request with nothing in it", 6, false, EMPTY_REQUEST, NULL, ICM_DENIED, "the last word of Negotiate", false},
    {"an error at once", 6, false, ERROR_CODE, NULL, ICM_DENIED, "the account is locked", false},
    {"an error instead of the proof", 6, false, LATE_ERROR_CODE, NULL, ICM_DENIED, "STATUS_ACCESS_DENIED", false},
    {"an error that nobody knows", 6, false, UNKNOWN_ERROR_CODE, NULL, ICM_DENIED, "0xC0990001", false},
    {"no TSRequest", 6, false, NO_REQUEST, NULL, ICM_SYNTAX, "no TSRequest", false},
    {"two TSRequests", 6, false, TWO_REQUESTS, NULL, ICM_SYNTAX, "no TSRequest", false},
    {"a wrong password", 6, false, PLAIN_DEALING, &wrong, ICM_DENIED, "STATUS_LOGON_FAILURE", false},
};

static void clients(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(servers); i++) {
        struct run r;

        run_init(&r, true, servers[i].who ? servers[i].who : accounts);
        r.initiates.allows_old_credssp = servers[i].allows_old;
        credssp_peer_init(&r.peer, &any, &ec, accounts, servers[i].version, servers[i].trick);
        talk(&r);
        expect(&r, servers[i].name, servers[i].code, servers[i].words);
        assert_int_equal(r.peer.is_done, servers[i].gets_password);
        assert_string_equal(icm_buf_text(&r.peer.password), servers[i].gets_password ? "secret" : "");
        run_reset(&r);
    }
}

static const struct {
    const char *name;
    uint32_t version;
    bool allows_old;
    enum trick trick;
    const struct auth_credential *who;
    enum icm_code code;
    const char *words;
} callers[] = {
    {"version 2", 2, true, PLAIN_DEALING, NULL, ICM_OK, NULL},
    {"version 3", 3, true, PLAIN_DEALING, NULL, ICM_OK, NULL},
    {"version 4", 4, true, PLAIN_DEALING, NULL, ICM_OK, NULL},
    {"version 5", 5, false, PLAIN_DEALING, NULL, ICM_OK, NULL},
    {"version 6", 6, false, PLAIN_DEALING, NULL, ICM_OK, NULL},
    {"version 7", 7, false, PLAIN_DEALING, NULL, ICM_OK, NULL},
    {"version 4, not allowed", 4, false, PLAIN_DEALING, NULL, ICM_DENIED, "CVE-2018-0886"},
    {"NTLM without SPNEGO", 6, false, BARE_NTLM, NULL, ICM_OK, NULL},
    {"SPNEGO ends before the proof", 6, false, LATE_PROOF, NULL, ICM_OK, NULL},
    {"the nonce with the first message", 6, false, EARLY_NONCE, NULL, ICM_OK, NULL},
    {"no nonce", 6, false, NO_NONCE, NULL, ICM_DENIED, "no nonce"},
    {"a short nonce", 6, false, SHORT_NONCE, NULL, ICM_SYNTAX, "a nonce of 31 bytes"},
    {"credentials without a proof", 6, false, NO_KEY, NULL, ICM_SYNTAX, "neither negoTokens nor pubKeyAuth"},
    {"a broken proof", 6, false, BROKEN_KEY, NULL, ICM_DENIED, NULL},
    {"another key", 6, false, OTHER_KEY, NULL, ICM_DENIED, "somebody is in between"},
    {"another key, version 2", 2, true, OTHER_KEY, NULL, ICM_DENIED, "somebody is in between"},
    {"a proof that is not sealed", 6, false, UNSEALED_KEY, NULL, ICM_DENIED, NULL},
    {"the old proof from version 6", 6, true, OLD_FORM, NULL, ICM_DENIED, "somebody is in between"},
    {"a version that changes", 6, true, OTHER_VERSION, NULL, ICM_DENIED, "changes its version"},
    {"neither token nor proof", 6, false, EMPTY_REQUEST, NULL, ICM_SYNTAX, "neither negoTokens nor pubKeyAuth"},
    {"no TSRequest", 6, false, NO_REQUEST, NULL, ICM_SYNTAX, "no TSRequest"},
    {"two TSRequests", 6, false, TWO_REQUESTS, NULL, ICM_SYNTAX, "no TSRequest"},
    {"a wrong password", 6, false, PLAIN_DEALING, &wrong, ICM_DENIED, "wrong user name or password"},
    {"another password handed over", 6, false, OTHER_PASSWORD, NULL, ICM_DENIED, "not those of the user"},
    {"another user handed over", 6, false, OTHER_USER, NULL, ICM_DENIED, "not those of the user"},
    {"no credentials", 6, false, NO_CREDENTIALS, NULL, ICM_SYNTAX, "without credentials"},
    {"broken credentials", 6, false, BROKEN_CREDENTIALS, NULL, ICM_DENIED, NULL},
    {"a smart card", 6, false, SMART_CARD, NULL, ICM_UNSUPPORTED, "type 2"},
};

static void acceptors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(callers); i++) {
        struct run r;

        run_init(&r, false, NULL);
        r.accepts.allows_old_credssp = callers[i].allows_old;
        credssp_peer_init(&r.peer, &any, NULL, callers[i].who ? callers[i].who : accounts, callers[i].version,
                          callers[i].trick);
        talk(&r);
        expect(&r, callers[i].name, callers[i].code, callers[i].words);
        const char *user = auth_user(r.ours);
        assert_string_equal(user ? user : "", callers[i].code == ICM_OK ? "ana" : "");
        run_reset(&r);
    }
}

/* an answer that says no is the last word: the client hears it in the versions that have one */
static void a_refusal_is_told(void **state)
{
    (void)state;
    for (uint32_t version = 2; version <= 7; version++) {
        struct run r;
        struct icm_buf last = {0};

        run_init(&r, false, NULL);
        r.accepts.allows_old_credssp = true;
        credssp_peer_init(&r.peer, &tls12, NULL, &wrong, version, PLAIN_DEALING);
        talk(&r);
        assert_int_equal(r.code, ICM_DENIED);
        assert_int_equal(r.tokens, 3 + auth_credssp_tells_errors(version)); /* two of TLS, and the challenge */
        icm_buf_reset(&last);
        run_reset(&r);
    }
}

/* ---- TLS's versions and ciphers; sealed messages ---- */

static const struct {
    const char *name;
    struct tls_peer_options tls;
    uint32_t trailer; /* of 900 bytes */
    const char *described;
} tunnels[] = {
    {"TLS 1.3", {.version = TLS1_3_VERSION}, 17, "(Negotiate: NTLM inside), version 6, TLSv1.3"},
    {"TLS 1.2, GCM",
     {.version = TLS1_2_VERSION, .ciphers = "ECDHE+AESGCM"},
     16,
     "(Negotiate: NTLM inside), version 6, TLSv1.2"},
    {"TLS 1.2, CBC",
     {.version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES256-SHA384", .options = SSL_OP_NO_ENCRYPT_THEN_MAC},
     60,
     "(Negotiate: NTLM inside), version 6, TLSv1.2"},
};

static void fill(struct icm_buf *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        icm_buf_add_u8(out, (uint8_t)(i * 13));
}

static void send_there_and_back(struct run *r, size_t size, uint32_t trailer)
{
    struct icm_buf message = {0}, sealed = {0}, opened = {0};
    struct auth_sealed how = {0};

    fill(&message, size);
    assert_int_equal(auth_wrap(r->ours, icm_buf_slice(&message), &sealed, &how, NULL), ICM_OK);
    if (trailer)
        assert_int_equal(how.header_size, trailer);
    assert_int_equal(how.padding, 0);
    assert_true(tls_peer_decrypt(&r->peer.tls, icm_buf_slice(&sealed), &opened));
    assert_true(icm_slice_equal(icm_buf_slice(&message), icm_buf_slice(&opened)));
    icm_buf_clear(&sealed);
    icm_buf_clear(&opened);
    tls_peer_encrypt(&r->peer.tls, icm_buf_slice(&message), &sealed);
    assert_int_equal(auth_unwrap(r->ours, 16, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&message), icm_buf_slice(&opened)));
    icm_buf_reset(&message);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void start(struct run *r, size_t tunnel, bool we_are_client)
{
    run_init(r, we_are_client, accounts);
    credssp_peer_init(&r->peer, &tunnels[tunnel].tls, we_are_client ? &rsa : NULL, accounts, 6, PLAIN_DEALING);
    talk(r);
    expect(r, tunnels[tunnel].name, ICM_OK, NULL);
    assert_true(r->peer.is_done && r->peer.key_was_right);
}

static void messages_are_sealed_in_each_tunnel(void **state)
{
    static const size_t sizes[] = {1, 15, 16, 17, 2048, 16384};

    (void)state;
    for (size_t i = 0; i < 2 * ICM_COUNT(tunnels); i++) {
        struct run r;
        struct icm_buf message = {0}, sealed = {0};
        struct auth_sealed how;

        start(&r, i / 2, i % 2 == 0);
        assert_non_null(strstr(auth_describe(r.ours), tunnels[i / 2].described));
        for (size_t k = 0; k < ICM_COUNT(sizes); k++)
            send_there_and_back(&r, sizes[k], 0);
        send_there_and_back(&r, 900, tunnels[i / 2].trailer);
        fill(&message, 16385);
        assert_int_equal(auth_wrap(r.ours, icm_buf_slice(&message), &sealed, &how, &r.err), ICM_LIMIT);
        assert_int_equal(sealed.size, 0);
        icm_buf_reset(&message);
        run_reset(&r);
    }
}

enum harm { REPLAYED, OUT_OF_ORDER, CHANGED, CUT, LENGTHENED, IN_CLEAR, HEADERLESS, HARM_COUNT };

static void harmed_messages_do_not_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < HARM_COUNT * ICM_COUNT(tunnels); i++) {
        struct run r;
        struct icm_buf first = {0}, second = {0}, opened = {0};
        enum harm harm = i % HARM_COUNT;

        start(&r, i / HARM_COUNT, true);
        tls_peer_encrypt(&r.peer.tls, icm_slice_text("first"), &first);
        tls_peer_encrypt(&r.peer.tls, icm_slice_text("second"), &second);
        if (harm != OUT_OF_ORDER)
            assert_int_equal(auth_unwrap(r.ours, 16, icm_buf_slice(&first), &opened, NULL), ICM_OK);
        icm_buf_clear(&opened);
        if (harm == CHANGED)
            second.data[second.size / 2] ^= 4;
        if (harm == LENGTHENED)
            icm_buf_add_u8(&second, 0);
        if (harm == IN_CLEAR) {
            icm_buf_clear(&second);
            icm_buf_add_text(&second, "<s:Envelope/>");
        }
        second.size -= harm == CUT;
        assert_int_equal(auth_unwrap(r.ours, harm == HEADERLESS ? 0 : 16,
                                     icm_buf_slice(harm == REPLAYED ? &first : &second), &opened, &r.err),
                         ICM_DENIED);
        assert_int_equal(opened.size, 0);
        assert_int_equal(auth_unwrap(r.ours, 16, icm_buf_slice(&second), &opened, NULL), ICM_STATE); /* it is over */
        icm_buf_reset(&first);
        icm_buf_reset(&second);
        icm_buf_reset(&opened);
        run_reset(&r);
    }
}

/* ---- users ---- */

static const struct {
    const char *user, *domain, *name;
} users[] = {
    {"ana", "", "ana"},
    {"CORP\\ana", "CORP", "ana"},
    {".\\ana", "", "ana"},
    {"ana@corp.example", "", "ana@corp.example"},
    {"CORP\\j\xC3\xB6rg", "CORP", "j\xC3\xB6rg"},
};

static void users_are_handed_over_as_windows_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(users); i++) {
        struct auth_credential typed = {0}, known = {0};
        struct run r;

        icm_set_text(&typed.user, users[i].user);
        icm_buf_add_text(&typed.password, "secret");
        icm_set_text(&known.user, users[i].name);
        icm_buf_add_text(&known.password, "secret");
        run_init(&r, true, &typed);
        credssp_peer_init(&r.peer, &any, &ec, &known, 6, PLAIN_DEALING);
        talk(&r);
        expect(&r, users[i].user, ICM_OK, NULL);
        assert_string_equal(icm_buf_text(&r.peer.domain), users[i].domain);
        assert_string_equal(icm_buf_text(&r.peer.user), users[i].name);
        assert_string_equal(icm_buf_text(&r.peer.password), "secret");
        run_reset(&r);
        auth_credential_reset(&typed);
        auth_credential_reset(&known);
    }
}

/* ---- our two ends ---- */

struct pair {
    struct run client, server;
};

static void pair_init(struct pair *p, const struct auth_credential *who)
{
    run_init(&p->client, true, who);
    run_init(&p->server, false, NULL);
}

static void pair_reset(struct pair *p)
{
    run_reset(&p->client);
    run_reset(&p->server);
}

/* Each cut of each token is refused and changes nothing, since the whole token goes on behind it. In TLS's handshake
 * OpenSSL keeps what has come, so that there the token comes byte for byte; an empty one is a ticket that did not come.
 */
static enum icm_code step_with_cuts(struct run *r, struct icm_slice token, struct icm_buf *out)
{
    struct icm_error err = {0};
    bool is_handshake = token.size > 0 && token.data[0] != 0x17;
    size_t done = 0;

    for (size_t size = 1; size < token.size; size++) {
        struct icm_slice cut = icm_slice_of(token.data + done, size - done);

        enum icm_code code = auth_inner_step(r->ours, cut, out, &err);
        if (code == ICM_OK || code == ICM_AGAIN || out->size > 0)
            fail_msg("a token cut after %zu of %zu bytes: %s, and %zu bytes: %s", size, token.size, icm_code_name(code),
                     out->size, err.text);
        done = is_handshake ? size : 0;
    }
    icm_error_reset(&err);
    r->code = auth_step(r->ours, icm_slice_from(token, done), out, &r->err);
    return r->code;
}

static void cut_tokens_are_refused(void **state)
{
    struct pair p;
    struct icm_buf tokens[2] = {{0}, {0}};
    size_t count = 0;

    (void)state;
    pair_init(&p, accounts);
    for (; count < 2 * ROUNDS_MAX && (p.client.code != ICM_OK || p.server.code != ICM_OK || count == 0); count++) {
        struct run *r = count % 2 == 0 ? &p.client : &p.server;

        icm_buf_clear(&tokens[count % 2]);
        enum icm_code code = step_with_cuts(r, icm_buf_slice(&tokens[1 - count % 2]), &tokens[count % 2]);
        if (code != ICM_OK && code != ICM_AGAIN)
            fail_msg("token %zu: %s", count, r->err.text);
        if (count == 0)
            p.client.code = p.server.code = ICM_AGAIN;
    }
    assert_true(auth_is_established(p.client.ours) && auth_is_established(p.server.ours));
    assert_string_equal(auth_user(p.server.ours), "ana");
    assert_int_equal(count, 10); /* TLS 4, NTLM and proofs 4, the credentials, and their check */
    icm_buf_reset(&tokens[0]);
    icm_buf_reset(&tokens[1]);
    pair_reset(&p);
}

/* ---- somebody in between: TLS ends at him on both sides, and the TSRequests pass through his hands ---- */

struct relay {
    struct tls_peer to_client, to_server;
    bool has_seen_credentials;
};

/* carries what @from opens over to @to; how far they are TLS does not show in either's tokens */
static void carry(struct relay *relay, struct tls_peer *from, struct tls_peer *to, struct icm_slice in,
                  struct icm_buf *out)
{
    struct icm_buf opened = {0};
    struct auth_ts_request m = {0};

    tls_peer_decrypt(from, in, &opened);
    if (opened.size > 0) {
        assert_int_equal(auth_ts_request_read(icm_buf_slice(&opened), &m, NULL), ICM_OK);
        relay->has_seen_credentials = relay->has_seen_credentials || m.auth_info.size > 0;
        tls_peer_encrypt(to, icm_buf_slice(&opened), out);
    }
    icm_buf_reset(&opened);
}

static void end_tls(struct run *r, struct tls_peer *peer, struct icm_buf *to_us, struct icm_buf *to_peer)
{
    bool is_done = false, is_client = !SSL_is_server(peer->ssl);

    if (is_client)
        tls_peer_handshake(peer, icm_slice_text(""), to_us);
    for (int round = 0; round < ROUNDS_MAX && !is_done; round++) {
        icm_buf_clear(to_peer);
        assert_int_equal(auth_step(r->ours, icm_buf_slice(to_us), to_peer, &r->err), ICM_AGAIN);
        icm_buf_clear(to_us);
        is_done = tls_peer_handshake(peer, icm_buf_slice(to_peer), to_us);
    }
    assert_true(is_done);
    if (is_client && to_us->size == 0)
        return;
    icm_buf_clear(to_peer);
    r->code = auth_step(r->ours, icm_buf_slice(to_us), to_peer, &r->err);
    icm_buf_clear(to_us);
}

static void nobody_comes_in_between(void **state)
{
    (void)state;
    for (int answers = 0; answers < 2; answers++) { /* he sends the server's refusal on, or the client's proof back */
        struct tls_peer_options server_side = {.identity = &evil, .version = TLS1_2_VERSION};
        struct pair p;
        struct relay relay = {0};
        struct icm_buf to_client = {0}, to_server = {0}, from_client = {0}, from_server = {0}, proof = {0};

        pair_init(&p, accounts);
        tls_peer_init(&relay.to_client, &server_side);
        tls_peer_init(&relay.to_server, &tls12);
        end_tls(&p.client, &relay.to_client, &to_client, &from_client);
        end_tls(&p.server, &relay.to_server, &to_server, &from_server);
        p.server.code = p.client.code = ICM_AGAIN;
        for (int round = 0; round < ROUNDS_MAX && p.client.code == ICM_AGAIN; round++) {
            carry(&relay, &relay.to_client, &relay.to_server, icm_buf_slice(&from_client), &to_server);
            icm_buf_clear(&from_server);
            p.server.code = auth_step(p.server.ours, icm_buf_slice(&to_server), &from_server, &p.server.err);
            icm_buf_clear(&to_server);
            icm_buf_clear(&to_client);
            if (p.server.code == ICM_DENIED && answers == 0) {
                struct auth_ts_request m = {.version = 6,
                                            .pub_key_auth = icm_slice_text("0123456789abcdef0123456789abcdef")};
                auth_ts_request_write(&proof, &m);
                tls_peer_encrypt(&relay.to_client, icm_buf_slice(&proof), &to_client);
            } else {
                carry(&relay, &relay.to_server, &relay.to_client, icm_buf_slice(&from_server), &to_client);
            }
            icm_buf_clear(&from_client);
            p.client.code = auth_step(p.client.ours, icm_buf_slice(&to_client), &from_client, &p.client.err);
        }
        expect(&p.server, "the server", ICM_DENIED, "somebody is in between");
        expect(&p.client, "the client", ICM_DENIED, answers ? "STATUS_LOGON_FAILURE" : NULL);
        assert_false(relay.has_seen_credentials);
        assert_null(auth_user(p.server.ours));
        tls_peer_reset(&relay.to_client);
        tls_peer_reset(&relay.to_server);
        icm_buf_reset(&to_client);
        icm_buf_reset(&to_server);
        icm_buf_reset(&from_client);
        icm_buf_reset(&from_server);
        icm_buf_reset(&proof);
        pair_reset(&p);
    }
}

/* ---- what is asked for before anything is sent ---- */

static void clients_need_a_credential_and_trust(void **state)
{
    const struct auth_mechanism *credssp = auth_mechanism_find("Credssp");
    struct auth_credential nobody = {0};
    struct auth_initiator_options without = {.allows_ntlm = true}, empty = {.credential = &nobody, .allows_ntlm = true};
    struct auth_context *c = NULL;
    struct icm_error err = {0};
    struct run r;

    (void)state;
    assert_int_equal(auth_initiator_new(&c, credssp, &without, &err), ICM_USAGE);
    assert_int_equal(auth_initiator_new(&c, credssp, &empty, &err), ICM_USAGE);
    assert_string_equal(err.fault->remedy, "give -Credential NAME");
    assert_null(c);
    icm_error_reset(&err);
    run_init(&r, true, accounts); /* NTLM inside proves too little of a computer that nobody trusts */
    r.initiates.allows_ntlm = false;
    auth_context_free(r.ours);
    r.ours = NULL;
    r.code = auth_initiator_new(&r.ours, credssp, &r.initiates, &r.err);
    if (r.code == ICM_OK) {
        credssp_peer_init(&r.peer, &any, &ec, accounts, 6, PLAIN_DEALING);
        talk(&r);
    }
    assert_int_equal(r.code, ICM_UNSUPPORTED); /* Kerberos, since the computer has but an address */
    assert_non_null(strstr(r.err.text, "the server is no trusted host"));
    assert_non_null(strstr(r.err.fault->remedy, "TrustedHosts"));
    assert_false(r.peer.has_spoken);
    run_reset(&r);
}

static void servers_need_a_certificate_and_no_binding(void **state)
{
    const struct auth_mechanism *credssp = auth_mechanism_find("Credssp");
    struct run r;
    struct auth_context *c = NULL;
    struct icm_buf out = {0};

    (void)state;
    run_init(&r, false, NULL);
    assert_int_equal(auth_step(r.ours, icm_slice_text(""), &out, &r.err), ICM_AGAIN); /* the challenge is a name */
    assert_int_equal(out.size, 0);
    assert_int_equal(auth_step(r.ours, icm_slice_text("NTLMSSP"), &out, &r.err), ICM_TLS);
    assert_int_equal(auth_step(r.ours, icm_slice_text(""), &out, &r.err), ICM_STATE);
    r.accepts.requires_binding = true;
    assert_int_equal(auth_acceptor_new(&c, credssp, &r.accepts, &r.err), ICM_UNSUPPORTED);
    assert_non_null(strstr(r.err.text, "CredSSP cannot prove over which TLS connection"));
    r.accepts.requires_binding = false;
    r.accepts.certificate = NULL;
    assert_int_equal(auth_acceptor_new(&c, credssp, &r.accepts, &r.err), ICM_USAGE);
    assert_null(c);
    icm_buf_reset(&out);
    run_reset(&r);
}

static void account(struct auth_credential *c, const char *user, const char *password)
{
    icm_set_text(&c->user, user);
    icm_buf_add_text(&c->password, password);
    icm_buf_text(&c->password);
}

static int make(void **state)
{
    (void)state;
    tls_identity_make(&rsa, "RSA");
    tls_identity_make(&ec, "EC");
    tls_identity_make(&evil, "EC");
    account(&accounts[0], "ana", "secret");
    account(&accounts[1], "eve", "another");
    account(&wrong, "ana", "wrong");
    return 0;
}

static int forget(void **state)
{
    (void)state;
    tls_identity_reset(&rsa);
    tls_identity_reset(&ec);
    tls_identity_reset(&evil);
    auth_credential_reset(&accounts[0]);
    auth_credential_reset(&accounts[1]);
    auth_credential_reset(&wrong);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients),
        cmocka_unit_test(acceptors),
        cmocka_unit_test(a_refusal_is_told),
        cmocka_unit_test(messages_are_sealed_in_each_tunnel),
        cmocka_unit_test(harmed_messages_do_not_open),
        cmocka_unit_test(users_are_handed_over_as_windows_does),
        cmocka_unit_test(cut_tokens_are_refused),
        cmocka_unit_test(nobody_comes_in_between),
        cmocka_unit_test(clients_need_a_credential_and_trust),
        cmocka_unit_test(servers_need_a_certificate_and_no_binding),
    };

    return cmocka_run_group_tests_name("CredSSP, MS-CSSP 3.1.5", tests, make, forget);
}

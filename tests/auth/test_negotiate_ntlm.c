/* Negotiate with NTLM inside, both roles, as the table carries it: the MICs, what is sealed behind them, tokens that
 * somebody changed, and when which mechanism is offered at all. MS-SPNG 3.1.5, 3.3.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/negotiate.h"

enum { FLIP_NOTHING = -1, TOKENS_MAX = 4 };

static struct auth_credential account(const char *user, const char *password)
{
    struct auth_credential c = {0};

    icm_set_text(&c.user, user);
    icm_buf_add_text(&c.password, password);
    return c;
}

struct pair {
    struct auth_credential credential, known;
    struct auth_initiator_options initiates;
    struct auth_acceptor_options accepts;
    struct auth_context *client, *server;
    struct icm_buf tokens[TOKENS_MAX]; /* as they were sent: client, server, client, server */
    int token_count;
    struct icm_error err;
};

/* An address, so that nobody looks for a KDC. */
static void setup(struct pair *p, const char *password, const char *scheme)
{
    memset(p, 0, sizeof *p);
    p->credential = account("ana", password);
    p->known = account("ana", "Pa55word");
    p->initiates = (struct auth_initiator_options){
        .credential = &p->credential, .host = "127.0.0.1", .needs_sealing = true, .allows_ntlm = true};
    p->accepts = (struct auth_acceptor_options){
        .accounts = &p->known, .account_count = 1, .computer = "srv1", .keytab = "/nowhere", .needs_sealing = true};
    assert_int_equal(auth_initiator_new(&p->client, auth_mechanism_find(scheme), &p->initiates, NULL), ICM_OK);
    assert_int_equal(auth_acceptor_new(&p->server, auth_mechanism_find("Negotiate"), &p->accepts, NULL), ICM_OK);
}

static void teardown(struct pair *p)
{
    auth_context_free(p->client);
    auth_context_free(p->server);
    auth_credential_reset(&p->credential);
    auth_credential_reset(&p->known);
    for (int i = 0; i < TOKENS_MAX; i++)
        icm_buf_reset(&p->tokens[i]);
    icm_error_reset(&p->err);
}

static bool goes_on(enum icm_code code)
{
    return code == ICM_OK || code == ICM_AGAIN;
}

/* Tokens to and fro; byte @at of token @which arrives changed. True: both are established. */
static bool converse(struct pair *p, int which, size_t at, uint8_t change)
{
    struct icm_slice in = icm_slice_of(NULL, 0);
    enum icm_code code = ICM_AGAIN;

    while (p->token_count < TOKENS_MAX) {
        struct auth_context *c = p->token_count % 2 == 0 ? p->client : p->server;
        struct icm_buf *out = &p->tokens[p->token_count];

        code = auth_step(c, in, out, &p->err);
        if (!goes_on(code) || out->size == 0)
            break;
        if (p->token_count++ == which)
            out->data[at] ^= change;
        in = icm_buf_slice(out);
    }
    if (p->token_count == TOKENS_MAX && !auth_is_established(p->client))
        code = auth_step(p->client, in, &p->tokens[0], &p->err);
    return goes_on(code) && auth_is_established(p->client) && auth_is_established(p->server);
}

static void seals(struct auth_context *from, struct auth_context *to, uint32_t number)
{
    struct icm_slice message = icm_slice_text("<s:Envelope/>");
    struct icm_buf sealed = {0}, opened = {0};
    struct auth_sealed how;

    assert_int_equal(auth_wrap(from, message, &sealed, &how, NULL), ICM_OK);
    assert_int_equal(how.header_size, 16);
    struct icm_reader r = icm_reader_on(icm_slice_from(icm_buf_slice(&sealed), 12));
    assert_int_equal(icm_read_le32(&r), number); /* the mechListMIC was number 0 */
    assert_int_equal(auth_unwrap(to, how.header_size, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&opened), message));
    assert_int_not_equal(auth_unwrap(to, how.header_size, icm_buf_slice(&sealed), &opened, NULL),
                         ICM_OK); /* a replay */
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void four_tokens_and_both_sides_are_sure(void **state)
{
    struct auth_spnego_token t;
    struct pair p;

    (void)state;
    setup(&p, "Pa55word", "Negotiate");
    if (!converse(&p, FLIP_NOTHING, 0, 0))
        fail_msg("%s", p.err.text);
    assert_int_equal(p.token_count, 4);
    for (int i = 2; i < 4; i++) { /* AUTHENTICATE and the last answer have MICs */
        assert_int_equal(auth_spnego_read(icm_buf_slice(&p.tokens[i]), &t, NULL), ICM_OK);
        assert_int_equal(t.mic.size, 16);
        assert_int_equal(t.state, i == 2 ? AUTH_SPNEGO_NO_STATE : AUTH_SPNEGO_COMPLETED);
    }
    assert_string_equal(auth_describe(p.client), "Negotiate: NTLM");
    assert_string_equal(auth_describe(p.server), "Negotiate: NTLM");
    assert_string_equal(auth_user(p.server), "ana");
    seals(p.client, p.server, 1);
    teardown(&p);
    setup(&p, "Pa55word", "Negotiate");
    assert_true(converse(&p, FLIP_NOTHING, 0, 0));
    seals(p.server, p.client, 1);
    teardown(&p);
}

/* CredSSP sends a sealed message together with the last token, before the server has given its mechListMIC;
 * MS-CSSP 3.1.5 */
static void a_message_may_come_with_the_last_token(void **state)
{
    struct icm_buf to_server = {0}, to_client = {0}, sealed = {0}, opened = {0};
    struct pair p;

    (void)state;
    setup(&p, "Pa55word", "Negotiate");
    assert_int_equal(auth_step(p.client, icm_slice_text(""), &to_server, NULL), ICM_AGAIN);
    assert_int_equal(auth_step(p.server, icm_buf_slice(&to_server), &to_client, NULL), ICM_AGAIN);
    assert_false(p.client->can_seal);
    icm_buf_clear(&to_server);
    assert_int_equal(auth_step(p.client, icm_buf_slice(&to_client), &to_server, NULL), ICM_AGAIN);
    assert_true(p.client->can_seal);
    assert_int_equal(auth_inner_seal(p.client, icm_slice_text("key"), &sealed, NULL), ICM_OK);
    icm_buf_clear(&to_client);
    assert_int_equal(auth_step(p.server, icm_buf_slice(&to_server), &to_client, NULL), ICM_OK);
    assert_int_equal(auth_inner_unseal(p.server, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&opened), "key");
    assert_int_equal(auth_step(p.client, icm_buf_slice(&to_client), &to_server, NULL), ICM_OK);
    seals(p.client, p.server, 2); /* the key was number 1 */
    icm_buf_reset(&to_server);
    icm_buf_reset(&to_client);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    teardown(&p);
}

static void ntlm_without_spnego_is_taken(void **state)
{
    struct pair p;

    (void)state;
    setup(&p, "Pa55word", "Ntlm");
    if (!converse(&p, FLIP_NOTHING, 0, 0))
        fail_msg("%s", p.err.text);
    assert_string_equal(auth_user(p.server), "ana");
    seals(p.client, p.server, 0); /* there was no mechListMIC */
    teardown(&p);
}

/* It takes our first token out of SPNEGO, and goes on without; MS-SPNG 3.2.5.1 */
static void a_server_without_spnego_is_followed(void **state)
{
    struct icm_buf out = {0}, answer = {0};
    struct auth_spnego_token t;
    struct pair p;

    (void)state;
    setup(&p, "Pa55word", "Negotiate");
    auth_context_free(p.server);
    assert_int_equal(auth_acceptor_new(&p.server, auth_mechanism_find("Ntlm"), &p.accepts, NULL), ICM_OK);
    assert_int_equal(auth_step(p.client, icm_slice_text(""), &out, NULL), ICM_AGAIN);
    assert_int_equal(auth_spnego_read(icm_buf_slice(&out), &t, NULL), ICM_OK);
    assert_int_equal(auth_step(p.server, t.token, &answer, NULL), ICM_AGAIN);
    icm_buf_clear(&out);
    assert_int_equal(auth_step(p.client, icm_buf_slice(&answer), &out, NULL), ICM_OK);
    assert_int_equal(auth_step(p.server, icm_buf_slice(&out), &answer, NULL), ICM_OK);
    seals(p.client, p.server, 0);
    assert_int_equal(auth_step(p.client, icm_slice_text(""), &out, &p.err), ICM_DENIED); /* 401 all the same */
    assert_non_null(strstr(p.err.text, "did not accept the user name or the password"));
    icm_buf_reset(&out);
    icm_buf_reset(&answer);
    teardown(&p);
}

static void a_wrong_password_is_a_no(void **state)
{
    struct icm_buf out = {0};
    struct pair p;

    (void)state;
    setup(&p, "Passw0rt", "Negotiate");
    assert_false(converse(&p, FLIP_NOTHING, 0, 0));
    assert_int_equal(p.err.code, ICM_DENIED);
    assert_null(strstr(p.err.text, "Passw0rt"));
    assert_int_equal(auth_step(p.client, icm_slice_text(""), &out, &p.err), ICM_DENIED); /* 401, and nothing said */
    assert_non_null(strstr(p.err.text, "did not accept the user name or the password"));
    assert_non_null(strstr(p.err.text, "(not used: Kerberos"));
    icm_buf_reset(&out);
    teardown(&p);

    static const uint8_t reject[] = {0xA1, 7, 0x30, 5, 0xA0, 3, 0x0A, 1, 2};
    setup(&p, "Passw0rt", "Negotiate");
    assert_false(converse(&p, FLIP_NOTHING, 0, 0));
    assert_int_equal(auth_step(p.client, icm_slice_of(reject, sizeof reject), &out, &p.err), ICM_DENIED);
    assert_non_null(strstr(p.err.text, "did not accept the user name or the password"));
    icm_buf_reset(&out);
    teardown(&p);
}

/* No change makes two sides that differ in who or how; a change of what is proved makes none at all. */
static void changed_tokens_prove_nothing(void **state)
{
    size_t sizes[TOKENS_MAX], harmless = 0, tried = 0;
    struct pair p;

    (void)state;
    setup(&p, "Pa55word", "Negotiate");
    assert_true(converse(&p, FLIP_NOTHING, 0, 0));
    for (int i = 0; i < TOKENS_MAX; i++)
        sizes[i] = p.tokens[i].size;
    teardown(&p);
    for (int i = 0; i < TOKENS_MAX; i++)
        for (size_t at = 0; at < sizes[i]; at++, tried++) {
            setup(&p, "Pa55word", "Negotiate");
            if (converse(&p, i, at, (uint8_t)(1 << at % 8))) {
                assert_string_equal(auth_user(p.server), "ana");
                seals(p.client, p.server, 1);
                harmless++;
            }
            teardown(&p);
        }
    assert_true(harmless < tried / 50); /* SPNEGO's own tags, which no MIC covers */
}

/* Somebody takes Kerberos out of a list whose first was ours: the list that is signed is another. */
static void a_shortened_list_is_noticed(void **state)
{
    struct icm_slice more[2] = {auth_oid_ntlm, auth_oid_ms_kerberos};
    struct icm_buf out = {0}, mechs = {0}, changed = {0};
    struct auth_spnego_token t;
    struct pair p;

    (void)state;
    setup(&p, "Pa55word", "Negotiate");
    assert_int_equal(auth_step(p.client, icm_slice_text(""), &out, NULL), ICM_AGAIN);
    assert_int_equal(auth_spnego_read(icm_buf_slice(&out), &t, NULL), ICM_OK);
    auth_spnego_add_mechs(&mechs, more, 2);
    t.mechs = icm_buf_slice(&mechs);
    auth_spnego_write(&changed, &t);
    icm_buf_reset(&out);
    assert_int_equal(auth_step(p.server, icm_buf_slice(&changed), &out, NULL), ICM_AGAIN);
    icm_buf_clear(&changed);
    assert_int_equal(auth_step(p.client, icm_buf_slice(&out), &changed, NULL), ICM_AGAIN);
    icm_buf_clear(&out);
    assert_int_equal(auth_step(p.server, icm_buf_slice(&changed), &out, &p.err), ICM_DENIED);
    assert_non_null(strstr(p.err.text, "the mechListMIC is not right"));
    icm_buf_reset(&out);
    icm_buf_reset(&mechs);
    icm_buf_reset(&changed);
    teardown(&p);
}

/* NTLM has no password to prove: a try would be a failed logon. */
static void keytab_is_no_password(void **state)
{
    struct auth_credential c = account("ana", "");
    struct auth_initiator_options o = {
        .credential = &c, .host = "192.0.2.1", .allows_ntlm = true, .keytab = "FILE:/no/such.keytab"};
    struct auth_context *client = NULL;
    struct icm_buf out = {0};
    struct icm_error err = {0};

    (void)state;
    assert_int_equal(auth_initiator_new(&client, auth_mechanism_find("Negotiate"), &o, NULL), ICM_OK);
    assert_int_equal(auth_step(client, icm_slice_text(""), &out, &err), ICM_UNSUPPORTED);
    assert_non_null(strstr(err.text, "NTLM: it needs a user name and a password"));
    auth_context_free(client);
    auth_credential_reset(&c);
    icm_buf_reset(&out);
    icm_error_reset(&err);
}

/* What is offered, in order; or the error's words. Names that no KDC is asked for. */
static const struct {
    const char *name, *host, *user, *mechanism;
    bool allows_ntlm, delegates;
    enum icm_code code;
    const char *text;
} offers[] = {
    {"an IPv4 address", "192.0.2.1", "ana", "Negotiate", true, false, ICM_AGAIN, "NTLMSSP"},
    {"an IPv6 address", "[2001:db8::1]", "ana", "Negotiate", true, false, ICM_AGAIN, "NTLMSSP"},
    {"an IPv6 address with a zone", "fe80::1%eth0", "ana", "Negotiate", true, false, ICM_AGAIN, "NTLMSSP"},
    {"localhost", "localhost", "ana", "Negotiate", true, false, ICM_AGAIN, "NTLMSSP"},
    {"a name below localhost", "a.LOCALHOST", "CORP\\ana", "Negotiate", true, false, ICM_AGAIN, "NTLMSSP"},
    {"Default is Negotiate", "localhost", "ana", "Default", true, false, ICM_AGAIN, "NTLMSSP"},
    {"no trust", "192.0.2.1", "ana", "Negotiate", false, false, ICM_UNSUPPORTED,
     "no mechanism to offer to 192.0.2.1 (not used: Kerberos: an IP address has no ticket; NTLM: it does not prove "
     "who"},
    {"no user", "192.0.2.1", "", "Negotiate", true, false, ICM_UNSUPPORTED,
     "NTLM: it needs a user name and a password"},
    {"delegation", "192.0.2.1", "ana", "Negotiate", true, true, ICM_UNSUPPORTED,
     "NTLM: it cannot delegate credentials"},
    {"implicit: the credential is not looked at", "192.0.2.1", "ana", "NegotiateWithImplicitCredential", true, false,
     ICM_UNSUPPORTED, "NTLM: it needs a user name and a password"},
    {"no name", "", "ana", "Negotiate", false, false, ICM_USAGE, "Kerberos: the computer has no name"},
};

static void mechanisms_are_offered(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(offers); i++) {
        struct auth_credential c = account(offers[i].user, "Pa55word");
        struct auth_initiator_options o = {.credential = &c,
                                           .host = offers[i].host,
                                           .allows_ntlm = offers[i].allows_ntlm,
                                           .delegates = offers[i].delegates};
        struct auth_context *client = NULL;
        struct auth_spnego_token t;
        struct icm_buf out = {0}, told = {0};
        struct icm_error err = {0};
        struct icm_slice oid;

        assert_int_equal(auth_initiator_new(&client, auth_mechanism_find(offers[i].mechanism), &o, NULL), ICM_OK);
        enum icm_code code = auth_step(client, icm_slice_text(""), &out, &err);
        if (goes_on(code)) {
            assert_int_equal(auth_spnego_read(icm_buf_slice(&out), &t, NULL), ICM_OK);
            while (auth_spnego_next_mech(&t.mechs, &oid))
                auth_oid_add_name(&told, oid);
            assert_string_equal(icm_buf_text(&told), offers[i].text);
        }
        if (code != offers[i].code || (!goes_on(code) && !strstr(err.text, offers[i].text)))
            fail_msg("%s: %s", offers[i].name, err.text);
        auth_context_free(client);
        auth_credential_reset(&c);
        icm_buf_reset(&out);
        icm_buf_reset(&told);
        icm_error_reset(&err);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_tokens_and_both_sides_are_sure),
        cmocka_unit_test(a_message_may_come_with_the_last_token),
        cmocka_unit_test(ntlm_without_spnego_is_taken),
        cmocka_unit_test(a_server_without_spnego_is_followed),
        cmocka_unit_test(a_wrong_password_is_a_no),
        cmocka_unit_test(changed_tokens_prove_nothing),
        cmocka_unit_test(a_shortened_list_is_noticed),
        cmocka_unit_test(mechanisms_are_offered),
        cmocka_unit_test(keytab_is_no_password),
    };

    return cmocka_run_group_tests_name("Negotiate with NTLM inside", tests, NULL, NULL);
}

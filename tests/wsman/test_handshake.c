/* The logon of one connection, against servers that say what a row has them say. The mechanism is a toy: its nth step ends as the nth letter
 * of the row's script says, and its tokens are "c1", "c2" … RFC 9110 11; MS-WSMV 3.1.4. */
#include "auth/context.h"
#include "wsman/challenge.h"
#include "wsman/handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

struct toy {
    struct auth_context context;
    const char *script; /* A: a token, and the answer is needed; O: a last token; a, o: the same without one; D: no; S: no sense */
    char last_in[64];
    unsigned count;
};

static const char *next_script;

static enum icm_code step(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    struct toy *t = (struct toy *)c;
    char what = *t->script;

    snprintf(t->last_in, sizeof t->last_in, "%.*s", (int)in.size, in.size > 0 ? (const char *)in.data : "");
    if (what)
        t->script++;
    t->count++;
    if (what == 'A' || what == 'O')
        icm_buf_add_format(out, "c%u", t->count);
    if (what == 'S')
        return icm_fail(err, ICM_SYNTAX, NULL, "the toy wants a token");
    if (what == 'D')
        return icm_fail(err, ICM_DENIED, NULL, "the toy says no to \"%s\"", t->last_in);
    return what == 'A' || what == 'a' ? ICM_AGAIN : ICM_OK;
}

static void free_toy(struct auth_context *c)
{
    free(c);
}

static const struct auth_ops ops = {.step = step, .free = free_toy};

static enum icm_code toy_new(struct auth_context **out, const struct auth_initiator_options *o, struct icm_error *err)
{
    struct toy *t = calloc(1, sizeof *t);

    (void)o, (void)err;
    if (!t)
        abort();
    t->context.ops = &ops;
    t->script = next_script;
    *out = &t->context;
    return ICM_OK;
}

enum { NEGOTIATE, BASIC, DIGEST, CERTIFICATE, CREDSSP };
static const struct auth_mechanism mechanisms[] = {
    [NEGOTIATE] = {.name = "Negotiate", .scheme = "Negotiate", .traits = AUTH_SEALS, .initiator_new = toy_new},
    [BASIC] = {.name = "Basic", .scheme = "Basic", .traits = AUTH_SHOWS_PASSWORD | AUTH_PER_REQUEST, .initiator_new = toy_new},
    [DIGEST] = {.name = "Digest", .scheme = "Digest", .traits = AUTH_PER_REQUEST | AUTH_TEXT_TOKEN, .initiator_new = toy_new},
    [CERTIFICATE] = {.name = "Certificate", .scheme = "http://x/mutual", .traits = AUTH_PER_REQUEST | AUTH_BY_CERTIFICATE, .initiator_new = toy_new},
    [CREDSSP] = {.name = "Credssp", .scheme = "Negotiate", .traits = AUTH_SEALS | AUTH_UNBOUND, .initiator_new = toy_new},
};

/* ---- logons ---- */

/* @replies: "STATUS CHALLENGES", '|' between them, ';' between headers. @sent: E is an empty POST, B one with the body, with the Authorization
 * header's value in brackets; "ok" where a reply was the request's, and then the next request begins. */
static const struct {
    const char *name;
    int mechanism;
    const char *script, *replies, *sent;
} cases[] = {
    /* connections */
    {"Kerberos: one empty round trip", NEGOTIATE, "Ao", "200 Negotiate czE=|200", "E(Negotiate YzE=) B() ok"},
    {"the second request has no header", NEGOTIATE, "Ao", "200 Negotiate czE=|200|500", "E(Negotiate YzE=) B() ok B() ok"},
    {"NTLM: two empty round trips", NEGOTIATE, "AO", "401 Negotiate czE=|200|200",
     "E(Negotiate YzE=) E(Negotiate YzI=) B() ok"},
    {"SPNEGO around NTLM: the last token of the server's", NEGOTIATE, "AAo", "401 Negotiate czE=|200 Negotiate czI=|200",
     "E(Negotiate YzE=) E(Negotiate YzI=) B() ok"},
    {"any case, and among others", NEGOTIATE, "Ao", "200 Basic realm=\"a, Negotiate b\", nEGOTIATE czE= , Kerberos|200",
     "E(Negotiate YzE=) B() ok"},
    {"several headers", NEGOTIATE, "Ao", "200 Kerberos;Negotiate czE=;Basic realm=\"WSMAN\"|200", "E(Negotiate YzE=) B() ok"},
    {"answered with Basic", NEGOTIATE, "A", "401 Basic realm=\"WSMAN\"", "E(Negotiate YzE=) !denied not offered: Basic"},
    {"answered with nothing", NEGOTIATE, "A", "401 ", "E(Negotiate YzE=) !denied not offered: nothing"},
    {"answered with a longer name", NEGOTIATE, "A", "401 Negotiate2 czE=", "E(Negotiate YzE=) !denied not offered: Negotiate2"},
    {"no token after ours", NEGOTIATE, "AA", "401 Negotiate", "E(Negotiate YzE=) !denied refused"},
    {"no token after our last", NEGOTIATE, "AOo", "401 Negotiate czE=|401 Negotiate",
     "E(Negotiate YzE=) E(Negotiate YzI=) !denied refused"},
    {"no header at all after our last", NEGOTIATE, "AOo", "401 Negotiate czE=|401 ",
     "E(Negotiate YzE=) E(Negotiate YzI=) !denied refused"},
    {"the mechanism has its own words for that", NEGOTIATE, "AOD", "401 Negotiate czE=|401 Negotiate",
     "E(Negotiate YzE=) E(Negotiate YzI=) !denied the toy says no to \"\""},
    {"the mechanism has words for something else", NEGOTIATE, "AOS", "401 Negotiate czE=|401 Negotiate",
     "E(Negotiate YzE=) E(Negotiate YzI=) !denied refused"},
    {"the mechanism refuses the server's token", NEGOTIATE, "AD", "401 Negotiate czE=",
     "E(Negotiate YzE=) !denied the toy says no to \"s1\""},
    {"no base64", NEGOTIATE, "AA", "401 Negotiate cz!=", "E(Negotiate YzE=) !denied refused"},
    {"half a group of base64", NEGOTIATE, "AA", "401 Negotiate czE", "E(Negotiate YzE=) !syntax"},
    {"accepted at once, without a proof", NEGOTIATE, "A", "200 ", "E(Negotiate YzE=) !denied without having shown"},
    {"accepted while a token is due", NEGOTIATE, "AA", "200 Negotiate czE=", "E(Negotiate YzE=) !denied before it is complete"},
    {"accepted while a last token is due", NEGOTIATE, "AO", "200 Negotiate czE=", "E(Negotiate YzE=) !denied before it is complete"},
    {"both wait for the other", NEGOTIATE, "Aa", "401 Negotiate czE=", "E(Negotiate YzE=) !denied came to a halt"},
    {"an error instead", NEGOTIATE, "A", "503 ", "E(Negotiate YzE=) !io WinRM service is not available"},
    {"a redirect instead", NEGOTIATE, "A", "302 ", "E(Negotiate YzE=) !io redirects"},
    {"forgotten later", NEGOTIATE, "Ao", "200 Negotiate czE=|200|401 Negotiate", "E(Negotiate YzE=) B() ok B() ANEW"},
    {"forgotten at once", NEGOTIATE, "Ao", "200 Negotiate czE=|401 ", "E(Negotiate YzE=) B() ANEW"},
    {"for ever", NEGOTIATE, "AAAAAAAAAAAAAAAAAAAAAAAAAAAA",
     "401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate "
     "czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 "
     "Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate czE=|401 Negotiate "
     "czE=|401 Negotiate czE=",
     "…!limit goes on"},
    {"the mechanism does not begin", NEGOTIATE, "D", "", "!denied the toy says no to \"\""},

    /* requests */
    {"Basic: with the body at once", BASIC, "OO", "200|200", "B(Basic YzE=) ok B(Basic YzI=) ok"},
    {"Basic: refused", BASIC, "OO", "401 Basic realm=\"WSMAN\"", "B(Basic YzE=) !denied refused"},
    {"Basic: refused, once it was taken", BASIC, "OO", "200|401 Basic realm=\"WSMAN\"", "B(Basic YzE=) ok B(Basic YzI=) !denied refused"},
    {"Basic: not offered", BASIC, "O", "401 Negotiate, Kerberos", "B(Basic YzE=) !denied not offered: Negotiate, Kerberos"},
    {"Digest: the challenge first, and no body before", DIGEST, "aOO", "401 Digest realm=\"r\", nonce=\"n\"|200|200",
     "E() B(Digest c2) ok B(Digest c3) ok"},
    {"Digest: a nonce that is too old", DIGEST, "aOO", "401 Digest nonce=\"n\"|401 Digest nonce=\"m\", stale=true|200",
     "E() B(Digest c2) B(Digest c3) ok"},
    {"Digest: refused", DIGEST, "aOD", "401 Digest nonce=\"n\"|401 Digest nonce=\"n\"",
     "E() B(Digest c2) !denied the toy says no to \"nonce=\"n\"\""},
    {"Digest: two challenges", DIGEST, "aD", "401 Digest nonce=\"n\", Basic realm=\"x\";Digest nonce=\"m\"",
     "E() !denied the toy says no to \"nonce=\"n\"\nnonce=\"m\"\""},
    {"Digest: not asked for", DIGEST, "a", "200", "E() !denied would take anybody"},
    {"Digest: not offered", DIGEST, "a", "401 Basic realm=\"x\"", "E() !denied not offered: Basic"},
    {"a certificate: the scheme says it all", CERTIFICATE, "oo", "200|200", "B(http://x/mutual) ok B(http://x/mutual) ok"},
    {"a certificate: refused", CERTIFICATE, "o", "401 http://x/mutual", "B(http://x/mutual) !denied certificate refused"},
};

/* what a failure's words say, in the words of the table; where they say something else the words themselves */
static void add_failure(struct icm_buf *out, enum icm_code code, const struct icm_error *err)
{
    static const struct {
        const char *text, *word;
    } words[] = {
        {"did not accept the user name", " refused"},
        {"did not accept the certificate", " certificate refused"},
        {"without having shown", " without having shown"},
        {"before it is complete", " before it is complete"},
        {"came to a halt", " came to a halt"},
        {"WinRM service is not available", " WinRM service is not available"},
        {"redirects", " redirects"},
        {"goes on after", " goes on"},
        {"would take anybody", " would take anybody"},
    };
    const char *offers = strstr(err->text, "it offers ");

    icm_buf_add_format(out, "!%s", icm_code_name(code));
    if (code == ICM_SYNTAX)
        return;
    for (size_t i = 0; i < ICM_COUNT(words); i++)
        if (strstr(err->text, words[i].text)) {
            icm_buf_add_text(out, words[i].word);
            return;
        }
    if (offers)
        icm_buf_add_format(out, " not offered: %s", offers + strlen("it offers "));
    else
        icm_buf_add_format(out, " %s", err->text);
}

static enum icm_code answer(struct wsman_handshake *h, const char **replies, struct icm_error *err)
{
    char challenges[2048];
    unsigned status = (unsigned)strtoul(*replies, NULL, 10);
    size_t size = strcspn(*replies, "|"), skipped = size < 4 ? size : 4;

    assert_true(size > 0);
    snprintf(challenges, sizeof challenges, "%.*s", (int)(size - skipped), *replies + skipped);
    for (char *at = challenges; (at = strchr(at, ';'));)
        *at = '\n';
    *replies += size + ((*replies)[size] == '|');
    return wsman_handshake_replied(h, status, icm_slice_text(challenges), err);
}

static enum icm_code play(struct wsman_handshake *h, const char *replies, struct icm_buf *out, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    wsman_handshake_request(h, "POST", "/wsman", icm_slice_text("body"));
    while (code == ICM_OK || code == ICM_AGAIN) {
        enum wsman_handshake_due due = wsman_handshake_due(h);
        struct icm_slice header = wsman_handshake_authorization(h);

        if (due == WSMAN_DUE_STEP) {
            code = wsman_handshake_step(h, err);
            continue;
        }
        icm_buf_add_text(out, out->size > 0 ? " " : "");
        if (due == WSMAN_DUE_ANEW) {
            icm_buf_add_text(out, "ANEW");
            return ICM_OK;
        }
        icm_buf_add_text(out, due == WSMAN_DUE_BODY ? "B(" : "E(");
        icm_buf_add(out, header);
        icm_buf_add_u8(out, ')');
        code = answer(h, &replies, err);
        if (code != ICM_OK)
            continue;
        icm_buf_add_text(out, " ok");
        if (!*replies)
            return ICM_OK;
        wsman_handshake_request(h, "POST", "/wsman", icm_slice_text("body"));
    }
    return code;
}

static void logs_on(void **state)
{
    size_t i = (size_t)*state;
    struct auth_initiator_options options = {.host = "srv1", .needs_sealing = true};
    struct wsman_handshake *h = NULL;
    struct icm_buf sent = {0};
    struct icm_error err = {0};

    next_script = cases[i].script;
    assert_int_equal(wsman_handshake_new(&h, &mechanisms[cases[i].mechanism], &options, &err), ICM_OK);
    enum icm_code code = play(h, cases[i].replies, &sent, &err);
    if (code != ICM_OK) {
        icm_buf_add_text(&sent, sent.size > 0 ? " " : "");
        add_failure(&sent, code, &err);
    }
    const char *expected = cases[i].sent, *seen = icm_buf_text(&sent);
    if (strncmp(expected, "…", 3) == 0 && strlen(seen) > strlen(expected)) { /* only the end of it */
        expected += 3;
        seen += strlen(seen) - strlen(expected);
    }
    assert_string_equal(seen, expected);
    wsman_handshake_free(h);
    icm_error_reset(&err);
    icm_buf_reset(&sent);
}

/* Over TLS bodies go as they are; over plain HTTP a mechanism that seals gives its context. And a server that insists on channel bindings says
 * only 401: the message says whether there was one. */
static void says_what_it_seals_and_binds(void **state)
{
    static const struct {
        int mechanism;
        bool is_tls;
        const char *binding, *said;
    } rows[] = {{NEGOTIATE, false, "", "channel binding sent: no)"},
                {NEGOTIATE, true, "tls-server-end-point:x", "channel binding sent: yes)"},
                {CREDSSP, false, "", "channel binding sent: no)"},
                {CREDSSP, true, "tls-server-end-point:x", "channel binding sent: no, it has none"}};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct auth_initiator_options options = {.channel_binding = icm_slice_text(rows[i].binding),
                                                 .needs_sealing = !rows[i].is_tls};
        struct wsman_handshake *h = NULL;
        struct icm_error err = {0};

        next_script = "AA";
        assert_int_equal(wsman_handshake_new(&h, &mechanisms[rows[i].mechanism], &options, &err), ICM_OK);
        assert_int_equal(wsman_handshake_sealer(h) == NULL, rows[i].is_tls);
        assert_int_equal(wsman_handshake_step(h, &err), ICM_OK);
        assert_int_equal(wsman_handshake_replied(h, 401, icm_slice_text("Negotiate"), &err), ICM_AGAIN);
        assert_int_equal(wsman_handshake_step(h, &err), ICM_DENIED);
        assert_non_null(strstr(err.text, rows[i].said));
        assert_non_null(err.fault);
        assert_int_equal(err.fault->http_status, 401);
        wsman_handshake_free(h);
        icm_error_reset(&err);
    }
}

/* ---- challenges ---- */

static const struct {
    const char *name, *headers, *list, *scheme, *rests; /* @rests NULL: it is not there */
} headers[] = {
    {"nothing", "", "", "Basic", NULL},
    {"only separators", " , ,\n,", "", "Basic", NULL},
    {"a scheme alone", "Negotiate", "Negotiate", "negotiate", ""},
    {"a token", "Negotiate YII=", "Negotiate", "Negotiate", "YII="},
    {"a token and two signs", "Negotiate YI==, Basic realm=\"x\"", "Negotiate, Basic", "Negotiate", "YI=="},
    {"two in one", "Kerberos,Negotiate", "Kerberos, Negotiate", "Negotiate", ""},
    {"two lines", "Negotiate\nKerberos", "Negotiate, Kerberos", "Kerberos", ""},
    {"a comma in quotes", "Basic realm=\"a, Kerberos b\", Negotiate", "Basic, Negotiate", "Basic", "realm=\"a, Kerberos b\""},
    {"a quote in quotes", "Basic realm=\"a\\\", Kerberos\", Negotiate", "Basic, Negotiate", "Basic", "realm=\"a\\\", Kerberos\""},
    {"a quote that does not end", "Basic realm=\"a, b\nNegotiate", "Basic, Negotiate", "Basic", "realm=\"a, b"},
    {"parameters with spaces", "Digest realm = \"r\" ,nonce= \"n\" , Basic realm=\"x\"", "Digest, Basic", "Digest",
     "realm = \"r\" ,nonce= \"n\""},
    {"two of a kind", "Digest nonce=\"n\"\nDigest nonce=\"m\"", "Digest", "Digest", "nonce=\"n\"\nnonce=\"m\""},
    {"a comma at the end", "Negotiate YII=,", "Negotiate", "Negotiate", "YII="},
    {"one that begins alike", "NegotiateX YII=", "NegotiateX", "Negotiate", NULL},
    {"an address", "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual",
     "Certificate", "Basic", NULL},
    {"what is no name is not told", "\x1b[31m x\nBasic", "Basic", "Basic", ""},
};

static void tells_challenges_apart(void **state)
{
    size_t i = (size_t)*state;
    struct icm_buf list = {0}, rests = {0};

    wsman_challenge_list(icm_slice_text(headers[i].headers), &list);
    assert_string_equal(icm_buf_text(&list), headers[i].list);
    assert_int_equal(wsman_challenge_find(icm_slice_text(headers[i].headers), headers[i].scheme, &rests), headers[i].rests != NULL);
    assert_string_equal(icm_buf_text(&rests), headers[i].rests ? headers[i].rests : "");
    icm_buf_reset(&list);
    icm_buf_reset(&rests);
}

int main(void)
{
    const struct CMUnitTest single[] = {cmocka_unit_test(says_what_it_seals_and_binds)};
    struct CMUnitTest logons[ICM_COUNT(cases)], parsed[ICM_COUNT(headers)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        logons[i] = (struct CMUnitTest){.name = cases[i].name, .test_func = logs_on, .initial_state = (void *)i};
    for (size_t i = 0; i < ICM_COUNT(headers); i++)
        parsed[i] =
            (struct CMUnitTest){.name = headers[i].name, .test_func = tells_challenges_apart, .initial_state = (void *)i};
    return cmocka_run_group_tests_name("wsman_handshake", logons, NULL, NULL) +
           cmocka_run_group_tests_name("wsman_handshake, sealing and binding", single, NULL, NULL) +
           cmocka_run_group_tests_name("wsman_challenge, RFC 9110 11.6.1", parsed, NULL, NULL);
}

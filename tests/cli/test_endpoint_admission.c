/* Who speaks on a connection: credentials, handshakes, sealed bodies and digests, with no socket. RFC 7235;
 * MS-WSMV 3.2.4.1. */
#include "cli/endpoint_admission.h"

#include "base/text.h"
#include "wsman/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define SOAP "application/soap+xml;charset=UTF-8"
#define ANNE "anne:secret" /* written in base64 before it is judged */

static const struct head_case {
    const char *name, *method, *path, *content_type;
    const char *scheme, *token; /* @token NULL: @scheme is the whole header */
    const char *identify;
    unsigned status;
    const char *user;
} cases[] = {
    {"a known user", "POST", "/wsman", SOAP, "Basic ", ANNE, NULL, 0, "anne"},
    {"a name has no case", "POST", "/wsman", SOAP, "Basic ", "ANNE:secret", NULL, 0, "anne"},
    {"neither has the scheme", "POST", "/wsman", SOAP, "bASIC ", ANNE, NULL, 0, "anne"},
    {"the second account", "POST", "/wsman", SOAP, "Basic ", "bob:a:b", NULL, 0, "bob"},
    {"blanks around the token", "POST", "/wsman", SOAP, "Basic   ", ANNE, NULL, 0, "anne"},
    {"below the path", "POST", "/wsman/here", SOAP, "Basic ", ANNE, NULL, 0, "anne"},
    {"with a query, as Exchange's clients send", "POST", "/wsman?PSVersion=5.1", SOAP, "Basic ", ANNE, NULL, 0, "anne"},
    {"signed in where nobody need be", "POST", "/wsman-anon/identify", SOAP, "Basic ", ANNE, NULL, 0, "anne"},

    {"wrong password", "POST", "/wsman", SOAP, "Basic ", "anne:Secret", NULL, 401, ""},
    {"no password", "POST", "/wsman", SOAP, "Basic ", "anne:", NULL, 401, ""},
    {"a password that goes on", "POST", "/wsman", SOAP, "Basic ", "anne:secrets", NULL, 401, ""},
    {"another's password", "POST", "/wsman", SOAP, "Basic ", "bob:secret", NULL, 401, ""},
    {"unknown user", "POST", "/wsman", SOAP, "Basic ", "eve:secret", NULL, 401, ""},
    {"no user at all", "POST", "/wsman", SOAP, "Basic ", ":", NULL, 401, ""},
    {"no colon", "POST", "/wsman", SOAP, "Basic ", "anne", NULL, 401, ""},
    {"no credentials", "POST", "/wsman", SOAP, NULL, NULL, NULL, 401, ""},
    {"an empty header", "POST", "/wsman", SOAP, "", NULL, NULL, 401, ""},
    {"a scheme alone", "POST", "/wsman", SOAP, "Basic", NULL, NULL, 401, ""},
    {"another scheme", "POST", "/wsman", SOAP, "Negotiate ", ANNE, NULL, 401, ""},
    {"a longer scheme", "POST", "/wsman", SOAP, "Basics ", ANNE, NULL, 401, ""},
    {"no base64", "POST", "/wsman", SOAP, "Basic !!!!", NULL, NULL, 401, ""},
    {"half a group of base64", "POST", "/wsman", SOAP, "Basic YW5uZTpzZWNyZXQ", NULL, NULL, 401, ""},

    {"Identify by header", "POST", "/wsman", SOAP, NULL, NULL, "unauthenticated", 0, ""},
    {"Identify by header, any case", "POST", "/wsman", SOAP, NULL, NULL, "Unauthenticated", 0, ""},
    {"Identify by path", "POST", "/wsman-anon/identify", SOAP, NULL, NULL, NULL, 0, ""},
    {"another value of that header", "POST", "/wsman", SOAP, NULL, NULL, "true", 401, ""},
    {"wrong credentials are not nobody's", "POST", "/wsman", SOAP, "Basic ", "eve:x", "unauthenticated", 401, ""},
    {"nobody sends text", "POST", "/wsman-anon/identify", "text/plain", NULL, NULL, NULL, 415, ""},

    {"text/xml", "POST", "/wsman", "text/xml", "Basic ", ANNE, NULL, 0, "anne"},
    {"no charset", "POST", "/wsman", "application/soap+xml", "Basic ", ANNE, NULL, 0, "anne"},
    {"a quoted charset", "POST", "/wsman", "application/soap+xml; charset=\"utf-8\"", "Basic ", ANNE, NULL, 0, "anne"},
    {"UTF-16", "POST", "/wsman", "application/soap+xml;charset=UTF-16", "Basic ", ANNE, NULL, 0, "anne"},
    {"another encoding", "POST", "/wsman", "application/soap+xml;charset=ISO-8859-1", "Basic ", ANNE, NULL, 415, "anne"},
    {"a body that nobody sealed", "POST", "/wsman", "multipart/encrypted", "Basic ", ANNE, NULL, 415, "anne"},
    {"a form", "POST", "/wsman", "application/x-www-form-urlencoded", "Basic ", ANNE, NULL, 415, "anne"},
    {"no content type", "POST", "/wsman", NULL, "Basic ", ANNE, NULL, 415, "anne"},
    {"the credentials come first", "POST", "/wsman", "text/plain", "Basic ", "anne:x", NULL, 401, ""},

    {"GET", "GET", "/wsman", SOAP, "Basic ", ANNE, NULL, 405, ""},
    {"a method has case", "post", "/wsman", SOAP, "Basic ", ANNE, NULL, 405, ""},
    {"another path", "POST", "/", SOAP, "Basic ", ANNE, NULL, 404, ""},
    {"a path that only begins so", "POST", "/wsmanage", SOAP, "Basic ", ANNE, NULL, 404, ""},
    {"below nobody's path", "POST", "/wsman-anon/identify/more", SOAP, NULL, NULL, NULL, 404, ""},
    {"a path has case", "POST", "/WSMAN", SOAP, "Basic ", ANNE, NULL, 404, ""},
    {"no path", "POST", NULL, SOAP, "Basic ", ANNE, NULL, 404, ""},
    {"the path comes first", "GET", "/", SOAP, NULL, NULL, NULL, 404, ""},
};

enum { BODY_MAX = 100000 };

/* two accounts, and what a listener offers */
struct door {
    struct auth_credential accounts[2];
    struct endpoint_policy policy;
    struct endpoint_admission *admission;
    const char *body;  /* of requests with a token … */
    bool has_no_type; /* … which may say nothing of it */
};

static void set_account(struct auth_credential *a, const char *user, const char *password)
{
    icm_set_text(&a->user, user);
    icm_buf_add_text(&a->password, password);
}

static void door_init(struct door *d, const char *const *names, size_t count)
{
    memset(d, 0, sizeof *d);
    set_account(&d->accounts[0], "anne", "secret");
    set_account(&d->accounts[1], "bob", "a:b");
    d->policy.accepts =
        (struct auth_acceptor_options){.accounts = d->accounts, .account_count = 2, .needs_sealing = true};
    d->policy.body_max = BODY_MAX;
    d->body = "";
    assert_int_equal(auth_digest_nonces_new(&d->policy.accepts.nonces, NULL), ICM_OK);
    for (size_t i = 0; i < count; i++) {
        d->policy.offered[i] = auth_mechanism_find(names[i]);
        assert_non_null(d->policy.offered[i]);
    }
    d->policy.offered_count = count;
    assert_int_equal(endpoint_admission_new(&d->admission, &d->policy, NULL), ICM_OK);
}

static void door_reset(struct door *d)
{
    endpoint_admission_free(d->admission);
    auth_digest_nonces_free(d->policy.accepts.nonces);
    auth_credential_reset(&d->accounts[0]);
    auth_credential_reset(&d->accounts[1]);
}

/* ---- heads ---- */

static void write_authorization(const struct head_case *c, struct icm_buf *out)
{
    icm_buf_add_text(out, c->scheme ? c->scheme : "");
    if (c->token)
        icm_base64_write(out, icm_slice_text(c->token));
}

static unsigned begin(struct door *d, const struct head_case *c)
{
    ICM_OWN(icm_buf_reset) struct icm_buf authorization = {0};

    write_authorization(c, &authorization);
    struct endpoint_head head = {.method = c->method,
                                 .path = c->path,
                                 .content_type = c->content_type,
                                 .authorization = c->scheme ? icm_buf_text(&authorization) : NULL,
                                 .identify = c->identify};
    return endpoint_admission_begin(d->admission, &head);
}

static void judges(void **state)
{
    static const char *const basic[] = {"Basic"};
    const struct head_case *c = *state;
    struct door d;

    door_init(&d, basic, 1);
    for (int again = 0; again < 2; again++) { /* nothing is left of the first request */
        assert_int_equal(begin(&d, c), c->status);
        if (c->status != 415) /* nobody asks who it was that is refused */
            assert_string_equal(endpoint_admission_user(d.admission), c->user);
    }
    door_reset(&d);
}

/* Where nothing is offered every credential is refused, right or wrong; what needs none goes on. */
static void offers_nothing(void **state)
{
    struct door d;

    (void)state;
    door_init(&d, NULL, 0);
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        const struct head_case *c = &cases[i];
        bool is_nobodys = !c->scheme && c->status != 401;
        unsigned expected = c->status == 404 || c->status == 405 || is_nobodys ? c->status : 403;

        assert_int_equal(begin(&d, c), expected);
        assert_string_equal(endpoint_admission_user(d.admission), "");
    }
    door_reset(&d);
}

/* ---- handshakes ---- */

struct client {
    struct auth_credential credential;
    struct auth_initiator_options options;
    struct auth_context *context;
};

static void client_init(struct client *c, const char *mechanism, const char *user, const char *password)
{
    memset(c, 0, sizeof *c);
    set_account(&c->credential, user, password);
    c->options = (struct auth_initiator_options){
        .credential = &c->credential, .host = "localhost", .needs_sealing = true, .allows_ntlm = true};
    assert_int_equal(auth_initiator_new(&c->context, auth_mechanism_find(mechanism), &c->options, NULL), ICM_OK);
}

static void client_reset(struct client *c)
{
    auth_context_free(c->context);
    auth_credential_reset(&c->credential);
}

/* one request with @token, and as a rule without a body; what comes back is left in @token */
static unsigned send_token(struct door *d, const char *scheme, struct icm_buf *token)
{
    ICM_OWN(icm_buf_reset) struct icm_buf authorization = {0}, lines = {0}, body = {0};
    struct endpoint_head head = {"POST", "/wsman", d->has_no_type ? NULL : SOAP, NULL, NULL};

    icm_buf_add_text(&body, d->body);
    icm_buf_add_format(&authorization, "%s ", scheme);
    icm_base64_write(&authorization, icm_buf_slice(token));
    head.authorization = icm_buf_text(&authorization);
    unsigned status = endpoint_admission_begin(d->admission, &head);
    if (status == 0)
        status = endpoint_admission_take(d->admission, &head, &body);
    endpoint_admission_challenge(d->admission, status, &lines);
    icm_buf_reset(token);
    const char *line = icm_buf_text(&lines);
    size_t size = strlen(scheme);
    if (strncmp(line, scheme, size) == 0 && line[size] == ' ')
        assert_int_equal(icm_base64_read(icm_slice_of(line + size, strcspn(line + size, "\n")), token, NULL), ICM_OK);
    return status;
}

/* until either end is done; the last status */
static unsigned shake_hands(struct door *d, struct client *c)
{
    ICM_OWN(icm_buf_reset) struct icm_buf in = {0}, token = {0};
    enum icm_code code = ICM_AGAIN;
    unsigned status = 0;

    for (int i = 0; i < 10 && code == ICM_AGAIN; i++) {
        icm_buf_reset(&token);
        code = auth_step(c->context, icm_buf_slice(&in), &token, NULL);
        if (token.size == 0)
            break;
        status = send_token(d, auth_context_mechanism(c->context)->scheme, &token);
        icm_buf_move(&in, &token);
        if (status == 401)
            assert_true(in.size > 0 || endpoint_admission_closes(d->admission, status));
        if (in.size == 0)
            break;
    }
    return status;
}

static unsigned send_sealed(struct door *d, struct client *c, const char *text, struct icm_buf *body)
{
    ICM_OWN(icm_buf_reset) struct icm_buf type = {0};

    icm_buf_reset(body);
    assert_int_equal(wsman_seal(c->context, icm_slice_text(text), body, &type, NULL), ICM_OK);
    struct endpoint_head head = {"POST", "/wsman", icm_buf_text(&type), NULL, NULL};
    unsigned status = endpoint_admission_begin(d->admission, &head);
    return status ? status : endpoint_admission_take(d->admission, &head, body);
}

static unsigned send_clear(struct door *d, const char *text, struct icm_buf *body)
{
    struct endpoint_head head = {"POST", "/wsman", SOAP, NULL, NULL};

    icm_buf_reset(body);
    icm_buf_add_text(body, text);
    unsigned status = endpoint_admission_begin(d->admission, &head);
    return status ? status : endpoint_admission_take(d->admission, &head, body);
}

/* whether the answer to the last request begins its lines with tabs */
static bool answers_with_tabs(struct door *d)
{
    ICM_OWN(icm_buf_reset) struct icm_buf answer = {0}, type = {0};

    icm_buf_add_text(&answer, "<a/>");
    assert_int_equal(endpoint_admission_seal(d->admission, &answer, &type, NULL), ICM_OK);
    return memmem(answer.data, answer.size, "\tOriginalContent:", 17) != NULL;
}

static void check_answer(struct door *d, struct client *c, const char *text)
{
    ICM_OWN(icm_buf_reset) struct icm_buf answer = {0}, type = {0}, plain = {0};
    struct wsman_unsealer *u = NULL;
    bool has_ended = false;
    size_t taken = 0;

    icm_buf_add_text(&answer, text);
    assert_int_equal(endpoint_admission_seal(d->admission, &answer, &type, NULL), ICM_OK);
    assert_null(memmem(answer.data, answer.size, text, strlen(text)));
    assert_int_equal(wsman_unsealer_new(&u, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_restart(u, c->context, icm_buf_text(&type), BODY_MAX, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_feed(u, icm_buf_slice(&answer), &taken, &has_ended, &plain, NULL), ICM_OK);
    assert_int_equal(wsman_unsealer_finish(u, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&plain), text);
    wsman_unsealer_free(u);
}

static void seals_a_connection(void **state)
{
    const char *name = *state;
    struct icm_buf body = {0};
    struct client anne;
    struct door d;

    door_init(&d, &name, 1);
    client_init(&anne, name, "anne", "secret");
    assert_int_equal(send_clear(&d, "<hello/>", &body), 401); /* nobody's yet */
    assert_int_equal(shake_hands(&d, &anne), 200);
    assert_string_equal(endpoint_admission_user(d.admission), "anne");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(send_sealed(&d, &anne, "<hello/>", &body), 0);
        assert_string_equal(icm_buf_text(&body), "<hello/>");
        check_answer(&d, &anne, "<good-bye/>");
    }
    assert_int_equal(send_clear(&d, "<hello/>", &body), 400); /* a body in clear ends it */
    assert_int_equal(send_sealed(&d, &anne, "<hello/>", &body), 401);
    assert_int_equal(send_clear(&d, "<hello/>", &body), 401);
    assert_string_equal(endpoint_admission_user(d.admission), "");
    icm_buf_reset(&body);
    client_reset(&anne);
    door_reset(&d);
}

/* pypsrp's handshake has no body, and so no type of it */
static const struct {
    const char *body;
    bool has_no_type;
    unsigned status;
} handshakes[] = {{"", false, 200}, {"", true, 200}, {"<a/>", true, 415}};

static void a_handshake_needs_no_content_type(void **state)
{
    static const char *const ntlm[] = {"Ntlm"};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(handshakes); i++) {
        struct client anne;
        struct door d;

        door_init(&d, ntlm, 1);
        d.body = handshakes[i].body;
        d.has_no_type = handshakes[i].has_no_type;
        client_init(&anne, "Ntlm", "anne", "secret");
        assert_int_equal(shake_hands(&d, &anne), handshakes[i].status);
        client_reset(&anne);
        door_reset(&d);
    }
}

/* pywinrm takes an answer apart by its tabs; Windows has none. Each gets its own form. */
static void answers_in_the_form_of_the_request(void **state)
{
    static const char *const ntlm[] = {"Ntlm"};
    struct client anne;
    struct door d;

    (void)state;
    door_init(&d, ntlm, 1);
    client_init(&anne, "Ntlm", "anne", "secret");
    assert_int_equal(shake_hands(&d, &anne), 200);
    for (int i = 0; i < 4; i++) {
        struct icm_buf body = {0}, type = {0};
        bool has_tabs = i % 2 != 0;

        assert_int_equal((has_tabs ? wsman_seal_with_tabs : wsman_seal)(anne.context, icm_slice_text("<a/>"), &body,
                                                                        &type, NULL), ICM_OK);
        struct endpoint_head head = {"POST", "/wsman", icm_buf_text(&type), NULL, NULL};
        assert_int_equal(endpoint_admission_begin(d.admission, &head), 0);
        assert_int_equal(endpoint_admission_take(d.admission, &head, &body), 0);
        assert_int_equal(answers_with_tabs(&d), has_tabs);
        icm_buf_reset(&body);
        icm_buf_reset(&type);
    }
    client_reset(&anne);
    door_reset(&d);
}

/* the same bytes a second time, and bytes that were changed */
static void opens_nothing_twice(void **state)
{
    static const char *const ntlm[] = {"Ntlm"};
    struct icm_buf sealed = {0}, type = {0}, body = {0};
    struct client anne;
    struct door d;

    (void)state;
    for (int garbles = 0; garbles < 2; garbles++) {
        door_init(&d, ntlm, 1);
        client_init(&anne, "Ntlm", "anne", "secret");
        assert_int_equal(shake_hands(&d, &anne), 200);
        icm_buf_reset(&sealed);
        icm_buf_reset(&type);
        assert_int_equal(wsman_seal(anne.context, icm_slice_text("<a/>"), &sealed, &type, NULL), ICM_OK);
        struct endpoint_head head = {"POST", "/wsman", icm_buf_text(&type), NULL, NULL};
        for (int i = 0; i < 2; i++) {
            icm_buf_reset(&body);
            icm_buf_add(&body, icm_buf_slice(&sealed));
            if (garbles)
                body.data[body.size - 30] ^= 1;
            assert_int_equal(endpoint_admission_begin(d.admission, &head), i && garbles ? 401 : 0);
            assert_int_equal(endpoint_admission_take(d.admission, &head, &body), i || garbles ? 400 : 0);
            if (garbles)
                break;
        }
        assert_string_equal(endpoint_admission_user(d.admission), "");
        client_reset(&anne);
        door_reset(&d);
    }
    icm_buf_reset(&sealed);
    icm_buf_reset(&type);
    icm_buf_reset(&body);
}

static void strangers_stay_out(void **state)
{
    static const char *const names[] = {"Ntlm", "Basic"};
    static const char *const strangers[][2] = {{"anne", "Secret"}, {"eve", "secret"}};
    struct icm_buf lines = {0};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(strangers); i++) {
        struct client c;
        struct door d;

        door_init(&d, names, 2);
        client_init(&c, "Ntlm", strangers[i][0], strangers[i][1]);
        assert_int_equal(shake_hands(&d, &c), 401);
        assert_true(endpoint_admission_closes(d.admission, 401));
        assert_string_equal(endpoint_admission_user(d.admission), "");
        icm_buf_clear(&lines);
        endpoint_admission_challenge(d.admission, 401, &lines);
        assert_string_equal(icm_buf_text(&lines), "NTLM\nBasic realm=\"WSMAN\"");
        client_reset(&c);
        door_reset(&d);
    }
    icm_buf_reset(&lines);
}

/* one context for each connection: what was shown on one counts nowhere else */
static void connections_are_apart(void **state)
{
    static const char *const ntlm[] = {"Ntlm"};
    struct icm_buf body = {0};
    struct client anne;
    struct door one, other;

    (void)state;
    door_init(&one, ntlm, 1);
    door_init(&other, ntlm, 1);
    client_init(&anne, "Ntlm", "anne", "secret");
    assert_int_equal(shake_hands(&one, &anne), 200);
    assert_int_equal(send_sealed(&other, &anne, "<a/>", &body), 401);
    icm_buf_reset(&body);
    client_reset(&anne);
    door_reset(&one);
    door_reset(&other);
}

/* ---- credentials with each request ---- */

static void digest_counts_the_body_in(void **state)
{
    static const char *const digest[] = {"Digest"};
    struct icm_buf lines = {0}, authorization = {0}, body = {0};
    struct client anne;
    struct door d;

    (void)state;
    door_init(&d, digest, 1);
    client_init(&anne, "Digest", "anne", "secret");
    for (int changes = 0; changes < 2; changes++) {
        icm_buf_clear(&lines);
        endpoint_admission_challenge(d.admission, 401, &lines);
        icm_buf_clear(&authorization);
        icm_buf_add_text(&authorization, "Digest ");
        const char *first = icm_buf_text(&lines) + strlen("Digest ");
        struct icm_slice challenge = changes ? icm_slice_of(NULL, 0) : icm_slice_of(first, strcspn(first, "\n"));
        auth_describe_request(anne.context, "POST", "/wsman", icm_slice_text("<a/>"));
        assert_int_equal(auth_step(anne.context, challenge, &authorization, NULL), ICM_OK);
        struct endpoint_head head = {"POST", "/wsman", SOAP, icm_buf_text(&authorization), NULL};
        assert_int_equal(endpoint_admission_begin(d.admission, &head), 0);
        assert_string_equal(endpoint_admission_user(d.admission), ""); /* not before the body has come */
        icm_buf_reset(&body);
        icm_buf_add_text(&body, changes ? "<b/>" : "<a/>");
        assert_int_equal(endpoint_admission_take(d.admission, &head, &body), changes ? 401 : 0);
        assert_string_equal(endpoint_admission_user(d.admission), changes ? "" : "anne");
    }
    icm_buf_reset(&lines);
    icm_buf_reset(&authorization);
    icm_buf_reset(&body);
    client_reset(&anne);
    door_reset(&d);
}

static void certificates_are_mapped(void **state)
{
    static const char *const names[] = {"Certificate"};
    static const struct {
        const char *shown;
        unsigned status;
    } shows[] = {{"anne", 0}, {"eve", 401}, {NULL, 401}};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(shows); i++) {
        struct endpoint_head head = {"POST", "/wsman", SOAP, NULL, NULL};
        struct door d;

        door_init(&d, names, 1);
        head.authorization = d.policy.offered[0]->scheme;
        if (shows[i].shown)
            assert_int_equal(endpoint_admission_set_certificate_user(d.admission, shows[i].shown, NULL), ICM_OK);
        assert_int_equal(endpoint_admission_begin(d.admission, &head), shows[i].status);
        assert_string_equal(endpoint_admission_user(d.admission), shows[i].status ? "" : shows[i].shown);
        head.authorization = NULL; /* TLS alone lets nobody in */
        assert_int_equal(endpoint_admission_begin(d.admission, &head), 401);
        door_reset(&d);
    }
}

int main(void)
{
    static const char ntlm[] = "Ntlm";
    const struct CMUnitTest others[] = {
        cmocka_unit_test(offers_nothing),
        cmocka_unit_test_prestate(seals_a_connection, (void *)(uintptr_t)ntlm),
        cmocka_unit_test(a_handshake_needs_no_content_type),
        cmocka_unit_test(answers_in_the_form_of_the_request),
        cmocka_unit_test(opens_nothing_twice),
        cmocka_unit_test(strangers_stay_out),
        cmocka_unit_test(connections_are_apart),
        cmocka_unit_test(digest_counts_the_body_in),
        cmocka_unit_test(certificates_are_mapped),
    };
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = judges, .initial_state = (void *)(uintptr_t)&cases[i]};
    return cmocka_run_group_tests_name("endpoint_admission: heads, RFC 7235, RFC 7617, DSP0226 11", tests, NULL, NULL) +
           cmocka_run_group_tests_name("endpoint_admission: connections", others, NULL, NULL);
}

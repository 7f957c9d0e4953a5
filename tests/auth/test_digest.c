/* Digest: published values, the parameters' grammar, and both ends against each other. RFC 7616. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "auth/auth.h"
#include "auth/digest_nonces.h"
#include "auth/digest_params.h"
#include "auth/digest_response.h"
#include "base/text.h"
#include "tests/auth/vectors.h"

/* ---- published values ---- */

static struct vectors *all;

static struct icm_slice input(size_t index, const char *name)
{
    char path[80];

    snprintf(path, sizeof path, "input.%s", name);
    return icm_slice_text(vectors_text(all, index, path));
}

/* the one that RFC 7616 shows userhash with has no name in its vector */
static const struct auth_digest_algorithm *algorithm_of(size_t index)
{
    const char *name = vectors_text(all, index, "input.algorithm");

    return auth_digest_algorithm_find(name ? name : "SHA-512-256");
}

static struct auth_digest_facts facts_of(size_t index)
{
    struct icm_slice qop = input(index, "qop");

    return (struct auth_digest_facts){
        .algorithm = algorithm_of(index),
        .qop = icm_slice_is(qop, "auth")       ? AUTH_DIGEST_AUTH
               : icm_slice_is(qop, "auth-int") ? AUTH_DIGEST_AUTH_INT
                                               : AUTH_DIGEST_NO_QOP,
        .user = input(index, "username"),
        .realm = input(index, "realm"),
        .password = input(index, "password"),
        .method = input(index, "method"),
        .uri = input(index, "uri"),
        .nonce = input(index, "nonce"),
        .nonce_count = input(index, "nc"),
        .client_nonce = input(index, "cnonce"),
        .body = input(index, "body"),
    };
}

static void check_digest(size_t index)
{
    const char *hash = vectors_text(all, index, "expect.userhash");
    struct auth_digest_facts f = facts_of(index);
    struct icm_buf out = {0};

    assert_non_null(f.algorithm);
    assert_int_equal(auth_digest_respond(&f, &out, NULL), ICM_OK);
    if (strcmp(icm_buf_text(&out), vectors_text(all, index, "expect.response")) != 0)
        fail_msg("%s: %s", vectors_text(all, index, "id"), icm_buf_text(&out));
    icm_buf_clear(&out);
    assert_int_equal(auth_digest_hash_user(&f, &out, NULL), ICM_OK);
    if (hash)
        assert_string_equal(icm_buf_text(&out), hash);
    icm_buf_reset(&out);
}

static void check_basic(size_t index)
{
    struct auth_credential credential = {0};
    struct auth_initiator_options options = {.credential = &credential};
    struct auth_context *c = NULL;
    struct icm_buf token = {0}, text = {0};

    icm_set_text(&credential.user, vectors_text(all, index, "input.username"));
    icm_buf_add(&credential.password, input(index, "password"));
    assert_int_equal(auth_initiator_new(&c, auth_mechanism_find("Basic"), &options, NULL), ICM_OK);
    assert_int_equal(auth_step(c, icm_slice_text(""), &token, NULL), ICM_OK);
    icm_base64_write(&text, icm_buf_slice(&token));
    assert_string_equal(icm_buf_text(&text), vectors_text(all, index, "expect.credentials"));
    icm_buf_reset(&text);
    icm_buf_reset(&token);
    auth_context_free(c);
    auth_credential_reset(&credential);
}

static void published_values(void **state)
{
    (void)state;
    all = vectors_load("http-auth.json");
    assert_non_null(all);
    assert_true(vectors_count(all) > 0);
    for (size_t i = 0; i < vectors_count(all); i++)
        if (vectors_text(all, i, "expect.response"))
            check_digest(i);
        else
            check_basic(i);
    vectors_free(all);
}

/* ---- the grammar ---- */

static const struct {
    const char *text;
    enum icm_code code;
    const char *name, *value;
} texts[] = {
    {"realm=\"WSMAN\", nonce=\"abc\"", ICM_OK, "NONCE", "abc"},
    {"realm=\"WSMAN\",nonce=\"abc\"", ICM_OK, "realm", "WSMAN"},
    {" , realm=\"a\" ,, qop = auth , ", ICM_OK, "qop", "auth"},
    {"realm=\"a \\\"b\\\" \\\\ c\"", ICM_OK, "realm", "a \"b\" \\ c"},
    {"realm=\"a, b=c\"", ICM_OK, "b", NULL},
    {"nonce=+Upgraded+v1abc==", ICM_OK, "nonce", "+Upgraded+v1abc=="},
    {"realm=\"\"", ICM_OK, "realm", ""},
    {"", ICM_OK, "realm", NULL},
    {"realm=\"open", ICM_SYNTAX, NULL, NULL},
    {"realm", ICM_SYNTAX, NULL, NULL},
    {"realm=", ICM_SYNTAX, NULL, NULL},
    {"=\"a\"", ICM_SYNTAX, NULL, NULL},
    {"a=1, A=2", ICM_SYNTAX, NULL, NULL},
    {"a=1,b=2,c=3,d=4,e=5,f=6,g=7,h=8,i=9,j=1,k=1,l=1,m=1,n=1,o=1,p=1,q=1,r=1,s=1,t=1,u=1,v=1,w=1,x=1,y=1,z=1,"
     "aa=1,bb=1,cc=1,dd=1,ee=1,ff=1,gg=1", ICM_LIMIT, NULL, NULL},
};

static void parameters_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(texts); i++) {
        struct auth_params p = {0};

        if (auth_params_read(icm_slice_text(texts[i].text), &p, NULL) != texts[i].code)
            fail_msg("%s", texts[i].text);
        const char *value = texts[i].name ? auth_params_find(&p, texts[i].name) : NULL;
        if (texts[i].value ? !value || strcmp(value, texts[i].value) != 0 : value != NULL)
            fail_msg("%s: %s", texts[i].text, value ? value : "nothing");
        auth_params_reset(&p);
    }
}

static void what_is_written_is_read(void **state)
{
    struct auth_params p = {0};
    struct icm_buf out = {0};

    (void)state;
    auth_params_add_quoted(&out, "realm", icm_slice_text("a \"quoted\" \\ realm"));
    auth_params_add_token(&out, "qop", "auth");
    assert_string_equal(icm_buf_text(&out), "realm=\"a \\\"quoted\\\" \\\\ realm\", qop=auth");
    assert_int_equal(auth_params_read(icm_buf_slice(&out), &p, NULL), ICM_OK);
    assert_string_equal(auth_params_find(&p, "realm"), "a \"quoted\" \\ realm");
    auth_params_reset(&p);
    icm_buf_reset(&out);
}

/* ---- both ends ---- */

struct ends {
    struct auth_credential ana, account;
    struct auth_acceptor_options accepts;
    struct auth_initiator_options asks;
    struct auth_context *client;
    struct icm_buf challenge, credentials;
};

static void ends_init(struct ends *e, const char *user, const char *password)
{
    memset(e, 0, sizeof *e);
    icm_set_text(&e->ana.user, user);
    icm_buf_add_text(&e->ana.password, password);
    icm_set_text(&e->account.user, "an\xC3\xA4");
    icm_buf_add_text(&e->account.password, "secret");
    e->accepts = (struct auth_acceptor_options){.accounts = &e->account, .account_count = 1};
    e->asks = (struct auth_initiator_options){.credential = &e->ana};
    assert_int_equal(auth_digest_nonces_new(&e->accepts.nonces, NULL), ICM_OK);
    assert_int_equal(auth_initiator_new(&e->client, auth_mechanism_find("Digest"), &e->asks, NULL), ICM_OK);
}

static void ends_reset(struct ends *e)
{
    auth_context_free(e->client);
    auth_digest_nonces_free(e->accepts.nonces);
    auth_credential_reset(&e->ana);
    auth_credential_reset(&e->account);
    icm_buf_reset(&e->challenge);
    icm_buf_reset(&e->credentials);
}

/* one request; a new context each time, as for a new connection */
static enum icm_code accept(struct ends *e, struct icm_slice credentials, const char *uri, const char *body)
{
    struct auth_context *server = NULL;

    assert_int_equal(auth_acceptor_new(&server, auth_mechanism_find("Digest"), &e->accepts, NULL), ICM_OK);
    auth_describe_request(server, "POST", uri, icm_slice_text(body));
    icm_buf_clear(&e->challenge);
    enum icm_code code = auth_step(server, credentials, &e->challenge, NULL);
    if (code == ICM_OK)
        assert_string_equal(auth_user(server), "an\xC3\xA4");
    else
        assert_null(auth_user(server));
    auth_context_free(server);
    return code;
}

static enum icm_code ask(struct ends *e, struct icm_slice challenge, const char *uri, const char *body)
{
    icm_buf_clear(&e->credentials);
    auth_describe_request(e->client, "POST", uri, icm_slice_text(body));
    return auth_step(e->client, challenge, &e->credentials, NULL);
}

static void let_in_again_and_again(void **state)
{
    struct ends e;

    (void)state;
    ends_init(&e, "an\xC3\xA4", "secret");
    assert_int_equal(ask(&e, icm_slice_text(""), "/wsman", "one"), ICM_AGAIN); /* it waits for a challenge */
    assert_int_equal(e.credentials.size, 0);
    assert_int_equal(accept(&e, icm_slice_text(""), "/wsman", "one"), ICM_AGAIN);
    struct icm_buf challenge = {0};
    icm_buf_move(&challenge, &e.challenge);
    assert_int_equal(ask(&e, icm_buf_slice(&challenge), "/wsman", "one"), ICM_OK);
    assert_non_null(strstr(icm_buf_text(&e.credentials), "algorithm=SHA-256")); /* the better of the two */
    assert_non_null(strstr(icm_buf_text(&e.credentials), "qop=auth-int"));
    assert_null(strstr(icm_buf_text(&e.credentials), "secret"));
    assert_int_equal(accept(&e, icm_buf_slice(&e.credentials), "/wsman", "one"), ICM_OK);
    assert_int_equal(accept(&e, icm_buf_slice(&e.credentials), "/wsman", "one"), ICM_DENIED); /* the same again */
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(&e, icm_slice_text(""), "/wsman", "two"), ICM_OK);
        assert_int_equal(accept(&e, icm_buf_slice(&e.credentials), "/wsman", "two"), ICM_OK);
    }
    icm_buf_reset(&challenge);
    ends_reset(&e);
}

static const struct {
    const char *name, *user, *password, *uri, *body;
    enum icm_code code;
} strangers[] = {
    {"a wrong password", "an\xC3\xA4", "Secret", "/wsman", "one", ICM_DENIED},
    {"an unknown user", "bob", "secret", "/wsman", "one", ICM_DENIED},
    {"no password for an unknown user", "bob", "", "/wsman", "one", ICM_DENIED},
    {"another body", "an\xC3\xA4", "secret", "/wsman", "two", ICM_DENIED},
    {"another address", "an\xC3\xA4", "secret", "/other", "one", ICM_SYNTAX},
};

static void strangers_stay_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(strangers); i++) {
        struct ends e;

        ends_init(&e, strangers[i].user, strangers[i].password);
        assert_int_equal(accept(&e, icm_slice_text(""), "/wsman", ""), ICM_AGAIN);
        assert_int_equal(ask(&e, icm_buf_slice(&e.challenge), "/wsman", "one"), ICM_OK);
        if (accept(&e, icm_buf_slice(&e.credentials), strangers[i].uri, strangers[i].body) != strangers[i].code)
            fail_msg("%s", strangers[i].name);
        ends_reset(&e);
    }
}

/* A response says nothing of the TLS connection that it is for: whoever is in between could use it for his own. */
static void is_not_accepted_where_a_binding_is_required(void **state)
{
    struct auth_context *server = NULL;
    struct ends e;

    (void)state;
    ends_init(&e, "an\xC3\xA4", "secret");
    e.accepts.channel_binding = icm_slice_text("tls-server-end-point:hash");
    e.accepts.requires_binding = true;
    assert_int_equal(auth_acceptor_new(&server, auth_mechanism_find("Digest"), &e.accepts, NULL), ICM_UNSUPPORTED);
    assert_null(server);
    ends_reset(&e);
}

/* a second challenge is a no, unless it says that the nonce is too old; which is answered once */
static void a_client_asks_only_once(void **state)
{
    struct ends e;

    (void)state;
    ends_init(&e, "an\xC3\xA4", "secret");
    assert_int_equal(accept(&e, icm_slice_text(""), "/wsman", ""), ICM_AGAIN);
    assert_int_equal(ask(&e, icm_buf_slice(&e.challenge), "/wsman", ""), ICM_OK);
    auth_digest_nonces_free(e.accepts.nonces); /* the server is another one now */
    assert_int_equal(auth_digest_nonces_new(&e.accepts.nonces, NULL), ICM_OK);
    assert_int_equal(accept(&e, icm_buf_slice(&e.credentials), "/wsman", ""), ICM_AGAIN);
    assert_non_null(strstr(icm_buf_text(&e.challenge), "stale=true"));
    assert_int_equal(ask(&e, icm_buf_slice(&e.challenge), "/wsman", ""), ICM_OK);
    assert_int_equal(accept(&e, icm_buf_slice(&e.credentials), "/wsman", ""), ICM_OK);
    assert_int_equal(accept(&e, icm_slice_text(""), "/wsman", ""), ICM_AGAIN);
    assert_int_equal(ask(&e, icm_buf_slice(&e.challenge), "/wsman", ""), ICM_DENIED);
    ends_reset(&e);
}

static const struct {
    const char *challenge;
    enum icm_code code;
    const char *said;
} challenges[] = {
    {"realm=\"r\", nonce=\"n\", qop=\"auth\"", ICM_OK, "algorithm=MD5"},
    {"realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=MD5-sess", ICM_OK, "algorithm=MD5-sess"},
    {"realm=\"r\", nonce=\"n\"", ICM_OK, "response="},
    {"realm=\"r\", nonce=\"n\", qop=\"auth\", opaque=\"o\"", ICM_OK, "opaque=\"o\""},
    {"realm=\"r\", nonce=\"n\", qop=\"auth\", userhash=true, algorithm=SHA-256", ICM_OK, "userhash=true"},
    {"realm=\"r\", nonce=\"n\", qop=\"auth\"\nrealm=\"r\", nonce=\"m\", qop=\"auth\", algorithm=SHA-512-256", ICM_OK,
     "nonce=\"m\""},
    {"realm=\"r\", nonce=\"n\", qop=\"auth\", algorithm=MD4", ICM_UNSUPPORTED, NULL},
    {"realm=\"r\", nonce=\"n\", qop=\"auth-conf\"", ICM_UNSUPPORTED, NULL},
    {"realm=\"r\", qop=\"auth\"", ICM_UNSUPPORTED, NULL},
    {"realm=\"r\", nonce=\"n", ICM_SYNTAX, NULL},
};

static void challenges_are_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(challenges); i++) {
        struct ends e;

        ends_init(&e, "ana", "secret");
        if (ask(&e, icm_slice_text(challenges[i].challenge), "/wsman", "") != challenges[i].code)
            fail_msg("%s", challenges[i].challenge);
        if (challenges[i].said && !strstr(icm_buf_text(&e.credentials), challenges[i].said))
            fail_msg("%s: %s", challenges[i].challenge, icm_buf_text(&e.credentials));
        ends_reset(&e);
    }
}

/* requests may pass each other, and none counts twice */
static void a_count_is_used_once(void **state)
{
    static const struct {
        uint32_t count;
        enum auth_nonce_use use;
    } uses[] = {{1, AUTH_NONCE_FRESH}, {1, AUTH_NONCE_USED},   {3, AUTH_NONCE_FRESH},    {2, AUTH_NONCE_FRESH},
                {2, AUTH_NONCE_USED},  {0, AUTH_NONCE_USED},   {100, AUTH_NONCE_FRESH},  {36, AUTH_NONCE_USED},
                {37, AUTH_NONCE_FRESH}, {37, AUTH_NONCE_USED}, {UINT32_MAX, AUTH_NONCE_FRESH}};
    struct auth_digest_nonces *n = NULL;
    char nonce[AUTH_NONCE_TEXT + 1];

    (void)state;
    assert_int_equal(auth_digest_nonces_new(&n, NULL), ICM_OK);
    assert_int_equal(auth_digest_nonces_issue(n, nonce, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(uses); i++)
        if (auth_digest_nonces_use(n, icm_slice_text(nonce), uses[i].count) != uses[i].use)
            fail_msg("use %zu, count %u", i, (unsigned)uses[i].count);
    assert_int_equal(auth_digest_nonces_use(n, icm_slice_text("0123456789abcdef0123456789abcdef"), 1),
                     AUTH_NONCE_UNKNOWN);
    assert_int_equal(auth_digest_nonces_use(n, icm_slice_text(""), 1), AUTH_NONCE_UNKNOWN);
    auth_digest_nonces_free(n);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_values),        cmocka_unit_test(parameters_are_read),
        cmocka_unit_test(what_is_written_is_read), cmocka_unit_test(let_in_again_and_again),
        cmocka_unit_test(strangers_stay_out),      cmocka_unit_test(a_client_asks_only_once),
        cmocka_unit_test(challenges_are_answered), cmocka_unit_test(a_count_is_used_once),
        cmocka_unit_test(is_not_accepted_where_a_binding_is_required),
    };

    return cmocka_run_group_tests_name("Digest, RFC 7616", tests, NULL, NULL);
}

/* Both roles of NTLM against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "tests/auth/ntlm_pair.h"

#include <openssl/evp.h>

#define BINDING "tls-server-end-point:0123456789abcdef0123456789abcdef"
#define OTHER_BINDING "tls-server-end-point:fedcba9876543210fedcba9876543210"

static void must_talk(struct ntlm_pair *p)
{
    struct icm_buf opened = {0};
    static const char *const texts[] = {"hello", "", "and again, a little longer"};

    for (size_t i = 0; i < ICM_COUNT(texts); i++) {
        assert_int_equal(ntlm_pair_say(p->client, p->server, icm_slice_text(texts[i]), &opened), ICM_OK);
        assert_string_equal(icm_buf_text(&opened), texts[i]);
        assert_int_equal(ntlm_pair_say(p->server, p->client, icm_slice_text(texts[i]), &opened), ICM_OK);
        assert_string_equal(icm_buf_text(&opened), texts[i]);
    }
    icm_buf_reset(&opened);
}

/* ---- who may, and who may not ---- */

static const struct {
    const char *name;
    const char *user, *password;         /* the client's */
    const char *account, *with_password; /* the server's */
    const char *error;                   /* NULL: they come together */
} logons[] = {
    {"a plain name", "ana", "secret", "ana", "secret", NULL},
    {"a plain name in another case", "ANA", "secret", "ana", "secret", NULL},
    {"a name of a domain", "CORP\\ana", "secret", "CORP\\ana", "secret", NULL},
    {"a name at a realm", "ana@corp.example", "secret", "ana@corp.example", "secret", NULL},
    {"the server's own account", ".\\ana", "secret", "ana", "secret", NULL},
    {"an empty domain", "\\ana", "secret", "ana", "secret", NULL},
    {"any domain before an account of the server's", "PC7\\ana", "secret", "ana", "secret", NULL},
    {"an empty password", "ana", "", "ana", "", NULL},
    {"a name and a password that are not ASCII", "j\xC3\xB6rg", "\xE2\x82\xAC\xF0\x9F\x98\x80", "J\xC3\xB6rg",
     "\xE2\x82\xAC\xF0\x9F\x98\x80", NULL},
    {"a wrong password", "ana", "Secret", "ana", "secret", "wrong user name or password"},
    {"a password that is missing", "ana", "", "ana", "secret", "wrong user name or password"},
    {"a password where there is none", "ana", "x", "ana", "", "wrong user name or password"},
    {"a user who is unknown", "bob", "secret", "ana", "secret", "wrong user name or password"},
    {"a user who is unknown, without a password", "bob", "", "ana", "secret", "wrong user name or password"},
    {"an account of a domain, by its name alone", "ana", "secret", "CORP\\ana", "secret",
     "wrong user name or password"},
    {"a domain in another case", "corp\\ana", "secret", "CORP\\ana", "secret", "wrong user name or password"},
    {"no user", "", "secret", "ana", "secret", "NTLM needs a user name"},
    {"a domain alone", "CORP\\", "secret", "ana", "secret", "NTLM needs a user name"},
    {"a password that is no UTF-8", "ana", "\xFF", "ana", "secret", "no UTF-8"},
};

static void users_and_passwords(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(logons); i++) {
        struct ntlm_pair p;

        ntlm_pair_init(&p);
        auth_credential_reset(&p.credential);
        auth_credential_reset(&p.account);
        ntlm_credential(&p.credential, logons[i].user, logons[i].password);
        ntlm_credential(&p.account, logons[i].account, logons[i].with_password);
        assert_int_equal(ntlm_pair_new(&p), ICM_OK);
        enum icm_code code = ntlm_pair_run(&p, 0);
        if ((code == ICM_OK) != !logons[i].error || !strstr(p.err.text, logons[i].error ? logons[i].error : ""))
            fail_msg("%s: %s", logons[i].name, p.err.text);
        assert_int_equal(auth_is_established(p.server), code == ICM_OK);
        assert_null(strstr(p.err.text, "ecret"));
        if (code == ICM_OK) {
            assert_string_equal(auth_user(p.server), logons[i].account);
            must_talk(&p);
        } else {
            assert_null(auth_user(p.server));
        }
        ntlm_pair_reset(&p);
    }
}

/* ---- what each side demands ---- */

static const struct {
    const char *name;
    const char *client_binding, *server_binding;
    bool requires_binding, client_seals, server_seals, is_not_allowed;
    const char *error, *remedy;
} policies[] = {
    {"sealing", NULL, NULL, false, true, true, false, NULL, NULL},
    {"TLS, no binding", NULL, NULL, false, false, false, false, NULL, NULL},
    {"the right binding", BINDING, BINDING, true, false, false, false, NULL, NULL},
    {"the right binding, not required", BINDING, BINDING, false, false, false, false, NULL, NULL},
    {"a binding of another connection", BINDING, OTHER_BINDING, true, false, false, false, "another TLS connection",
     NULL},
    {"the same, not required", BINDING, OTHER_BINDING, false, false, false, false, "another TLS connection", NULL},
    {"a binding where there is no TLS", BINDING, NULL, false, false, false, false, "another TLS connection", NULL},
    {"no binding where one may be", NULL, BINDING, false, false, false, false, NULL, NULL},
    {"no binding where one must be", NULL, BINDING, true, false, false, false, "no channel binding", NULL},
    {"required without TLS", NULL, NULL, true, true, true, false, "no channel binding", NULL},
    {"a server that is not trusted", NULL, NULL, false, true, true, true, "srv1.corp.example, which is neither",
     "TrustedHosts"},
};

static void bindings_and_policies(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(policies); i++) {
        struct ntlm_pair p;

        ntlm_pair_init(&p);
        p.initiates.channel_binding = icm_slice_text(policies[i].client_binding);
        p.initiates.needs_sealing = policies[i].client_seals;
        p.initiates.allows_ntlm = !policies[i].is_not_allowed;
        p.accepts.channel_binding = icm_slice_text(policies[i].server_binding);
        p.accepts.requires_binding = policies[i].requires_binding;
        p.accepts.needs_sealing = policies[i].server_seals;
        assert_int_equal(ntlm_pair_new(&p), ICM_OK);
        assert_int_equal(strstr(auth_describe(p.client), "channel binding") != NULL,
                         policies[i].client_binding != NULL);
        enum icm_code code = ntlm_pair_run(&p, 0);
        if (code != (policies[i].error ? ICM_DENIED : ICM_OK) ||
            !strstr(p.err.text, policies[i].error ? policies[i].error : ""))
            fail_msg("%s: %s", policies[i].name, p.err.text);
        if (policies[i].remedy)
            assert_non_null(strstr(p.err.fault->remedy, policies[i].remedy));
        if (policies[i].is_not_allowed)
            assert_int_equal(p.messages[0].size, 0);
        ntlm_pair_reset(&p);
    }
}

/* ---- weaker than agreed ---- */

/* flags that somebody takes out of a message, where they lie in it, and who notices */
static const struct {
    const char *name;
    size_t message;
    uint32_t flags;
    bool seals;
    const char *error; /* NULL: the MIC's */
} downgrades[] = {
    {"the NEGOTIATE without sealing", 0, AUTH_NTLM_SEAL, true, "NEGOTIATE offers no sealing"},
    {"the NEGOTIATE without signing", 0, AUTH_NTLM_SIGN, true, "NEGOTIATE offers no signing"},
    {"the NEGOTIATE without 128", 0, AUTH_NTLM_128, true, "NEGOTIATE offers no 128-bit"},
    {"the NEGOTIATE without extended security", 0, AUTH_NTLM_EXTENDED_SECURITY, false, "NEGOTIATE offers no extended"},
    {"the CHALLENGE without sealing", 1, AUTH_NTLM_SEAL, true, "CHALLENGE offers no sealing"},
    {"the CHALLENGE without signing", 1, AUTH_NTLM_SIGN, true, "CHALLENGE offers no signing"},
    {"the CHALLENGE without 128", 1, AUTH_NTLM_128, true, "CHALLENGE offers no 128-bit"},
    {"the CHALLENGE without extended security", 1, AUTH_NTLM_EXTENDED_SECURITY, false, "CHALLENGE offers no extended"},
    {"the CHALLENGE without Unicode", 1, AUTH_NTLM_UNICODE, false, "CHALLENGE offers no Unicode"},
    {"the CHALLENGE without sealing, which nobody needs", 1, AUTH_NTLM_SEAL, false, NULL},
    {"the CHALLENGE without key exchange", 1, AUTH_NTLM_KEY_EXCHANGE, true, NULL},
    {"the CHALLENGE without target information", 1, AUTH_NTLM_TARGET_INFO, true, NULL},
    {"the AUTHENTICATE without sealing", 2, AUTH_NTLM_SEAL, true, "AUTHENTICATE offers no sealing"},
    {"the AUTHENTICATE without key exchange", 2, AUTH_NTLM_KEY_EXCHANGE, true, NULL},
};

static void downgrades_are_refused(void **state)
{
    static const size_t flags_at[] = {12, 20, 60};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(downgrades); i++) {
        size_t message = downgrades[i].message;
        const char *error = downgrades[i].error ? downgrades[i].error : "MIC is wrong";
        struct ntlm_pair p;

        ntlm_pair_init(&p);
        p.initiates.needs_sealing = p.accepts.needs_sealing = downgrades[i].seals;
        assert_int_equal(ntlm_pair_new(&p), ICM_OK);
        for (size_t step = 0; step <= message; step++)
            ntlm_pair_step(&p, step);
        for (size_t byte = 0; byte < 4; byte++)
            p.messages[message].data[flags_at[message] + byte] &= (uint8_t) ~(downgrades[i].flags >> 8 * byte);
        if (ntlm_pair_run(&p, message + 1) != ICM_DENIED || !strstr(p.err.text, error))
            fail_msg("%s: %s", downgrades[i].name, p.err.text);
        ntlm_pair_reset(&p);
    }
}

/* ---- what is not NTLMv2 ---- */

static const struct {
    const char *name, *user;
    uint32_t flags;
    size_t lm_size, nt_size;
    enum icm_code code;
    const char *error;
} answers[] = {
    {"NTLMv1", "a", AUTH_NTLM_OFFERED, 24, 24, ICM_DENIED, "NTLMv1"},
    {"LM alone", "a", AUTH_NTLM_OFFERED, 24, 0, ICM_DENIED, "NTLMv1"},
    {"nobody", "", AUTH_NTLM_OFFERED, 1, 0, ICM_DENIED, "anonymous"},
    {"nobody, with a response", "", AUTH_NTLM_OFFERED, 24, 60, ICM_DENIED, "anonymous"},
    {"anonymous, and a name", "a", AUTH_NTLM_OFFERED | AUTH_NTLM_ANONYMOUS, 24, 60, ICM_DENIED, "anonymous"},
    {"a response of another version", "a", AUTH_NTLM_OFFERED, 24, 60, ICM_SYNTAX, "NTLMv2 response"},
    {"a response cut short", "a", AUTH_NTLM_OFFERED, 24, 47, ICM_SYNTAX, "NTLMv2 response"},
};

static void other_answers_are_refused(void **state)
{
    static const uint8_t responses[60] = {[16] = 2}; /* versions behind the proof */

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(answers); i++) {
        struct auth_ntlm_authenticate m = {
            .flags = answers[i].flags,
            .user = icm_slice_of("a", 2 * strlen(answers[i].user)), /* its end is the second byte of UTF-16 */
            .lm_response = icm_slice_of(responses, answers[i].lm_size),
            .nt_response = icm_slice_of(responses, answers[i].nt_size),
        };
        struct ntlm_pair p;

        ntlm_pair_init(&p);
        assert_int_equal(ntlm_pair_new(&p), ICM_OK);
        ntlm_pair_step(&p, 0);
        ntlm_pair_step(&p, 1);
        auth_ntlm_write_authenticate(&p.messages[2], &m);
        if (ntlm_pair_step(&p, 3) != answers[i].code || !strstr(p.err.text, answers[i].error))
            fail_msg("%s: %s", answers[i].name, p.err.text);
        ntlm_pair_reset(&p);
    }
}

/* An AUTHENTICATE as curl has it: no MIC, and no word of one; names in bytes where Unicode was not agreed on. */
static void answer_as_curl(struct ntlm_pair *p, const char *name, const char *password)
{
    const struct auth_ntlm_identity who = {icm_slice_text(name), icm_slice_text(""), icm_slice_text(password)};
    static const uint8_t client_challenge[AUTH_NTLM_CHALLENGE_SIZE] = {7};
    uint8_t one_way[AUTH_NTLM_KEY_SIZE], proof[AUTH_NTLM_KEY_SIZE], key[AUTH_NTLM_KEY_SIZE];
    struct auth_ntlm_challenge m;
    struct icm_buf response = {0}, blob = {0}, user = {0};

    assert_int_equal(auth_ntlm_read_challenge(icm_buf_slice(&p->messages[1]), &m, NULL), ICM_OK);
    assert_int_equal(auth_ntlm_one_way(&who, one_way, NULL), ICM_OK);
    auth_ntlm_add_blob(&blob, 0, client_challenge, m.target_info);
    assert_int_equal(auth_ntlm_prove(one_way, m.server_challenge, icm_buf_slice(&blob), proof, key, NULL), ICM_OK);
    icm_buf_add(&response, icm_slice_of(proof, sizeof proof));
    icm_buf_add(&response, icm_buf_slice(&blob));
    if (m.flags & AUTH_NTLM_UNICODE)
        assert_int_equal(icm_utf16_from_utf8(&user, who.user, NULL), ICM_OK);
    else
        icm_buf_add(&user, who.user);
    auth_ntlm_write_authenticate(&p->messages[2],
                                 &(struct auth_ntlm_authenticate){.flags = m.flags & ~(uint32_t)AUTH_NTLM_KEY_EXCHANGE,
                                                                  .nt_response = icm_buf_slice(&response),
                                                                  .user = icm_buf_slice(&user)});
    icm_buf_reset(&response);
    icm_buf_reset(&blob);
    icm_buf_reset(&user);
}

static void a_client_without_a_mic_is_let_in(void **state)
{
    (void)state;
    for (int right = 0; right < 2; right++) {
        struct ntlm_pair p;

        ntlm_pair_init(&p);
        assert_int_equal(ntlm_pair_new(&p), ICM_OK);
        ntlm_pair_step(&p, 0);
        ntlm_pair_step(&p, 1);
        answer_as_curl(&p, "ana", right ? "secret" : "Secret");
        assert_int_equal(ntlm_pair_step(&p, 3), right ? ICM_OK : ICM_DENIED);
        ntlm_pair_reset(&p);
    }
}

/* curl's NEGOTIATE says OEM, REQUEST_TARGET, NTLM, ALWAYS_SIGN, EXTENDED_SECURITY; pywinrm's OEM and all that seals;
 * and others that have both kinds of names, or none */
static const struct {
    const char *name;
    uint32_t flags;
    bool seals;
    const char *user, *password;
    enum icm_code code; /* of the NEGOTIATE where no user is named, else of the AUTHENTICATE */
    const char *error;
} oem[] = {
    {"curl", 0x00088206, false, "ana", "secret", ICM_OK, ""},
    {"curl, another case", 0x00088206, false, "Ana", "secret", ICM_OK, ""},
    {"curl, a wrong password", 0x00088206, false, "ana", "Secret", ICM_DENIED, "wrong user name or password"},
    {"curl, a user who is unknown", 0x00088206, false, "bob", "secret", ICM_DENIED, "wrong user name or password"},
    {"bytes beyond ASCII", 0x00088206, false, "an\xC3\xA4", "secret", ICM_DENIED, "not ASCII"},
    {"both, which is Unicode", 0x00088207, false, "ana", "secret", ICM_OK, ""},
    {"neither", 0x00088204, false, NULL, NULL, ICM_DENIED, "NEGOTIATE offers no Unicode"},
    {"without extended security", 0x00008206, false, NULL, NULL, ICM_DENIED, "NEGOTIATE offers no extended"},
    {"pywinrm, which seals", 0xE2889032, true, "ana", "secret", ICM_OK, ""},
    {"curl, where somebody is to seal", 0x00088206, true, NULL, NULL, ICM_DENIED, "NEGOTIATE offers no signing"},
};

static void names_in_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(oem); i++) {
        struct ntlm_pair p;
        struct auth_ntlm_challenge m;

        ntlm_pair_init(&p);
        p.accepts.needs_sealing = oem[i].seals;
        assert_int_equal(ntlm_pair_new(&p), ICM_OK);
        auth_ntlm_write_negotiate(&p.messages[0], &(struct auth_ntlm_negotiate){.flags = oem[i].flags});
        enum icm_code code = ntlm_pair_step(&p, 1);
        if (oem[i].user) {
            assert_int_equal(code, ICM_AGAIN);
            assert_int_equal(auth_ntlm_read_challenge(icm_buf_slice(&p.messages[1]), &m, NULL), ICM_OK);
            assert_int_equal(m.flags & AUTH_NTLM_UNICODE, oem[i].flags & AUTH_NTLM_UNICODE);
            assert_int_equal(!(m.flags & AUTH_NTLM_OEM), m.flags & AUTH_NTLM_UNICODE);
            assert_int_equal(icm_slice_is(m.target_name, "SRV1"), !(m.flags & AUTH_NTLM_UNICODE));
            answer_as_curl(&p, oem[i].user, oem[i].password);
            code = ntlm_pair_step(&p, 3);
        }
        if (code != oem[i].code || !strstr(p.err.text, oem[i].error))
            fail_msg("%s: %s", oem[i].name, p.err.text);
        assert_int_equal(auth_is_established(p.server), code == ICM_OK);
        ntlm_pair_reset(&p);
    }
}

static const struct {
    const char *host;
    unsigned port;
    const char *name;
} spns[] = {
    {"srv1.corp.example", 5985, "WSMAN/srv1.corp.example:5985"},
    {"srv1.corp.example", 0, "WSMAN/srv1.corp.example"},
    {"[2001:db8::1]", 5986, "WSMAN/[2001:db8::1]:5986"},
    {"[2001:db8::1]", 0, "WSMAN/[2001:db8::1]"},
};

static void a_client_names_the_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(spns); i++) {
        struct ntlm_pair p;
        struct auth_ntlm_authenticate m;
        struct icm_slice value;
        struct icm_buf text = {0};

        ntlm_pair_init(&p);
        p.initiates.spn_service = "WSMAN";
        p.initiates.host = spns[i].host;
        p.initiates.spn_port = spns[i].port;
        assert_int_equal(ntlm_pair_new(&p), ICM_OK);
        assert_int_equal(ntlm_pair_run(&p, 0), ICM_OK);
        assert_int_equal(auth_ntlm_read_authenticate(icm_buf_slice(&p.messages[2]), &m, NULL), ICM_OK);
        assert_true(auth_ntlm_av_find(icm_slice_from(m.nt_response, 44), AUTH_NTLM_AV_TARGET_NAME, &value));
        assert_int_equal(icm_utf8_from_utf16(&text, value, NULL), ICM_OK);
        assert_string_equal(icm_buf_text(&text), spns[i].name);
        icm_buf_reset(&text);
        ntlm_pair_reset(&p);
    }
}

static void a_client_says_what_it_must(void **state)
{
    struct ntlm_pair p;
    struct auth_ntlm_authenticate m;
    struct icm_slice value;
    static const uint8_t no_lm[24];

    (void)state;
    ntlm_pair_init(&p);
    p.initiates.channel_binding = icm_slice_text(BINDING);
    p.accepts.channel_binding = p.initiates.channel_binding;
    assert_int_equal(ntlm_pair_new(&p), ICM_OK);
    assert_int_equal(ntlm_pair_run(&p, 0), ICM_OK);
    assert_int_equal(auth_ntlm_read_authenticate(icm_buf_slice(&p.messages[2]), &m, NULL), ICM_OK);
    assert_true(m.has_mic);
    assert_true(icm_slice_equal(m.lm_response, icm_slice_of(no_lm, sizeof no_lm)));
    struct icm_slice pairs = icm_slice_from(m.nt_response, 44);
    assert_true(auth_ntlm_av_find(pairs, AUTH_NTLM_AV_CHANNEL_BINDINGS, &value));
    assert_true(auth_ntlm_av_find(pairs, AUTH_NTLM_AV_TIMESTAMP, &value));
    assert_memory_equal(value.data, m.nt_response.data + 24, 8); /* the time is the server's */
    ntlm_pair_reset(&p);
}

/* ---- messages that are changed, or come twice ---- */

/* One byte changed anywhere in any of the three: refused, for the MIC is over them all. */
static void a_changed_byte_is_refused(void **state)
{
    (void)state;
    for (size_t message = 0; message < 3; message++)
        for (size_t at = 0, size = 1; at < size; at++) {
            struct ntlm_pair p;

            ntlm_pair_init(&p);
            assert_int_equal(ntlm_pair_new(&p), ICM_OK);
            for (size_t step = 0; step <= message; step++)
                ntlm_pair_step(&p, step);
            size = p.messages[message].size;
            p.messages[message].data[at] ^= 0x41;
            enum icm_code code = ntlm_pair_run(&p, message + 1);
            if (code != ICM_DENIED && code != ICM_SYNTAX)
                fail_msg("message %zu, byte %zu: %s", message + 1, at, icm_code_name(code));
            assert_false(auth_is_established(p.server));
            ntlm_pair_reset(&p);
        }
}

static void an_answer_is_good_for_one_challenge(void **state)
{
    struct ntlm_pair p, q;
    struct icm_buf out = {0};

    (void)state;
    ntlm_pair_init(&p);
    ntlm_pair_init(&q);
    assert_int_equal(ntlm_pair_new(&p), ICM_OK);
    assert_int_equal(ntlm_pair_new(&q), ICM_OK);
    assert_int_equal(ntlm_pair_run(&p, 0), ICM_OK);
    ntlm_pair_step(&q, 0);
    ntlm_pair_step(&q, 1);
    assert_int_equal(auth_step(q.server, icm_buf_slice(&p.messages[2]), &out, NULL), ICM_DENIED);
    assert_int_equal(auth_step(q.server, icm_buf_slice(&p.messages[2]), &out, NULL), ICM_STATE);
    assert_int_equal(auth_step(p.server, icm_buf_slice(&p.messages[2]), &out, NULL), ICM_STATE);
    assert_int_equal(out.size, 0);
    ntlm_pair_reset(&p);
    ntlm_pair_reset(&q);
}

/* what @token gets as the input of step @step */
static void must_refuse(size_t step, struct icm_slice token, enum icm_code expected)
{
    struct ntlm_pair p;
    struct icm_buf out = {0};

    ntlm_pair_init(&p);
    assert_int_equal(ntlm_pair_new(&p), ICM_OK);
    for (size_t before = 0; before < step; before++)
        ntlm_pair_step(&p, before);
    assert_int_equal(auth_step(step % 2 == 0 ? p.client : p.server, token, &out, &p.err), expected);
    assert_int_equal(out.size, 0);
    ntlm_pair_reset(&p);
}

/* tokens that are none, or come when another is due */
static void strange_tokens_are_refused(void **state)
{
    static const uint8_t zeroes[AUTH_NTLM_MESSAGE_MAX + 1];
    struct ntlm_pair other;

    (void)state;
    ntlm_pair_init(&other);
    assert_int_equal(ntlm_pair_new(&other), ICM_OK);
    assert_int_equal(ntlm_pair_run(&other, 0), ICM_OK);
    for (size_t step = 0; step < 4; step++) {
        must_refuse(step, icm_slice_text("x"), ICM_SYNTAX);
        must_refuse(step, icm_slice_text("NTLMSSP"), ICM_SYNTAX);
        must_refuse(step, icm_slice_of(zeroes, 100), ICM_SYNTAX);
        must_refuse(step, icm_slice_of(zeroes, sizeof zeroes), step == 0 ? ICM_SYNTAX : ICM_LIMIT);
        for (size_t message = 0; message < 3; message++)
            if (message + 1 != step)
                must_refuse(step, icm_buf_slice(&other.messages[message]), ICM_SYNTAX);
    }
    ntlm_pair_reset(&other);
}

static void a_refusal_has_words(void **state)
{
    struct ntlm_pair p;
    struct icm_buf out = {0};

    (void)state;
    ntlm_pair_init(&p);
    assert_int_equal(ntlm_pair_new(&p), ICM_OK);
    assert_int_equal(ntlm_pair_run(&p, 0), ICM_OK);
    assert_int_equal(auth_step(p.client, icm_slice_text(""), &out, &p.err), ICM_DENIED);
    assert_non_null(strstr(p.err.text, "srv1.corp.example did not accept"));
    assert_non_null(strstr(p.err.text, "channel binding sent: no"));
    ntlm_pair_reset(&p);

    ntlm_pair_init(&p);
    assert_int_equal(ntlm_pair_new(&p), ICM_OK);
    assert_int_equal(ntlm_pair_step(&p, 0), ICM_AGAIN);
    assert_int_equal(auth_step(p.client, icm_slice_text(""), &out, &p.err), ICM_DENIED);
    assert_non_null(strstr(p.err.text, "does not take NTLM"));
    assert_int_equal(out.size, 0);
    ntlm_pair_reset(&p);
}

/* ---- sealed messages ---- */

/* what becomes of two sealed messages on the way */
enum { IN_ORDER, TWICE, SWAPPED, WITHOUT_THE_FIRST, TO_ITS_SENDER, HEADER_15, HEADER_ALONE };

static const struct {
    const char *name;
    int way;
    enum icm_code code;
} ways[] = {
    {"in order", IN_ORDER, ICM_OK},
    {"the first twice", TWICE, ICM_DENIED},
    {"the second first", SWAPPED, ICM_DENIED},
    {"the second alone", WITHOUT_THE_FIRST, ICM_DENIED},
    {"back to its sender", TO_ITS_SENDER, ICM_DENIED},
    {"a header of 15", HEADER_15, ICM_DENIED},
    {"less than a header", HEADER_ALONE, ICM_DENIED},
};

static enum icm_code carry(struct ntlm_pair *p, int way, const struct icm_buf sealed[2], struct icm_buf *opened)
{
    struct icm_slice first = icm_buf_slice(&sealed[0]), second = icm_buf_slice(&sealed[1]);
    enum icm_code code = ICM_OK;

    switch (way) {
    case IN_ORDER:
        code = auth_unwrap(p->server, 16, first, opened, NULL);
        return code == ICM_OK ? auth_unwrap(p->server, 16, second, opened, NULL) : code;
    case TWICE:
        assert_int_equal(auth_unwrap(p->server, 16, first, opened, NULL), ICM_OK);
        icm_buf_clear(opened);
        return auth_unwrap(p->server, 16, first, opened, NULL);
    case TO_ITS_SENDER:
        return auth_unwrap(p->client, 16, first, opened, NULL);
    case HEADER_15:
        return auth_unwrap(p->server, 15, first, opened, NULL);
    case HEADER_ALONE:
        return auth_unwrap(p->server, 16, icm_slice_of(first.data, 15), opened, NULL);
    default:
        return auth_unwrap(p->server, 16, second, opened, NULL);
    }
}

static void sealed_messages_come_once_and_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(ways); i++) {
        struct ntlm_pair p;
        struct icm_buf sealed[2] = {{0}, {0}}, opened = {0};
        struct auth_sealed how;

        ntlm_pair_init(&p);
        assert_int_equal(ntlm_pair_new(&p), ICM_OK);
        assert_int_equal(ntlm_pair_run(&p, 0), ICM_OK);
        assert_int_equal(auth_wrap(p.client, icm_slice_text("one"), &sealed[0], &how, NULL), ICM_OK);
        assert_int_equal(how.header_size, 16);
        assert_int_equal(how.padding, 0);
        assert_int_equal(auth_wrap(p.client, icm_slice_text("two"), &sealed[1], &how, NULL), ICM_OK);
        if (carry(&p, ways[i].way, sealed, &opened) != ways[i].code)
            fail_msg("%s", ways[i].name);
        if (ways[i].code == ICM_OK) {
            assert_string_equal(icm_buf_text(&opened), "onetwo");
        } else { /* and then nothing more is taken */
            assert_int_equal(opened.size, 0);
            struct auth_context *to = ways[i].way == TO_ITS_SENDER ? p.client : p.server;
            assert_int_equal(auth_unwrap(to, 16, icm_buf_slice(&sealed[1]), &opened, NULL), ICM_STATE);
        }
        icm_buf_reset(&sealed[0]);
        icm_buf_reset(&sealed[1]);
        icm_buf_reset(&opened);
        ntlm_pair_reset(&p);
    }
}

/* SPNEGO's: a MIC each way, then the key streams begin anew while the numbers go on */
static void mics_and_a_rewind(void **state)
{
    struct ntlm_pair p;
    struct icm_buf mic = {0};
    struct icm_slice list = icm_slice_text("the mechanisms");

    (void)state;
    ntlm_pair_init(&p);
    assert_int_equal(ntlm_pair_new(&p), ICM_OK);
    assert_int_equal(p.client->ops->add_mic(p.client, list, &mic, NULL), ICM_STATE);
    assert_int_equal(ntlm_pair_run(&p, 0), ICM_OK);
    assert_int_equal(p.client->ops->add_mic(p.client, list, &mic, NULL), ICM_OK);
    assert_int_equal(mic.size, 16);
    assert_int_equal(p.server->ops->check_mic(p.server, list, icm_buf_slice(&mic), NULL), ICM_OK);
    icm_buf_clear(&mic);
    assert_int_equal(p.server->ops->add_mic(p.server, list, &mic, NULL), ICM_OK);
    assert_int_equal(p.client->ops->check_mic(p.client, list, icm_buf_slice(&mic), NULL), ICM_OK);
    p.client->ops->rewind(p.client, true);
    p.client->ops->rewind(p.client, false);
    p.server->ops->rewind(p.server, true);
    p.server->ops->rewind(p.server, false);
    must_talk(&p);
    assert_int_equal(p.client->ops->check_mic(p.client, list, icm_buf_slice(&mic), NULL), ICM_DENIED); /* a replay */
    icm_buf_reset(&mic);
    ntlm_pair_reset(&p);
}

static void nothing_is_sealed_before_its_time(void **state)
{
    struct ntlm_pair p;
    struct icm_buf out = {0};
    struct auth_sealed how;

    (void)state;
    ntlm_pair_init(&p);
    assert_int_equal(ntlm_pair_new(&p), ICM_OK);
    assert_int_equal(auth_wrap(p.client, icm_slice_text("x"), &out, &how, NULL), ICM_STATE);
    ntlm_pair_step(&p, 0);
    assert_int_equal(auth_unwrap(p.server, 16, icm_slice_text("0123456789abcdefx"), &out, NULL), ICM_STATE);
    assert_int_equal(out.size, 0);
    ntlm_pair_reset(&p);
}

/* ---- machines that have no MD5 to give ---- */

static void without_md5_there_is_one_sentence(void **state)
{
    struct ntlm_pair p;

    (void)state;
    ntlm_pair_init(&p);
    assert_int_equal(EVP_set_default_properties(NULL, "fips=yes"), 1);
    assert_int_equal(ntlm_pair_new(&p), ICM_UNSUPPORTED);
    assert_int_equal(EVP_set_default_properties(NULL, ""), 1);
    assert_non_null(strstr(p.err.text, "NTLM needs MD5"));
    assert_non_null(strstr(p.err.fault->remedy, "Kerberos"));
    assert_null(p.client);
    ntlm_pair_reset(&p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_and_passwords),
        cmocka_unit_test(bindings_and_policies),
        cmocka_unit_test(downgrades_are_refused),
        cmocka_unit_test(other_answers_are_refused),
        cmocka_unit_test(a_client_without_a_mic_is_let_in),
        cmocka_unit_test(names_in_bytes),
        cmocka_unit_test(a_client_names_the_server),
        cmocka_unit_test(a_client_says_what_it_must),
        cmocka_unit_test(a_changed_byte_is_refused),
        cmocka_unit_test(an_answer_is_good_for_one_challenge),
        cmocka_unit_test(strange_tokens_are_refused),
        cmocka_unit_test(a_refusal_has_words),
        cmocka_unit_test(sealed_messages_come_once_and_in_order),
        cmocka_unit_test(mics_and_a_rewind),
        cmocka_unit_test(nothing_is_sealed_before_its_time),
        cmocka_unit_test(without_md5_there_is_one_sentence),
    };

    return cmocka_run_group_tests_name("NTLM, MS-NLMP 3", tests, NULL, NULL);
}

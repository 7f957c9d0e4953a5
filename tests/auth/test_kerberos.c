#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/kerberos_private.h"
#include "auth/kerberos_token.h"
#include "tests/auth/kerberos_recorded.h"
#include "tests/auth/vectors.h"
#include "tests/psrp/hex.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct vectors *all;

/* ---- frames */

#define OID "06092a864886f712010202"

static const struct {
    const char *name, *bytes;
    enum icm_code code;
    enum auth_kerberos_token kind;
} tokens[] = {
    {"AP-REQ", "600e" OID "0100 6e", ICM_OK, AUTH_KERBEROS_AP_REQ},
    {"AP-REP", "600e" OID "0200 6f", ICM_OK, AUTH_KERBEROS_AP_REP},
    {"KRB-ERROR", "600e" OID "0300 7e", ICM_OK, AUTH_KERBEROS_ERROR},
    {"a length in two bytes", "60810e" OID "0100 6e", ICM_OK, AUTH_KERBEROS_AP_REQ},
    {"nothing", "", ICM_SYNTAX, 0},
    {"a frame alone", "60", ICM_SYNTAX, 0},
    {"a byte too few", "600f" OID "0100 6e", ICM_SYNTAX, 0},
    {"a byte too many", "600d" OID "0100 6e", ICM_SYNTAX, 0},
    {"a length without end", "6080" OID "0100 6e", ICM_SYNTAX, 0},
    {"a length of five bytes", "60850000000 00e" OID "0100 6e", ICM_SYNTAX, 0},
    {"a length in the frame's last byte", "6082 00", ICM_SYNTAX, 0},
    {"no kind", "600b" OID, ICM_SYNTAX, 0},
    {"half a kind", "600c" OID "01", ICM_SYNTAX, 0},
    {"a sealed message's kind", "600e" OID "0201 00", ICM_SYNTAX, 0},
    {"AP-REQ without the frame", "6e82000130", ICM_SYNTAX, 0},
    {"NTLM", "4e544c4d5353500001000000", ICM_DENIED, 0},
    {"SPNEGO's first", "600a 06062b0601050502 a000", ICM_DENIED, 0},
    {"SPNEGO's answer", "a1073005a0030a0100", ICM_DENIED, 0},
    {"another mechanism", "600d 06092a864886f712010203 0100", ICM_DENIED, 0},
};

static void frames_are_told_apart(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(tokens); i++) {
        enum auth_kerberos_token kind = 0;
        struct icm_buf bytes = {0};
        struct icm_error err = {0};

        hex_add(&bytes, tokens[i].bytes);
        if (auth_kerberos_token_read(icm_buf_slice(&bytes), &kind, &err) != tokens[i].code || kind != tokens[i].kind)
            fail_msg("%s: %s", tokens[i].name, err.text);
        icm_buf_reset(&bytes);
    }
}

static const struct {
    const char *name, *bytes;
    enum icm_code code;
} headers[] = {
    {"a client's", "050406ff0000001c 0000000020881254", ICM_OK},
    {"a server's", "050407ff0000001c 000000002169272f", ICM_OK},
    {"cut", "050406ff0000001c 00000000208812", ICM_SYNTAX},
    {"nothing", "", ICM_SYNTAX},
    {"a signature", "040404ffffffffff 0000000020881254", ICM_SYNTAX},
    {"not sealed", "050404ff0000001c 0000000020881254", ICM_DENIED},
    {"an extra count", "050406ff0010001c 0000000020881254", ICM_SYNTAX},
    {"another filler", "050406fe0000001c 0000000020881254", ICM_SYNTAX},
    {"RC4's, cut", "6081" OID "0201", ICM_SYNTAX},
};

static void sealed_headers_are_looked_at(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(headers); i++) {
        struct icm_buf bytes = {0};
        struct icm_error err = {0};

        hex_add(&bytes, headers[i].bytes);
        if (auth_kerberos_sealed_check(icm_buf_slice(&bytes), &err) != headers[i].code)
            fail_msg("%s: %s", headers[i].name, err.text);
        icm_buf_reset(&bytes);
    }
}

/* ---- contexts, with recorded tickets */

struct pair {
    struct auth_initiator_options i;
    struct auth_acceptor_options a;
    struct auth_context *client, *server;
};

static void free_pair(struct pair *p)
{
    auth_context_free(p->client);
    auth_context_free(p->server);
}

static void must_pair(struct pair *p, int type)
{
    struct icm_error err = {0};

    assert_true(kerberos_recorded(type));
    if (!kerberos_pair(&p->i, &p->a, &p->client, &p->server, &err))
        fail_msg("keys of type %d: %s", type, err.text);
}

static const int types[] = {17, 18, 19, 20, 23};

static void must_pass(struct auth_context *from, struct auth_context *to, struct icm_slice message, bool is_joined)
{
    struct icm_buf sealed = {0}, opened = {0};
    struct auth_sealed how;

    assert_int_equal(auth_wrap(from, message, &sealed, &how, NULL), ICM_OK);
    assert_int_equal(sealed.size, how.header_size + message.size + how.padding);
    assert_null(message.size > 8 ? memmem(sealed.data, sealed.size, message.data, message.size) : NULL);
    if (is_joined)
        assert_int_equal(auth_inner_unseal(to, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    else
        assert_int_equal(auth_unwrap(to, how.header_size, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&opened), message));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void both_roles_understand_each_other(void **state)
{
    static const uint8_t zeros[70000];

    for (size_t i = 0; i < ICM_COUNT(types); i++) {
        struct pair p = {.i.needs_sealing = true, .a.needs_sealing = true};

        must_pair(&p, types[i]);
        assert_string_equal(auth_user(p.server), "ana@ICM.TEST");
        assert_string_equal(auth_describe(p.client), "Kerberos to HTTP/localhost");
        for (size_t size = 0; size < 100; size++)
            must_pass(size % 3 ? p.client : p.server, size % 3 ? p.server : p.client, icm_slice_of(zeros, size),
                      size % 2);
        must_pass(p.client, p.server, icm_slice_of(zeros, sizeof zeros), true);
        must_pass(p.server, p.client, icm_slice_of(zeros, sizeof zeros), false);
        free_pair(&p);
    }
}

/* ana@ICM.TEST, whom a server in her own realm may know by either name; names of Kerberos have a case */
static const struct {
    const char *account, *own_realm, *user;
} accounts[] = {
    {"ana", "ICM.TEST", "ana"},
    {"ana", "OTHER.TEST", "ana@ICM.TEST"},
    {"ana@ICM.TEST", "ICM.TEST", "ana@ICM.TEST"},
    {"ana@ICM.TEST", "OTHER.TEST", "ana@ICM.TEST"},
    {"ana@OTHER.TEST", "OTHER.TEST", "ana@ICM.TEST"},
    {"ana@icm.test", "ICM.TEST", "ana@ICM.TEST"},
    {"ANA", "ICM.TEST", "ana@ICM.TEST"},
    {"bob", "ICM.TEST", "ana@ICM.TEST"},
};

static void a_principal_may_be_an_account(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(accounts); i++) {
        struct auth_credential account = {0};
        struct pair p = {.a.accounts = &account, .a.account_count = 1};
        struct icm_error err = {0};

        icm_set_text(&account.user, accounts[i].account);
        assert_true(kerberos_recorded_in(18, accounts[i].own_realm));
        if (!kerberos_pair(&p.i, &p.a, &p.client, &p.server, &err))
            fail_msg("%s in %s: %s", accounts[i].account, accounts[i].own_realm, err.text);
        assert_string_equal(auth_user(p.server), accounts[i].user);
        free_pair(&p);
        auth_credential_reset(&account);
    }
}

/* every bit of a sealed message, and every number that its header may be said to have */
static void tampering_is_found(void **state)
{
    struct icm_slice message = icm_slice_text("<s:Envelope/>");

    for (size_t i = 0; i < ICM_COUNT(types); i++) {
        struct pair p = {0};
        struct icm_buf sealed = {0}, opened = {0};
        struct auth_sealed how;

        must_pair(&p, types[i]);
        gss_ctx_id_t gss = auth_kerberos_of(p.server)->gss; /* which goes on where ours would not */
        assert_int_equal(auth_wrap(p.client, message, &sealed, &how, NULL), ICM_OK);
        for (size_t bit = 0; bit < 8 * sealed.size; bit++) {
            sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            enum icm_code code = auth_kerberos_unwrap(gss, how.header_size, icm_buf_slice(&sealed), &opened, NULL);
            if (code != ICM_DENIED && code != ICM_SYNTAX)
                fail_msg("keys of type %d, bit %zu: %s", types[i], bit, icm_code_name(code));
            sealed.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        for (uint32_t size = 1; size < sealed.size + 9 && types[i] != 23; size++)
            if (size != how.header_size)
                assert_int_not_equal(auth_kerberos_unwrap(gss, size, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
        assert_int_equal(opened.size, 0);
        assert_int_equal(auth_kerberos_unwrap(gss, how.header_size, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
        assert_true(icm_slice_equal(icm_buf_slice(&opened), message));
        icm_buf_reset(&sealed);
        icm_buf_reset(&opened);
        free_pair(&p);
    }
}

static void our_own_message_does_not_come_back(void **state)
{
    struct pair p = {0};
    struct icm_buf sealed = {0}, opened = {0};
    struct auth_sealed how;

    must_pair(&p, 18);
    assert_int_equal(auth_wrap(p.client, icm_slice_text("hello"), &sealed, &how, NULL), ICM_OK);
    assert_int_equal(auth_unwrap(p.client, how.header_size, icm_buf_slice(&sealed), &opened, NULL), ICM_DENIED);
    assert_int_equal(opened.size, 0);
    assert_false(auth_is_established(p.client));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    free_pair(&p);
}

static void signatures_hold(void **state)
{
    struct icm_slice text = icm_slice_text("a list of mechanisms");
    struct pair p = {0};
    struct icm_buf mic = {0};

    must_pair(&p, 18);
    assert_int_equal(p.client->ops->add_mic(p.client, text, &mic, NULL), ICM_OK);
    assert_int_equal(p.server->ops->check_mic(p.server, text, icm_buf_slice(&mic), NULL), ICM_OK);
    assert_int_equal(p.server->ops->check_mic(p.server, text, icm_buf_slice(&mic), NULL), ICM_DENIED); /* a replay */
    icm_buf_clear(&mic);
    assert_int_equal(p.server->ops->add_mic(p.server, text, &mic, NULL), ICM_OK);
    assert_int_equal(p.client->ops->check_mic(p.client, icm_slice_text("another"), icm_buf_slice(&mic), NULL),
                     ICM_DENIED);
    icm_buf_reset(&mic);
    free_pair(&p);
}

static const struct {
    const char *name, *client, *server;
    bool is_required, is_good;
} bindings[] = {
    {"none", NULL, NULL, false, true},
    {"the same", "tls-server-end-point:1", "tls-server-end-point:1", true, true},
    {"another", "tls-server-end-point:1", "tls-server-end-point:2", false, false},
    {"the client has none", NULL, "tls-server-end-point:2", false, true},
    {"the client has none, and it is required", NULL, "tls-server-end-point:2", true, false},
    {"the server has none", "tls-server-end-point:1", NULL, false, true},
    {"the server has none, and requires one", "tls-server-end-point:1", NULL, true, false},
};

static void bindings_are_compared(void **state)
{
    assert_true(kerberos_recorded(18));
    for (size_t i = 0; i < ICM_COUNT(bindings); i++) {
        struct pair p = {.i.channel_binding = icm_slice_text(bindings[i].client),
                         .a.channel_binding = icm_slice_text(bindings[i].server),
                         .a.requires_binding = bindings[i].is_required};
        struct icm_error err = {0};

        if (kerberos_pair(&p.i, &p.a, &p.client, &p.server, &err) != bindings[i].is_good)
            fail_msg("%s: %s", bindings[i].name, err.text);
        assert_int_equal(err.code, bindings[i].is_good ? ICM_OK : ICM_DENIED);
        icm_error_reset(&err);
        free_pair(&p);
    }
}

/* what a server says that is no answer, and what a client says that is no beginning */
static void wrong_tokens_are_refused(void **state)
{
    static const char *const answers[] = {"", "4e544c4d5353500001000000", "600e" OID "0200 6f", "600e" OID "0300 7e",
                                          "600e" OID "0100 6e"};

    assert_true(kerberos_recorded(18));
    for (size_t i = 0; i < 2 * ICM_COUNT(answers); i++) {
        const struct auth_mechanism *kerberos = auth_mechanism_find("Kerberos");
        struct auth_initiator_options o = {.host = "localhost"};
        struct auth_acceptor_options a = {0};
        struct auth_context *c = NULL;
        struct icm_buf token = {0}, out = {0};
        struct icm_error err = {0};
        const char *answer = answers[i / 2];

        hex_add(&token, answer);
        if (i % 2) {
            assert_int_equal(auth_initiator_new(&c, kerberos, &o, NULL), ICM_OK);
            assert_int_equal(auth_step(c, icm_slice_text(""), &out, NULL), ICM_AGAIN);
        } else {
            assert_int_equal(auth_acceptor_new(&c, kerberos, &a, NULL), ICM_OK);
        }
        enum icm_code code = auth_step(c, icm_buf_slice(&token), &out, &err);
        bool is_challenge = *answer == '\0' && i % 2 == 0;
        if (is_challenge ? code != ICM_AGAIN : code != ICM_DENIED && code != ICM_SYNTAX)
            fail_msg("%s to a %s: %s: %s", answer, i % 2 ? "client" : "server", icm_code_name(code), err.text);
        assert_null(auth_user(c));
        icm_error_reset(&err);
        icm_buf_reset(&token);
        icm_buf_reset(&out);
        auth_context_free(c);
    }
}

static const struct {
    const char *host, *user, *ccache, *text;
    enum icm_code code;
} clients[] = {
    {"192.0.2.1", NULL, NULL, "needs the computer's name", ICM_UNSUPPORTED},
    {"[::1]", NULL, NULL, "needs the computer's name", ICM_UNSUPPORTED},
    {"fe80::1%eth0", NULL, NULL, "needs the computer's name", ICM_UNSUPPORTED},
    {"", NULL, NULL, "needs the computer's name", ICM_USAGE},
    {"localhost", NULL, "FILE:/nowhere/at/all", "there is no ticket", ICM_UNSUPPORTED},
    {"localhost", NULL, "MEMORY:none", "there is no ticket", ICM_UNSUPPORTED},
    {"localhost", NULL, "NONE:such", "no such kind of ticket cache", ICM_UNSUPPORTED},
    {"localhost", "bob", NULL, "Kerberos as bob@ICM.TEST: there is no ticket", ICM_UNSUPPORTED},
    {"localhost", ".\\ana", NULL, "an account of the computer's own", ICM_UNSUPPORTED},
    {"localhost", "a@b@c@", NULL, "Kerberos as ", ICM_DENIED},
};

static void what_cannot_be_is_said(void **state)
{
    assert_true(kerberos_recorded(18));
    for (size_t i = 0; i < ICM_COUNT(clients); i++) {
        struct auth_credential credential = {0};
        struct pair p = {.i = {.host = clients[i].host, .ccache = clients[i].ccache, .credential = &credential}};
        struct icm_error err = {0};

        icm_set_text(&credential.user, clients[i].user);
        assert_false(kerberos_pair(&p.i, &p.a, &p.client, &p.server, &err));
        if (err.code != clients[i].code || !strstr(err.text, clients[i].text))
            fail_msg("%s, %s: %s: %s", clients[i].host, clients[i].user, icm_code_name(err.code), err.text);
        icm_error_reset(&err);
        auth_credential_reset(&credential);
        free_pair(&p);
    }
}

/* steps run on worker threads: contexts share nothing */
static void *shake_hands_often(void *failed)
{
    for (int i = 0; i < 10 && !*(bool *)failed; i++) {
        struct pair p = {0};
        struct icm_buf sealed = {0}, opened = {0};
        struct auth_sealed how;

        *(bool *)failed = !kerberos_pair(&p.i, &p.a, &p.client, &p.server, NULL) ||
                          auth_wrap(p.client, icm_slice_text("hello"), &sealed, &how, NULL) != ICM_OK ||
                          auth_unwrap(p.server, how.header_size, icm_buf_slice(&sealed), &opened, NULL) != ICM_OK;
        icm_buf_reset(&sealed);
        icm_buf_reset(&opened);
        free_pair(&p);
    }
    return NULL;
}

static void threads_do_not_meet(void **state)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    bool failed[THREADS] = {false};

    assert_true(kerberos_recorded(18));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, shake_hands_often, &failed[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_false(failed[i]);
    }
}

/* ---- the vectors: sizes, layout, and messages that others sealed */

static const char *vector_text(size_t index, const char *path)
{
    const char *text = vectors_text(all, index, path);

    return text ? text : "";
}

static size_t number_of(size_t index, const char *path)
{
    return strtoul(vector_text(index, path), NULL, 10);
}

/* "aes256-cts-hmac-sha1-96 (18), ..." is about type 18 */
static bool is_about(size_t index, int type)
{
    char number[20];

    snprintf(number, sizeof number, "(%d)", type);
    return strstr(vector_text(index, "etype"), number) != NULL;
}

static void sizes_are_the_vectors(void **state)
{
    size_t compared = 0;

    for (size_t i = 0; i < vectors_count(all); i++)
        for (size_t t = 0; t < ICM_COUNT(types); t++) {
            struct pair p = {0};
            struct icm_buf sealed = {0};
            struct auth_sealed how;

            if (!is_about(i, types[t]))
                continue;
            must_pair(&p, types[t]);
            assert_int_equal(auth_wrap(p.client, icm_slice_text("x"), &sealed, &how, NULL), ICM_OK);
            assert_int_equal(how.header_size, number_of(i, "header_bytes"));
            assert_int_equal(how.padding, number_of(i, "padding_bytes"));
            if (*vector_text(i, "RRC"))
                assert_int_equal(sealed.data[6] << 8 | sealed.data[7], number_of(i, "RRC"));
            icm_buf_reset(&sealed);
            free_pair(&p);
            compared++;
        }
    assert_true(compared > 0);
}

static void real_headers_are_taken(void **state)
{
    size_t compared = 0;

    for (size_t i = 0; i < vectors_count(all); i++) {
        struct icm_buf header = {0}, length = {0};

        if (!vectors_bytes(all, i, "token_header_16", &header))
            continue;
        vectors_bytes(all, i, "rest_of_60", &header);
        vectors_bytes(all, i, "length_field", &length);
        assert_int_equal(auth_kerberos_sealed_check(icm_buf_slice(&header), NULL), ICM_OK);
        assert_int_equal(length.data[0], header.size);
        icm_buf_reset(&header);
        icm_buf_reset(&length);
        compared++;
    }
    assert_true(compared > 0);
}

/* One side of a handshake that counts no sequence, for messages that begin somewhere. */
static gss_ctx_id_t uncounted(bool is_acceptor)
{
    gss_buffer_desc name = {14, "HTTP@localhost"}, request, answer, last;
    gss_ctx_id_t client = GSS_C_NO_CONTEXT, server = GSS_C_NO_CONTEXT;
    gss_name_t target;
    OM_uint32 minor, flags = GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG;

    assert_int_equal(gss_import_name(&minor, &name, GSS_C_NT_HOSTBASED_SERVICE, &target), 0);
    assert_int_equal(gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &client, target, gss_mech_krb5, flags, 0, NULL,
                                          NULL, NULL, &request, NULL, NULL),
                     GSS_S_CONTINUE_NEEDED);
    assert_int_equal(gss_accept_sec_context(&minor, &server, GSS_C_NO_CREDENTIAL, &request, NULL, NULL, NULL, &answer,
                                            NULL, NULL, NULL),
                     GSS_S_COMPLETE);
    assert_int_equal(gss_init_sec_context(&minor, GSS_C_NO_CREDENTIAL, &client, target, gss_mech_krb5, flags, 0, NULL,
                                          &answer, NULL, &last, NULL, NULL),
                     GSS_S_COMPLETE);
    gss_release_buffer(&minor, &request);
    gss_release_buffer(&minor, &answer);
    gss_release_name(&minor, &target);
    gss_delete_sec_context(&minor, is_acceptor ? &client : &server, GSS_C_NO_BUFFER);
    return is_acceptor ? server : client;
}

/* The context with another key: exported, the key exchanged wherever it stands, and imported again. */
static gss_ctx_id_t with_key(gss_ctx_id_t gss, struct icm_slice key)
{
    gss_buffer_set_t keys = GSS_C_NO_BUFFER_SET;
    gss_buffer_desc whole;
    OM_uint32 minor;
    size_t exchanged = 0;

    assert_int_equal(gss_inquire_sec_context_by_oid(&minor, gss, GSS_C_INQ_SSPI_SESSION_KEY, &keys), GSS_S_COMPLETE);
    assert_int_equal(keys->elements[0].length, key.size);
    assert_int_equal(gss_export_sec_context(&minor, &gss, &whole), GSS_S_COMPLETE);
    for (size_t i = 0; i + key.size <= whole.length; i++) {
        uint8_t *at = (uint8_t *)whole.value + i;

        if (memcmp(at, keys->elements[0].value, key.size) != 0)
            continue;
        memcpy(at, key.data, key.size);
        exchanged++;
    }
    assert_true(exchanged > 0);
    assert_int_equal(gss_import_sec_context(&minor, &whole, &gss), GSS_S_COMPLETE);
    gss_release_buffer(&minor, &whole);
    gss_release_buffer_set(&minor, &keys);
    return gss;
}

static void sealed_elsewhere_opens(void **state)
{
    size_t opened_count = 0;

    for (size_t i = 0; i < vectors_count(all); i++) {
        struct icm_buf key = {0}, plain = {0}, sealed = {0}, opened = {0};
        struct icm_error err = {0};
        OM_uint32 minor;

        if (!vectors_bytes(all, i, "input.key", &key) || !vectors_bytes(all, i, "expect.header_60", &sealed))
            continue;
        uint32_t header_size = (uint32_t)sealed.size;
        assert_true(vectors_bytes(all, i, "expect.data", &sealed) && vectors_bytes(all, i, "input.plaintext", &plain));
        assert_true(kerberos_recorded((int)number_of(i, "input.etype")));
        bool by_acceptor = sealed.data[2] & 1;
        gss_ctx_id_t gss = with_key(uncounted(!by_acceptor), icm_buf_slice(&key));
        if (auth_kerberos_unwrap(gss, header_size, icm_buf_slice(&sealed), &opened, &err) != ICM_OK)
            fail_msg("%s: %s", vector_text(i, "id"), err.text);
        assert_true(icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&plain)));
        gss_delete_sec_context(&minor, &gss, GSS_C_NO_BUFFER);
        icm_buf_reset(&key);
        icm_buf_reset(&plain);
        icm_buf_reset(&sealed);
        icm_buf_reset(&opened);
        opened_count++;
    }
    assert_true(opened_count > 0);
}

static int load(void **state)
{
    return (all = vectors_load("kerberos-wrap.json")) ? 0 : -1;
}

static int unload(void **state)
{
    vectors_free(all);
    return 0;
}

/* ---- files that are no keytab: MIT's file format, doc/formats/keytab_file_format */

#define ANAS_SIZE "0000002d"
#define ANAS_HEAD "0001 0008 49434d2e54455354 0003 616e61 00000001 00000000 01 0012 0010"

static const struct {
    const char *name, *bytes, *text;
} keytabs[] = {
    {"text", "68656c6c6f20776f726c640a", "the file is no keytab"},
    {"nothing", "", "the file is no keytab"},
    {"one byte", "05", "the file is no keytab"},
    {"zeros", "00000000 00000000", "the file is no keytab"},
    {"a version to come", "0503" ANAS_SIZE, "the file is no keytab"},
    {"a version alone", "0502", "the keytab holds no key: it is empty, or cut short"},
    {"the old version alone", "0501", "the keytab holds no key: it is empty, or cut short"},
    {"a size cut short", "0502 0000", "the keytab holds no key: it is empty, or cut short"},
    {"an entry cut short", "0502" ANAS_SIZE "0001 0008 4943", "the keytab holds no key: it is empty, or cut short"},
    {"an entry longer than any file", "0502 7fffffff 0001", "the keytab holds no key: it is empty, or cut short"},
    {"a hole without end", "0502 80000000 0001", "the keytab is damaged"},
    {"somebody else's key", "0502" ANAS_SIZE ANAS_HEAD "00112233445566778899aabbccddeeff",
     "the keytab has no key of this user"},
};

static void must_refuse(const char *name, const char *keytab, const char *text)
{
    struct auth_credential credential = {0};
    struct auth_initiator_options options = {.credential = &credential, .host = "localhost", .keytab = keytab};
    struct auth_context *c = NULL;
    struct icm_buf out = {0};
    struct icm_error err = {0};

    icm_set_text(&credential.user, "bob");
    assert_int_equal(auth_initiator_new(&c, auth_mechanism_find("Kerberos"), &options, NULL), ICM_OK);
    enum icm_code code = auth_step(c, icm_slice_text(""), &out, &err);
    if (code != ICM_DENIED || !strstr(err.text, text))
        fail_msg("%s: %s: %s", name, icm_code_name(code), err.text);
    assert_non_null(strstr(err.text, "Kerberos as bob"));
    assert_non_null(err.fault);
    assert_non_null(err.fault->remedy);
    assert_int_equal(out.size, 0);
    auth_context_free(c);
    auth_credential_reset(&credential);
    icm_error_reset(&err);
}

static void files_that_are_no_keytab(void **state)
{
    char path[] = "/tmp/icm-keytab-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_true(kerberos_recorded(18));
    for (size_t i = 0; i < ICM_COUNT(keytabs); i++) {
        struct icm_buf bytes = {0};

        hex_add(&bytes, keytabs[i].bytes);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, bytes.data ? bytes.data : (uint8_t *)path, bytes.size, 0), bytes.size);
        must_refuse(keytabs[i].name, path, keytabs[i].text);
        icm_buf_reset(&bytes);
    }
    close(fd);
    unlink(path);
    must_refuse("a directory", ICM_FIXTURES, "the keytab is a directory, and no file");
    must_refuse("another kind", "NOTHING:else", "there is no such kind of keytab");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_told_apart),
        cmocka_unit_test(sealed_headers_are_looked_at),
        cmocka_unit_test(both_roles_understand_each_other),
        cmocka_unit_test(a_principal_may_be_an_account),
        cmocka_unit_test(tampering_is_found),
        cmocka_unit_test(our_own_message_does_not_come_back),
        cmocka_unit_test(signatures_hold),
        cmocka_unit_test(bindings_are_compared),
        cmocka_unit_test(wrong_tokens_are_refused),
        cmocka_unit_test(what_cannot_be_is_said),
        cmocka_unit_test(files_that_are_no_keytab),
        cmocka_unit_test(threads_do_not_meet),
        cmocka_unit_test(sizes_are_the_vectors),
        cmocka_unit_test(real_headers_are_taken),
        cmocka_unit_test(sealed_elsewhere_opens),
    };

    return cmocka_run_group_tests_name("Kerberos, RFC 4121", tests, load, unload);
}

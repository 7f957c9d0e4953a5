/* fixtures/vectors/credssp.json, by what each vector holds; and what is no message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/credssp.h"
#include "base/text.h"
#include "tests/auth/vectors.h"
#include "tests/psrp/hex.h"

#include <stdlib.h>

static struct vectors *all;

static void expect(size_t index, const char *path, struct icm_slice actual)
{
    const char *expected = vectors_text(all, index, path);
    struct icm_buf text = {0};

    icm_hex_write(&text, actual);
    if (strcmp(icm_buf_text(&text), expected ? expected : "") != 0)
        fail_msg("%s, %s: expected %s, got %s", vectors_text(all, index, "id"), path, expected, icm_buf_text(&text));
    icm_buf_reset(&text);
}

static void expect_number(size_t index, const char *path, uint32_t actual)
{
    const char *expected = vectors_text(all, index, path);

    if (strtoul(expected ? expected : "0", NULL, 0) != actual)
        fail_msg("%s, %s: expected %s, got %u", vectors_text(all, index, "id"), path, expected, actual);
}

/* what is read is what the vector says, and written again it is the vector; an errorCode has two forms, of which we
 * write one */
static void check_request(size_t index, struct icm_slice der)
{
    struct auth_ts_request m = {0};
    struct icm_buf again = {0};
    const char *form = vectors_text(all, index, "decoded.error_code_der_int");

    assert_int_equal(auth_ts_request_read(der, &m, NULL), ICM_OK);
    expect_number(index, "decoded.version", m.version);
    expect(index, "decoded.nego_tokens.0", m.nego_token);
    expect(index, "decoded.auth_info", m.auth_info);
    expect(index, "decoded.pub_key_auth", m.pub_key_auth);
    expect(index, "decoded.client_nonce", m.client_nonce);
    expect_number(index, "decoded.error_code", m.error_code);
    auth_ts_request_write(&again, &m);
    if (!form || strlen(form) <= 8)
        expect(index, "der", icm_buf_slice(&again));
    icm_buf_reset(&again);
}

static void expect_text(size_t index, const char *path, struct icm_slice utf16)
{
    struct icm_buf text = {0};

    assert_int_equal(icm_utf8_from_utf16(&text, utf16, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&text), vectors_text(all, index, path));
    icm_buf_reset(&text);
}

static void check_credentials(size_t index, struct icm_slice der)
{
    struct auth_ts_password m;
    struct icm_buf again = {0};

    if (strcmp(vectors_text(all, index, "decoded.cred_type"), "1") != 0) {
        assert_int_equal(auth_ts_password_read(der, &m, NULL), ICM_UNSUPPORTED);
        return;
    }
    assert_int_equal(auth_ts_password_read(der, &m, NULL), ICM_OK);
    expect_text(index, "decoded.domain", m.domain);
    expect_text(index, "decoded.user", m.user);
    expect_text(index, "decoded.password", m.password);
    auth_ts_password_write(&again, &m);
    expect(index, "der", icm_buf_slice(&again));
    icm_buf_reset(&again);
}

/* what is proved of a key, in the versions with a nonce and in those before */
static void check_binding(size_t index)
{
    static const struct {
        const char *path;
        uint32_t version;
        enum auth_credssp_direction direction;
    } bindings[] = {
        {"client_to_server_hash", 5, AUTH_CREDSSP_TO_SERVER},
        {"client_to_server_hash", 6, AUTH_CREDSSP_TO_SERVER},
        {"server_to_client_hash", 6, AUTH_CREDSSP_TO_CLIENT},
        {"v2_to_4_client_plaintext", 2, AUTH_CREDSSP_TO_SERVER},
        {"v2_to_4_server_plaintext", 4, AUTH_CREDSSP_TO_CLIENT},
    };
    struct icm_buf key = {0}, nonce = {0};

    assert_true(vectors_bytes(all, index, "subject_public_key", &key) && vectors_bytes(all, index, "nonce", &nonce));
    for (size_t i = 0; i < ICM_COUNT(bindings); i++) {
        struct auth_credssp c = {.version = bindings[i].version};
        struct icm_buf out = {0};

        if (c.version >= AUTH_CREDSSP_VERSION_NONCE)
            assert_int_equal(auth_credssp_bind_key(&c, bindings[i].direction, icm_buf_slice(&key), &out, NULL),
                             ICM_DENIED);
        assert_int_equal(nonce.size, sizeof c.nonce);
        memcpy(c.nonce, nonce.data, sizeof c.nonce);
        c.has_nonce = true;
        assert_int_equal(auth_credssp_bind_key(&c, bindings[i].direction, icm_buf_slice(&key), &out, NULL), ICM_OK);
        expect(index, bindings[i].path, icm_buf_slice(&out));
        icm_buf_reset(&out);
    }
    icm_buf_reset(&key);
    icm_buf_reset(&nonce);
}

static void vectors_hold(void **state)
{
    size_t requests = 0, credentials = 0, keys = 0;

    (void)state;
    for (size_t i = 0; i < vectors_count(all); i++) {
        struct icm_buf der = {0};

        vectors_bytes(all, i, "der", &der);
        if (vectors_text(all, i, "decoded.version")) {
            check_request(i, icm_buf_slice(&der));
            requests++;
        } else if (vectors_text(all, i, "decoded.cred_type")) {
            check_credentials(i, icm_buf_slice(&der));
            credentials++;
        } else if (vectors_text(all, i, "subject_public_key")) {
            check_binding(i);
            keys++;
        }
        icm_buf_reset(&der);
    }
    assert_int_equal(requests + credentials + keys, vectors_count(all)); /* one that nobody looks at is none */
}

/* neither a message that is cut nor one with a byte behind it */
static void only_whole_messages_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < vectors_count(all); i++) {
        struct icm_buf der = {0};
        struct auth_ts_request request;
        struct auth_ts_password password;

        if (!vectors_bytes(all, i, "der", &der))
            continue;
        for (size_t size = 0; size < der.size; size++) {
            assert_int_equal(auth_ts_request_read(icm_slice_of(der.data, size), &request, NULL), ICM_SYNTAX);
            assert_int_equal(auth_ts_password_read(icm_slice_of(der.data, size), &password, NULL), ICM_SYNTAX);
        }
        icm_buf_add_u8(&der, 0);
        assert_int_equal(auth_ts_request_read(icm_buf_slice(&der), &request, NULL), ICM_SYNTAX);
        if (vectors_text(all, i, "decoded.user"))
            assert_int_equal(auth_ts_password_read(icm_buf_slice(&der), &password, NULL), ICM_SYNTAX);
        icm_buf_reset(&der);
    }
}

static const struct {
    const char *name, *der;
    enum icm_code code;
} odd[] = {
    {"no version", "3000", ICM_SYNTAX},
    {"the version alone", "3005 a003020106", ICM_OK},
    {"a version of nine bytes", "300d a00b0209 010000000000000000", ICM_SYNTAX},
    {"a negative version", "3005 a0030201ff", ICM_SYNTAX},
    {"a version over 32 bits", "3009 a0070205 0100000000", ICM_SYNTAX},
    {"a list without tokens", "3009 a003020106 a1023000", ICM_OK},
    {"two tokens", "3017 a003020106 a1103000", ICM_SYNTAX},
    {"two tokens, whole", "301b a003020106 a1143012 3007a0050403313233 3007a0050403343536", ICM_SYNTAX},
    {"a member of a later version", "300a a003020107 a603020101", ICM_OK},
    {"members in the wrong order", "3014 a003020106 a3040402aaaa a1073005 3003a00104", ICM_SYNTAX},
    {"a member twice", "3011 a003020106 a3040402aaaa a3040402bbbb", ICM_SYNTAX},
    {"something else behind it", "3007 a003020106 0500", ICM_SYNTAX},
    {"an OCTET STRING that is none", "300b a003020106 a3040202aaaa", ICM_SYNTAX},
    {"a length without an end", "3080 a003020106 0000", ICM_SYNTAX},
};

static void odd_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(odd); i++) {
        struct icm_buf der = {0};
        struct auth_ts_request m = {.version = 99};

        hex_add(&der, odd[i].der);
        if (auth_ts_request_read(icm_buf_slice(&der), &m, NULL) != odd[i].code)
            fail_msg("%s", odd[i].name);
        assert_int_equal(m.version == 99, odd[i].code != ICM_OK);
        icm_buf_reset(&der);
    }
}

static int load(void **state)
{
    (void)state;
    return (all = vectors_load("credssp.json")) ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    vectors_free(all);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_hold),
        cmocka_unit_test(only_whole_messages_are_read),
        cmocka_unit_test(odd_messages),
    };

    return cmocka_run_group_tests_name("CredSSP's messages, MS-CSSP 2.2.1", tests, load, unload);
}

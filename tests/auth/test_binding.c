/* fixtures/vectors/channel-binding.json: certificates of several signature algorithms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/binding.h"
#include "auth/ntlm_keys.h"
#include "base/text.h"
#include "tests/auth/vectors.h"

static struct vectors *all;

/* a vector without a hash is a certificate that has no such binding */
static void expect(size_t index, const char *path, struct icm_slice actual)
{
    const char *expected = vectors_text(all, index, path);
    struct icm_buf text = {0};

    icm_hex_write(&text, actual);
    if (strcmp(icm_buf_text(&text), expected ? expected : "") != 0)
        fail_msg("%s, %s: expected %s, got %s", vectors_text(all, index, "id"), path, expected, icm_buf_text(&text));
    icm_buf_reset(&text);
}

static void vectors_hold(void **state)
{
    (void)state;
    assert_true(vectors_count(all) > 0);
    for (size_t i = 0; i < vectors_count(all); i++) {
        struct icm_buf der = {0}, binding = {0};
        uint8_t hash[AUTH_NTLM_KEY_SIZE];

        assert_true(vectors_bytes(all, i, "certificate_der", &der));
        assert_int_equal(auth_binding_of_certificate(icm_buf_slice(&der), &binding, NULL), ICM_OK);
        expect(i, "application_data", icm_buf_slice(&binding));
        if (binding.size > 0) {
            assert_int_equal(auth_ntlm_hash_binding(icm_buf_slice(&binding), hash, NULL), ICM_OK);
            expect(i, "ntlm_av_channel_bindings_md5", icm_slice_of(hash, sizeof hash));
        }
        icm_buf_reset(&der);
        icm_buf_reset(&binding);
    }
}

/* what is cut, or has something behind it, is no certificate */
static void only_a_certificate_has_one(void **state)
{
    struct icm_buf der = {0}, binding = {0};
    struct icm_error err = {0};

    (void)state;
    assert_true(vectors_bytes(all, 0, "certificate_der", &der));
    for (size_t size = 0; size < der.size; size++)
        assert_int_equal(auth_binding_of_certificate(icm_slice_of(der.data, size), &binding, &err), ICM_SYNTAX);
    icm_buf_add_u8(&der, 0);
    assert_int_equal(auth_binding_of_certificate(icm_buf_slice(&der), &binding, &err), ICM_SYNTAX);
    assert_int_equal(binding.size, 0);
    icm_buf_reset(&der);
    icm_error_reset(&err);
}

/* the certificate's two names of its signature's algorithm changed to one that nobody knows: SHA-256 */
static void an_unknown_signature_means_sha256(void **state)
{
    static const uint8_t sha384[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c};
    struct icm_buf der = {0}, binding = {0};
    size_t changed = 0;

    (void)state;
    for (size_t i = 0; i < vectors_count(all); i++)
        if (strcmp(vectors_text(all, i, "id"), "rsa-sha384") == 0)
            vectors_bytes(all, i, "certificate_der", &der);
    for (size_t i = 0; i + sizeof sha384 <= der.size; i++)
        if (memcmp(der.data + i, sha384, sizeof sha384) == 0) {
            der.data[i + sizeof sha384 - 1] = 0x7F;
            changed++;
        }
    if (der.size == 0) /* other data, by ICM_DATA_DIR */
        skip();
    assert_int_equal(changed, 2);
    assert_int_equal(auth_binding_of_certificate(icm_buf_slice(&der), &binding, NULL), ICM_OK);
    assert_int_equal(binding.size, strlen("tls-server-end-point:") + 32);
    icm_buf_reset(&der);
    icm_buf_reset(&binding);
}

static int load(void **state)
{
    (void)state;
    return (all = vectors_load("channel-binding.json")) ? 0 : -1;
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
        cmocka_unit_test(only_a_certificate_has_one),
        cmocka_unit_test(an_unknown_signature_means_sha256),
    };

    return cmocka_run_group_tests_name("tls-server-end-point, RFC 5929 4", tests, load, unload);
}

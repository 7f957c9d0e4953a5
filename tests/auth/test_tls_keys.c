/* The keys of TLS's records: RFC 8448's own, and OpenSSL's key derivation beside ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/tls_record.h"
#include "base/text.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

static void each_suite_is_there_once(void **state)
{
    const struct auth_tls_suite *s;
    size_t count = 0;

    (void)state;
    for (; (s = auth_tls_suite_at(count)); count++) {
        assert_ptr_equal(auth_tls_suite_find(s->number), s);
        assert_int_equal(s->salt_size + s->explicit_size, AUTH_TLS_IV_SIZE);
        assert_true(s->key_size <= AUTH_TLS_KEY_MAX && s->key_size <= icm_digest_size(s->hash));
        assert_true(s->is_tls13 == (s->number >> 8 == 0x13));
    }
    assert_int_equal(count, 9);
    assert_null(auth_tls_suite_find(0x002f)); /* TLS_RSA_WITH_AES_128_CBC_SHA */
}

static void expect_hex(const void *seen, size_t size, const char *expected)
{
    struct icm_buf text = {0};

    icm_hex_write(&text, icm_slice_of(seen, size));
    assert_string_equal(icm_buf_text(&text), expected);
    icm_buf_reset(&text);
}

/* ---- RFC 8448 3: client_application_traffic_secret_0, its keys, and the first record that they protect ---- */

static const uint8_t secret[] = {0x9e, 0x40, 0x64, 0x6c, 0xe7, 0x9a, 0x7f, 0x9d, 0xc0, 0x5a, 0xf8,
                                 0x88, 0x9b, 0xce, 0x65, 0x52, 0x87, 0x5a, 0xfa, 0x0b, 0x06, 0xdf,
                                 0x00, 0x87, 0xf7, 0x92, 0xeb, 0xb7, 0xc1, 0x75, 0x04, 0xa5};

static void a_secret_gives_its_keys(void **state)
{
    struct auth_tls_key key = {0};

    (void)state;
    assert_int_equal(auth_tls_key_of_secret(auth_tls_suite_find(0x1301), secret, &key, NULL), ICM_OK);
    expect_hex(key.key, 16, "17422dda596ed5d9acd890e3c63f5051");
    expect_hex(key.iv, 12, "5b78923dee08579033e523d9");
}

static void a_record_is_the_published_one(void **state)
{
    struct auth_tls_key key;
    struct auth_tls_record *ours, *theirs;
    struct icm_buf message = {0}, record = {0}, opened = {0};
    uint8_t type = 0;

    (void)state;
    assert_int_equal(auth_tls_key_of_secret(auth_tls_suite_find(0x1301), secret, &key, NULL), ICM_OK);
    assert_int_equal(auth_tls_record_new(&ours, auth_tls_suite_find(0x1301), &key, true, 0, NULL), ICM_OK);
    assert_int_equal(auth_tls_record_new(&theirs, auth_tls_suite_find(0x1301), &key, false, 0, NULL), ICM_OK);
    for (uint8_t i = 0; i < 50; i++)
        icm_buf_add_u8(&message, i);
    assert_int_equal(auth_tls_record_seal(ours, AUTH_TLS_DATA, icm_buf_slice(&message), &record, NULL), ICM_OK);
    expect_hex(record.data, record.size,
               "1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62"
               "974e1f5a6292a2977014bd1e3deae63aeebb21694915e4");
    struct icm_slice in = icm_buf_slice(&record);
    assert_int_equal(auth_tls_record_open(theirs, &in, &opened, &type, NULL), ICM_OK);
    assert_int_equal(in.size, 0);
    assert_int_equal(type, AUTH_TLS_DATA);
    assert_true(icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&message)));
    auth_tls_record_free(ours);
    auth_tls_record_free(theirs);
    auth_tls_record_free(NULL);
    icm_buf_reset(&message);
    icm_buf_reset(&record);
    icm_buf_reset(&opened);
}

/* ---- OpenSSL's derivation ---- */

static void hkdf_expand(const char *hash, struct icm_slice key, struct icm_slice info, uint8_t *out, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *c = EVP_KDF_CTX_new(kdf);
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)hash, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key.data, key.size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)info.data, info.size),
        OSSL_PARAM_construct_end(),
    };

    assert_int_equal(EVP_KDF_derive(c, out, size, params), 1);
    EVP_KDF_CTX_free(c);
    EVP_KDF_free(kdf);
}

static void new_secrets_are_openssls(void **state)
{
    static const uint8_t info_256[] = "\0\x20\x11tls13 traffic upd", info_384[] = "\0\x30\x11tls13 traffic upd";
    uint8_t seen[48], expected[48];

    (void)state;
    for (size_t i = 0; i < sizeof seen; i++)
        seen[i] = (uint8_t)(i * 5);
    hkdf_expand("SHA384", icm_slice_of(seen, 48), icm_slice_of(info_384, sizeof info_384), expected, 48);
    assert_int_equal(auth_tls_secret_update(auth_tls_suite_find(0x1302), seen, NULL), ICM_OK);
    assert_memory_equal(seen, expected, 48);
    hkdf_expand("SHA256", icm_slice_of(seen, 32), icm_slice_of(info_256, sizeof info_256), expected, 32);
    assert_int_equal(auth_tls_secret_update(auth_tls_suite_find(0x1303), seen, NULL), ICM_OK);
    assert_memory_equal(seen, expected, 32);
    assert_memory_equal(seen + 32, expected + 32, 16); /* nothing behind it was touched */
}

static void tls1_prf(const char *hash, struct icm_slice master, struct icm_slice seed, uint8_t *out, size_t size)
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
    EVP_KDF_CTX *c = EVP_KDF_CTX_new(kdf);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)hash, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)(uintptr_t)master.data, master.size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)seed.data, seed.size),
        OSSL_PARAM_construct_end(),
    };

    assert_int_equal(EVP_KDF_derive(c, out, size, params), 1);
    EVP_KDF_CTX_free(c);
    EVP_KDF_free(kdf);
}

static void check_key_block(const struct auth_tls_suite *s)
{
    uint8_t master[AUTH_TLS_MASTER_SIZE], seed[13 + 64] = "key expansion", block[72], zero[8] = {0};
    struct auth_tls_key client, server;
    size_t key = s->key_size;

    for (size_t i = 0; i < sizeof master; i++)
        master[i] = (uint8_t)(i * 3 + 1);
    for (size_t i = 13; i < sizeof seed; i++)
        seed[i] = (uint8_t)(i * 11); /* the server's random, and then the client's */
    tls1_prf(s->hash == ICM_SHA384 ? "SHA384" : "SHA256", icm_slice_of(master, sizeof master),
             icm_slice_of(seed, sizeof seed), block, sizeof block);
    assert_int_equal(auth_tls_keys_of_master(s, master, seed + 13 + 32, seed + 13, &client, &server, NULL), ICM_OK);
    assert_memory_equal(client.key, block, key);
    assert_memory_equal(server.key, block + key, key);
    assert_memory_equal(client.iv, block + 2 * key, 4);
    assert_memory_equal(server.iv, block + 2 * key + 4, 4);
    assert_memory_equal(client.iv + 4, zero, 8);
    assert_memory_equal(server.iv + 4, zero, 8);
}

static void key_blocks_are_openssls(void **state)
{
    (void)state;
    check_key_block(auth_tls_suite_find(0xc02f));
    check_key_block(auth_tls_suite_find(0xc030));
}

/* ---- the last record ---- */

static void no_number_comes_again(void **state)
{
    static const struct auth_tls_key key = {{1}, {2}};
    struct auth_tls_record *r;
    struct icm_buf out = {0};
    struct icm_error err = {0};

    (void)state;
    assert_int_equal(auth_tls_record_new(&r, auth_tls_suite_find(0x1301), &key, true, UINT64_MAX - 1, NULL), ICM_OK);
    assert_int_equal(auth_tls_record_seal(r, AUTH_TLS_DATA, icm_slice_text("last"), &out, NULL), ICM_OK);
    size_t size = out.size;
    assert_int_equal(auth_tls_record_seal(r, AUTH_TLS_DATA, icm_slice_text("more"), &out, &err), ICM_LIMIT);
    assert_int_equal(out.size, size);
    assert_int_equal(auth_tls_record_rekey(r, &key, NULL), ICM_OK);
    assert_int_equal(auth_tls_record_seal(r, AUTH_TLS_DATA, icm_slice_text("more"), &out, NULL), ICM_OK);
    auth_tls_record_free(r);
    icm_buf_reset(&out);
    icm_error_reset(&err);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_suite_is_there_once),
        cmocka_unit_test(a_secret_gives_its_keys),
        cmocka_unit_test(a_record_is_the_published_one),
        cmocka_unit_test(new_secrets_are_openssls),
        cmocka_unit_test(key_blocks_are_openssls),
        cmocka_unit_test(no_number_comes_again),
    };

    return cmocka_run_group_tests_name("TLS's keys, RFC 8446 7, RFC 5246 6.3", tests, NULL, NULL);
}

/* RSA and AES as a session key needs them: a published block, both ways, and one error for all that decryption can
 * find. */
#include "base/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/psrp/hex.h"

/* FIPS 197 C.3; with a vector of zeroes the first block of CBC is that of the cipher alone */
static void aes_gives_the_published_block(void **state)
{
    struct icm_buf key = {0}, text = {0}, expected = {0}, sealed = {0}, opened = {0};

    hex_add(&key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    hex_add(&text, "00112233445566778899aabbccddeeff");
    hex_add(&expected, "8ea2b7ca516745bfeafc49904b496089");
    assert_int_equal(icm_aes_encrypt(key.data, icm_buf_slice(&text), &sealed, NULL), ICM_OK);
    assert_int_equal(sealed.size, 32); /* a block of padding behind a whole one */
    assert_memory_equal(sealed.data, expected.data, expected.size);
    assert_int_equal(icm_aes_decrypt(key.data, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&opened), icm_buf_slice(&text)));
    icm_buf_reset(&key);
    icm_buf_reset(&text);
    icm_buf_reset(&expected);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void aes_appends(void **state)
{
    const uint8_t key[ICM_AES256_KEY] = {7};
    struct icm_buf sealed = {0}, opened = {0};

    for (size_t size = 0; size < 50; size++) {
        icm_buf_clear(&sealed);
        icm_buf_clear(&opened);
        icm_buf_add_text(&opened, "front ");
        struct icm_slice text = icm_slice_of("01234567890123456789012345678901234567890123456789", size);
        assert_int_equal(icm_aes_encrypt(key, text, &sealed, NULL), ICM_OK);
        assert_int_equal(sealed.size, size / ICM_AES_BLOCK * ICM_AES_BLOCK + ICM_AES_BLOCK);
        assert_int_equal(icm_aes_decrypt(key, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
        assert_int_equal(opened.size, 6 + size);
        assert_memory_equal(opened.data + 6, text.data, size);
    }
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
}

static void what_is_no_aes_text_is_refused(void **state)
{
    static const size_t sizes[] = {0, 1, 15, 17, 31};
    const uint8_t key[ICM_AES256_KEY] = {7}, junk[32] = {1};
    struct icm_buf out = {0};

    for (size_t i = 0; i < ICM_COUNT(sizes); i++)
        assert_int_equal(icm_aes_decrypt(key, icm_slice_of(junk, sizes[i]), &out, NULL), ICM_SYNTAX);
    assert_int_equal(icm_aes_decrypt(key, icm_slice_of(junk, 32), &out, NULL), ICM_SYNTAX);
    assert_int_equal(out.size, 0);
    icm_buf_reset(&out);
}

static struct icm_rsa *pair;

static int make_pair(void **state)
{
    return icm_rsa_new(&pair, 2048, NULL) == ICM_OK ? 0 : -1;
}

static int drop_pair(void **state)
{
    icm_rsa_free(pair);
    return 0;
}

static void rsa_goes_both_ways(void **state)
{
    const uint8_t key[32] = {1, 2, 3};
    struct icm_buf modulus = {0}, sealed = {0};
    struct icm_rsa *theirs;
    uint32_t exponent;
    uint8_t out[32];

    assert_int_equal(icm_rsa_public(pair, &modulus, &exponent, NULL), ICM_OK);
    assert_int_equal(modulus.size, 256);
    assert_int_equal(exponent, 65537);
    assert_int_equal(icm_rsa_from_public(&theirs, icm_buf_slice(&modulus), exponent, NULL), ICM_OK);
    assert_int_equal(icm_rsa_encrypt(theirs, icm_slice_of(key, sizeof key), &sealed, NULL), ICM_OK);
    assert_int_equal(sealed.size, 256);
    assert_int_equal(icm_rsa_decrypt(pair, icm_buf_slice(&sealed), out, sizeof out, NULL), ICM_OK);
    assert_memory_equal(out, key, sizeof key);
    icm_rsa_free(theirs);
    icm_buf_reset(&modulus);
    icm_buf_reset(&sealed);
}

/* Padding that is wrong, another size of key, a text that is cut: who asks learns no more than that it did not work. An
 * OpenSSL that rejects implicitly makes a text up instead, which is never the one that was sealed. */
static void rsa_failures_are_all_the_same(void **state)
{
    const uint8_t key[32] = {1, 2, 3};
    struct icm_buf sealed = {0};
    struct icm_error wrong_size = {0}, cut = {0}, changed = {0};
    uint8_t out[32] = {9};

    assert_int_equal(icm_rsa_encrypt(pair, icm_slice_of(key, 31), &sealed, NULL), ICM_OK);
    assert_int_equal(icm_rsa_decrypt(pair, icm_buf_slice(&sealed), out, 32, &wrong_size), ICM_SYNTAX);
    assert_int_equal(icm_rsa_decrypt(pair, icm_slice_of(sealed.data, 255), out, 32, &cut), ICM_SYNTAX);
    sealed.data[200] ^= 1;
    assert_int_equal(out[0], 9);
    enum icm_code code = icm_rsa_decrypt(pair, icm_buf_slice(&sealed), out, 32, &changed);
    assert_string_equal(wrong_size.text, cut.text);
    if (code == ICM_OK)
        assert_memory_not_equal(out, key, 31);
    else
        assert_string_equal(wrong_size.text, changed.text);
    icm_buf_reset(&sealed);
}

static void too_long_a_text_is_not_encrypted(void **state)
{
    const uint8_t text[250] = {0};
    struct icm_buf sealed = {0};

    assert_int_equal(icm_rsa_encrypt(pair, icm_slice_of(text, 245), &sealed, NULL), ICM_OK);
    sealed.size = 0;
    assert_int_not_equal(icm_rsa_encrypt(pair, icm_slice_of(text, 246), &sealed, NULL), ICM_OK);
    assert_int_equal(sealed.size, 0);
    icm_buf_reset(&sealed);
}

static void what_is_no_pair_is_refused(void **state)
{
    static const char *const forms[] = {"", "00", "3000", "3082010a", "30030201", "0500"};
    struct icm_rsa *k = NULL;

    for (size_t i = 0; i < ICM_COUNT(forms); i++) {
        struct icm_buf der = {0};

        hex_add(&der, forms[i]);
        assert_int_equal(icm_rsa_from_der(&k, icm_buf_slice(&der), NULL), ICM_SYNTAX);
        assert_null(k);
        icm_buf_reset(&der);
    }
}

static void public_keys_have_bounds(void **state)
{
    uint8_t modulus[2049];
    struct icm_rsa *k = NULL;

    memset(modulus, 0xc3, sizeof modulus);
    assert_int_equal(icm_rsa_from_public(&k, icm_slice_of(modulus, 127), 3, NULL), ICM_SYNTAX);
    assert_int_equal(icm_rsa_from_public(&k, icm_slice_of(modulus, 2049), 3, NULL), ICM_SYNTAX);
    assert_int_equal(icm_rsa_from_public(&k, icm_slice_of(modulus, 128), 2, NULL), ICM_SYNTAX);
    assert_int_equal(icm_rsa_from_public(&k, icm_slice_of(modulus, 128), 1, NULL), ICM_SYNTAX);
    modulus[127] = 0xc2;
    assert_int_equal(icm_rsa_from_public(&k, icm_slice_of(modulus, 128), 3, NULL), ICM_SYNTAX);
    modulus[0] = 0; /* fewer bits than bytes */
    modulus[127] = 0xc3;
    assert_int_equal(icm_rsa_from_public(&k, icm_slice_of(modulus, 128), 3, NULL), ICM_SYNTAX);
    assert_null(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aes_gives_the_published_block),  cmocka_unit_test(aes_appends),
        cmocka_unit_test(what_is_no_aes_text_is_refused), cmocka_unit_test(rsa_goes_both_ways),
        cmocka_unit_test(rsa_failures_are_all_the_same),  cmocka_unit_test(too_long_a_text_is_not_encrypted),
        cmocka_unit_test(what_is_no_pair_is_refused),     cmocka_unit_test(public_keys_have_bounds),
    };

    return cmocka_run_group_tests_name("RSA and AES", tests, make_pair, drop_pair);
}

/* The vectors of RFC 1320, A.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/md4.h"
#include "base/text.h"

static const struct {
    const char *text, *digest;
} cases[] = {
    {"", "31d6cfe0d16ae931b73c59d7e0c089c0"},
    {"a", "bde52cb31de33e46245e05fbdbd6fb24"},
    {"abc", "a448017aaf21d8525fc10ae87aa6729d"},
    {"message digest", "d9130a8164549fe818874806e1c7014b"},
    {"abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4"},
    {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
     "e33b4ddc9c38f2199c3e7b164fcc0536"},
};

static void digests(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        uint8_t digest[ICM_MD4_SIZE];
        struct icm_buf text = {0};

        icm_md4(icm_slice_text(cases[i].text), digest);
        icm_hex_write(&text, icm_slice_of(digest, sizeof digest));
        assert_string_equal(icm_buf_text(&text), cases[i].digest);
        icm_buf_reset(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(digests)};

    return cmocka_run_group_tests_name("icm_md4, RFC 1320", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/pem.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"

static const struct {
    const char *text;
    enum icm_code code;
    const char *der;
} rows[] = {
    {BEGIN "\naGVs\nbG8=\n" END "\n", ICM_OK, "hello"},
    {"a comment\r\n" BEGIN "\r\naGVsbG8=\r\n" END "\r\n" BEGIN "\nAAAA\n" END, ICM_OK, "hello"},
    {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" BEGIN "aGVsbG8=" END, ICM_OK, "hello"},
    {BEGIN "\naGVs", ICM_SYNTAX, ""},
    {BEGIN "\n!!!!\n" END, ICM_SYNTAX, ""},
    {BEGIN "\naGVsb\n" END, ICM_SYNTAX, ""},
    {END "\naGVs\n" BEGIN, ICM_SYNTAX, ""},
    {"no certificate", ICM_SYNTAX, ""},
    {"", ICM_SYNTAX, ""},
};

static void the_first_certificate(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_buf der = {0};

        if (icm_pem_certificate(icm_slice_text(rows[i].text), &der, NULL) != rows[i].code)
            fail_msg("row %zu", i);
        assert_string_equal(icm_buf_text(&der), rows[i].der);
        icm_buf_reset(&der);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(the_first_certificate)};

    return cmocka_run_group_tests_name("icm_pem_certificate, RFC 7468", tests, NULL, NULL);
}

/* What a request must be before anybody asks who sends it. */
#include "cli/endpoint_gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void addresses(void **state)
{
    static const struct {
        const char *method, *path;
        unsigned status;
    } rows[] = {
        {"POST", "/wsman", 0},
        {"POST", "/wsman/here", 0},
        {"POST", "/wsman?PSVersion=5.1", 0},
        {"POST", "/wsman-anon/identify", 0},
        {"GET", "/wsman", 405},
        {"post", "/wsman", 405},
        {"POST", "/", 404},
        {"POST", "/wsmanage", 404},
        {"POST", "/WSMAN", 404},
        {"POST", NULL, 404},
        {"GET", "/", 404},
        {"POST", "/wsman-anon/identify/more", 404},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct endpoint_head head = {.method = rows[i].method, .path = rows[i].path};

        assert_int_equal(endpoint_gate_check_address(&head), rows[i].status);
    }
}

static void nobody_may_identify(void **state)
{
    static const struct {
        const char *path, *authorization, *identify;
        bool is_anonymous;
    } rows[] = {
        {"/wsman", NULL, "unauthenticated", true},
        {"/wsman", NULL, "Unauthenticated", true},
        {"/wsman-anon/identify", NULL, NULL, true},
        {"/wsman", NULL, "true", false},
        {"/wsman", NULL, NULL, false},
        {"/wsman", "Basic x", "unauthenticated", false},
        {"/wsman-anon/identify", "Basic x", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct endpoint_head head = {"POST", rows[i].path, NULL, rows[i].authorization, rows[i].identify};

        assert_int_equal(endpoint_gate_is_anonymous(&head), rows[i].is_anonymous);
    }
}

static void envelopes(void **state)
{
    static const struct {
        const char *type;
        bool is_envelope;
    } rows[] = {
        {"application/soap+xml;charset=UTF-8", true},
        {"application/soap+xml", true},
        {"text/xml", true},
        {"application/soap+xml; charset=\"utf-8\"", true},
        {"application/soap+xml;charset=UTF-16", true},
        {"application/soap+xml;charset=ISO-8859-1", false},
        {"multipart/encrypted;protocol=\"application/HTTP-SPNEGO-session-encrypted\"", false},
        {"text/plain", false},
        {NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(endpoint_gate_is_envelope(rows[i].type), rows[i].is_envelope);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(nobody_may_identify),
        cmocka_unit_test(envelopes),
    };

    return cmocka_run_group_tests_name("endpoint_gate, DSP0226 11", tests, NULL, NULL);
}

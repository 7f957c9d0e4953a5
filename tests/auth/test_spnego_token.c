#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/spnego_token.h"
#include "tests/psrp/hex.h"

#define FRAME "06 06 2b0601050502 "
#define NTLM "06 0a 2b06010401823702020a "

static const struct {
    const char *name, *bytes;
    enum icm_code code;
    enum auth_spnego_kind kind;
    enum auth_spnego_state state;
    const char *token, *mic; /* NULL: not there */
} cases[] = {
    {"an NTLM message on its own", "4e544c4d53535000 01000000", ICM_OK, AUTH_SPNEGO_RAW, AUTH_SPNEGO_NO_STATE,
     "4e544c4d5353500001000000", NULL},
    {"Kerberos on its own", "60 0d 06 09 2a864886f712010202 0100", ICM_OK, AUTH_SPNEGO_RAW, AUTH_SPNEGO_NO_STATE,
     "600d06092a864886f7120102020100", NULL},
    {"no mechanism at all", "60 0c" FRAME "a0 02 30 00", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"an empty list", "60 10" FRAME "a0 06 30 04 a0 02 30 00", ICM_OK, AUTH_SPNEGO_INIT, AUTH_SPNEGO_NO_STATE, NULL,
     NULL},
    {"without the framing", "a0 12 30 10 a0 0e 30 0c" NTLM, ICM_OK, AUTH_SPNEGO_INIT, AUTH_SPNEGO_NO_STATE, NULL, NULL},
    {"reqFlags are passed over", "a0 1c 30 1a a0 0e 30 0c" NTLM "a1 04 03 02 0106  a2 02 04 00", ICM_OK,
     AUTH_SPNEGO_INIT, AUTH_SPNEGO_NO_STATE, "", NULL},
    {"a MIC in the first token", "a0 18 30 16 a0 0e 30 0c" NTLM "a3 04 04 02 4142", ICM_OK, AUTH_SPNEGO_INIT,
     AUTH_SPNEGO_NO_STATE, NULL, "4142"},
    {"hints, and a MIC behind them", "a0 1e 30 1c a0 0e 30 0c" NTLM "a3 04 30 02 a1 00 a4 04 04 02 4142", ICM_OK,
     AUTH_SPNEGO_INIT, AUTH_SPNEGO_NO_STATE, NULL, "4142"},
    {"what follows in a later version", "a0 18 30 16 a0 0e 30 0c" NTLM "a9 04 05 02 0000", ICM_OK, AUTH_SPNEGO_INIT,
     AUTH_SPNEGO_NO_STATE, NULL, NULL},
    {"a list that has no OIDs", "a0 09 30 07 a0 05 30 03 04 01 00", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"a list that passes its end", "a0 12 30 10 a0 0e 30 0d" NTLM, ICM_SYNTAX, 0, 0, NULL, NULL},
    {"a hostile length", "60 84 ffffffff" FRAME, ICM_SYNTAX, 0, 0, NULL, NULL},
    {"a hostile length inside", "60 0e" FRAME "a0 84 7fffffff", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"an indefinite length", "60 80" FRAME "a0 00 0000", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"a frame without a mechanism", "60 00", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"an empty response", "a1 02 30 00", ICM_OK, AUTH_SPNEGO_RESPONSE, AUTH_SPNEGO_NO_STATE, NULL, NULL},
    {"request-mic", "a1 07 30 05 a0 03 0a 01 03", ICM_OK, AUTH_SPNEGO_RESPONSE, AUTH_SPNEGO_REQUEST_MIC, NULL, NULL},
    {"lengths that could be shorter", "a1 82 000c 30 82 0008 a0 81 04 0a 82 0001 01", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"lengths that could be shorter, right", "a1 82 000d 30 82 0009 a0 81 06 0a 84 00000001 01", ICM_SYNTAX, 0, 0, NULL,
     NULL},
    {"lengths that could be shorter, all right", "a1 82 000e 30 82 000a a0 81 07 0a 84 00000001 01", ICM_OK,
     AUTH_SPNEGO_RESPONSE, AUTH_SPNEGO_INCOMPLETE, NULL, NULL},
    {"a state that does not exist", "a1 07 30 05 a0 03 0a 01 04", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"a state below zero", "a1 07 30 05 a0 03 0a 01 ff", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"a state that is a text", "a1 07 30 05 a0 03 04 01 00", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"token and MIC", "a1 0e 30 0c a2 04 04 02 0102 a3 04 04 02 4142", ICM_OK, AUTH_SPNEGO_RESPONSE,
     AUTH_SPNEGO_NO_STATE, "0102", "4142"},
    {"fields out of order", "a1 0e 30 0c a3 04 04 02 4142 a2 04 04 02 0102", ICM_OK, AUTH_SPNEGO_RESPONSE,
     AUTH_SPNEGO_NO_STATE, NULL, "4142"},
    {"bytes behind the token", "a1 07 30 05 a0 03 0a 01 00 00", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"cut short", "a1 07 30 05 a0 03 0a 01", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"NTLM's mark cut short", "4e544c4d535350", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"a page of HTML", "3c68746d6c3e", ICM_SYNTAX, 0, 0, NULL, NULL},
    {"nothing", "", ICM_SYNTAX, 0, 0, NULL, NULL},
};

static bool is_hex(struct icm_slice bytes, const char *digits)
{
    struct icm_buf expected = {0};

    hex_add(&expected, digits ? digits : "");
    bool is_same = icm_slice_equal(bytes, icm_buf_slice(&expected)) && (bytes.data != NULL) == (digits != NULL);
    icm_buf_reset(&expected);
    return is_same;
}

static void tokens_are_read(void **state)
{
    const size_t index = (size_t)(uintptr_t)*state;
    struct auth_spnego_token t = {.state = AUTH_SPNEGO_NO_STATE};
    struct icm_buf bytes = {0};
    struct icm_error err = {0};

    hex_add(&bytes, cases[index].bytes);
    assert_int_equal(auth_spnego_read(icm_buf_slice(&bytes), &t, &err), cases[index].code);
    assert_int_equal(err.code, cases[index].code);
    if (cases[index].code == ICM_OK) {
        assert_int_equal(t.kind, cases[index].kind);
        assert_int_equal(t.state, cases[index].state);
        assert_true(is_hex(t.token, cases[index].token));
        assert_true(is_hex(t.mic, cases[index].mic));
    }
    icm_buf_reset(&bytes);
}

static void mechanisms_are_counted(void **state)
{
    struct icm_slice oids[AUTH_SPNEGO_MECHS_MAX + 1], rest, oid;
    struct icm_buf list = {0}, token = {0};
    struct auth_spnego_token t;

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(oids); i++)
        oids[i] = auth_oid_ntlm;
    for (size_t count = AUTH_SPNEGO_MECHS_MAX; count <= AUTH_SPNEGO_MECHS_MAX + 1; count++) {
        icm_buf_clear(&list);
        icm_buf_clear(&token);
        auth_spnego_add_mechs(&list, oids, count);
        auth_spnego_write(&token, &(struct auth_spnego_token){.kind = AUTH_SPNEGO_INIT, .mechs = icm_buf_slice(&list)});
        bool is_too_many = count > AUTH_SPNEGO_MECHS_MAX;
        assert_int_equal(auth_spnego_read(icm_buf_slice(&token), &t, NULL), is_too_many ? ICM_LIMIT : ICM_OK);
    }
    size_t seen = 0;
    for (rest = icm_buf_slice(&list); auth_spnego_next_mech(&rest, &oid); seen++)
        assert_true(icm_slice_equal(oid, auth_oid_ntlm));
    assert_int_equal(seen, AUTH_SPNEGO_MECHS_MAX + 1);
    icm_buf_reset(&list);
    icm_buf_reset(&token);
}

static void mechanisms_have_names(void **state)
{
    static const struct {
        const char *oid, *name, *text;
    } rows[] = {
        {"2b0601050502", "SPNEGO", "1.3.6.1.5.5.2"},
        {"2a864886f712010202", "KRB5", "1.2.840.113554.1.2.2"},
        {"2a864882f712010202", "MS-KRB5", "1.2.840.48018.1.2.2"},
        {"2b06010401823702020a", "NTLMSSP", "1.3.6.1.4.1.311.2.2.10"},
        {"2b06010401823702021e", "NEGOEX", "1.3.6.1.4.1.311.2.2.30"},
        {"550406", "2.5.4.6", "2.5.4.6"},
        {"883703", "2.999.3", "2.999.3"},
        {"8fffffff7f", "2.4294967215", "2.4294967215"},
        {"9fffffff7f", "?", "?"}, /* more than 32 bits */
        {"2b86", "?", "?"},
        {"2b868686868606", "?", "?"},
        {"", "?", "?"},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct icm_buf oid = {0}, name = {0}, text = {0};

        hex_add(&oid, rows[i].oid);
        auth_oid_add_name(&name, icm_buf_slice(&oid));
        auth_oid_add_text(&text, icm_buf_slice(&oid));
        assert_string_equal(icm_buf_text(&name), rows[i].name);
        assert_string_equal(icm_buf_text(&text), rows[i].text);
        icm_buf_reset(&oid);
        icm_buf_reset(&name);
        icm_buf_reset(&text);
    }
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(mechanisms_are_counted),
        cmocka_unit_test(mechanisms_have_names),
    };
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = tokens_are_read, .initial_state = (void *)(uintptr_t)i};
    int failed = cmocka_run_group_tests_name("auth_spnego_read, RFC 4178 4.2", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("mechanisms and their names", fixed, NULL, NULL);
}

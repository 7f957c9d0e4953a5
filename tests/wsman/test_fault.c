#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "wsman/fault.h"

static void finds_codes(void **state)
{
    static const struct {
        uint32_t code;
        const char *symbol, *short_name;
        char retry;
    } rows[] = {
        {5, "ACCESS_DENIED", "AccessDenied", 'N'},
        {WSMAN_CODE_TIMED_OUT, "OPERATION_TIMEDOUT", NULL, 'R'},
        {WSMAN_CODE_DESTINATION_UNREACHABLE, "DESTINATION_UNREACHABLE", "CannotConnect", 'Y'},
        {WSMAN_CODE_NO_SUCH_SHELL, "UNEXPECTED_SELECTORS", "CannotConnectTargetSessionDoesNotExist", 'N'},
        {WSMAN_CODE_RECEIVE_IN_PROGRESS, "WINRS_RECEIVE_IN_PROGRESS", NULL, 'N'},
        {WSMAN_CODE_ENVELOPE_TOO_LARGE, "ENVELOPE_TOO_LARGE", NULL, 'C'},
        {0x80338199u, "REDIRECT_REQUESTED", NULL, '-'},
        {0x803381F2u, "WINRS_IDLETIMEOUT_OUTOFBOUNDS", NULL, 'N'},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        const struct wsman_fault_code *row = wsman_fault_lookup(rows[i].code);

        assert_non_null(row);
        assert_string_equal(row->symbol, rows[i].symbol);
        assert_int_equal(row->retry, rows[i].retry);
        assert_string_equal(row->short_name ? row->short_name : "", rows[i].short_name ? rows[i].short_name : "");
    }
    assert_null(wsman_fault_lookup(0));
    assert_null(wsman_fault_lookup(0x80338FFFu));
}

/* all codes that the service and the client name have a row, and no code has two */
static void the_table_is_sound(void **state)
{
    static const uint32_t named[] = {
        WSMAN_CODE_ACCESS_DENIED, WSMAN_CODE_DESTINATION_UNREACHABLE, WSMAN_CODE_MUST_UNDERSTAND, WSMAN_CODE_BAD_HEADER,
        WSMAN_CODE_ACTION_NOT_SUPPORTED, WSMAN_CODE_ENVELOPE_TOO_LARGE, WSMAN_CODE_INVALID_BODY, WSMAN_CODE_TIMED_OUT,
        WSMAN_CODE_INVALID_OPTIONS, WSMAN_CODE_INVALID_RESOURCE_URI, WSMAN_CODE_INVALID_XML,
        WSMAN_CODE_MISSING_SELECTOR, WSMAN_CODE_NO_SUCH_SHELL, WSMAN_CODE_PLUGIN_FAILED,
        WSMAN_CODE_RECEIVE_IN_PROGRESS, WSMAN_CODE_QUOTA_SHELLS,
    };
    size_t rows = 0;

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(named); i++)
        assert_non_null(wsman_fault_lookup(named[i]));
    for (uint64_t code = 0; code <= 0x10000; code++)
        rows += wsman_fault_lookup((uint32_t)code) != NULL;
    for (uint64_t code = 0x80090000; code <= 0x80090FFF; code++)
        rows += wsman_fault_lookup((uint32_t)code) != NULL;
    for (uint64_t code = 0x80338000; code <= 0x80338FFF; code++) {
        const struct wsman_fault_code *row = wsman_fault_lookup((uint32_t)code);
        if (!row)
            continue;
        rows++;
        assert_true(*row->symbol && strchr("YRCN-", row->retry));
        assert_true(!row->remedy || strlen(row->remedy) > 5);
    }
    assert_int_equal(rows, 95);
}

static void words_a_fault(void **state)
{
    static const struct {
        uint32_t code;
        const char *subcode, *reason, *detail, *text;
    } cases[] = {
        {5, "AccessDenied", "Access is denied. ", "", "Access is denied (0x00000005)"},
        {0x8033805Bu, "InvalidSelectors", "general words", "  The command\n\t is gone.  ",
         "The command is gone (0x8033805B)"},
        {0x80338113u, "", "", "", "HTTP_NOT_FOUND_STATUS (0x80338113)"},
        {0, "DestinationUnreachable", "The object cannot be found.", "", "The object cannot be found"},
        {0, "Odd", "", "", "Odd"},
        {0, "", "", "", "a fault without a reason"},
        {0x80330001u, "", "\x1b[31mred", "", "[31mred (0x80330001)"},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct icm_error err = {0};

        assert_int_equal(wsman_fault_fail(&err, cases[i].code, icm_slice_text(cases[i].subcode),
                                          icm_slice_text(cases[i].reason), icm_slice_text(cases[i].detail)),
                         ICM_FAULT);
        assert_string_equal(err.text, cases[i].text);
        assert_non_null(err.fault);
        assert_int_equal(err.fault->wsman_code, cases[i].code);
        icm_error_reset(&err);
    }
    assert_int_equal(wsman_fault_fail(NULL, 5, icm_slice_text(""), icm_slice_text(""), icm_slice_text("")), ICM_FAULT);
}

static void a_known_fault_has_a_remedy(void **state)
{
    struct icm_error err = {0};

    (void)state;
    wsman_fault_fail(&err, WSMAN_CODE_INVALID_RESOURCE_URI, icm_slice_text("DestinationUnreachable"),
                     icm_slice_text("no"), icm_slice_text(""));
    assert_non_null(strstr(err.fault->remedy, "-ConfigurationName"));
    assert_string_equal(err.fault->subcode, "DestinationUnreachable");
    assert_string_equal(err.fault->reason, "no");
    icm_error_reset(&err);
}

static void words_a_status(void **state)
{
    static const struct {
        unsigned status;
        enum icm_code code;
        uint32_t wsman_code;
        const char *words;
        bool has_remedy;
    } cases[] = {
        {401, ICM_DENIED, 5, "user name and password", true},  {403, ICM_DENIED, 5, "refuses", true},
        {404, ICM_IO, 0x80338113u, "nothing", true},           {413, ICM_IO, 0x80338026u, "larger", true},
        {503, ICM_IO, 0x80338112u, "not available", true},     {500, ICM_IO, 0x80338170u, "no reason", true},
        {302, ICM_IO, 0x80338199u, "redirects", true},         {400, ICM_IO, 0x80338171u, "bad", true},
        {407, ICM_DENIED, 0, "proxy", true},                   {418, ICM_IO, 0x8033810Fu, "418", true},
        {0, ICM_IO, 0x8033810Fu, "unexpected", true},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct icm_error err = {0};

        assert_int_equal(wsman_fault_http_status(&err, cases[i].status), cases[i].code);
        assert_non_null(strstr(err.text, cases[i].words));
        assert_int_equal(err.fault->http_status, cases[i].status);
        assert_int_equal(err.fault->wsman_code, cases[i].wsman_code);
        assert_int_equal(err.fault->remedy != NULL, cases[i].has_remedy);
        icm_error_reset(&err);
    }
}

static void names_errors_as_powershell_does(void **state)
{
    static const struct {
        uint32_t code;
        const char *text;
    } cases[] = {
        {WSMAN_CODE_DESTINATION_UNREACHABLE, "CannotConnect,PSSessionStateBroken"},
        {WSMAN_CODE_NO_SUCH_SHELL, "CannotConnectTargetSessionDoesNotExist,PSSessionStateBroken"},
        {WSMAN_CODE_TIMED_OUT, "-2144108503,PSSessionStateBroken"},
        {2, "2,PSSessionStateBroken"},
    };
    char out[96];

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        wsman_fault_qualified_id(&(struct icm_fault){.wsman_code = cases[i].code}, out);
        assert_string_equal(out, cases[i].text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_codes),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(words_a_fault),
        cmocka_unit_test(a_known_fault_has_a_remedy),
        cmocka_unit_test(words_a_status),
        cmocka_unit_test(names_errors_as_powershell_does),
    };

    return cmocka_run_group_tests_name("wsman_fault, MS-WSMV 2.2.4.43", tests, NULL, NULL);
}

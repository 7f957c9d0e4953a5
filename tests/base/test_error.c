#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static void words_a_failure(void **state)
{
    struct icm_error err = {0};

    assert_int_equal(icm_fail(&err, ICM_LIMIT, "MS-X 1", "%d bytes, at most %d", 5, 4), ICM_LIMIT);
    assert_int_equal(err.code, ICM_LIMIT);
    assert_string_equal(err.spec, "MS-X 1");
    assert_string_equal(err.text, "5 bytes, at most 4");
    icm_error_reset(&err);
    assert_int_equal(err.code, ICM_OK);
    assert_string_equal(err.text, "");
}

static void needs_no_error(void **state)
{
    assert_int_equal(icm_fail(NULL, ICM_IO, NULL, "lost"), ICM_IO);
    assert_null(icm_error_fault(NULL));
    icm_error_reset(NULL);
}

static void words_may_come_from_itself(void **state)
{
    struct icm_error err = {0};

    icm_fail(&err, ICM_IO, NULL, "inner");
    icm_fail(&err, ICM_FAULT, NULL, "outer: %s", err.text);
    assert_string_equal(err.text, "outer: inner");
}

static void cuts_long_words(void **state)
{
    struct icm_error err = {0};
    char text[2000];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    icm_fail(&err, ICM_IO, NULL, "%s", text);
    assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void copies_a_fault(void **state)
{
    struct icm_error from = {0}, to = {0};

    icm_fail(&from, ICM_FAULT, "S", "said no");
    icm_set_text(&icm_error_fault(&from)->computer, "srv1");
    from.fault->wsman_code = 7;
    from.fault->http_status = 500;
    icm_set_text(&icm_error_fault(&to)->remedy, "what was there before is freed");
    icm_error_copy(&to, &from);
    icm_error_reset(&from);
    assert_int_equal(to.code, ICM_FAULT);
    assert_string_equal(to.text, "said no");
    assert_string_equal(to.fault->computer, "srv1");
    assert_int_equal(to.fault->wsman_code, 7);
    assert_int_equal(to.fault->http_status, 500);
    assert_null(to.fault->remedy);
    icm_error_reset(&to);
    assert_null(to.fault);
}

static void copies_over_itself(void **state)
{
    struct icm_error err = {0};

    icm_fail(&err, ICM_IO, NULL, "kept");
    icm_error_copy(&err, &err);
    icm_error_copy(NULL, &err);
    assert_string_equal(err.text, "kept");
}

static void replaces_a_text(void **state)
{
    char *field = NULL;

    icm_set_text(&field, "one");
    icm_set_text(&field, field + 1);
    assert_string_equal(field, "ne");
    icm_set_text(&field, NULL);
    assert_null(field);
}

static void every_code_has_a_name_of_its_own(void **state)
{
    for (enum icm_code a = ICM_OK; a <= ICM_USAGE; a++) {
        assert_string_not_equal(icm_code_name(a), "unknown");
        for (enum icm_code b = ICM_OK; b < a; b++)
            assert_string_not_equal(icm_code_name(a), icm_code_name(b));
    }
    assert_string_equal(icm_code_name((enum icm_code)(ICM_USAGE + 1)), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_a_failure),
        cmocka_unit_test(needs_no_error),
        cmocka_unit_test(words_may_come_from_itself),
        cmocka_unit_test(cuts_long_words),
        cmocka_unit_test(copies_a_fault),
        cmocka_unit_test(copies_over_itself),
        cmocka_unit_test(replaces_a_text),
        cmocka_unit_test(every_code_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests_name("icm_error", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/auth.h"

static void rows_are_whole_and_found(void **state)
{
    const struct auth_mechanism *row;
    size_t count = 0;

    (void)state;
    for (; (row = auth_mechanism_at(count)); count++) {
        assert_true(*row->name && *row->scheme);
        assert_true(row->initiator_new && row->acceptor_new);
        assert_int_equal(auth_mechanism_has(row, AUTH_SEALS), row->protocol != NULL);
        assert_ptr_equal(auth_mechanism_find(row->name), row); /* which a second row of the name would not be */
    }
    assert_true(count > 0);
    assert_null(auth_mechanism_at(count + 1));
}

static void names_have_no_case(void **state)
{
    const struct auth_mechanism *basic = auth_mechanism_find("bAsIc");

    (void)state;
    assert_non_null(basic);
    assert_string_equal(basic->name, "Basic");
    assert_true(auth_mechanism_has(basic, AUTH_SHOWS_PASSWORD));
    assert_false(auth_mechanism_has(basic, AUTH_SEALS));
    assert_null(auth_mechanism_find("Basi"));
    assert_null(auth_mechanism_find(""));
    assert_null(auth_mechanism_find("Digestive"));
}

static void a_credential_forgets(void **state)
{
    struct auth_credential c = {0};

    (void)state;
    icm_set_text(&c.user, "ana");
    icm_buf_add_text(&c.password, "secret");
    auth_credential_reset(&c);
    assert_null(c.user);
    assert_null(c.password.data);
    auth_credential_reset(&c);
    auth_context_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole_and_found),
        cmocka_unit_test(names_have_no_case),
        cmocka_unit_test(a_credential_forgets),
    };

    return cmocka_run_group_tests_name("the table of mechanisms", tests, NULL, NULL);
}

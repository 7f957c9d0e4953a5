#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/auth.h"

#include <stdio.h>
#include <stdlib.h>

/* The account @known, and a peer that names itself @user, of @domain where NTLM and CredSSP say one: by which rules it
 * is meant. */
static const struct {
    const char *known, *domain, *user;
    const char *rules; /* W: the whole name, C: claimed, L: of our own realm */
} cases[] = {
    {"ana", "", "ana", "WCL"},
    {"ana", "", "ANA", "WC."}, /* names of Kerberos have a case */
    {"ana", "", "ana@ICM.TEST", ".C."},
    {"ana", "", "ana@OTHER.TEST", ".C."},
    {"ana", "", "ICM\\ana", ".C."},
    {"ana", "", ".\\ana", ".C."},
    {"ana", "ICM", "ana", ".C."},
    {"ana", "ICM", "ana@ICM.TEST", ".C."},
    {"ana", "", "ICM\\ana@ICM.TEST", ".C."},
    {"ana", "", "bob", "..."},
    {"ana", "", "ana@", ".C."},
    {"ana", "", "@ana", "..."},
    {"ana", "ana", "", "..."},
    {"ana", "", "", "..."},
    {"ana", "", "ana\\", "..."},
    {"ana", "", "ana\\bob", "..."},
    {"ana", "", "anab", "..."},
    {"ana@ICM.TEST", "", "ana@ICM.TEST", "WC."}, /* L: the realm was taken off, and what is left has one more */
    {"ana@ICM.TEST", "ICM", "ana@ICM.TEST", ".C."},
    {"ana@ICM.TEST", "", "ana", "..."},
    {"ana@ICM.TEST", "", "ana@icm.test", "..."},
    {"ana@ICM.TEST", "", "ANA@ICM.TEST", "..."},
    {"ana@ICM.TEST", "", "ana@OTHER.TEST", "..."},
    {"ana@ICM.TEST", "ICM.TEST", "ana", "..."},
    {"ICM\\ana", "ICM", "ana", "WC."},
    {"ICM\\ana", "", "ICM\\ana", "WC."},
    {"ICM\\ana", "icm", "ana", "..."},
    {"ICM\\ana", "", "ana", "..."},
    {"ICM\\ana", "OTHER", "ana", "..."},
    {"ICM\\ana", "ICM\\", "ana", "..."},
    {"ICM\\ana", "IC", "M\\ana", "..."},
};

static void each_rule_finds_its_own(void **state)
{
    static const enum auth_naming rules[] = {AUTH_NAME_WHOLE, AUTH_NAME_CLAIMS, AUTH_NAME_LOCAL};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        char known[40];
        struct auth_credential accounts[] = {{.user = "somebody"}, {.user = known}};
        struct auth_acceptor_options o = {.accounts = accounts, .account_count = ICM_COUNT(accounts)};
        char seen[] = "WCL";

        snprintf(known, sizeof known, "%s", cases[i].known);
        for (size_t rule = 0; rule < ICM_COUNT(rules); rule++) {
            const struct auth_credential *found =
                auth_account_find(&o, icm_slice_text(cases[i].domain), icm_slice_text(cases[i].user), rules[rule]);

            assert_true(!found || found == &accounts[1]);
            seen[rule] = found ? seen[rule] : '.';
        }
        if (strcmp(seen, cases[i].rules) != 0)
            fail_msg("%s for %s and %s: %s", known, cases[i].domain, cases[i].user, seen);
    }
}

/* the account of the whole name goes before the one that is named without a domain, wherever it stands */
static void the_whole_name_comes_first(void **state)
{
    struct auth_credential accounts[] = {{.user = "ana"}, {.user = "ICM\\ana"}, {.user = "ana@ICM.TEST"}};
    struct auth_acceptor_options o = {.accounts = accounts, .account_count = ICM_COUNT(accounts)};
    const struct icm_slice none = {0}, ana = icm_slice_text("ana"), icm = icm_slice_text("ICM");

    (void)state;
    assert_ptr_equal(auth_account_find(&o, icm, ana, AUTH_NAME_CLAIMS), &accounts[1]);
    assert_ptr_equal(auth_account_find(&o, none, icm_slice_text("ana@ICM.TEST"), AUTH_NAME_CLAIMS), &accounts[2]);
    assert_ptr_equal(auth_account_find(&o, icm, icm_slice_text("ana@ICM.TEST"), AUTH_NAME_CLAIMS), &accounts[2]);
    assert_ptr_equal(auth_account_find(&o, none, icm_slice_text("ana@OTHER"), AUTH_NAME_CLAIMS), &accounts[0]);
    assert_ptr_equal(auth_account_find(&o, none, ana, AUTH_NAME_CLAIMS), &accounts[0]);
}

static void no_accounts_no_user(void **state)
{
    const struct auth_acceptor_options o = {0};
    const struct icm_slice none = {0};

    (void)state;
    assert_null(auth_account_find(&o, none, icm_slice_text("ana"), AUTH_NAME_CLAIMS));
    assert_null(auth_account_find(&o, none, icm_slice_text(NULL), AUTH_NAME_WHOLE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_finds_its_own),
        cmocka_unit_test(the_whole_name_comes_first),
        cmocka_unit_test(no_accounts_no_user),
    };

    return cmocka_run_group_tests_name("which account a name means", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/params.h"

static const struct set_row {
    const char *name, *value;
    const char *error; /* NULL: it is taken */
} sets[] = {
    {"UseSSL", "", NULL},
    {"UseSSL", "$true", NULL},
    {"UseSSL", "maybe", "is a switch"},
    {"Port", "1", NULL},
    {"Port", "65535", NULL},
    {"Port", "0", "from 1 to 65535"},
    {"Port", "65536", "from 1 to 65535"},
    {"Port", "http", "from 1 to 65535"},
    {"ThrottleLimit", "0", NULL},
    {"ThrottleLimit", "-1", "from 0"},
    {"Credential", "", "empty value"},
    {"Authentication", "basic", NULL},
    {"Authentication", "NTLM", "Kerberos"},
    {"ApplicationName", "wsman", NULL},
    {"ApplicationName", "a?b", "letters, digits"},
    {"OutputFormat", "json", NULL},
    {"OutputFormat", "Csv", NULL},
    {"OutputFormat", "Yaml", "it takes Text, Json, Clixml, Csv"},
    {"ScriptBlock", "{ \344 }", "not UTF-8"},
    {"AsJob", "", NULL}, /* that this version does not carry it is said later: with -AsJob:$false there is nothing to say */
};

static void sets_value(void **state)
{
    const struct set_row *row = *state;
    const struct cli_param *p = NULL;
    struct icm_arena a = {0};
    struct icm_error err = {0};
    struct cli_options o;

    cli_options_init(&o, &a);
    assert_int_equal(cli_param_find(CLI_INVOKE_COMMAND, icm_slice_text(row->name), false, &p, NULL), ICM_OK);
    enum icm_code code = cli_param_set(&o, p, icm_slice_text(row->value), &err);
    assert_int_equal(code, row->error ? ICM_USAGE : ICM_OK);
    assert_int_equal(o.given[cli_param_index(p)], !row->error);
    if (row->error)
        assert_non_null(strstr(err.text, row->error));
    icm_error_reset(&err);
    icm_arena_reset(&a);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(sets)];

    for (size_t i = 0; i < ICM_COUNT(sets); i++)
        tests[i] = (struct CMUnitTest){
            .name = sets[i].name, .test_func = sets_value, .initial_state = (void *)(uintptr_t)&sets[i]};
    return cmocka_run_group_tests_name("cli_param_set", tests, NULL, NULL);
}

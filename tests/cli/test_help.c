#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/help.h"

#include <ctype.h>
#include <stdio.h>

/* whether @verb has a parameter of that name, carried by this version and meant for people */
static bool is_shown(enum cli_verb verb, const char *name)
{
    for (size_t i = 0; i < cli_param_count; i++)
        if (cli_param_is_carried(&cli_params[i]) && !(cli_params[i].traits & CLI_UNLISTED) &&
            (cli_params[i].verbs & (unsigned)verb) && strcmp(cli_params[i].name, name) == 0)
            return true;
    return false;
}

static void names_every_parameter_of(enum cli_verb verb)
{
    struct icm_buf out = {0};
    char name[64];

    cli_help_write(&out, verb);
    const char *text = icm_buf_text(&out);
    for (size_t i = 0; i < cli_param_count; i++) {
        const struct cli_param *p = &cli_params[i];
        bool is_due = is_shown(verb, p->name);

        snprintf(name, sizeof name, "\n  -%s", p->name);
        const char *found = strstr(text, name);
        while (found && isalpha((unsigned char)found[strlen(name)])) /* another, whose name goes on */
            found = strstr(found + 1, name);
        if (!found == is_due)
            fail_msg("-%s", p->name);
    }
    icm_buf_reset(&out);
}

static void the_help_names_every_parameter(void **state)
{
    names_every_parameter_of(CLI_INVOKE_COMMAND);
    names_every_parameter_of(CLI_WINRS);
}

/* what a verb does not do is not in its help */
static void the_help_has_its_own_values(void **state)
{
    struct icm_buf out = {0};

    cli_help_write(&out, CLI_SHOW_PSRP);
    assert_non_null(strstr(icm_buf_text(&out), "Json"));
    assert_null(strstr(icm_buf_text(&out), "Csv"));
    assert_null(strstr(icm_buf_text(&out), "Clixml"));
    icm_buf_reset(&out);
}

/* a terminal's width, as the tables in the help are made for */
static void lines_are_not_too_long(void **state)
{
    static const enum cli_verb verbs[] = {CLI_INVOKE_COMMAND, CLI_SHOW_PSRP, CLI_CONVERT_FROM_CLIXML,
                                          CLI_CONVERT_TO_CLIXML, CLI_WINRS};

    for (size_t i = 0; i < ICM_COUNT(verbs); i++) {
        struct icm_buf out = {0};

        cli_help_write(&out, verbs[i]);
        for (const char *line = icm_buf_text(&out); *line; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > 120)
                fail_msg("%.*s", (int)strcspn(line, "\n"), line);
        icm_buf_reset(&out);
    }
}

static void the_version(void **state)
{
    struct icm_buf out = {0};

    cli_help_write_version(&out);
    assert_string_equal(icm_buf_text(&out), "icm " ICM_VERSION "\n");
    icm_buf_reset(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_help_names_every_parameter),
        cmocka_unit_test(the_help_has_its_own_values),
        cmocka_unit_test(lines_are_not_too_long),
        cmocka_unit_test(the_version),
    };

    return cmocka_run_group_tests_name("cli_help_write", tests, NULL, NULL);
}

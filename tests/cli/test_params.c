/* The table of parameters: a test of itself, and how its names are found. */
#include "cli/params.h"
#include "cli/verbs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>

static const struct cli_param *find(enum cli_verb verb, const char *name)
{
    const struct cli_param *p = NULL;

    cli_param_find(verb, icm_slice_text(name), false, &p, NULL);
    return p;
}

/* every verb that has the row */
static void finds_itself(const struct cli_param *p, const char *name)
{
    static const enum cli_verb verbs[] = {CLI_INVOKE_COMMAND, CLI_SHOW_PSRP, CLI_CONVERT_FROM_CLIXML,
                                          CLI_CONVERT_TO_CLIXML, CLI_WINRS};

    for (size_t i = 0; i < ICM_COUNT(verbs); i++)
        if (p->verbs & (unsigned)verbs[i])
            assert_ptr_equal(find(verbs[i], name), p);
}

static void every_name_reaches_its_row(void **state)
{
    for (size_t i = 0; i < cli_param_count; i++) {
        finds_itself(&cli_params[i], cli_params[i].name);
        for (size_t k = 0; k < ICM_COUNT(cli_params[i].aliases) && cli_params[i].aliases[k]; k++)
            finds_itself(&cli_params[i], cli_params[i].aliases[k]);
    }
}

static void every_row_is_whole(void **state)
{
    for (size_t i = 0; i < cli_param_count; i++) {
        const struct cli_param *p = &cli_params[i];

        assert_true(isupper((unsigned char)p->name[0]));
        assert_true(p->sets != 0 && p->verbs != 0);
        assert_true(p->help && p->help[0] != '\0' && p->help[strlen(p->help) - 1] != '.');
        assert_true(!p->value_name == (p->kind == CLI_FLAG));
        assert_true(!(p->traits & CLI_FOR_ALL) || (p->traits & CLI_IN_CONFIG));
        assert_true(p->set != NULL);
        assert_true(!(p->traits & CLI_IN_CONFIG) || cli_param_is_carried(p));
        assert_int_equal(p->required & ~p->sets, 0);
        assert_true(!p->manual || p->manual[strlen(p->manual) - 1] == '.');
    }
}

/* GNU's spelling of a name: hyphens in front of capitals, all small */
static void every_name_has_a_gnu_spelling(void **state)
{
    for (size_t i = 0; i < cli_param_count; i++) {
        const struct cli_param *p = &cli_params[i], *found = NULL;
        char text[64];
        size_t used = 0;

        for (const char *c = p->name; *c; c++) {
            if (isupper((unsigned char)*c) && c > p->name)
                text[used++] = '-';
            text[used++] = (char)tolower((unsigned char)*c);
        }
        enum cli_verb verb = (enum cli_verb)(p->verbs & -p->verbs); /* the first that has it */
        assert_int_equal(cli_param_find(verb, icm_slice_of(text, used), true, &found, NULL), ICM_OK);
        assert_ptr_equal(found, p);
    }
}

/* PowerShell's own parameters are those of its help and of the engine (the two SSH ones that the help page has not) */
static void all_of_powershell_is_there(void **state)
{
    static const char *const names[] = {
        "AllowRedirection", "ApplicationName", "ArgumentList", "AsJob", "Authentication", "CertificateThumbprint",
        "ComputerName", "ConfigurationName", "ConnectionUri", "ContainerId", "Credential", "EnableNetworkAccess",
        "FilePath", "HideComputerName", "HostName", "InDisconnectedSession", "InputObject", "JobName", "KeyFilePath",
        "NoNewScope", "Port", "RemoteDebug", "RunAsAdministrator", "ScriptBlock", "Session", "SessionName",
        "SessionOption", "SSHConnection", "SSHTransport", "ThrottleLimit", "UserName", "UseSSL", "VMId", "VMName",
        "Subsystem", "ConnectingTimeout", "Options",
        /* about_CommonParameters */
        "Debug", "ErrorAction", "ErrorVariable", "InformationAction", "InformationVariable", "OutBuffer", "OutVariable",
        "PipelineVariable", "ProgressAction", "Verbose", "WarningAction", "WarningVariable"};
    size_t own = 0;

    for (size_t i = 0; i < ICM_COUNT(names); i++) {
        const struct cli_param *p = find(CLI_INVOKE_COMMAND, names[i]);
        assert_non_null(p);
        assert_string_equal(p->name, names[i]);
        assert_false(p->traits & CLI_ICM_ONLY);
    }
    for (size_t i = 0; i < cli_param_count; i++)
        own += (cli_params[i].traits & CLI_ICM_ONLY) || !(cli_params[i].verbs & CLI_INVOKE_COMMAND);
    assert_int_equal(cli_param_count - own, ICM_COUNT(names));
}

static const struct row {
    const char *name, *typed;
    const char *means; /* NULL: refused */
    const char *why;
} rows[] = {
    {"any case", "COMPUTERNAME", "ComputerName", NULL},
    {"a unique beginning", "comp", "ComputerName", NULL},
    {"an alias", "cn", "ComputerName", NULL},
    {"an alias' beginning", "comma", "ScriptBlock", NULL},
    {"a name and its alias with one beginning are one", "A", NULL, "-AllowRedirection"},
    {"-Args beside -ArgumentList", "ar", "ArgumentList", NULL},
    {"ambiguous: all are named", "co", NULL, "-ComputerName, -ConnectionUri, -ConfigurationName"},
    {"a whole name is not ambiguous", "session", "Session", NULL},
    {"as is its beginning", "sess", NULL, "-SessionOption, -Session, -SessionName"},
    {"icm's own does not disturb PowerShell's", "inp", "InputObject", NULL},
    {"nor by another way", "Out", NULL, "-OutVariable, -OutBuffer"},
    {"icm's own by its beginning", "passwordf", "PasswordFile", NULL},
    {"icm's own may be ambiguous among themselves", "passw", NULL, "-PasswordFile, -PasswordCommand"},
    {"icm's own in full", "InputFormat", "InputFormat", NULL},
    {"unknown, with what is near", "ComputrName", NULL, "near it: -ComputerName"},
    {"unknown, with nothing near", "Zzzzzzzzzz", NULL, "there is no parameter -Zzzzzzzzzz"},
    {"another verb's", "Path", NULL, "there is no parameter -Path"},
    {"the empty name", "", NULL, "there is no parameter"},
};

static void is_found(void **state)
{
    const struct row *row = *state;
    const struct cli_param *p = NULL;
    struct icm_error err = {0};
    enum icm_code code = cli_param_find(CLI_INVOKE_COMMAND, icm_slice_text(row->typed), false, &p, &err);

    if (row->means) {
        assert_int_equal(code, ICM_OK);
        assert_string_equal(p->name, row->means);
    } else {
        assert_int_equal(code, ICM_USAGE);
        assert_null(p);
        assert_non_null(strstr(err.text, row->why));
    }
    icm_error_reset(&err);
}

static void verbs_are_found(void **state)
{
    for (size_t i = 0; i < cli_verb_count; i++) {
        assert_ptr_equal(cli_verb_find(cli_verbs[i].name), &cli_verbs[i]);
        if (cli_verbs[i].aliases[0])
            assert_ptr_equal(cli_verb_find(cli_verbs[i].aliases[0]), &cli_verbs[i]);
        assert_true(!cli_verbs[i].verb == !cli_verbs[i].help);
    }
    assert_ptr_equal(cli_verb_find("show-psrp"), cli_verb_find("SHOW-PSRP"));
    assert_null(cli_verb_find("Invoke"));
    assert_null(cli_verb_find(""));
}

int main(void)
{
    static struct CMUnitTest tests[ICM_COUNT(rows) + 5] = {
        {.name = "every name and alias reaches its row", .test_func = every_name_reaches_its_row},
        {.name = "every row is whole", .test_func = every_row_is_whole},
        {.name = "every name has a GNU spelling", .test_func = every_name_has_a_gnu_spelling},
        {.name = "all of PowerShell's are there, and no other", .test_func = all_of_powershell_is_there},
        {.name = "verbs are found", .test_func = verbs_are_found},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[5 + i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = is_found, .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("cli_params", tests, NULL, NULL);
}

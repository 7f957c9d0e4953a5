#include "cli/verbs.h"

#include "cli/near.h"

#include <stdio.h>

const struct cli_verb_row cli_verbs[] = {
    {"Invoke-Command", {"icm"}, CLI_INVOKE_COMMAND, "run a script on remote computers (what icm does without a verb)"},
    {"ConvertFrom-Clixml", {NULL}, CLI_CONVERT_FROM_CLIXML, "print the objects in a CLIXML file (Export-Clixml's, powershell.exe's)"},
    {"ConvertTo-Clixml", {NULL}, CLI_CONVERT_TO_CLIXML, "make CLIXML for Import-Clixml from lines or JSON"},
    {"winrs", {NULL}, CLI_WINRS, "run a command on a remote computer, in cmd.exe, as Windows' winrs does"},
    {"Show-Psrp", {NULL}, CLI_SHOW_PSRP, "explain fragments, packets and messages in a file"},
    {"New-PSSession", {"nsn"}, 0, NULL},
    {"Get-PSSession", {"gsn"}, 0, NULL},
    {"Connect-PSSession", {"cnsn"}, 0, NULL},
    {"Disconnect-PSSession", {"dnsn"}, 0, NULL},
    {"Receive-PSSession", {"rcsn"}, 0, NULL},
    {"Remove-PSSession", {"rsn"}, 0, NULL},
    {"Enter-PSSession", {"etsn"}, 0, NULL},
    {"Get-Job", {"gjb"}, 0, NULL},
    {"Wait-Job", {"wjb"}, 0, NULL},
    {"Receive-Job", {"rcjb"}, 0, NULL},
    {"Stop-Job", {"spjb"}, 0, NULL},
    {"Remove-Job", {"rjb"}, 0, NULL},
    {"Test-WSMan", {NULL}, 0, NULL},
};
const size_t cli_verb_count = ICM_COUNT(cli_verbs);

static bool is_word(const char *name, const char *word)
{
    return name && icm_slice_equal_nocase(icm_slice_text(name), icm_slice_text(word));
}

const struct cli_verb_row *cli_verb_find(const char *word)
{
    for (size_t i = 0; i < cli_verb_count; i++) {
        const struct cli_verb_row *row = &cli_verbs[i];

        if (is_word(row->name, word) || is_word(row->aliases[0], word) || is_word(row->aliases[1], word))
            return row;
    }
    return NULL;
}

const char *cli_verb_name(enum cli_verb verb)
{
    for (size_t i = 0; i < cli_verb_count; i++)
        if (cli_verbs[i].verb == (int)verb)
            return cli_verbs[i].name;
    return "";
}

/* A host's name may be like a verb's too: so this is asked only about a command line that is wrong, or odd. */
bool cli_verb_suggest(const char *word, const char *hint, struct icm_error *err)
{
    struct cli_near near = {.wanted = icm_slice_text(word)};
    char text[160], said[200], missing[80] = "";

    if (!strchr(word, '-') || word[0] == '-' || cli_verb_find(word))
        return false; /* what is wrong with a verb that is known has been said */
    for (size_t i = 0; i < cli_verb_count; i++)
        cli_near_offer(&near, cli_verbs[i].name);
    if (near.count == 0)
        return false;
    if (!cli_verb_find(near.names[0])->verb)
        snprintf(missing, sizeof missing, "; %s is not in this version of icm", near.names[0]);
    snprintf(said, sizeof said, "%s", hint ? hint : err->text);
    icm_fail(err, ICM_USAGE, NULL, "there is no verb '%.60s'%s%s (%s)", word,
             cli_near_text(&near, "", text, sizeof text), missing, said);
    return true;
}

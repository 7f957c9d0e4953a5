#include "cli/verbs.h"

const struct cli_verb_row cli_verbs[] = {
    {"Invoke-Command", {"icm"}, CLI_INVOKE_COMMAND, "run a script on remote computers (what icm does without a verb)"},
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
    {"winrs", {NULL}, 0, NULL},
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

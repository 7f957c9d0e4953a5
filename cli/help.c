#include "cli/help.h"

#include "cli/verbs.h"

enum { COLUMN = 34 };

static void add_column(struct icm_buf *out, size_t used)
{
    if (used >= COLUMN) {
        icm_buf_add_u8(out, '\n');
        used = 0;
    }
    for (; used < COLUMN; used++)
        icm_buf_add_u8(out, ' ');
}

static void add_aliases(struct icm_buf *out, const struct cli_param *p)
{
    for (size_t i = 0; i < ICM_COUNT(p->aliases) && p->aliases[i]; i++)
        icm_buf_add_format(out, ", -%s", p->aliases[i]);
}

static void add_param(struct icm_buf *out, const struct cli_param *p)
{
    size_t began = out->size;

    icm_buf_add_format(out, "  -%s", p->name);
    add_aliases(out, p);
    if (p->value_name)
        icm_buf_add_format(out, " %s", p->value_name);
    add_column(out, out->size - began);
    icm_buf_add_text(out, p->help);
    icm_buf_add_u8(out, '\n');
}

static void add_params(struct icm_buf *out, enum cli_verb verb)
{
    icm_buf_add_text(out, "\nParameters (any case, any unique beginning; -Name value or -Name:value):\n");
    for (size_t i = 0; i < cli_param_count; i++)
        if ((cli_params[i].verbs & (unsigned)verb) && cli_param_is_carried(&cli_params[i]) &&
            !(cli_params[i].traits & CLI_UNLISTED))
            add_param(out, &cli_params[i]);
}

static void add_verbs(struct icm_buf *out)
{
    icm_buf_add_text(out, "\nVerbs:\n");
    for (size_t i = 0; i < cli_verb_count; i++) {
        size_t began = out->size;

        if (!cli_verbs[i].verb)
            continue;
        icm_buf_add_format(out, "  %s", cli_verbs[i].name);
        add_column(out, out->size - began);
        icm_buf_add_format(out, "%s\n", cli_verbs[i].help);
    }
}

static const char invoke_text[] =
    "Usage: icm [Invoke-Command] -ComputerName NAME[,NAME...] [-Parameter [value]]... -ScriptBlock '{ SCRIPT }'\n"
    "       icm [Invoke-Command] -ComputerName NAME[,NAME...] [-Parameter [value]]... -FilePath FILE\n"
    "Runs PowerShell on remote computers, and shows what comes back: output on standard output, the other streams on\n"
    "standard error.\n"
    "\n"
    "  icm -ComputerName srv1, srv2 -UseSSL -Credential ana -ScriptBlock '{ Get-Process lsass }'\n";

static const char winrs_text[] =
    "Usage: icm winrs -r:HOST [-SWITCH[:VALUE]]... COMMAND [WORD]...\n"
    "Runs a command in cmd.exe on a remote computer, in the manner of Windows' winrs: its output on standard output, its\n"
    "errors on standard error, standard input for it, its exit code as the exit status. Switches may begin with / too.\n"
    "\n"
    "  icm winrs -r:srv1 -ssl -u:ana ipconfig /all\n";

static const char from_text[] =
    "Usage: icm ConvertFrom-Clixml FILE|-... [-OutputFormat Text|Json|Clixml|Csv] [-Width N]\n"
    "Prints the objects of CLIXML files: Export-Clixml's in UTF-8 or UTF-16, a remoting message's payload, and what\n"
    "powershell.exe writes behind '#< CLIXML'. Output on standard output, the other streams on standard error.\n"
    "\n"
    "  icm ConvertFrom-Clixml services.xml -OutputFormat Json | jq .value.Name\n";

static const char to_text[] =
    "Usage: icm ConvertTo-Clixml [FILE|-]... [-InputFormat Lines|Json|Clixml]\n"
    "Writes one CLIXML document, as Import-Clixml reads it, of all objects that the files hold (standard input where\n"
    "none is named): a string for each line, or what ConvertFrom-Json would make of each JSON value.\n"
    "\n"
    "  icm ConvertTo-Clixml data.json -InputFormat Json > data.xml\n";

static const char show_text[] =
    "Usage: icm Show-Psrp FILE|-... [-OutputFormat Text|Json]\n"
    "Explains fragments, packets, envelopes and messages: a --trace file, recorded lines, base64, or the bytes themselves.\n";

static const char file_status_text[] = "\nExit status:\n"
                                       "  0    all well\n"
                                       "  1    what a file holds is not what it should be, or could not be written\n"
                                       "  2    wrong usage, or a file that cannot be read\n";

static const char status_text[] = "\nExit status, the highest of all computers:\n"
                                  "  0    all well\n"
                                  "  1    a command reported errors\n"
                                  "  2    wrong usage; nothing was sent\n"
                                  "  3    a computer could not be reached or opened, or its connection broke\n"
                                  "  124  the time limit (-TimeoutSec) has passed\n"
                                  "  130  interrupted\n";

static const char winrs_status_text[] =
    "\nExit status: the command's exit code, its lowest eight bits (255 where they are 0 and the code is not); and icm's own\n"
    "  2    wrong usage; nothing was sent\n"
    "  3    the computer could not be reached, refused the command, or the connection broke\n"
    "  124  -Timeout has passed\n"
    "  130  interrupted a second time\n";

static const struct {
    enum cli_verb verb;
    const char *text;
} usages[] = {
    {CLI_INVOKE_COMMAND, invoke_text},
    {CLI_WINRS, winrs_text},
    {CLI_CONVERT_FROM_CLIXML, from_text},
    {CLI_CONVERT_TO_CLIXML, to_text},
    {CLI_SHOW_PSRP, show_text},
};

static const char *usage_of(enum cli_verb verb)
{
    size_t i = 0;

    while (i + 1 < ICM_COUNT(usages) && usages[i].verb != verb)
        i++;
    return usages[i].text;
}

void cli_help_write(struct icm_buf *out, enum cli_verb verb)
{
    icm_buf_add_text(out, usage_of(verb));
    add_params(out, verb);
    if (verb == CLI_INVOKE_COMMAND)
        add_verbs(out);
    icm_buf_add_text(out, verb == CLI_INVOKE_COMMAND ? status_text
                          : verb == CLI_WINRS        ? winrs_status_text
                                                     : file_status_text);
    icm_buf_add_text(out, "\nThe manual: man icm\n");
}

void cli_help_write_version(struct icm_buf *out)
{
    icm_buf_add_text(out, "icm " ICM_VERSION "\n");
}

#include "cli/params.h"

#include "cli/near.h"
#include "cli/param_set.h"

#include <ctype.h>
#include <stdio.h>

static const struct cli_choice input_formats[] = {
    {"Lines", CLI_INPUT_LINES}, {"Json", CLI_INPUT_JSON}, {"Clixml", CLI_INPUT_CLIXML}, {NULL, 0}};
static const struct cli_choice output_formats[] = {
    {"Text", CLI_OUTPUT_TEXT}, {"Json", CLI_OUTPUT_JSON}, {"Clixml", CLI_OUTPUT_CLIXML}, {"Csv", CLI_OUTPUT_CSV}, {NULL, 0}};

#define AT(field) offsetof(struct cli_options, field)
#define BLOCK CLI_WITH_BLOCK
#define BOTH CLI_BOTH
#define NAME_URI (BOTH(CLI_BY_NAME) | BOTH(CLI_BY_URI))
#define VM (BOTH(CLI_BY_VM_ID) | BOTH(CLI_BY_VM_NAME))
#define NOT_SSH (BOTH(CLI_BY_SESSION) | NAME_URI | VM | BOTH(CLI_BY_CONTAINER))
#define REMOTE (CLI_ANY_SET & ~BOTH(CLI_IN_PROCESS))
#define CAN_NAME_JOB (BOTH(CLI_BY_SESSION) | NAME_URI | BLOCK(CLI_BY_SSH) | BOTH(CLI_BY_CONTAINER) | BLOCK(CLI_BY_SSH_HASH))
#define RUN CLI_INVOKE_COMMAND
#define SHOW CLI_SHOW_PSRP
#define FROM CLI_CONVERT_FROM_CLIXML
#define TO CLI_CONVERT_TO_CLIXML
#define FILES CLI_FILE_VERBS
#define CONFIG CLI_IN_CONFIG
#define GLOBAL (CLI_IN_CONFIG | CLI_FOR_ALL)
#define OWN CLI_ICM_ONLY

/* clang-format off */
const struct cli_param cli_params[] = {
/* where and as whom */
{"ComputerName",  {"Cn"}, CLI_LIST, cli_set_computers, 0, BOTH(CLI_BY_NAME), RUN, 0, NULL, "NAME[,NAME...]", "hosts to run on; @FILE or - reads names, one a line"},
{"Port",          {NULL}, CLI_TEXT, cli_set_port, AT(port), BOTH(CLI_BY_NAME) | BLOCK(CLI_BY_SSH), RUN, CONFIG, NULL, "N", "TCP port (5985, or 5986 with -UseSSL)"},
{"UseSSL",        {NULL}, CLI_FLAG, cli_set_flag, AT(use_ssl), BOTH(CLI_BY_NAME), RUN, CONFIG, NULL, NULL, "https instead of http"},
{"Credential",    {NULL}, CLI_TEXT, cli_set_text, AT(credential), NAME_URI | VM, RUN, CONFIG, NULL, "USER", "who to be; the password comes from the next three or a prompt"},
{"PasswordFile",  {NULL}, CLI_TEXT, cli_set_text, AT(password_file), CLI_ANY_SET, RUN, CONFIG | OWN | CLI_PASSWORD_SOURCE, NULL, "FILE", "its first line is the password"},
{"PasswordCommand", {NULL}, CLI_TEXT, cli_set_text, AT(password_command), CLI_ANY_SET, RUN, CONFIG | OWN | CLI_PASSWORD_SOURCE, NULL, "CMD", "the first line that 'sh -c CMD' prints is the password"},
{"Authentication", {NULL}, CLI_TEXT, cli_set_authentication, AT(authentication), NAME_URI, RUN, CONFIG, NULL, "NAME", "Negotiate (default), NegotiateWithImplicitCredential, Kerberos, Credssp, Digest, Basic"},
{"AllowUnencrypted", {NULL}, CLI_FLAG, cli_set_flag, AT(allow_unencrypted), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, NULL, "let Basic and Digest go over http to another machine, in clear"},
{"CertificateThumbprint", {NULL}, CLI_TEXT, cli_set_text, AT(thumbprint), BLOCK(CLI_BY_NAME) | BLOCK(CLI_BY_URI), RUN, CONFIG, NULL, "HEX", "our certificate for TLS, out of ~/.config/icm/certs"},
{"Certificate",   {NULL}, CLI_TEXT, cli_set_text, AT(certificate), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, "FILE|URI", "our certificate for TLS: PEM, PKCS#12 (.p12, .pfx) or a pkcs11: address"},
{"CertificateKey", {NULL}, CLI_TEXT, cli_set_text, AT(certificate_key), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, "FILE|URI", "its private key, where that is elsewhere"},
{"Keytab",        {NULL}, CLI_TEXT, cli_set_text, AT(keytab), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, "FILE", "Kerberos: the key of -Credential, in place of a password"},
{"SpnService",    {NULL}, CLI_TEXT, cli_set_text, AT(spn_service), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, "NAME", "Kerberos: the service's name (HTTP, then WSMAN)"},
{"SpnHost",       {NULL}, CLI_TEXT, cli_set_text, AT(spn_host), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, "NAME", "Kerberos: the host's name, where it is not the computer's"},
{"Delegate",      {NULL}, CLI_FLAG, cli_set_flag, AT(delegates), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, NULL, "Kerberos: let the computer act as you towards others"},
{"TrustComputer", {NULL}, CLI_FLAG, cli_set_flag, AT(trusts_computer), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, NULL, "these computers count as TrustedHosts: NTLM does not prove who they are"},
{"AllowOldCredssp", {NULL}, CLI_FLAG, cli_set_flag, AT(allows_old_credssp), CLI_ANY_SET, RUN, CONFIG | OWN, NULL, NULL, "take CredSSP versions that CVE-2018-0886 is about"},
{"ConfigurationName", {NULL}, CLI_TEXT, cli_set_text, AT(configuration_name), NAME_URI | VM | BOTH(CLI_BY_CONTAINER), RUN, CONFIG, NULL, "NAME", "session configuration (Microsoft.PowerShell)"},
{"ApplicationName", {NULL}, CLI_TEXT, cli_set_application, AT(application_name), BOTH(CLI_BY_NAME), RUN, CONFIG, NULL, "NAME", "last part of the URL (wsman)"},
{"SessionOption", {NULL}, CLI_LIST, cli_set_session_option, 0, NAME_URI, RUN, CONFIG, NULL, "OPTION[=V],...", "SkipCACheck, SkipCNCheck, OpenTimeout=MS, ... or '@{...}'"},
{"ThrottleLimit", {NULL}, CLI_TEXT, cli_set_throttle, AT(throttle_limit), NOT_SSH, RUN, GLOBAL, NULL, "N", "hosts at the same time (32)"},
/* what to run, on what */
{"ScriptBlock",   {"Command"}, CLI_TEXT, cli_set_script, AT(script), CLI_ANY_BLOCK, RUN, 0, NULL, "'{ ... }'", "the script"},
{"FilePath",      {"PSPath"}, CLI_TEXT, cli_set_file, AT(file_path), CLI_ANY_FILE & ~CLI_WITH_FILE(CLI_IN_PROCESS), RUN, 0, NULL, "FILE", "a local file with the script"},
{"ArgumentList",  {"Args"}, CLI_LIST, cli_set_arguments, AT(arguments), CLI_ANY_SET, RUN, 0, NULL, "V[,V...]", "the script's arguments, as PowerShell literals"},
{"InputObject",   {NULL}, CLI_LIST, cli_set_input, AT(input), CLI_ANY_SET, RUN, 0, NULL, "V|-", "the script's $input: one object, or - for standard input"},
{"InputFormat",   {NULL}, CLI_TEXT, cli_set_choice, AT(input_format), CLI_ANY_SET, RUN | TO, OWN, input_formats, "FORMAT", "what the input is: Lines (each a string), Json or Clixml"},
/* what to show */
{"OutputFormat",  {NULL}, CLI_TEXT, cli_set_choice, AT(output_format), CLI_ANY_SET, RUN | SHOW | FROM, GLOBAL | OWN, output_formats, "FORMAT", "Text, Json (one object a line for every stream), Clixml or Csv"},
{"HideComputerName", {"HCN"}, CLI_FLAG, cli_set_flag, AT(hide_computer_name), REMOTE, RUN, GLOBAL, NULL, NULL, "no PSComputerName in the output"},
{"TimeoutSec",    {NULL}, CLI_TEXT, cli_set_seconds, AT(timeout_s), REMOTE, RUN, GLOBAL | OWN, NULL, "N", "stop everything after so many seconds; the exit status is 124 then"},
{"NativeExitCode", {NULL}, CLI_FLAG, cli_set_flag, AT(native_exit_code), REMOTE, RUN, OWN, NULL, NULL, "the remote $LASTEXITCODE is the exit status (several computers: only in Json)"},
{"Trace",         {NULL}, CLI_TEXT, cli_set_text, AT(trace_file), CLI_ANY_SET, RUN, OWN, NULL, "FILE", "write every envelope, fragment and message as JSON lines"},
{"Help",          {"?"}, CLI_FLAG, cli_set_flag, AT(help), CLI_ANY_SET, RUN | FILES, OWN, NULL, NULL, "show this"},
{"Version",       {NULL}, CLI_FLAG, cli_set_flag, AT(version), CLI_ANY_SET, RUN | FILES, OWN, NULL, NULL, "show the version"},
{"Path",          {"PSPath"}, CLI_TEXT, cli_set_name, AT(files), CLI_ANY_SET, FILES, 0, NULL, "FILE|-", "a file, or - for standard input; -Path itself may be left out"},
/* PowerShell has these; this version does not */
{"Session",       {NULL}, CLI_LIST, NULL, 0, BOTH(CLI_BY_SESSION), RUN, 0, NULL, "S", "sessions that outlive a command"},
{"ConnectionUri", {"URI", "CU"}, CLI_LIST, NULL, 0, BOTH(CLI_BY_URI), RUN, 0, NULL, "URI", "endpoints named by their address"},
{"AllowRedirection", {NULL}, CLI_FLAG, NULL, 0, BOTH(CLI_BY_URI), RUN, 0, NULL, NULL, "following redirections"},
{"VMId",          {"VMGuid"}, CLI_LIST, NULL, 0, BOTH(CLI_BY_VM_ID), RUN, 0, NULL, "GUID", "virtual machines"},
{"VMName",        {NULL}, CLI_LIST, NULL, 0, BOTH(CLI_BY_VM_NAME), RUN, 0, NULL, "NAME", "virtual machines"},
{"ContainerId",   {NULL}, CLI_LIST, NULL, 0, BOTH(CLI_BY_CONTAINER), RUN, 0, NULL, "ID", "containers"},
{"RunAsAdministrator", {NULL}, CLI_FLAG, NULL, 0, BOTH(CLI_BY_CONTAINER), RUN, 0, NULL, NULL, "containers"},
{"HostName",      {NULL}, CLI_LIST, NULL, 0, BOTH(CLI_BY_SSH), RUN, 0, NULL, "NAME", "remoting over SSH"},
{"UserName",      {NULL}, CLI_TEXT, NULL, 0, BOTH(CLI_BY_SSH), RUN, 0, NULL, "USER", "remoting over SSH"},
{"KeyFilePath",   {"IdentityFilePath"}, CLI_TEXT, NULL, 0, BOTH(CLI_BY_SSH), RUN, 0, NULL, "FILE", "remoting over SSH"},
{"Subsystem",     {NULL}, CLI_TEXT, NULL, 0, BLOCK(CLI_BY_SSH), RUN, 0, NULL, "NAME", "remoting over SSH"},
{"SSHTransport",  {NULL}, CLI_FLAG, NULL, 0, BOTH(CLI_BY_SSH), RUN, 0, NULL, NULL, "remoting over SSH"},
{"ConnectingTimeout", {NULL}, CLI_TEXT, NULL, 0, BOTH(CLI_BY_SSH), RUN, 0, NULL, "MS", "remoting over SSH"},
{"Options",       {NULL}, CLI_LIST, NULL, 0, BOTH(CLI_BY_SSH), RUN, 0, NULL, "@{...}", "remoting over SSH"},
{"SSHConnection", {NULL}, CLI_LIST, NULL, 0, BOTH(CLI_BY_SSH_HASH), RUN, 0, NULL, "@{...}", "remoting over SSH"},
{"AsJob",         {NULL}, CLI_FLAG, NULL, 0, REMOTE, RUN, 0, NULL, NULL, "background jobs"},
{"JobName",       {NULL}, CLI_TEXT, NULL, 0, CAN_NAME_JOB, RUN, 0, NULL, "NAME", "background jobs"},
{"InDisconnectedSession", {"Disconnected"}, CLI_FLAG, NULL, 0, NAME_URI, RUN, 0, NULL, NULL, "disconnected sessions"},
{"SessionName",   {NULL}, CLI_LIST, NULL, 0, BOTH(CLI_BY_NAME), RUN, 0, NULL, "NAME", "disconnected sessions"},
{"EnableNetworkAccess", {NULL}, CLI_FLAG, NULL, 0, NAME_URI, RUN, 0, NULL, NULL, "interactive tokens for loopback"},
{"RemoteDebug",   {NULL}, CLI_FLAG, NULL, 0, REMOTE, RUN, 0, NULL, NULL, "the remote debugger"},
{"NoNewScope",    {NULL}, CLI_FLAG, NULL, 0, BLOCK(CLI_IN_PROCESS), RUN, 0, NULL, NULL, "scripts in this very process"},
{"Variable",      {NULL}, CLI_LIST, NULL, 0, CLI_ANY_SET, RUN, OWN, NULL, "NAME=V", "values for $Using:"},
/* PowerShell's common parameters */
{"Debug",         {"db"}, CLI_FLAG, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, NULL, "preferences for a stream"},
{"ErrorAction",   {"ea"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "ACTION", "preferences for a stream"},
{"ErrorVariable", {"ev"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "NAME", "variables of a PowerShell session"},
{"InformationAction", {"infa"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "ACTION", "preferences for a stream"},
{"InformationVariable", {"iv"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "NAME", "variables of a PowerShell session"},
{"OutBuffer",     {"ob"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "N", "buffers of a PowerShell pipeline"},
{"OutVariable",   {"ov"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "NAME", "variables of a PowerShell session"},
{"PipelineVariable", {"pv"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "NAME", "variables of a PowerShell session"},
{"ProgressAction", {"proga"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "ACTION", "preferences for a stream"},
{"Verbose",       {"vb"}, CLI_FLAG, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, NULL, "preferences for a stream"},
{"WarningAction", {"wa"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "ACTION", "preferences for a stream"},
{"WarningVariable", {"wv"}, CLI_TEXT, NULL, 0, CLI_ANY_SET, RUN, CLI_COMMON, NULL, "NAME", "variables of a PowerShell session"},
};
/* clang-format on */
const size_t cli_param_count = ICM_COUNT(cli_params);
_Static_assert(ICM_COUNT(cli_params) <= CLI_PARAM_MAX, "struct cli_options notes which rows were given");

/* What a name matches. */
struct search {
    enum cli_verb verb;
    struct icm_slice name;
    bool is_gnu;
    const struct cli_param *exact, *prefix;
    struct icm_buf several; /* the names, once there are two */
};

/* Whether @name begins with @start, or is it (@is_whole); GNU's start may have hyphens that count nothing. */
static bool begins(const char *name, const struct search *s, bool *is_whole)
{
    size_t at = 0;

    for (size_t i = 0; i < s->name.size; i++) {
        if (s->is_gnu && s->name.data[i] == '-')
            continue;
        if (tolower((unsigned char)name[at]) != tolower(s->name.data[i]))
            return false;
        at++;
    }
    *is_whole = name[at] == '\0';
    return at > 0;
}

static void note_prefix(struct search *s, const struct cli_param *p)
{
    if (s->prefix && s->several.size == 0)
        icm_buf_add_format(&s->several, "-%s", s->prefix->name);
    if (s->prefix)
        icm_buf_add_format(&s->several, ", -%s", p->name);
    s->prefix = p;
}

static void match_row(struct search *s, const struct cli_param *p)
{
    bool is_whole, is_prefix = begins(p->name, s, &is_whole);
    bool is_exact = is_prefix && is_whole;

    for (size_t i = 0; i < ICM_COUNT(p->aliases) && p->aliases[i]; i++)
        if (begins(p->aliases[i], s, &is_whole)) {
            is_prefix = true;
            is_exact = is_exact || is_whole;
        }
    if (is_exact)
        s->exact = p;
    else if (is_prefix)
        note_prefix(s, p);
}

/* PowerShell's rows, or icm's own */
static void match_rows(struct search *s, bool are_own)
{
    for (size_t i = 0; i < cli_param_count; i++) {
        const struct cli_param *p = &cli_params[i];

        if ((p->verbs & s->verb) && !(p->traits & OWN) == !are_own)
            match_row(s, p);
    }
}

static void match_own_rows(struct search *s)
{
    struct search own = {.verb = s->verb, .name = s->name, .is_gnu = s->is_gnu};

    match_rows(&own, true);
    s->exact = own.exact;
    if (!s->prefix) {
        s->prefix = own.prefix;
        icm_buf_move(&s->several, &own.several);
    }
    icm_buf_reset(&own.several);
}

static enum icm_code unknown(const struct search *s, struct icm_error *err)
{
    struct cli_near near = {.wanted = s->name};
    char text[160];

    for (size_t i = 0; i < cli_param_count; i++)
        if (cli_params[i].verbs & s->verb)
            cli_near_offer(&near, cli_params[i].name);
    return icm_fail(err, ICM_USAGE, NULL, "there is no parameter -%.*s%s", (int)(s->name.size < 60 ? s->name.size : 60),
                    (const char *)s->name.data, cli_near_text(&near, "-", text, sizeof text));
}

enum icm_code cli_param_find(enum cli_verb verb, struct icm_slice name, bool is_gnu, const struct cli_param **out,
                             struct icm_error *err)
{
    struct search s = {.verb = verb, .name = name, .is_gnu = is_gnu};
    enum icm_code code = ICM_OK;

    match_rows(&s, false);
    if (!s.exact)
        match_own_rows(&s);
    if (s.exact)
        *out = s.exact;
    else if (s.several.size > 0)
        code = icm_fail(err, ICM_USAGE, NULL, "-%.*s is ambiguous: %s", (int)(name.size < 60 ? name.size : 60),
                        (const char *)name.data, icm_buf_text(&s.several));
    else if (s.prefix)
        *out = s.prefix;
    else
        code = unknown(&s, err);
    icm_buf_reset(&s.several);
    return code;
}

enum icm_code cli_param_set(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                            struct icm_error *err)
{
    if (!p->set)
        return icm_fail(err, ICM_USAGE, NULL, "-%s is not in this version of icm (%s)", p->name, p->help);
    enum icm_code code = p->set(o, p, value, err);
    if (code == ICM_OK)
        o->given[cli_param_index(p)] = true;
    return code;
}

#include "cli/params.h"

#include "cli/format_error.h"
#include "cli/near.h"
#include "cli/param_check.h"

#include <ctype.h>
#include <stdio.h>

static const struct cli_choice input_formats[] = {
    {"Lines", CLI_INPUT_LINES}, {"Json", CLI_INPUT_JSON}, {"Clixml", CLI_INPUT_CLIXML}, {NULL, 0}};
static const struct cli_choice show_formats[] = {{"Text", CLI_OUTPUT_TEXT}, {"Json", CLI_OUTPUT_JSON}, {NULL, 0}};
static const struct cli_choice output_formats[] = {
    {"Text", CLI_OUTPUT_TEXT}, {"Json", CLI_OUTPUT_JSON}, {"Clixml", CLI_OUTPUT_CLIXML}, {"Csv", CLI_OUTPUT_CSV}, {NULL, 0}};

static const struct cli_choice authentications[] = {
    {"Default", 0}, {"Basic", 0}, {"Negotiate", 0}, {"NegotiateWithImplicitCredential", 0}, {"Credssp", 0}, {"Digest", 0},
    {"Kerberos", 0}, {NULL, 0}};
static const struct cli_choice generated[] = {
    {"Manual", CLI_GENERATED_MANUAL}, {"Bash", CLI_GENERATED_BASH}, {"Zsh", CLI_GENERATED_ZSH}, {"Fish", CLI_GENERATED_FISH}, {NULL, 0}};
/* ActionPreference; nobody is there to be asked, and nothing to break into */
static const struct cli_choice actions[] = {
    {"Continue", CLI_ACTION_CONTINUE}, {"SilentlyContinue", CLI_ACTION_SILENT}, {"Ignore", CLI_ACTION_IGNORE}, {"Stop", CLI_ACTION_STOP},
    {"Inquire", -1}, {"Suspend", -1}, {"Break", -1}, {NULL, 0}};
static const struct cli_choice streams[] = {
    {"Output", CLI_STREAM_OUTPUT}, {"Error", CLI_STREAM_ERROR}, {"Warning", CLI_STREAM_WARNING}, {"Verbose", CLI_STREAM_VERBOSE},
    {"Debug", CLI_STREAM_DEBUG}, {"Information", CLI_STREAM_INFORMATION}, {NULL, 0}};
static const struct cli_choice error_views[] = {
    {"ConciseView", CLI_ERROR_CONCISE}, {"NormalView", CLI_ERROR_NORMAL}, {"CategoryView", CLI_ERROR_CATEGORY}, {NULL, 0}};
static const struct cli_choice colors[] = {
    {"Auto", CLI_COLORS_AUTO}, {"Always", CLI_COLORS_ALWAYS}, {"Never", CLI_COLORS_NEVER}, {NULL, 0}};

#define AT(field) offsetof(struct cli_options, field)
#define BLOCK CLI_WITH_BLOCK
#define BOTH CLI_BOTH
#define NAME_URI (BOTH(CLI_BY_NAME) | BOTH(CLI_BY_URI))
#define VM (BOTH(CLI_BY_VM_ID) | BOTH(CLI_BY_VM_NAME))
#define NOT_SSH (BOTH(CLI_BY_SESSION) | NAME_URI | VM | BOTH(CLI_BY_CONTAINER))
#define REMOTE (CLI_ANY_SET & ~BOTH(CLI_IN_PROCESS))
#define CAN_NAME_JOB (BOTH(CLI_BY_SESSION) | NAME_URI | BLOCK(CLI_BY_SSH) | BOTH(CLI_BY_CONTAINER) | BLOCK(CLI_BY_SSH_HASH))
#define RUN CLI_INVOKE_COMMAND
#define WINRS CLI_WINRS
#define SHOW CLI_SHOW_PSRP
#define FROM CLI_CONVERT_FROM_CLIXML
#define TO CLI_CONVERT_TO_CLIXML
#define FILES CLI_FILE_VERBS
#define CONFIG CLI_IN_CONFIG
#define GLOBAL (CLI_IN_CONFIG | CLI_FOR_ALL)
#define OWN CLI_ICM_ONLY

/* a row says what it has, and nothing of the rest */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
/* clang-format off */
const struct cli_param cli_params[] = {
/* where and as whom */
{"ComputerName",  {"Cn"}, CLI_LIST, cli_set_computers, 0, BOTH(CLI_BY_NAME), RUN, 0, NULL, "NAME[,NAME...]", "hosts to run on; @FILE or - reads names, one a line",
    .manual = "The hosts to run on: names or addresses without a port. `@`*FILE* and `-`, alone or in the list, read names from a file or from standard input, one a line; `#` begins a comment.",
    .position = 1, .completes = CLI_COMPLETE_HOST, .heading = "Where, and as whom"},
{"ConnectionUri", {"URI", "CU"}, CLI_LIST, cli_set_uris, AT(uris), BOTH(CLI_BY_URI), RUN, 0, NULL, "URI[,URI...]", "endpoints by their address, http://HOST:PORT/PATH",
    .manual = "The endpoints by their whole address, *http*`://`*HOST*`:`*PORT*`/`*PATH*, in place of names. Without a port it is 80, or 443 with https. A computer is shown, and found in the configuration, by its *HOST*.", .position = 1},
{"Port",          {NULL}, CLI_TEXT, cli_set_port, AT(port), BOTH(CLI_BY_NAME) | BLOCK(CLI_BY_SSH), RUN | WINRS, CONFIG, NULL, "N", "TCP port (5985, or 5986 with -UseSSL)"},
{"UseSSL",        {NULL}, CLI_FLAG, cli_set_flag, AT(use_ssl), BOTH(CLI_BY_NAME), RUN, CONFIG, NULL, NULL, "https instead of http",
    .manual = "Take https in place of http."},
{"Credential",    {NULL}, CLI_TEXT, cli_set_text, AT(credential), NAME_URI | VM, RUN | WINRS, CONFIG, NULL, "USER", "who to be; the password comes from the next three or a prompt",
    .manual = "Who to be. The password comes from `-PasswordFile`, `-PasswordCommand`, the variable `ICM_PASSWORD` or a prompt on the terminal, in this order; it is never taken from the command line. A source that is named on the command line without a `-Credential`, or beside another one or a `-Keytab`, is an error, and nobody is asked.",
    .required = VM},
{"PasswordFile",  {NULL}, CLI_TEXT, cli_set_text, AT(password_file), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN | CLI_PASSWORD_SOURCE, NULL, "FILE", "its first line is the password",
    .manual = "The first line of *FILE* is the password.",
    .completes = CLI_COMPLETE_FILE},
{"PasswordCommand", {NULL}, CLI_TEXT, cli_set_text, AT(password_command), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN | CLI_PASSWORD_SOURCE, NULL, "CMD", "the first line that 'sh -c CMD' prints is the password",
    .manual = "The first line that `sh -c` *CMD* prints is the password."},
{"Authentication", {NULL}, CLI_TEXT, cli_set_authentication, AT(authentication), NAME_URI, RUN | WINRS, CONFIG, authentications, "NAME", "Negotiate (default), NegotiateWithImplicitCredential, Kerberos, Credssp, Digest, Basic",
    .manual = "How that is proved; see `AUTHENTICATION`. `Negotiate` (which `Default` means), `NegotiateWithImplicitCredential`, `Kerberos`, `Credssp`, `Digest` or `Basic`."},
{"AllowUnencrypted", {NULL}, CLI_FLAG, cli_set_flag, AT(allow_unencrypted), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, NULL, "let Basic and Digest go over http to another machine, in clear",
    .manual = "Let Basic show the password, and Basic, Digest and `-SessionOption NoEncryption` send everything in clear, over http to another machine. Without it that is refused."},
{"CertificateThumbprint", {NULL}, CLI_TEXT, cli_set_text, AT(thumbprint), BLOCK(CLI_BY_NAME) | BLOCK(CLI_BY_URI), RUN | WINRS, CONFIG, NULL, "HEX", "our certificate for TLS, out of ~/.config/icm/certs",
    .manual = "Show TLS the certificate with this SHA-1 thumbprint, in place of a user: a PEM file with its key in *~/.config/icm/certs*, or a file there that is named so (*THUMBPRINT*.p12)."},
{"Certificate",   {NULL}, CLI_TEXT, cli_set_text, AT(certificate), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, "FILE|URI", "our certificate for TLS: PEM, PKCS#12 (.p12, .pfx) or a pkcs11: address",
    .manual = "The same by its file (PEM; PKCS#12 where the name ends with .p12 or .pfx) or by a `pkcs11:` address. A password of its key, or the PIN of its token, comes from `-PasswordFile` or `-PasswordCommand`.",
    .completes = CLI_COMPLETE_FILE},
{"CertificateKey", {NULL}, CLI_TEXT, cli_set_text, AT(certificate_key), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, "FILE|URI", "its private key, where that is elsewhere",
    .manual = "Its private key, where that is elsewhere.",
    .completes = CLI_COMPLETE_FILE},
{"Keytab",        {NULL}, CLI_TEXT, cli_set_text, AT(keytab), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, "FILE", "Kerberos: the key of -Credential, in place of a password",
    .completes = CLI_COMPLETE_FILE},
{"SpnService",    {NULL}, CLI_TEXT, cli_set_text, AT(spn_service), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, "NAME", "Kerberos: the service's name (HTTP, then WSMAN)",
    .manual = "Kerberos: the service of the principal that a ticket is asked for, where it is not HTTP (then WSMAN)."},
{"SpnHost",       {NULL}, CLI_TEXT, cli_set_text, AT(spn_host), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, "NAME", "Kerberos: the host's name, where it is not the computer's",
    .manual = "Kerberos: the host of that principal, where it is not the computer's name as it was given. `-SessionOption IncludePortInSPN` puts the port behind it."},
{"Delegate",      {NULL}, CLI_FLAG, cli_set_flag, AT(delegates), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, NULL, "Kerberos: let the computer act as you towards others",
    .manual = "Kerberos: let the computer act as you towards other computers. The ticket must be forwardable (`kinit -f`)."},
{"TrustComputer", {NULL}, CLI_FLAG, cli_set_flag, AT(trusts_computer), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, NULL, "these computers count as TrustedHosts: NTLM does not prove who they are",
    .manual = "The computers of this command count as TrustedHosts."},
{"AllowOldCredssp", {NULL}, CLI_FLAG, cli_set_flag, AT(allows_old_credssp), CLI_ANY_SET, RUN | WINRS, CONFIG | OWN, NULL, NULL, "take CredSSP versions that CVE-2018-0886 is about",
    .manual = "Take versions of CredSSP below 5, which do not protect against CVE-2018-0886."},
{"ConfigurationName", {NULL}, CLI_TEXT, cli_set_text, AT(configuration_name), NAME_URI | VM | BOTH(CLI_BY_CONTAINER), RUN, CONFIG, NULL, "NAME", "session configuration (Microsoft.PowerShell)",
    .manual = "The session configuration: a name, or its whole resource URI; Microsoft.PowerShell where nothing is said."},
{"ApplicationName", {NULL}, CLI_TEXT, cli_set_application, AT(application_name), BOTH(CLI_BY_NAME), RUN | WINRS, CONFIG, NULL, "NAME", "last part of the URL (wsman)",
    .manual = "The last part of the URL; wsman where nothing is said."},
{"SessionOption", {NULL}, CLI_LIST, cli_set_session_option, 0, NAME_URI, RUN | WINRS, CONFIG, NULL, "OPTION[=V],...", "SkipCACheck, SkipCNCheck, OpenTimeout=MS, ... or '@{...}'",
    .manual = "What PowerShell's New-PSSessionOption sets, as `SkipCACheck,IdleTimeout=60000` or `'@{SkipCACheck=$true; IdleTimeout=60000}'`; see `SESSION OPTIONS`.",
    .completes = CLI_COMPLETE_SESSION_OPTION},
{"ThrottleLimit", {NULL}, CLI_TEXT, cli_set_throttle, AT(throttle_limit), NOT_SSH, RUN, GLOBAL, NULL, "N", "hosts at the same time (32)",
    .manual = "How many hosts at the same time; 32 where nothing is said."},
/* what to run, on what */
{"ScriptBlock",   {"Command"}, CLI_TEXT, cli_set_script, AT(script), CLI_ANY_BLOCK, RUN, 0, NULL, "'{ ... }'", "the script",
    .manual = "The script. Quote it, so that the shell leaves it alone. Words from `{` to the `}` that belongs to it are taken as one, too, where nothing in them means something to the shell.",
    .position = 2, .required = CLI_ANY_BLOCK, .heading = "What to run, and on what"},
{"FilePath",      {"PSPath"}, CLI_TEXT, cli_set_file, AT(file_path), CLI_ANY_FILE & ~CLI_WITH_FILE(CLI_IN_PROCESS), RUN, 0, NULL, "FILE", "a local file with the script",
    .manual = "A local file with the script: UTF-8, or UTF-16 with a byte order mark. As in PowerShell its text is what is sent: positions in errors count its lines.",
    .position = 2, .required = CLI_ANY_FILE & ~CLI_WITH_FILE(CLI_IN_PROCESS), .completes = CLI_COMPLETE_FILE},
{"NoNewScope",    {NULL}, CLI_FLAG, cli_set_flag, AT(no_new_scope), BLOCK(CLI_IN_PROCESS), RUN, 0, NULL, NULL, "no computer: the script runs in its PowerShell's own scope",
    .manual = "Without a computer: the script is not given a scope of its own."},
{"EngineCommand", {NULL}, CLI_TEXT, cli_set_text, AT(engine_command), CLI_ANY_SET, RUN, GLOBAL | OWN, NULL, "CMD", "no computer: the PowerShell to start (pwsh -NoProfile -s)",
    .manual = "Without a computer the script runs in a PowerShell that icm starts here: this command, split into words as a shell splits them, or else `pwsh -NoProfile -s`, where `pwsh` is on `PATH`."},
{"ArgumentList",  {"Args"}, CLI_LIST, cli_set_arguments, AT(arguments), CLI_ANY_SET, RUN, 0, NULL, "V[,V...]", "the script's arguments, as PowerShell literals",
    .manual = "The script's arguments as PowerShell's literals: `5`, `1.5`, `4kb`, `'text'`, `$true`, `$null`, `@(1, 2)`, `@{Name='x'}`. What is none of these is a string, and so is a number in quotes."},
{"Variable",      {NULL}, CLI_LIST, cli_set_using, 0, CLI_ANY_SET, RUN, OWN | CLI_REPEATS, NULL, "NAME=V", "the value of $Using:NAME in the script, a PowerShell literal; may be repeated",
    .manual = "The value of `$Using:`*NAME* in the script, as a literal; may be given as often as there are names, or once with a hashtable, `'@{a=1; b=''x''}'`. See `VARIABLES`."},
{"InputObject",   {NULL}, CLI_LIST, cli_set_input, AT(input), CLI_ANY_SET, RUN, 0, NULL, "V|-", "the script's $input: one object, or - for standard input",
    .manual = "What the script finds in `$input`: one object (a list is one object too), or with `-` what standard input has."},
{"InputFormat",   {NULL}, CLI_TEXT, cli_set_choice, AT(input_format), CLI_ANY_SET, RUN | TO, OWN, input_formats, "FORMAT", "what the input is: Lines (each a string), Json or Clixml",
    .manual = "What standard input is: `Lines` (each line a string), `Json` (each value an object) or `Clixml` (a document, whose objects are there when it has ended)."},
{"EnableNetworkAccess", {NULL}, CLI_FLAG, cli_check_flag, 0, NAME_URI, RUN, 0, NULL, NULL, "nothing: of Windows computers that call themselves",
    .manual = "As in PowerShell it means something only to a Windows computer that calls itself, and is passed over elsewhere."},
{"RemoteDebug",   {NULL}, CLI_FLAG, cli_set_flag, AT(remote_debug), REMOTE, RUN, 0, NULL, NULL, "stop before the script's first line, with a debugger's prompt",
    .manual = "The script stops before its first line and at breakpoints, and the terminal has a prompt for its debugger; see `DEBUGGING`."},
/* what to show */
{"OutputFormat",  {NULL}, CLI_TEXT, cli_set_choice, AT(output_format), CLI_ANY_SET, RUN | FROM, GLOBAL | OWN, output_formats, "FORMAT", "Text, Json (one object a line for every stream), Clixml or Csv",
    .manual = "`Text`, `Json`, `Clixml` or `Csv`; see `OUTPUT`.",
    .heading = "What to show"},
{"OutputFormat",  {NULL}, CLI_TEXT, cli_set_choice, AT(output_format), CLI_ANY_SET, SHOW, OWN, show_formats, "FORMAT", "Text, or Json (one object a line)",
    .manual = "The same of `Show-Psrp`: `Text` or `Json`."},
{"HideComputerName", {"HCN"}, CLI_FLAG, cli_set_flag, AT(hide_computer_name), REMOTE, RUN, GLOBAL, NULL, NULL, "no PSComputerName in the output, and no name in front of errors"},
{"TimeoutSec",    {NULL}, CLI_TEXT, cli_set_seconds, AT(timeout_s), CLI_ANY_SET, RUN | WINRS, GLOBAL | OWN, NULL, "N", "stop everything after so many seconds; the exit status is 124 then",
    .manual = "Stop the remote commands after so many seconds, counted from the first connection, whatever they or the way to them are doing; what came until then was shown, and the exit status is 124."},
{"NativeExitCode", {NULL}, CLI_FLAG, cli_set_flag, AT(native_exit_code), CLI_ANY_SET, RUN, OWN, NULL, NULL, "the remote $LASTEXITCODE is the exit status (several computers: only in Json)",
    .manual = "With one computer the exit status is the remote `$LASTEXITCODE`, or what `exit` was given there, where the script came to its end and has run a program; the status lines of Json have `exitCode` for every computer (null: no program was run). Of codes over 255 the low eight bits count, or 255 where these are 0."},
{"Width",         {NULL}, CLI_TEXT, cli_set_width, AT(width), CLI_ANY_SET, RUN | FROM, GLOBAL | OWN, NULL, "N", "Text: columns of the console (the terminal's, else 120)",
    .manual = "Text: the columns of the console; else those of the terminal, or 120. PowerShell leaves the last one free."},
{"Color",         {NULL}, CLI_TEXT, cli_set_choice, AT(colors), CLI_ANY_SET, RUN | FROM, GLOBAL | OWN, colors, "WHEN", "Text: Auto (on a terminal, unless NO_COLOR is set), Always or Never",
    .manual = "Text: `Auto` (the default: on a terminal, unless `NO_COLOR` is set or `TERM` is dumb), `Always` or `Never`."},
{"ErrorView",     {NULL}, CLI_TEXT, cli_set_choice, AT(error_view), CLI_ANY_SET, RUN | FROM, GLOBAL | OWN, error_views, "VIEW", "Text: how errors are told: ConciseView, NormalView or CategoryView",
    .manual = "Text: how errors are told: `ConciseView` (the default), `NormalView` or `CategoryView`, as $ErrorView has them."},
{"EnumerationLimit", {NULL}, CLI_TEXT, cli_set_limit, AT(enumeration_limit), CLI_ANY_SET, RUN | FROM, GLOBAL | OWN, NULL, "N", "Text: elements of a list that a cell shows (4); -1: all",
    .manual = "Text: how many elements of a list a cell shows (4), as $FormatEnumerationLimit has it; -1 shows all."},
{"RawOutput",     {NULL}, CLI_FLAG, cli_set_flag, AT(raw_output), CLI_ANY_SET, RUN | FROM, GLOBAL | OWN, NULL, NULL, "Text: control characters of the remote side go to the terminal as they are",
    .manual = "Text: control characters that the remote side sends go to a terminal as they are."},
{"Stream",        {NULL}, CLI_TEXT, cli_set_choice, AT(stream), CLI_ANY_SET, FROM, OWN, streams, "STREAM", "what the objects are that do not say it themselves (Output)"},
{"OriginComputer", {NULL}, CLI_TEXT, cli_set_text, AT(origin_computer), CLI_ANY_SET, FROM, OWN, NULL, "NAME", "the computer that errors are from"},
{"Trace",         {NULL}, CLI_TEXT, cli_set_text, AT(trace_file), CLI_ANY_SET, RUN | WINRS, OWN, NULL, "FILE", "write every envelope, fragment and message as JSON lines",
    .manual = "Write every envelope, fragment and message as a line of JSON, decrypted and with secrets left out; the file is readable by its owner alone. `icm Show-Psrp` explains it."},
{"Help",          {"?"}, CLI_FLAG, cli_set_flag, AT(help), CLI_ANY_SET, RUN | WINRS | FILES, OWN, NULL, NULL, "show this"},
{"Version",       {NULL}, CLI_FLAG, cli_set_flag, AT(version), CLI_ANY_SET, RUN | WINRS | FILES, OWN, NULL, NULL, "show the version"},
{"Generate",      {NULL}, CLI_TEXT, cli_set_choice, AT(generated), CLI_ANY_SET, RUN, OWN | CLI_UNLISTED, generated, "WHAT", "print what the build makes of this table"},
{"Path",          {"PSPath"}, CLI_TEXT, cli_set_name, AT(files), CLI_ANY_SET, FILES, 0, NULL, "FILE|-", "a file, or - for standard input; -Path itself may be left out",
    .completes = CLI_COMPLETE_FILE, .position = 1},
/* Windows' winrs has these */
{"Remote",        {"r"}, CLI_TEXT, cli_set_remote, 0, CLI_ANY_SET, WINRS, 0, NULL, "ENDPOINT", "where: HOST, HOST:PORT or a URL (localhost)",
    .completes = CLI_COMPLETE_HOST, .heading = "Of winrs alone"},
{"UserName",      {"u"}, CLI_TEXT, cli_set_text, AT(credential), CLI_ANY_SET, WINRS, 0, NULL, "USER", "who to be, as -Credential"},
{"Password",      {"p"}, CLI_TEXT, cli_refuse_password, 0, CLI_ANY_SET, WINRS, 0, NULL, "-", "never here, where others could read it: use -PasswordFile",
    .manual = "Refused: other users of this computer can read a command line. The password comes from `-PasswordFile`, `-PasswordCommand`, the variable `ICM_PASSWORD` or a prompt."},
{"Unencrypted",   {"un"}, CLI_FLAG, cli_set_flag, AT(allow_unencrypted), CLI_ANY_SET, WINRS, 0, NULL, NULL, "as -AllowUnencrypted"},
{"UseSSL",        {"ssl"}, CLI_FLAG, cli_set_flag, AT(use_ssl), CLI_ANY_SET, WINRS, 0, NULL, NULL, "https instead of http"},
{"AllowDelegate", {"ad"}, CLI_FLAG, cli_set_flag, AT(delegates), CLI_ANY_SET, WINRS, 0, NULL, NULL, "as -Delegate"},
{"Directory",     {"d"}, CLI_TEXT, cli_set_text, AT(directory), CLI_ANY_SET, WINRS, 0, NULL, "PATH", "where the command starts (the user's home)"},
{"Environment",   {"env"}, CLI_TEXT, cli_set_variable, AT(environment), CLI_ANY_SET, WINRS, CLI_REPEATS, NULL, "NAME=VALUE", "a variable for the command; may be repeated"},
{"NoProfile",     {"nop"}, CLI_FLAG, cli_set_flag, AT(session.no_machine_profile), CLI_ANY_SET, WINRS, 0, NULL, NULL, "do not load the user's profile"},
{"NoEcho",        {"noe"}, CLI_FLAG, cli_set_flag, AT(no_echo), CLI_ANY_SET, WINRS, 0, NULL, NULL, "do not show what is typed for the command"},
{"CodePage",      {NULL}, CLI_TEXT, cli_set_code_page, AT(code_page), CLI_ANY_SET, WINRS, OWN, NULL, "N", "of the command's input and output (65001, UTF-8)",
    .manual = "The code page of the command's input and output; 65001 (UTF-8) where nothing is said. icm passes bytes as they are."},
{"Compression",   {"comp"}, CLI_FLAG, cli_set_flag, AT(compresses), CLI_ANY_SET, WINRS, 0, NULL, NULL, "taken, and nothing is compressed"},
{"Timeout",       {"t"}, CLI_TEXT, cli_set_seconds, AT(timeout_s), CLI_ANY_SET, WINRS, 0, NULL, "SECONDS", "as -TimeoutSec"},
/* PowerShell has these; this version reads and checks them */
{"Session",       {NULL}, CLI_LIST, cli_check_texts, 0, BOTH(CLI_BY_SESSION), RUN, CLI_LATER, NULL, "NAME", "sessions that outlive a command",
    .required = BOTH(CLI_BY_SESSION), .position = 1, .heading = "Known, and not carried by this version"},
{"AllowRedirection", {NULL}, CLI_FLAG, cli_check_flag, 0, BOTH(CLI_BY_URI), RUN, CLI_LATER, NULL, NULL, "following a redirection to another computer"},
{"VMId",          {"VMGuid"}, CLI_LIST, cli_check_guids, 0, BOTH(CLI_BY_VM_ID), RUN, CLI_LATER, NULL, "GUID", "a transport to virtual machines", .required = BOTH(CLI_BY_VM_ID), .position = 1},
{"VMName",        {NULL}, CLI_LIST, cli_check_texts, 0, BOTH(CLI_BY_VM_NAME), RUN, CLI_LATER, NULL, "NAME", "a transport to virtual machines", .required = BOTH(CLI_BY_VM_NAME)},
{"ContainerId",   {NULL}, CLI_LIST, cli_check_texts, 0, BOTH(CLI_BY_CONTAINER), RUN, CLI_LATER, NULL, "ID", "a transport to containers", .required = BOTH(CLI_BY_CONTAINER)},
{"RunAsAdministrator", {NULL}, CLI_FLAG, cli_check_flag, 0, BOTH(CLI_BY_CONTAINER), RUN, CLI_LATER, NULL, NULL, "a transport to containers"},
{"HostName",      {NULL}, CLI_LIST, cli_check_texts, 0, BOTH(CLI_BY_SSH), RUN, CLI_LATER, NULL, "NAME", "the transport over SSH", .required = BOTH(CLI_BY_SSH), .completes = CLI_COMPLETE_HOST},
{"UserName",      {NULL}, CLI_TEXT, cli_check_texts, 0, BOTH(CLI_BY_SSH), RUN, CLI_LATER, NULL, "USER", "the transport over SSH"},
{"KeyFilePath",   {"IdentityFilePath"}, CLI_TEXT, cli_check_texts, 0, BOTH(CLI_BY_SSH), RUN, CLI_LATER, NULL, "FILE", "the transport over SSH", .completes = CLI_COMPLETE_FILE},
{"Subsystem",     {NULL}, CLI_TEXT, cli_check_texts, 0, BLOCK(CLI_BY_SSH), RUN, CLI_LATER, NULL, "NAME", "the transport over SSH"},
{"SSHTransport",  {NULL}, CLI_FLAG, cli_check_flag, 0, BOTH(CLI_BY_SSH), RUN, CLI_LATER, NULL, NULL, "the transport over SSH"},
{"ConnectingTimeout", {NULL}, CLI_TEXT, cli_check_timeout, 0, BOTH(CLI_BY_SSH), RUN, CLI_LATER, NULL, "MS", "the transport over SSH"},
{"Options",       {NULL}, CLI_LIST, cli_check_table, 0, BOTH(CLI_BY_SSH), RUN, CLI_LATER, NULL, "@{...}", "the transport over SSH"},
{"SSHConnection", {NULL}, CLI_LIST, cli_check_connections, 0, BOTH(CLI_BY_SSH_HASH), RUN, CLI_LATER, NULL, "@{...}", "the transport over SSH", .required = BOTH(CLI_BY_SSH_HASH)},
{"AsJob",         {NULL}, CLI_FLAG, cli_check_flag, 0, REMOTE, RUN, CLI_LATER, NULL, NULL, "background jobs"},
{"JobName",       {NULL}, CLI_TEXT, cli_check_texts, 0, CAN_NAME_JOB, RUN, CLI_LATER, NULL, "NAME", "background jobs"},
{"InDisconnectedSession", {"Disconnected"}, CLI_FLAG, cli_check_flag, 0, NAME_URI, RUN, CLI_LATER, NULL, NULL, "sessions that outlive a command"},
{"SessionName",   {NULL}, CLI_LIST, cli_check_texts, 0, BOTH(CLI_BY_NAME), RUN, CLI_LATER, NULL, "NAME", "sessions that outlive a command"},
/* PowerShell's common parameters */
{"ErrorAction",   {"ea"}, CLI_TEXT, cli_set_choice, AT(actions[CLI_ON_ERROR]), CLI_ANY_SET, RUN, CLI_COMMON, actions, "ACTION", "what an error does: Continue, SilentlyContinue, Ignore or Stop",
    .manual = "What an error record of a script, or a computer that cannot be reached, does: `Continue` (shown), `SilentlyContinue` (not shown; the exit status has it), `Ignore` (not shown, and an error record does not count) or `Stop` (shown; what still runs on any computer is stopped).",
    .heading = "Of every command in PowerShell"},
{"WarningAction", {"wa"}, CLI_TEXT, cli_set_choice, AT(actions[CLI_ON_WARNING]), CLI_ANY_SET, RUN, CLI_COMMON, actions, "ACTION", "the same of a warning"},
{"InformationAction", {"infa"}, CLI_TEXT, cli_set_choice, AT(actions[CLI_ON_INFORMATION]), CLI_ANY_SET, RUN, CLI_COMMON, actions, "ACTION", "the same of what Write-Information says"},
{"ProgressAction", {"proga"}, CLI_TEXT, cli_set_choice, AT(actions[CLI_ON_PROGRESS]), CLI_ANY_SET, RUN, CLI_COMMON, actions, "ACTION", "the same of progress"},
{"Verbose",       {"vb"}, CLI_FLAG, cli_set_shown, AT(actions[CLI_ON_VERBOSE]), CLI_ANY_SET, RUN, CLI_COMMON, NULL, NULL, "-Verbose:$false: no verbose messages",
    .manual = "`-Verbose:$false` leaves verbose messages out. What a script writes to that stream is shown where nothing is said, as in PowerShell: whether it writes there is its own `$VerbosePreference`."},
{"Debug",         {"db"}, CLI_FLAG, cli_set_shown, AT(actions[CLI_ON_DEBUG]), CLI_ANY_SET, RUN, CLI_COMMON, NULL, NULL, "-Debug:$false: no debug messages",
    .manual = "The same of debug messages."},
{"ErrorVariable", {"ev"}, CLI_TEXT, cli_check_texts, 0, CLI_ANY_SET, RUN, CLI_COMMON | CLI_NO_PLACE, NULL, "NAME", "a shell has no variables for objects; 2> or -OutputFormat Json keeps errors"},
{"InformationVariable", {"iv"}, CLI_TEXT, cli_check_texts, 0, CLI_ANY_SET, RUN, CLI_COMMON | CLI_NO_PLACE, NULL, "NAME", "a shell has no variables for objects; -OutputFormat Json keeps all streams"},
{"WarningVariable", {"wv"}, CLI_TEXT, cli_check_texts, 0, CLI_ANY_SET, RUN, CLI_COMMON | CLI_NO_PLACE, NULL, "NAME", "a shell has no variables for objects; -OutputFormat Json keeps all streams"},
{"OutVariable",   {"ov"}, CLI_TEXT, cli_check_texts, 0, CLI_ANY_SET, RUN, CLI_COMMON | CLI_NO_PLACE, NULL, "NAME", "a shell has no variables for objects; > with -OutputFormat Clixml keeps output"},
{"PipelineVariable", {"pv"}, CLI_TEXT, cli_check_texts, 0, CLI_ANY_SET, RUN, CLI_COMMON | CLI_NO_PLACE, NULL, "NAME", "a shell has no variables for objects, nor a pipeline of them"},
{"OutBuffer",     {"ob"}, CLI_TEXT, cli_check_count, 0, CLI_ANY_SET, RUN, CLI_COMMON | CLI_NO_PLACE, NULL, "N", "there is no pipeline of objects behind icm; stdbuf and the like buffer bytes"},
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
        if ((cli_params[i].verbs & s->verb) && !(cli_params[i].traits & CLI_UNLISTED))
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

/* Rows that set the same field are one setting under two names. */
static void note_given(struct cli_options *o, const struct cli_param *p)
{
    o->given[cli_param_index(p)] = true;
    for (size_t i = 0; i < cli_param_count && p->offset != 0; i++)
        if (cli_params[i].offset == p->offset)
            o->given[i] = true;
}

enum icm_code cli_param_set(struct cli_options *o, const struct cli_param *p, struct icm_slice value,
                            struct icm_error *err)
{
    enum icm_code code = p->set(o, p, value, err);

    if (code == ICM_OK)
        note_given(o, p);
    return code;
}

enum icm_code cli_param_check_carried(const struct cli_param *p, struct icm_error *err)
{
    if (p->traits & CLI_NO_PLACE)
        return icm_fail(err, ICM_USAGE, NULL, "-%s has no place here: %s", p->name, p->help);
    if (p->traits & CLI_LATER)
        return icm_fail(err, ICM_USAGE, NULL, "-%s is not in this version of icm yet: it needs %s", p->name, p->help);
    return ICM_OK;
}

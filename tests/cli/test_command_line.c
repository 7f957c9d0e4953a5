/* Command lines to options, told in one line: what was asked for, and nothing else. */
#include "cli/command_line.h"
#include "cli/verbs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS_MAX = 16 };

static const struct row {
    const char *name;
    const char *words[WORDS_MAX];
    const char *asks; /* NULL: refused */
    const char *why;  /* a part of the error */
} rows[] = {
    /* positions; design.md, Words */
    {"hosts, then the script", {"srv1", "{ Get-Date }"}, "hosts srv1; script ' Get-Date '", NULL},
    {"a lone block is the script", {"-Cn", "a", "{1}"}, "hosts a; script '1'", NULL},
    {"a lone block in front of the hosts", {"{1}", "-Cn", "a"}, "hosts a; script '1'", NULL},
    {"a lone word is the script where the hosts are named", {"-Cn", "a", "Get-Date"}, "hosts a; script 'Get-Date'", NULL},
    {"a lone word is the hosts where the script is named", {"srv1", "-Command", "1"}, "hosts srv1; script '1'", NULL},
    {"the verb in full", {"invoke-command", "a", "{1}"}, "hosts a; script '1'", NULL},
    {"the verb's alias", {"icm", "a", "{1}"}, "hosts a; script '1'", NULL},
    {"three positions", {"a", "{1}", "b"}, NULL, "by its position"},
    {"a script block in words", {"-Cn", "a", "-ScriptBlock", "{", "echo", "-n", "1", "}"}, "hosts a; script ' echo -n 1 '", NULL},
    {"so do positions", {"a", "{", "echo", "{1}", "}", "-Port", "1"}, "hosts a; script ' echo {1} '; port 1", NULL},
    {"a block that is glued to its words", {"a", "{echo", "1}", "-UseSSL"}, "hosts a; script 'echo 1'; ssl", NULL},
    {"a block in words that nothing closes", {"a", "{", "echo", "1"}, NULL, "never closed"},
    {"a brace in a word's string", {"a", "{", "echo", "'}'", "}"}, "hosts a; script ' echo '}' '", NULL},
    {"a file by its position", {"a", "./nowhere/x.ps1"}, NULL, "cannot read the script file './nowhere/x.ps1'"},
    {"a block in front of the hosts' position", {"{1}", "a"}, "hosts a; script '1'", NULL},
    {"a script that names a file", {"-Cn", "a", "-Command", "./x.ps1"}, "hosts a; script './x.ps1'", NULL},
    {"a position too many", {"-Cn", "a", "-Command", "1", "b"}, NULL, "by its position"},
    {"no script", {"srv1"}, NULL, "nothing to run"},
    {"no hosts: here", {"{1}"}, "hosts; script '1'", NULL},
    {"no hosts, and what only hosts have", {"{1}", "-Port", "1"}, NULL, "nowhere to run: give -ComputerName NAME, which -Port goes with"},
    {"nothing at all", {NULL}, NULL, "nothing to run"},
    {"a verb of a later version", {"New-PSSession", "a"}, NULL, "New-PSSession is not in this version"},
    {"its alias", {"nsn"}, NULL, "New-PSSession is not in this version"},

    /* script blocks */
    {"braces in a string are none", {"a", "{ '}' }"}, "hosts a; script ' '}' '", NULL},
    {"two blocks keep their braces", {"a", "{1} ; {2}"}, "hosts a; script '{1} ; {2}'", NULL},
    {"a comment hides a brace", {"a", "{ 1 # }\n}"}, "hosts a; script ' 1 # }\n'", NULL},
    {"a block is trimmed outside", {"-Command", " {1}\n", "-Cn", "a"}, "hosts a; script '1'", NULL},
    {"a script that begins with a parameter's sign", {"a", "-Command:-join (1,2)"}, "hosts a; script '-join (1,2)'", NULL},
    {"and without the colon", {"a", "-Command", "-join (1,2)"}, NULL, "-ScriptBlock needs a value"},
    {"a script that is no UTF-8", {"a", "{ '\xFF' }"}, NULL, "not UTF-8, at byte 4"},

    /* lists */
    {"a list in one word", {"-Cn", "a,b", "{1}"}, "hosts a b; script '1'", NULL},
    {"a list goes on behind a comma", {"-Cn", "a,", "b", "{1}"}, "hosts a b; script '1'", NULL},
    {"and in front of one", {"-Cn", "a", ",b", ",", "c", "{1}"}, "hosts a b c; script '1'", NULL},
    {"so do positions", {"a,", "b", "{1}"}, "hosts a b; script '1'", NULL},
    {"@( ) of names", {"-Cn", "@('a', 'b')", "{1}"}, "hosts a b; script '1'", NULL},
    {"nothing behind the comma", {"-Cn", "a,", "-Command", "1"}, NULL, "value is missing behind the comma"},
    {"a lone comma", {"-Cn", ",", "{1}"}, NULL, "comma"},
    {"names as a list of numbers would spoil them", {"-Cn", "007", "{1}"}, "hosts 007; script '1'", NULL},

    /* what a name of a host may be */
    {"a dot, localhost and nothing are this machine", {"-Cn", ".,LocalHost,''", "{1}"},
     "hosts localhost localhost localhost; script '1'", NULL},
    {"addresses", {"-Cn", "10.0.0.1,::1,[fe80::1%eth0]", "{1}"}, "hosts 10.0.0.1 ::1 [fe80::1%eth0]; script '1'", NULL},
    {"a name of another script", {"-Cn", "m\xC3\xBCnchen", "{1}"}, "hosts m\xC3\xBCnchen; script '1'", NULL},
    {"a name that looks like an option", {"-ComputerName:-oProxyCommand=x", "{1}"}, NULL, "no computer name"},
    {"a URL", {"-Cn", "http://srv/wsman", "{1}"}, NULL, "no computer name"},
    {"a port", {"-Cn", "srv:5985", "{1}"}, NULL, "the port is -Port's"},
    {"a blank", {"-Cn", "a b", "{1}"}, NULL, "no computer name"},
    {"a control character", {"-Cn", "a\x1b[2J", "{1}"}, NULL, "no computer name"},
    {"a user in front", {"-Cn", "u@srv", "{1}"}, NULL, "no computer name"},
    {"an empty list", {"-Cn", "@()", "{1}"}, NULL, "empty list"},

    /* parameters */
    {"text, number, switch", {"a", "{1}", "-Credential", "CORP\\ana", "-Port", "80", "-UseSSL"},
     "hosts a; script '1'; port 80; ssl; user CORP\\ana", NULL},
    {"a switch that is off", {"a", "{1}", "-UseSSL:$false"}, "hosts a; script '1'", NULL},
    {"a switch that is on", {"a", "{1}", "-UseSSL:$True"}, "hosts a; script '1'; ssl", NULL},
    {"a switch with another value", {"a", "{1}", "-UseSSL:maybe"}, NULL, "-UseSSL is a switch"},
    {"a value behind a colon", {"a", "{1}", "-Port:80"}, "hosts a; script '1'; port 80", NULL},
    {"a value in the word behind the colon", {"a", "{1}", "-Port:", "80"}, "hosts a; script '1'; port 80", NULL},
    {"GNU spelling", {"--computer-name", "a", "--script-block={1}", "--use-ssl"}, "hosts a; script '1'; ssl", NULL},
    {"GNU spelling, switched off", {"a", "{1}", "--use-ssl=false"}, "hosts a; script '1'", NULL},
    {"the end mark", {"-Cn", "a", "--", "-join 1,2"}, "hosts a; script '-join 1,2'", NULL},
    {"a value that is missing", {"a", "{1}", "-Port"}, NULL, "-Port needs a value: N"},
    {"a parameter twice", {"a", "{1}", "-Port", "1", "-Port", "2"}, NULL, "more than once"},
    {"a port of 0", {"a", "{1}", "-Port", "0"}, NULL, "1 to 65535"},
    {"a port that is none", {"a", "{1}", "-Port", "x"}, NULL, "not 'x'"},
    {"a throttle of 0 is the default", {"a", "{1}", "-ThrottleLimit", "0"}, "hosts a; script '1'", NULL},
    {"a throttle", {"a", "{1}", "-ThrottleLimit", "3"}, "hosts a; script '1'; throttle 3", NULL},
    {"unknown, with what is near", {"a", "{1}", "-Prot", "1"}, NULL, "near it: -Port"},
    {"an empty credential", {"a", "{1}", "-Credential", ""}, NULL, "empty value"},
    {"a way of authentication", {"a", "{1}", "-Authentication", "basic"}, "hosts a; script '1'; as Basic", NULL},
    {"Default says nothing", {"a", "{1}", "-Authentication", "Default"}, "hosts a; script '1'", NULL},
    {"an unknown way", {"a", "{1}", "-Authentication", "NTLM"}, NULL, "Negotiate"},
    {"an application name", {"a", "{1}", "-ApplicationName", "/wsman2"}, "hosts a; script '1'; at wsman2", NULL},
    {"one that would change the URL", {"a", "{1}", "-ApplicationName", "x?y"}, NULL, "letters, digits"},
    {"output as Json", {"a", "{1}", "-OutputFormat", "json"}, "hosts a; script '1'; json", NULL},
    {"output as Csv", {"a", "{1}", "-OutputFormat", "Csv"}, "hosts a; script '1'; csv", NULL},
    {"output as Clixml", {"a", "{1}", "-OutputFormat", "CLIXML"}, "hosts a; script '1'; clixml", NULL},
    {"output that is unknown", {"a", "{1}", "-OutputFormat", "x"}, NULL, "it takes Text, Json, Clixml, Csv"},

    /* arguments and input */
    {"arguments as literals", {"a", "{1}", "-ArgumentList", "3,", "*.log"}, "hosts a; script '1'; args 3,*.log", NULL},
    {"a negative argument", {"a", "{1}", "-Args", "-5"}, "hosts a; script '1'; args -5", NULL},
    {"an argument that is no literal", {"a", "{1}", "-Args", "$x"}, NULL, "$null have a value"},
    {"an input object", {"a", "{1}", "-InputObject", "7"}, "hosts a; script '1'; input 7", NULL},
    {"a list is one input object", {"a", "{1}", "-InputObject", "7,8"}, "hosts a; script '1'; input list of 2", NULL},
    {"standard input", {"a", "{1}", "-InputObject", "-"}, "hosts a; script '1'; input -", NULL},
    {"standard input as Json", {"a", "{1}", "-InputObject", "-", "-InputFormat", "Json"},
     "hosts a; script '1'; input - as json", NULL},
    {"a format without standard input", {"a", "{1}", "-InputFormat", "Json"}, NULL, "goes with -InputObject -"},
    {"standard input as Clixml", {"a", "{1}", "-InputObject", "-", "-InputFormat", "Clixml"},
     "hosts a; script '1'; input - as clixml", NULL},

    /* parameter sets */
    {"a script and a file", {"a", "{1}", "-FilePath", "/dev/null"}, NULL, "-ScriptBlock and -FilePath cannot be used together"},
    {"hosts and sessions", {"-Cn", "a", "-Session", "s", "-Command", "1"}, NULL,
     "-ComputerName and -Session cannot be used together"},
    {"a port and a URI", {"-ConnectionUri", "http://a", "-Port", "1", "{1}"}, NULL, "-ConnectionUri and -Port cannot be used together"},
    {"hosts and machines", {"a", "{1}", "-VMName", "v"}, NULL, "-ComputerName and -VMName cannot be used together"},
    {"a thumbprint with a file", {"a", "-FilePath", "/dev/null", "-CertificateThumbprint", "x"}, NULL,
     "-CertificateThumbprint and -FilePath cannot be used together"},
    {"a job's name where files go to SSH", {"-HostName", "a", "-FilePath", "/dev/null", "-JobName", "j"}, NULL, "cannot be used together with the other"},
    {"a URI", {"-ConnectionUri", "https://a.example/PowerShell/?x=1", "{1}"}, "uris https://a.example/PowerShell/?x=1; script '1'", NULL},
    {"URIs", {"-CU", "http://a,", "http://[::1]:81/x", "{1}"}, "uris http://a http://[::1]:81/x; script '1'", NULL},
    {"a word that is no URI", {"-URI", "srv", "{1}"}, NULL, "-ConnectionUri takes addresses"},
    {"a URI with a user", {"-URI", "http://u:p@srv", "{1}"}, NULL, "-ConnectionUri takes addresses"},
    {"a name with a port and a path", {"-Cn", "http://a/wsman", "{1}"}, NULL, "-ConnectionUri's"},
    {"a machine without a user", {"-VMName", "v", "{1}"}, NULL, "-Credential USER is missing: -VMName needs it"},
    {"what goes with a host that is not there", {"-Subsystem", "x", "{1}"}, NULL, "-HostName NAME is missing: -Subsystem needs it"},
    {"a session's name alone", {"a", "{1}", "-SessionName", "x"}, NULL, "-SessionName goes with -InDisconnectedSession"},
    {"a job that is disconnected", {"a", "{1}", "-AsJob", "-Disconnected"}, NULL, "-AsJob and -InDisconnectedSession"},

    /* read and checked in full, and not carried */
    {"SSH", {"-HostName", "u@a", "{1}", "-Port", "22", "-UserName", "u", "-KeyFilePath", "/x"}, NULL, "-HostName is not in this version of icm yet"},
    {"an SSH table", {"-SSHConnection", "@{HostName='a'; UserName='b'},", "@{ComputerName='c'; KeyFilePath='/x'; Port=22}", "-Command", "1"}, NULL,
     "-SSHConnection is not in this version"},
    {"an SSH table without a host", {"-SSHConnection", "@{UserName='a'}", "{1}"}, NULL, "needs HostName"},
    {"an SSH table with another key", {"-SSHConnection", "@{HostName='a'; Prot=1}", "{1}"}, NULL, "no key 'Prot'; near it: Port"},
    {"an SSH table's port", {"-SSHConnection", "@{HostName='a'; Port='x'}", "{1}"}, NULL, "Port takes a number"},
    {"an SSH table that is none", {"-SSHConnection", "a", "{1}"}, NULL, "takes hashtables"},
    {"SSH options", {"-HostName", "a", "{1}", "-Options", "x"}, NULL, "-Options takes a hashtable"},
    {"an SSH timeout", {"-HostName", "a", "{1}", "-ConnectingTimeout", "-2"}, NULL, "-ConnectingTimeout takes a number from -1"},
    {"sessions", {"-Session", "a,", "b", "{1}"}, NULL, "-Session is not in this version of icm yet"},
    {"an empty list of them", {"-Session", "@()", "{1}"}, NULL, "-Session is an empty list"},
    {"machines by their id", {"-VMId", "{12345678-1234-1234-1234-123456789abc}", "-Credential", "u", "{1}"}, NULL, "-VMId is not in this version"},
    {"machines by what is no id", {"-VMId", "12", "-Credential", "u", "{1}"}, NULL, "-VMId takes GUIDs, not '12'"},
    {"a container", {"-ContainerId", "abc", "{1}", "-RunAsAdministrator"}, NULL, "-ContainerId is not in this version"},
    {"a job", {"-Cn", "a", "{1}", "-AsJob"}, NULL, "-AsJob is not in this version of icm yet: it needs background jobs"},
    {"no job", {"-Cn", "a", "{1}", "-AsJob:$false"}, "hosts a; script '1'", NULL},
    {"a redirection", {"-URI", "http://a", "{1}", "-AllowRedirection"}, NULL, "-AllowRedirection is not in this version"},
    {"a script of our own", {"{1}", "-NoNewScope"}, "hosts; script '1'", NULL},
    {"what means something to Windows alone", {"a", "{1}", "-EnableNetworkAccess", "-RemoteDebug"}, "hosts a; script '1'", NULL},

    /* common parameters */
    {"errors stop", {"-Cn", "a", "{1}", "-ErrorAction", "stop"}, "hosts a; script '1'; on error 3", NULL},
    {"errors are hidden", {"-Cn", "a", "{1}", "-ea", "SilentlyContinue"}, "hosts a; script '1'; on error 1", NULL},
    {"warnings are hidden, messages are not", {"-Cn", "a", "{1}", "-wa:Ignore", "-vb", "-Debug:$false"}, "hosts a; script '1'; on warning 2; on debug 1", NULL},
    {"progress, information", {"a", "{1}", "-proga", "Ignore", "-infa", "Stop"}, "hosts a; script '1'; on information 3; on progress 2", NULL},
    {"an action that asks", {"-Cn", "a", "{1}", "-ErrorAction", "Inquire"}, NULL, "-ErrorAction Inquire is not in this version"},
    {"an action that is none", {"-Cn", "a", "{1}", "-ErrorAction", "x"}, NULL, "it takes Continue, SilentlyContinue, Ignore, Stop"},
    {"a variable of a session", {"a", "{1}", "-OutVariable", "x"}, NULL, "-OutVariable has no place here: a shell has no variables"},
    {"a buffer", {"a", "{1}", "-OutBuffer", "x"}, NULL, "-OutBuffer takes a number"},

    /* files that are not there */
    {"a script file", {"a", "-FilePath", "/nowhere/x.ps1"}, NULL, "cannot read the script file '/nowhere/x.ps1'"},
    {"a list file", {"@/nowhere/hosts", "{1}"}, NULL, "cannot read the list of computers '/nowhere/hosts'"},

    /* the other verbs, help */
    {"Show-Psrp", {"show-psrp", "x"}, "Show-Psrp x", NULL},
    {"Show-Psrp from standard input", {"Show-Psrp", "-"}, "Show-Psrp -", NULL},
    {"Show-Psrp without a file", {"Show-Psrp"}, NULL, "needs a FILE"},
    {"Show-Psrp of two files", {"Show-Psrp", "x", "y"}, "Show-Psrp x y", NULL},
    {"Show-Psrp writes no Csv", {"Show-Psrp", "x", "-OutputFormat", "Csv"}, NULL, "it takes Text, Json"},
    {"Show-Psrp has no hosts", {"Show-Psrp", "-ComputerName", "x"}, NULL, "there is no parameter -ComputerName"},
    {"ConvertFrom-Clixml", {"convertfrom-clixml", "a.xml", "b, c.xml", "-Out", "json"}, "ConvertFrom-Clixml a.xml b, c.xml; json", NULL},
    {"ConvertFrom-Clixml with -Path", {"ConvertFrom-Clixml", "-Path", "a.xml"}, "ConvertFrom-Clixml a.xml", NULL},
    {"ConvertFrom-Clixml without a file", {"ConvertFrom-Clixml"}, NULL, "ConvertFrom-Clixml needs a FILE"},
    {"ConvertFrom-Clixml has no input format", {"ConvertFrom-Clixml", "a", "-InputFormat", "Json"}, NULL, "no parameter -InputFormat"},
    {"ConvertTo-Clixml", {"ConvertTo-Clixml"}, "ConvertTo-Clixml", NULL},
    {"ConvertTo-Clixml of JSON", {"ConvertTo-Clixml", "-", "-InputFormat:Json"}, "ConvertTo-Clixml - as json", NULL},
    {"ConvertTo-Clixml has one output", {"ConvertTo-Clixml", "-OutputFormat", "Json"}, NULL, "no parameter -OutputFormat"},
    {"standard input as two files", {"ConvertTo-Clixml", "-", "-"}, NULL, "cannot be read twice"},
    {"a verb of another version", {"New-PSSession", "-Cn", "a"}, NULL, "New-PSSession is not in this version of icm"},
    {"a verb that is misspelled", {"ConvertFom-Clixml", "a.xml"}, NULL, "there is no verb 'ConvertFom-Clixml'; near it: ConvertFrom-Clixml"},
    {"one that this version has not", {"Get-PSSesion", "a"}, NULL,
     "there is no verb 'Get-PSSesion'; near it: Get-PSSession"},
    {"and it says so", {"Recieve-Jb", "a"}, NULL, "near it: Receive-Job; Receive-Job is not in this"},
    {"a verb that is cut", {"Show-P", "x"}, NULL, "near it: Show-Psrp"},
    {"a misspelled verb, and so an unknown parameter", {"Show-Pspr", "-Path", "x"}, NULL, "near it: Show-Psrp"},
    {"a host that is like a verb", {"get-jobs", "{1}"}, "hosts get-jobs; script '1'", NULL},
    {"such a host by its parameter", {"-Cn", "get-jobs", "hostname"}, "hosts get-jobs; script 'hostname'", NULL},
    {"a host that is like no verb", {"web-1", "hostname"}, "hosts web-1; script 'hostname'", NULL},
    {"help", {"--help"}, "help", NULL},
    {"PowerShell's help", {"-?"}, "help", NULL},
    {"help beside what would be wrong", {"a", "--help", "-Nonsense"}, "help", NULL},
    {"the version", {"--version"}, "version", NULL},
};

static const char *const input_formats[] = {
    [CLI_INPUT_LINES] = "", [CLI_INPUT_JSON] = " as json", [CLI_INPUT_CLIXML] = " as clixml"};
static const char *const output_formats[] = {
    [CLI_OUTPUT_TEXT] = "", [CLI_OUTPUT_JSON] = "; json", [CLI_OUTPUT_CLIXML] = "; clixml", [CLI_OUTPUT_CSV] = "; csv"};

static void tell_names(struct icm_buf *out, const struct cli_options *o)
{
    icm_buf_add_text(out, o->uris.count > 0 ? "uris" : "hosts");
    for (const struct cli_name *n = o->uris.count > 0 ? o->uris.first : o->computers.first; n; n = n->next)
        icm_buf_add_format(out, " %s", n->text);
}

static void tell_arguments(struct icm_buf *out, const struct psrp_value *list)
{
    icm_buf_add_text(out, "; args ");
    for (const struct psrp_item *i = list->as.list->first; i; i = i->next) {
        icm_buf_add_text(out, i == list->as.list->first ? "" : ",");
        psrp_value_write_text(i->value, out);
    }
}

static void tell_input(struct icm_buf *out, const struct cli_options *o)
{
    if (o->input_from_stdin)
        icm_buf_add_format(out, "; input -%s", input_formats[o->input_format]);
    else if (o->input && o->input->kind == PSRP_LIST)
        icm_buf_add_format(out, "; input list of %zu", o->input->as.list->count);
    else if (o->input) {
        icm_buf_add_text(out, "; input ");
        psrp_value_write_text(o->input, out);
    }
}

static void tell_actions(struct icm_buf *out, const struct cli_options *o)
{
    static const char *const names[] = {"error", "warning", "information", "progress", "verbose", "debug"};

    for (size_t i = 0; i < CLI_ACTING_COUNT; i++)
        if (o->actions[i] != CLI_ACTION_CONTINUE)
            icm_buf_add_format(out, "; on %s %d", names[i], o->actions[i]);
}

static void tell_connection(struct icm_buf *out, const struct cli_options *o)
{
    if (o->port)
        icm_buf_add_format(out, "; port %u", o->port);
    icm_buf_add_text(out, o->use_ssl ? "; ssl" : "");
    if (o->credential)
        icm_buf_add_format(out, "; user %s", o->credential);
    if (o->authentication)
        icm_buf_add_format(out, "; as %s", o->authentication);
    if (o->application_name)
        icm_buf_add_format(out, "; at %s", o->application_name);
    if (o->throttle_limit != CLI_THROTTLE_DEFAULT)
        icm_buf_add_format(out, "; throttle %u", o->throttle_limit);
}

static void tell(struct icm_buf *out, const struct cli_options *o)
{
    if (o->help || o->version) {
        icm_buf_add_text(out, o->help ? "help" : "version");
        return;
    }
    if (o->verb & CLI_FILE_VERBS) {
        icm_buf_add_text(out, cli_verb_name(o->verb));
        for (const struct cli_name *n = o->files.first; n; n = n->next)
            icm_buf_add_format(out, " %s", n->text);
        icm_buf_add_text(out, input_formats[o->input_format]);
        icm_buf_add_text(out, output_formats[o->output_format]);
        return;
    }
    tell_names(out, o);
    icm_buf_add_format(out, "; script '%.*s'", (int)o->script.size, (const char *)o->script.data);
    tell_connection(out, o);
    if (o->arguments)
        tell_arguments(out, o->arguments);
    tell_input(out, o);
    icm_buf_add_text(out, output_formats[o->output_format]);
    tell_actions(out, o);
}

static enum icm_code read_words(struct cli_options *o, const char *const *words, struct icm_error *err)
{
    char *argv[WORDS_MAX + 2] = {(char[]){"icm"}};
    int argc = 1;

    while (argc <= WORDS_MAX && words[argc - 1]) {
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
        argc++;
    }
    return cli_command_line_read(o, argc, argv, err);
}

static void asks(void **state)
{
    const struct row *row = *state;
    struct icm_arena arena = {0};
    struct icm_buf told = {0};
    struct icm_error err = {0};
    struct cli_options o;

    cli_options_init(&o, &arena);
    enum icm_code code = read_words(&o, row->words, &err);
    if (row->asks) {
        assert_string_equal(err.text, "");
        assert_int_equal(code, ICM_OK);
        tell(&told, &o);
        assert_string_equal(icm_buf_text(&told), row->asks);
    } else {
        assert_int_equal(code, ICM_USAGE);
        if (!strstr(err.text, row->why) || (strstr(row->why, "not in this version") && strstr(err.text, "no verb")))
            fail_msg("'%s' has no '%s'", err.text, row->why);
        assert_null(strchr(err.text, '\n'));
    }
    icm_buf_reset(&told);
    icm_error_reset(&err);
    icm_arena_reset(&arena);
}

/* a file of @bytes, whose name is written into @path */
static void make_file(char *path, struct icm_slice bytes)
{
    strcpy(path, "icm-test-XXXXXX");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.data, bytes.size), (ssize_t)bytes.size);
    close(fd);
}

#define BYTES(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}
static const struct file_row {
    const char *name;
    struct icm_slice bytes;
    bool is_script; /* else a list of computers */
    const char *asks, *why;
} files[] = {
    {"a plain script", BYTES("Get-Date\n"), true, "hosts a; script 'Get-Date\n'", NULL},
    {"a file's braces stay", BYTES("{ 1 }"), true, "hosts a; script '{ 1 }'", NULL},
    {"a byte order mark is dropped", BYTES("\xEF\xBB\xBF" "1"), true, "hosts a; script '1'", NULL},
    {"UTF-16, little end first", BYTES("\xFF\xFE" "1\0\xE9\0"), true, "hosts a; script '1\xC3\xA9'", NULL},
    {"UTF-16, big end first", BYTES("\xFE\xFF" "\0" "1\0\xE9"), true, "hosts a; script '1\xC3\xA9'", NULL},
    {"half a UTF-16 unit", BYTES("\xFF\xFE" "1\0\xE9"), true, NULL, "is not UTF-16 text, at byte offset 4"},
    {"no UTF-8", BYTES("ab\xE9z"), true, NULL, "is not UTF-8 text, at byte offset 2"},
    {"a list with comments and blank lines", BYTES("# lab\nsrv1\n\n  srv2 # two\r\nsrv3"), false,
     "hosts srv1 srv2 srv3; script '1'", NULL},
    {"a list with a wrong name", BYTES("srv1\n-x\n"), false, NULL, "line 2: '-x' is no computer name"},
    {"an empty list", BYTES("# none\n"), false, NULL, "names no computer"},
};

static void asks_file(void **state)
{
    const struct file_row *f = *state;
    char path[64], at_path[72];
    make_file(path, f->bytes);
    snprintf(at_path, sizeof at_path, "@%s", path);
    struct row row = {f->name, {"-Cn", f->is_script ? "a" : at_path, f->is_script ? "-FilePath" : "-Command", f->is_script ? path : "1"},
                      f->asks, f->why};
    void *inner = &row;
    asks(&inner);
    unlink(path);
}

static void standard_input_has_one_reader(void **state)
{
    const struct row row = {"", {"a", "-FilePath", "-", "-InputObject", "-"}, NULL, "two purposes"};
    void *inner = (void *)(uintptr_t)&row;
    int old = dup(STDIN_FILENO);

    assert_non_null(freopen("/dev/null", "r", stdin));
    asks(&inner);
    dup2(old, STDIN_FILENO);
    close(old);
}

int main(void)
{
    static struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(files) + 1];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[count++] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = asks, .initial_state = (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < ICM_COUNT(files); i++)
        tests[count++] = (struct CMUnitTest){
            .name = files[i].name, .test_func = asks_file, .initial_state = (void *)(uintptr_t)&files[i]};
    tests[count] = (struct CMUnitTest){.name = "standard input has one reader", .test_func = standard_input_has_one_reader};
    return cmocka_run_group_tests_name("cli_command_line_read, design.md: icm", tests, NULL, NULL);
}

/* -SessionOption: both forms, to what they set. New-PSSessionOption's help; shared/protocol/invoke-command.md 9. */
#include "cli/session_option.h"
#include "psrp/clixml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct row {
    const char *name, *text;
    const char *sets; /* what differs from the defaults; NULL: refused */
    const char *why;
} rows[] = {
    {"one switch", "SkipCACheck", "ca", NULL},
    {"two switches, any case", "skipcacheck,SKIPCNCHECK", "ca cn", NULL},
    {"blanks between", "SkipCACheck, SkipCNCheck", "ca cn", NULL},
    {"a switch with a value", "SkipCACheck=$true,SkipCNCheck=$false", "ca", NULL},
    {"a number for a switch", "SkipCNCheck=1", "cn", NULL},
    {"words and numbers", "NoMachineProfile,IdleTimeout=60000,OpenTimeout=5kb", "profile open=5120 idle=60000", NULL},
    {"the names of New-PSSessionOption's parameters", "IdleTimeoutMSec=60000", "idle=60000", NULL},
    {"the hashtable", "@{SkipCACheck=$true; IdleTimeout=60000}", "ca idle=60000", NULL},
    {"the hashtable with blanks around", "  @{ SkipCNCheck = $true }", "cn", NULL},
    {"an empty hashtable", "@{}", "", NULL},
    {"revocation", "SkipRevocationCheck", "revocation", NULL},
    {"all times", "@{OperationTimeout=1;CancelTimeout=2;OpenTimeout=0}", "open=0 operation=1 cancel=2", NULL},
    {"the largest object", "MaximumReceivedObjectSize=1mb", "object=1048576", NULL},
    {"one switch off, another on", "SkipCACheck=$false,SkipRevocationCheck=$true", "revocation", NULL},
    {"numbers for switches", "SkipCACheck=1,SkipCNCheck=0", "ca", NULL},
    {"a truth as a string", "@{SkipCACheck=$true; NoMachineProfile='true'}", "ca profile", NULL},
    {"an operation's time", "OperationTimeout=60000", "operation=60000", NULL},
    {"a multiplier in a hashtable", "@{IdleTimeout=60000; MaximumReceivedObjectSize=1mb}", "idle=60000 object=1048576", NULL},
    {"a value in quotes", "CancelTimeout=5,Culture='de-DE'", "culture=de-DE cancel=5", NULL},
    {"no time limit to open", "OpenTimeout=0", "open=0", NULL},
    {"a culture", "Culture=de-DE", "culture=de-DE", NULL},
    {"the same name twice: the last counts", "SkipCACheck,SkipCACheck=$false", "", NULL},

    {"unknown, with what is near", "SkipCACheks", NULL, "has no 'SkipCACheks'; near it: SkipCACheck"},
    {"unknown in a hashtable", "@{Nonsense=1}", NULL, "has no 'Nonsense'"},
    {"an empty name", "", NULL, "has no ''"},
    {"a switch that is no truth", "SkipCACheck=maybe", NULL, "takes $true or $false"},
    {"a time that is no number", "IdleTimeout=soon", NULL, "IdleTimeout takes a number of milliseconds from 60000"},
    {"an idle time under a minute", "IdleTimeout=59999", NULL, "from 60000"},
    {"a time past its field", "OpenTimeout=2147483648", NULL, "to 2147483647"},
    {"an operation without time", "OperationTimeout=0", NULL, "from 1"},
    {"a comma at the end", "SkipCACheck,", NULL, "beside a comma"},
    {"a hashtable cut short", "@{Skip", NULL, "Key = Value"},
    {"a negative time", "OpenTimeout=-1", NULL, "from 0"},
    {"a culture that is no text", "@{Culture=5}", NULL, "Culture takes a name"},
    {"arguments that are no hashtable", "ApplicationArguments=5", NULL, "takes a hashtable"},
    {"a number that is none", "MaximumRedirection=x", NULL, "MaximumRedirection takes a number from 0"},
    {"a mode that is none", "OutputBufferingMode=x", NULL, "OutputBufferingMode takes None, Drop, Block"},
    {"retries that are no number", "MaxConnectionRetryCount=x", NULL, "MaxConnectionRetryCount takes a number"},
    {"a choice that is none", "ProxyAccessType=Nowhere", NULL, "ProxyAccessType takes None, IEConfig"},
    {"a proxy", "ProxyAccessType=winhttpconfig,ProxyAuthentication=BASIC,ProxyCredential='CORP\\ana'", "proxy=2/1 CORP\\ana", NULL},
    {"a proxy's password is in a file", "@{ProxyAccessType='AutoDetect'; ProxyCredential='ana'; ProxyPasswordFile='/x'}", "proxy=3/0 ana /x", NULL},
    {"no proxy", "ProxyAccessType=NoProxyServer", "proxy=4/0", NULL},
    {"what proxies do not take", "ProxyAuthentication=Kerberos", NULL, "ProxyAuthentication takes Negotiate, Basic, Digest"},
    {"both cultures", "Culture=de-DE,UICulture=zh-Hant-TW", "culture=de-DE ui=zh-Hant-TW", NULL},
    {"a culture that could be markup", "Culture=\"<\"", NULL, "Culture takes a name"},
    {"one letter", "UICulture=e", NULL, "UICulture takes a name"},
    {"retries", "MaxConnectionRetryCount=5", "retries=5", NULL},
    {"what a command may give", "MaximumReceivedDataSizePerCommand=10mb", "data=10485760", NULL},
    {"nulls, as a new PSSessionOption has them",
     "@{Culture=$null; UICulture=$null; ProxyCredential=$null; ApplicationArguments=$null; MaximumReceivedObjectSize=$null; "
     "MaximumReceivedDataSizePerCommand=$null}", "", NULL},
    {"a null that undoes", "Culture=de-DE,Culture=$null", "", NULL},
    {"a switch that is null", "SkipCACheck=$null", NULL, "takes $true or $false"},
    {"a time that is null", "OpenTimeout=$null", NULL, "takes a number"},
    {"nothing of it", "MaximumReceivedDataSizePerCommand=0", NULL, "MaximumReceivedDataSizePerCommand takes a number of bytes from 1"},
    {"in clear", "NoEncryption", "clear", NULL},
    {"UTF-16", "UseUTF16", "utf16", NULL},
    {"what says nothing to a session that stays", "NoCompression,MaximumRedirection=1,OutputBufferingMode=drop", "", NULL},
    {"PowerShell's property for it", "@{MaximumConnectionRedirectionCount=1}", "", NULL},
    {"a broken hashtable", "@{SkipCACheck", NULL, "Key = Value"},
    {"two hashtables", "@{},@{}", NULL, "one hashtable"},
    {"a literal that is none", "Culture=$x", NULL, "$null have a value"},
};

static void tell_number(struct icm_buf *out, const char *name, int64_t value, int64_t usual)
{
    if (value != usual)
        icm_buf_add_format(out, " %s=%lld", name, (long long)value);
}

static void tell(struct icm_buf *out, const struct cli_session_options *s)
{
    icm_buf_add_text(out, s->skip_ca_check ? " ca" : "");
    icm_buf_add_text(out, s->skip_cn_check ? " cn" : "");
    icm_buf_add_text(out, s->skip_revocation_check ? " revocation" : "");
    icm_buf_add_text(out, s->no_machine_profile ? " profile" : "");
    if (s->culture)
        icm_buf_add_format(out, " culture=%s", s->culture);
    if (s->ui_culture)
        icm_buf_add_format(out, " ui=%s", s->ui_culture);
    icm_buf_add_text(out, s->no_encryption ? " clear" : "");
    icm_buf_add_text(out, s->use_utf16 ? " utf16" : "");
    if (s->proxy_access || s->proxy_authentication || s->proxy_user)
        icm_buf_add_format(out, " proxy=%d/%d", s->proxy_access, s->proxy_authentication);
    if (s->proxy_user)
        icm_buf_add_format(out, " %s", s->proxy_user);
    if (s->proxy_password_file)
        icm_buf_add_format(out, " %s", s->proxy_password_file);
    tell_number(out, "retries", s->connect_retries, 0);
    tell_number(out, "data", s->data_max, 0);
    tell_number(out, "open", s->open_timeout_ms, 180000);
    tell_number(out, "operation", s->operation_timeout_ms, 0);
    tell_number(out, "cancel", s->cancel_timeout_ms, 60000);
    tell_number(out, "idle", s->idle_timeout_ms, -1);
    tell_number(out, "object", s->object_max, 0);
    icm_buf_add_text(out, s->application_arguments ? " arguments" : "");
}

static void sets(void **state)
{
    const struct row *row = *state;
    struct icm_arena arena = {0};
    struct icm_buf told = {0};
    struct icm_error err = {0};
    struct cli_session_options s;

    cli_session_options_init(&s);
    enum icm_code code = cli_session_options_read(&arena, icm_slice_text(row->text), &s, &err);
    tell(&told, &s);
    assert_string_equal(icm_buf_text(&told) + (told.size > 0 ? 1 : 0), row->sets ? row->sets : "");
    assert_int_equal(code, row->sets ? ICM_OK : ICM_USAGE);
    if (!row->sets && !strstr(err.text, row->why))
        fail_msg("'%s' has no '%s'", err.text, row->why);
    icm_buf_reset(&told);
    icm_error_reset(&err);
    icm_arena_reset(&arena);
}

static void a_failure_changes_nothing(void **state)
{
    struct icm_arena arena = {0};
    struct cli_session_options s;

    cli_session_options_init(&s);
    assert_int_equal(cli_session_options_read(&arena, icm_slice_text("SkipCACheck,Nonsense"), &s, NULL), ICM_USAGE);
    assert_false(s.skip_ca_check);
    icm_arena_reset(&arena);
}

/* what INIT_RUNSPACEPOOL carries is a PSPrimitiveDictionary, not the Hashtable that was written; MS-PSRP 2.2.3.18 */
static void arguments_become_a_primitive_dictionary(void **state)
{
    struct icm_arena arena = {0};
    struct icm_buf clixml = {0};
    struct cli_session_options s;

    cli_session_options_init(&s);
    assert_int_equal(cli_session_options_read(&arena, icm_slice_text("@{ApplicationArguments=@{A=1}}"), &s, NULL), ICM_OK);
    assert_true(psrp_value_is_type(s.application_arguments, "System.Management.Automation.PSPrimitiveDictionary"));
    assert_int_equal(psrp_clixml_write(&clixml, s.application_arguments, NULL), ICM_OK);
    assert_non_null(strstr(icm_buf_text(&clixml), "<En><S N=\"Key\">A</S><I32 N=\"Value\">1</I32></En>"));
    icm_buf_reset(&clixml);
    icm_arena_reset(&arena);
}

int main(void)
{
    static struct CMUnitTest tests[ICM_COUNT(rows) + 2] = {
        {.name = "a failure changes nothing", .test_func = a_failure_changes_nothing},
        {.name = "ApplicationArguments", .test_func = arguments_become_a_primitive_dictionary},
    };

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[2 + i] = (struct CMUnitTest){
            .name = rows[i].name, .test_func = sets, .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests_name("cli_session_options_read, New-PSSessionOption", tests, NULL, NULL);
}

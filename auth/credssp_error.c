/* What a server's errorCode means. MS-ERREF 2.3.1, 2.1.1. */
#include "auth/credssp.h"

static const struct {
    uint32_t status;
    const char *name, *text, *remedy;
} statuses[] = {
    {0xC000006D, "STATUS_LOGON_FAILURE", "the user name or the password was not accepted", "check both"},
    {0xC000006A, "STATUS_WRONG_PASSWORD", "the password was not accepted", "check it"},
    {0xC0000064, "STATUS_NO_SUCH_USER", "there is no such user", "check the name and its domain"},
    {0xC000006E, "STATUS_ACCOUNT_RESTRICTION", "the account may not log on so (an empty password, or a policy)",
     "give it a password, or ask who administers the computer"},
    {0xC000006F, "STATUS_INVALID_LOGON_HOURS", "the account may not log on at this time of the day", NULL},
    {0xC0000070, "STATUS_INVALID_WORKSTATION", "the account may not log on to this computer", NULL},
    {0xC0000071, "STATUS_PASSWORD_EXPIRED", "the password has expired", "change it at a computer of the domain"},
    {0xC0000224, "STATUS_PASSWORD_MUST_CHANGE", "the password must be changed before the first logon",
     "change it at a computer of the domain"},
    {0xC0000072, "STATUS_ACCOUNT_DISABLED", "the account is disabled", "have it enabled"},
    {0xC0000193, "STATUS_ACCOUNT_EXPIRED", "the account has expired", "have it prolonged"},
    {0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT", "the account is locked: too many wrong passwords",
     "wait, or have it unlocked"},
    {0xC000015B, "STATUS_LOGON_TYPE_NOT_GRANTED", "the account has no right to log on over the network", NULL},
    {0xC0000133, "STATUS_TIME_DIFFERENCE_AT_DC", "the clocks of the computer and of its domain differ too much",
     "set the clocks"},
    {0xC000005E, "STATUS_NO_LOGON_SERVERS", "the computer reaches no domain controller that knows the user", NULL},
    {0xC000018D, "STATUS_TRUSTED_RELATIONSHIP_FAILURE", "the computer and its domain do not trust each other", NULL},
    {0xC000018B, "STATUS_NO_TRUST_SAM_ACCOUNT", "the domain does not know the computer", NULL},
    {0xC0000192, "STATUS_NETLOGON_NOT_STARTED", "the computer's Netlogon service does not run", NULL},
    {0xC0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED", "the domain does not let this user log on to this computer",
     NULL},
    {0xC0000388, "STATUS_DOWNGRADE_DETECTED", "somebody weakens the connection, or no domain controller is reached",
     NULL},
    {0xC0000022, "STATUS_ACCESS_DENIED", "access is denied", NULL},
    {0xC00000BB, "STATUS_NOT_SUPPORTED", "the server does not support what was asked for (NTLM may be forbidden)",
     "use Kerberos: give the computer's full name"},
    {0x8009030C, "SEC_E_LOGON_DENIED", "the user name or the password was not accepted", "check both"},
    {0x80090346, "SEC_E_BAD_BINDINGS", "the server sees another TLS connection than ours: somebody is in between",
     NULL},
    {0x8009035E, "SEC_E_DELEGATION_POLICY", "a policy of the server forbids to hand credentials over", NULL},
};

enum icm_code auth_credssp_fail_by(uint32_t status, struct icm_error *err)
{
    if (status == 0)
        return ICM_OK;
    for (size_t i = 0; i < ICM_COUNT(statuses); i++) {
        if (statuses[i].status != status)
            continue;
        icm_fail(err, ICM_DENIED, "MS-CSSP 2.2.1", "CredSSP: %s (%s)", statuses[i].text, statuses[i].name);
        return statuses[i].remedy ? auth_remedy(err, ICM_DENIED, statuses[i].remedy) : ICM_DENIED;
    }
    return icm_fail(err, ICM_DENIED, "MS-CSSP 2.2.1", "CredSSP: the server says no, with error 0x%08X", status);
}

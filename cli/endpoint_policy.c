#include "cli/endpoint_policy.h"

/* where nothing was said: what a Windows server offers, and Basic, which loopback and TLS carry */
static const char *const standard[] = {"Negotiate", "Kerberos", "Basic"};

static bool may_offer(const struct auth_mechanism *m, const struct endpoint_options *o, bool is_tls, bool is_private)
{
    if (auth_mechanism_has(m, AUTH_BY_CERTIFICATE))
        return is_tls;
    if (is_tls && o->require_channel_binding && auth_mechanism_has(m, AUTH_UNBOUND))
        return false;
    return is_private || auth_mechanism_has(m, AUTH_SEALS) || o->allow_unencrypted;
}

static void add(struct endpoint_policy *policy, const struct auth_mechanism *m)
{
    if (policy->offered_count < ENDPOINT_MECHANISMS_MAX)
        policy->offered[policy->offered_count++] = m;
}

static void add_standard(struct endpoint_policy *policy, const struct endpoint_options *o, bool is_tls, bool is_private)
{
    for (size_t i = 0; i < ICM_COUNT(standard); i++) {
        const struct auth_mechanism *m = auth_mechanism_find(standard[i]);
        bool lacks_keytab = i == 1 && !o->keytab;

        if (m && !lacks_keytab && may_offer(m, o, is_tls, is_private))
            add(policy, m);
    }
}

void endpoint_policy_offer(struct endpoint_policy *policy, const struct endpoint_options *options, bool is_tls,
                           bool is_loopback)
{
    bool is_private = is_tls || is_loopback; /* nobody else can listen */

    policy->accepts.needs_sealing = !is_tls && !options->allow_unencrypted;
    policy->offered_count = 0;
    if (options->mechanism_count == 0)
        add_standard(policy, options, is_tls, is_private);
    for (size_t i = 0; i < options->mechanism_count; i++)
        if (may_offer(options->mechanisms[i], options, is_tls, is_private))
            add(policy, options->mechanisms[i]);
}

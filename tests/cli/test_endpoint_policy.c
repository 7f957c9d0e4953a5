/* What a listener offers: what shows a password only where nobody listens, what cannot be bound not where it has to
 * be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cli/endpoint_policy.h"

#include <stdio.h>

static const char all[] = "Negotiate Kerberos Ntlm Credssp Digest Basic Certificate";

static const struct {
    const char *name, *asked; /* "": nothing was said */
    bool is_tls, is_loopback, allow_unencrypted, require_binding, has_keytab;
    const char *offered;
    bool needs_sealing;
} cases[] = {
    {"http", all, false, false, false, false, true, "Negotiate Kerberos Ntlm Credssp", true},
    {"http, unencrypted", all, false, false, true, false, true, "Negotiate Kerberos Ntlm Credssp Digest Basic", false},
    {"the loopback", all, false, true, false, false, true, "Negotiate Kerberos Ntlm Credssp Digest Basic", true},
    {"https", all, true, false, false, false, true, all, false},
    {"https, bound", all, true, false, false, true, true, "Negotiate Kerberos Ntlm Basic Certificate", false},
    {"http, where https is bound", all, false, false, false, true, true, "Negotiate Kerberos Ntlm Credssp", true},
    {"https, nothing said", "", true, false, false, false, true, "Negotiate Kerberos Basic", false},
    {"https, no keytab", "", true, false, false, true, false, "Negotiate Basic", false},
    {"http, nothing said", "", false, false, false, false, false, "Negotiate", true},
};

static void ask_for(struct endpoint_options *o, const char *names)
{
    char name[20];
    int size;

    for (; sscanf(names, "%19s%n", name, &size) == 1; names += size)
        o->mechanisms[o->mechanism_count++] = auth_mechanism_find(name);
}

static void check(size_t i)
{
    struct endpoint_options options = {.allow_unencrypted = cases[i].allow_unencrypted,
                                       .require_channel_binding = cases[i].require_binding,
                                       .keytab = cases[i].has_keytab ? "k" : NULL};
    struct endpoint_policy policy = {0};
    struct icm_buf offered = {0};

    ask_for(&options, cases[i].asked);
    endpoint_policy_offer(&policy, &options, cases[i].is_tls, cases[i].is_loopback);
    for (size_t j = 0; j < policy.offered_count; j++)
        icm_buf_add_format(&offered, "%s%s", j > 0 ? " " : "", policy.offered[j]->name);
    if (strcmp(icm_buf_text(&offered), cases[i].offered) != 0)
        fail_msg("%s: %s", cases[i].name, icm_buf_text(&offered));
    assert_true(policy.accepts.needs_sealing == cases[i].needs_sealing);
    icm_buf_reset(&offered);
}

static void each_listener_offers_what_it_may(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        check(i);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(each_listener_offers_what_it_may)};

    return cmocka_run_group_tests_name("endpoint_policy_offer", tests, NULL, NULL);
}

/* NTLM with allocation 1, 2, 3 … failing: no crash, nothing lost, and whoever ran out of memory says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/auth/ntlm_pair.h"
#include "tests/base/failing_memory.h"

static void make_credential(struct auth_credential *c)
{
    c->user = strdup("CORP\\ana");
    icm_buf_add_text(&c->password, "secret");
}

static bool say(struct auth_context *from, struct auth_context *to)
{
    struct icm_buf sealed = {0}, opened = {0};
    struct auth_sealed how;
    bool is_said = !is_short(auth_wrap(from, icm_slice_text("hello"), &sealed, &how, NULL)) &&
                   !is_short(auth_unwrap(to, how.header_size, icm_buf_slice(&sealed), &opened, NULL));

    assert_true(!is_said || icm_slice_is(icm_buf_slice(&opened), "hello"));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    return is_said;
}

static void come_together(struct ntlm_pair *p)
{
    if (is_short(ntlm_pair_new(p)))
        return;
    enum icm_code code = ntlm_pair_run(p, 0);
    assert_int_equal(auth_is_established(p->server), code == ICM_OK);
    if (is_short(code))
        assert_int_equal(auth_step(p->server, icm_slice_text("x"), &p->messages[0], NULL) == ICM_OK, false);
    else if (say(p->client, p->server))
        say(p->server, p->client);
}

static void an_exchange(void)
{
    struct ntlm_pair p = {0};

    make_credential(&p.credential);
    make_credential(&p.account);
    p.initiates = (struct auth_initiator_options){.credential = &p.credential,
                                                  .host = "srv1",
                                                  .channel_binding = icm_slice_text("tls-server-end-point:x"),
                                                  .needs_sealing = true,
                                                  .allows_ntlm = true};
    p.accepts = (struct auth_acceptor_options){.accounts = &p.account,
                                               .account_count = 1,
                                               .channel_binding = p.initiates.channel_binding,
                                               .requires_binding = true,
                                               .needs_sealing = true};
    if (p.credential.user && p.account.user && !p.credential.password.failed && !p.account.password.failed)
        come_together(&p);
    ntlm_pair_reset(&p);
}

static void each_allocation_fails_once(void **state)
{
    (void)state;
    memory_fails_at_each(an_exchange);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_once)};

    return cmocka_run_group_tests_name("NTLM when memory runs out", tests, NULL, NULL);
}

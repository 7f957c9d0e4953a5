/* Kerberos with allocation 1, 2, 3 … of ours failing: no crash, nothing lost, and whoever ran out of memory says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/auth/kerberos_recorded.h"
#include "tests/base/failing_memory.h"

static bool say(struct auth_context *from, struct auth_context *to, bool is_joined)
{
    struct icm_buf sealed = {0}, opened = {0}, mic = {0};
    struct auth_sealed how;
    bool is_said = !is_short(auth_wrap(from, icm_slice_text("hello"), &sealed, &how, NULL)) &&
                   !is_short(is_joined ? auth_inner_unseal(to, icm_buf_slice(&sealed), &opened, NULL)
                                       : auth_unwrap(to, how.header_size, icm_buf_slice(&sealed), &opened, NULL));

    assert_true(!is_said || icm_slice_is(icm_buf_slice(&opened), "hello"));
    is_said = is_said && !is_short(from->ops->add_mic(from, icm_slice_text("hello"), &mic, NULL)) &&
              !is_short(to->ops->check_mic(to, icm_slice_text("hello"), icm_buf_slice(&mic), NULL));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    icm_buf_reset(&mic);
    return is_said;
}

static void an_exchange(void)
{
    struct auth_initiator_options i = {.channel_binding = icm_slice_text("tls-server-end-point:x"),
                                       .needs_sealing = true};
    struct auth_acceptor_options a = {.channel_binding = i.channel_binding, .requires_binding = true};
    struct auth_context *client = NULL, *server = NULL;
    struct icm_error err = {0};

    if (!kerberos_pair(&i, &a, &client, &server, &err))
        assert_true(is_short(err.code));
    else if (say(client, server, false))
        say(server, client, true);
    icm_error_reset(&err);
    auth_context_free(client);
    auth_context_free(server);
}

/* no ticket, and nobody to give one: the sentence needs memory too */
static void a_failure(void)
{
    struct auth_credential bob = {.user = strdup("CORP\\bob")};
    struct auth_initiator_options i = {.credential = &bob};
    struct auth_acceptor_options a = {0};
    struct auth_context *client = NULL, *server = NULL;
    struct icm_error err = {0};

    assert_false(kerberos_pair(&i, &a, &client, &server, &err) && bob.user);
    icm_error_reset(&err);
    auth_context_free(client);
    auth_context_free(server);
    auth_credential_reset(&bob);
}

static void each_allocation_fails_once(void **state)
{
    (void)state;
    assert_true(kerberos_recorded(18));
    memory_fails_at_each(an_exchange);
    memory_fails_at_each(a_failure);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_once)};

    return cmocka_run_group_tests_name("Kerberos when memory runs out", tests, NULL, NULL);
}

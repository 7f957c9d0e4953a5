/* Negotiate with allocation 1, 2, 3 … failing: no crash, nothing lost, and whoever ran out of memory says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/auth/fake_mechanism.h"
#include "tests/base/failing_memory.h"

#include <stdlib.h>

struct pair {
    struct auth_context *client, *server;
    struct icm_buf to_client, to_server;
};

/* Until both are established; where memory is short, somebody says so. */
static enum icm_code converse(struct pair *p)
{
    enum icm_code of_client = ICM_AGAIN, of_server = ICM_AGAIN;

    while (of_client == ICM_AGAIN) {
        of_client = auth_step(p->client, icm_buf_slice(&p->to_client), &p->to_server, NULL);
        icm_buf_clear(&p->to_client);
        if ((of_client != ICM_OK && of_client != ICM_AGAIN) || p->to_server.size == 0)
            return of_client;
        of_server = auth_step(p->server, icm_buf_slice(&p->to_server), &p->to_client, NULL);
        icm_buf_clear(&p->to_server);
        if (of_server != ICM_OK && of_server != ICM_AGAIN)
            return of_server;
    }
    return of_server;
}

static void talk(size_t offers, size_t serves, size_t served)
{
    static const struct auth_initiator_options initiates = {.host = "srv1"};
    static const struct auth_acceptor_options accepts;
    struct pair p = {0};

    if (!is_short(auth_negotiate_initiator_from(&p.client, fake_rows, offers, &initiates, NULL)) &&
        !is_short(auth_negotiate_acceptor_from(&p.server, fake_rows + serves, served, &accepts, NULL))) {
        enum icm_code code = converse(&p);

        if (!is_short(code))
            assert_int_equal(code, ICM_OK);
        assert_int_equal(auth_is_established(p.client) && auth_is_established(p.server), code == ICM_OK);
    }
    auth_context_free(p.client);
    auth_context_free(p.server);
    icm_buf_reset(&p.to_client);
    icm_buf_reset(&p.to_server);
}

static void the_first_is_taken(void)
{
    fake_kinds[FAKE_X] = (struct fake_kind){.legs = 3, .has_own_mic = true};
    talk(1, 0, 1);
}

static void the_second_is_taken(void)
{
    fake_kinds[FAKE_X] = (struct fake_kind){.legs = 2, .serve = ICM_IO};
    fake_kinds[FAKE_Y] = (struct fake_kind){.legs = 2};
    talk(2, 0, 2);
}

static void the_first_has_no_ticket(void)
{
    fake_kinds[FAKE_X] = (struct fake_kind){.legs = 2, .first_step = ICM_UNSUPPORTED};
    fake_kinds[FAKE_Y] = (struct fake_kind){.legs = 3};
    talk(2, 0, 2);
}

static void nothing_may_be_used(void)
{
    static const struct auth_initiator_options initiates = {.host = "srv1"};
    struct auth_context *client = NULL;
    struct icm_buf out = {0};
    struct icm_error err = {0};

    fake_kinds[FAKE_X] = fake_kinds[FAKE_Y] = (struct fake_kind){.check = ICM_DENIED};
    if (!is_short(auth_negotiate_initiator_from(&client, fake_rows, 2, &initiates, NULL))) {
        enum icm_code code = auth_step(client, icm_slice_text(""), &out, &err);

        assert_int_equal(code, memory.has_failed && code == ICM_NOMEM ? ICM_NOMEM : ICM_DENIED);
        assert_int_equal(err.code, code);
    }
    auth_context_free(client);
    icm_buf_reset(&out);
    icm_error_reset(&err);
}

static void each_allocation_fails_once(void **state)
{
    (void)state;
    memory_fails_at_each(the_first_is_taken);
    memory_fails_at_each(the_second_is_taken);
    memory_fails_at_each(the_first_has_no_ticket);
    memory_fails_at_each(nothing_may_be_used);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(each_allocation_fails_once)};

    return cmocka_run_group_tests_name("Negotiate when memory runs out", tests, NULL, NULL);
}

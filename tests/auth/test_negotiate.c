/* Negotiate's two roles against each other, over mechanisms that do what a row says. RFC 4178. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/auth/fake_mechanism.h"

enum { X = 0, Y = 1 }; /* where a side's rows begin in fake_rows; a count goes with it */

static const struct {
    const char *name;
    size_t offers, offer_count, serves, serve_count;
    struct fake_kind x, y;
    enum icm_code client, server;
    const char *description; /* the client's; or a text of the error */
    int tokens, rewinds;     /* of both sides together */
} cases[] = {
    {"one leg", X, 1, X, 1, {.legs = 1}, {0}, ICM_OK, ICM_OK, "Negotiate: X", 2, 0},
    {"two legs, as Kerberos", X, 1, X, 1, {.legs = 2}, {0}, ICM_OK, ICM_OK, "Negotiate: X", 2, 0},
    {"three legs, as NTLM of old", X, 1, X, 1, {.legs = 3}, {0}, ICM_OK, ICM_OK, "Negotiate: X", 4, 0},
    {"four legs", X, 1, X, 1, {.legs = 4}, {0}, ICM_OK, ICM_OK, "Negotiate: X", 4, 0},
    {"as NTLM with a MIC", X, 1, X, 1, {.legs = 3, .has_own_mic = true}, {0}, ICM_OK, ICM_OK, "Negotiate: X", 4, 22},
    {"the first of two", X, 2, X, 2, {.legs = 2}, {.legs = 3}, ICM_OK, ICM_OK, "Negotiate: X", 2, 0},
    {"the server's order does not count", X, 2, Y, 2, {.legs = 2}, {.legs = 3}, ICM_OK, ICM_OK, "Negotiate: X", 2, 0},
    {"the server has only the second, one leg",
     X,
     2,
     Y,
     1,
     {.legs = 2},
     {.legs = 1},
     ICM_OK,
     ICM_OK,
     "Negotiate: Y",
     4,
     22},
    {"the server has only the second, two legs",
     X,
     2,
     Y,
     1,
     {.legs = 2},
     {.legs = 2},
     ICM_OK,
     ICM_OK,
     "Negotiate: Y",
     5,
     22},
    {"the server has only the second, three legs",
     X,
     2,
     Y,
     1,
     {.legs = 2},
     {.legs = 3},
     ICM_OK,
     ICM_OK,
     "Negotiate: Y",
     6,
     22},
    {"the server cannot make the first",
     X,
     2,
     X,
     2,
     {.legs = 2, .serve = ICM_IO},
     {.legs = 3},
     ICM_OK,
     ICM_OK,
     "Negotiate: Y",
     6,
     22},
    {"no ticket, so the second",
     X,
     2,
     X,
     2,
     {.legs = 2, .first_step = ICM_UNSUPPORTED},
     {.legs = 3},
     ICM_OK,
     ICM_OK,
     "Negotiate: Y",
     4,
     0},
    {"no KDC, so the second",
     X,
     2,
     X,
     2,
     {.legs = 2, .first_step = ICM_IO},
     {.legs = 3},
     ICM_OK,
     ICM_OK,
     "Negotiate: Y",
     4,
     0},
    {"the first cannot be made, so the second",
     X,
     2,
     X,
     2,
     {.legs = 2, .make = ICM_UNSUPPORTED},
     {.legs = 3},
     ICM_OK,
     ICM_OK,
     "Negotiate: Y",
     4,
     0},
    {"the first may not be used",
     X,
     2,
     X,
     2,
     {.legs = 2, .check = ICM_DENIED},
     {.legs = 3},
     ICM_OK,
     ICM_OK,
     "Negotiate: Y",
     4,
     0},
    {"a wrong password is tried once",
     X,
     2,
     X,
     2,
     {.legs = 2, .first_step = ICM_DENIED},
     {.legs = 3},
     ICM_DENIED,
     ICM_AGAIN,
     "fake X has no ticket",
     0,
     0},
    {"nothing may be used",
     X,
     2,
     X,
     2,
     {.legs = 2, .check = ICM_UNSUPPORTED},
     {.legs = 3, .check = ICM_DENIED},
     ICM_UNSUPPORTED,
     ICM_AGAIN,
     "Negotiate has no mechanism to offer to srv1 (not used: X: it may not be used; Y: it may not be used)",
     0,
     0},
    {"no ticket, and the second may not be used",
     X,
     2,
     X,
     2,
     {.legs = 2, .first_step = ICM_IO},
     {.legs = 3, .check = ICM_DENIED},
     ICM_IO,
     ICM_AGAIN,
     "Negotiate has no mechanism to offer to srv1 (not used: X: fake X has no ticket; Y: it may not be used)",
     0,
     0},
    {"nothing in common",
     X,
     1,
     Y,
     1,
     {.legs = 2},
     {.legs = 2},
     ICM_AGAIN,
     ICM_DENIED,
     "the client offers 1.2.1, 1.2.2, and none of it is served here",
     1,
     0},
    {"nothing can be served",
     X,
     2,
     X,
     2,
     {.legs = 2, .serve = ICM_IO},
     {.legs = 2, .serve = ICM_IO},
     ICM_AGAIN,
     ICM_DENIED,
     "none of it is served here: X: fake X cannot be made; Y: fake Y cannot be made",
     1,
     0},
    {"the second cannot sign",
     X,
     2,
     Y,
     1,
     {.legs = 2},
     {.legs = 3, .has_no_mic = true},
     ICM_DENIED,
     ICM_AGAIN,
     "Y cannot prove that nobody changed the list",
     4,
     0},
    {"the second cannot sign, and the server finds out",
     X,
     2,
     Y,
     1,
     {.legs = 2},
     {.legs = 2, .has_no_mic = true},
     ICM_AGAIN,
     ICM_DENIED,
     "Y cannot prove that nobody changed the list",
     3,
     0},
    {"wrong MICs",
     X,
     2,
     Y,
     1,
     {.legs = 2},
     {.legs = 3, .makes_wrong_mics = true},
     ICM_AGAIN,
     ICM_DENIED,
     "the mechListMIC is not right",
     5,
     1},
    {"wrong MICs, the server's first",
     X,
     2,
     Y,
     1,
     {.legs = 2},
     {.legs = 2, .makes_wrong_mics = true},
     ICM_DENIED,
     ICM_AGAIN,
     "the mechListMIC is not right",
     4,
     1},
};

static void seals(struct auth_context *from, struct auth_context *to, const char *text)
{
    struct icm_buf sealed = {0}, opened = {0}, mic = {0};
    struct auth_sealed how;

    assert_int_equal(auth_wrap(from, icm_slice_text(text), &sealed, &how, NULL), ICM_OK);
    assert_int_equal(auth_unwrap(to, how.header_size, icm_buf_slice(&sealed), &opened, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&opened), text);
    if (from->ops->add_mic(from, icm_slice_text(text), &mic, NULL) == ICM_OK)
        assert_int_equal(to->ops->check_mic(to, icm_slice_text(text), icm_buf_slice(&mic), NULL), ICM_OK);
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    icm_buf_reset(&mic);
}

/* Tokens go to and fro until a side fails or both are established. */
static void negotiate(void **state)
{
    size_t row = (size_t)(uintptr_t)*state;
    struct auth_initiator_options options = {.host = "srv1"};
    struct auth_acceptor_options accepts = {0};
    struct auth_context *client = NULL, *server = NULL;
    enum icm_code of_client = ICM_AGAIN, of_server = ICM_AGAIN;
    struct icm_buf to_client = {0}, to_server = {0};
    struct icm_error err = {0};
    int tokens = 0;

    fake_kinds[FAKE_X] = cases[row].x;
    fake_kinds[FAKE_Y] = cases[row].y;
    fake_rewinds = 0;
    assert_int_equal(
        auth_negotiate_initiator_from(&client, fake_rows + cases[row].offers, cases[row].offer_count, &options, NULL),
        ICM_OK);
    assert_int_equal(
        auth_negotiate_acceptor_from(&server, fake_rows + cases[row].serves, cases[row].serve_count, &accepts, NULL),
        ICM_OK);
    for (;;) {
        if (of_client == ICM_AGAIN) {
            of_client = auth_step(client, icm_buf_slice(&to_client), &to_server, &err);
            icm_buf_clear(&to_client);
            tokens += (of_client == ICM_OK || of_client == ICM_AGAIN) && to_server.size > 0;
        }
        if (to_server.size == 0 || (of_client != ICM_OK && of_client != ICM_AGAIN))
            break;
        of_server = auth_step(server, icm_buf_slice(&to_server), &to_client, &err);
        icm_buf_clear(&to_server);
        tokens += (of_server == ICM_OK || of_server == ICM_AGAIN) && to_client.size > 0;
        if (of_server != ICM_OK && of_server != ICM_AGAIN)
            break;
    }
    if (of_client != cases[row].client || of_server != cases[row].server)
        fail_msg("client %s, server %s: %s", icm_code_name(of_client), icm_code_name(of_server), err.text);
    bool is_well = of_client == ICM_OK && of_server == ICM_OK;
    assert_non_null(strstr(is_well ? auth_describe(client) : err.text, cases[row].description));
    assert_int_equal(tokens, cases[row].tokens);
    assert_int_equal(fake_rewinds, cases[row].rewinds);
    assert_int_equal(auth_is_established(client) && auth_is_established(server), is_well);
    if (is_well) {
        assert_string_equal(auth_describe(server), cases[row].description);
        assert_string_equal(auth_user(server), "ana");
        seals(client, server, "there");
        seals(server, client, "and back");
    }
    auth_context_free(client);
    auth_context_free(server);
    icm_buf_reset(&to_client);
    icm_buf_reset(&to_server);
    icm_error_reset(&err);
}

static void remedies_are_joined(void **state)
{
    struct auth_initiator_options options = {.host = "srv1"};
    struct auth_context *client = NULL;
    struct icm_buf out = {0};
    struct icm_error err = {0};

    (void)state;
    fake_kinds[FAKE_X] = (struct fake_kind){.check = ICM_UNSUPPORTED};
    fake_kinds[FAKE_Y] = (struct fake_kind){.check = ICM_DENIED};
    assert_int_equal(auth_negotiate_initiator_from(&client, fake_rows, 2, &options, NULL), ICM_OK);
    assert_int_equal(auth_step(client, icm_slice_text(""), &out, &err), ICM_UNSUPPORTED);
    assert_string_equal(err.fault->remedy, "allow X; or allow Y");
    assert_int_equal(out.size, 0);
    assert_int_equal(auth_step(client, icm_slice_text(""), &out, &err), ICM_STATE);
    auth_context_free(client);
    icm_error_reset(&err);
}

/* X may; but what is not offered, or may not be, is not asked. */
static void knows_whether_it_may_wait(void **state)
{
    static const struct {
        struct fake_kind x;
        bool before, behind; /* the first token */
    } rows[] = {
        {{.legs = 2}, true, true},
        {{.legs = 2, .first_step = ICM_UNSUPPORTED}, true, false},
        {{.legs = 2, .check = ICM_UNSUPPORTED}, false, false},
    };
    struct auth_initiator_options options = {.host = "srv1"};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        struct auth_context *client = NULL;
        struct icm_buf out = {0};

        fake_kinds[FAKE_X] = rows[i].x;
        fake_kinds[FAKE_Y] = (struct fake_kind){.legs = 3};
        assert_int_equal(auth_negotiate_initiator_from(&client, fake_rows, 2, &options, NULL), ICM_OK);
        client->mechanism = auth_mechanism_find("Negotiate");
        assert_int_equal(auth_may_wait(client), rows[i].before);
        assert_int_equal(auth_step(client, icm_slice_text(""), &out, NULL), ICM_AGAIN);
        assert_int_equal(auth_may_wait(client), rows[i].behind);
        client->mechanism = auth_mechanism_find("Basic");
        assert_false(auth_may_wait(client));
        auth_context_free(client);
        icm_buf_reset(&out);
    }
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {cmocka_unit_test(remedies_are_joined),
                                              cmocka_unit_test(knows_whether_it_may_wait)};
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] =
            (struct CMUnitTest){.name = cases[i].name, .test_func = negotiate, .initial_state = (void *)(uintptr_t)i};
    int failed = cmocka_run_group_tests_name("Negotiate, both roles, RFC 4178", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("Negotiate, words", fixed, NULL, NULL);
}

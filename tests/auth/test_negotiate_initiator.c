/* Negotiate's client before servers that do what they should not, or what only some do. RFC 4178 4.2.2, 5;
 * MS-SPNG 3.2.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/auth/fake_mechanism.h"
#include "tests/psrp/hex.h"

#include <stdio.h>

enum { ANSWERS_MAX = 3 };

/* NULL: not there. @raw: the token on its own, or bytes in hex where it begins with a blank */
struct script {
    enum auth_spnego_state state;
    const struct icm_slice *mech;
    const char *token, *mic, *raw;
};

#define DONE AUTH_SPNEGO_COMPLETED
#define MORE AUTH_SPNEGO_INCOMPLETE
#define NO AUTH_SPNEGO_REJECTED
#define ASKS AUTH_SPNEGO_REQUEST_MIC
#define NONE AUTH_SPNEGO_NO_STATE

static const struct {
    const char *name;
    int x_legs, y_legs;
    struct script answers[ANSWERS_MAX];
    enum icm_code code; /* of the last of them */
    const char *text;   /* in its error */
} cases[] = {
    {"two legs, MS-KRB5 is chosen", 2, 2, {{DONE, &fake_oid_x, "X2", NULL, NULL}}, ICM_OK, NULL},
    {"two legs, KRB5 is chosen: the same mechanism", 2, 2, {{DONE, &fake_oid_x2, "X2", NULL, NULL}}, ICM_OK, NULL},
    {"two legs, nothing is chosen: the first", 2, 2, {{DONE, NULL, "X2", NULL, NULL}}, ICM_OK, NULL},
    {"no state and no need for a MIC", 2, 2, {{NONE, &fake_oid_x, "X2", NULL, NULL}}, ICM_OK, NULL},
    {"a copy of the token as its MIC", 2, 2, {{DONE, &fake_oid_x, "X2", "X2", NULL}}, ICM_OK, NULL},
    {"a wrong MIC that nobody asked for",
     2,
     2,
     {{DONE, &fake_oid_x, "X2", "X9", NULL}},
     ICM_DENIED,
     "mechListMIC is not right"},
    {"an empty MIC", 2, 2, {{DONE, &fake_oid_x, "X2", "", NULL}}, ICM_DENIED, "mechListMIC is not right"},
    {"a copy where a MIC is needed",
     1,
     3,
     {{ASKS, &fake_oid_y, NULL, NULL, NULL}, {MORE, NULL, "Y2", NULL, NULL}, {DONE, NULL, NULL, NULL, NULL}},
     ICM_DENIED,
     "srv1 sent no mechListMIC"},
    {"complete, but the server owes a token",
     2,
     2,
     {{DONE, &fake_oid_x, NULL, NULL, NULL}},
     ICM_DENIED,
     "ends the negotiation before it has proved who it is"},
    {"complete, but we owe a token",
     3,
     2,
     {{DONE, &fake_oid_x, "X2", NULL, NULL}},
     ICM_DENIED,
     "before it has proved who it is"},
    {"complete, but the server owes two",
     4,
     2,
     {{DONE, &fake_oid_x, "X2", NULL, NULL}},
     ICM_DENIED,
     "before it has proved"},
    {"silence where a token is owed",
     2,
     2,
     {{NONE, NULL, NULL, NULL, ""}},
     ICM_DENIED,
     "before it has proved who it is"},
    {"silence where nothing is", 1, 2, {{NONE, NULL, NULL, NULL, ""}}, ICM_OK, NULL},
    {"silence where a MIC is",
     1,
     3,
     {{ASKS, &fake_oid_y, NULL, NULL, NULL}, {MORE, NULL, "Y2", NULL, NULL}, {NONE, NULL, NULL, NULL, ""}},
     ICM_DENIED,
     "srv1 sent no mechListMIC"},
    {"a mechanism that was not offered",
     2,
     2,
     {{MORE, &fake_oid_none, NULL, NULL, NULL}},
     ICM_DENIED,
     "srv1 chooses 1.2.4, but we offer 1.2.1, 1.2.2, 1.2.3: somebody may be weakening the connection"},
    {"the second, without a MIC",
     2,
     1,
     {{MORE, &fake_oid_y, NULL, NULL, NULL}, {DONE, NULL, NULL, NULL, NULL}},
     ICM_DENIED,
     "srv1 sent no mechListMIC"},
    {"the second, and done already", 2, 1, {{DONE, &fake_oid_y, NULL, NULL, NULL}}, ICM_DENIED, "before it has proved"},
    {"the second, and then the first",
     2,
     3,
     {{MORE, &fake_oid_y, NULL, NULL, NULL}, {MORE, &fake_oid_x, "X2", NULL, NULL}},
     ICM_DENIED,
     "we offer 1.2.1, 1.2.2, 1.2.3, and it has chosen before"},
    {"the first, and then the second",
     4,
     3,
     {{MORE, &fake_oid_x, "X2", NULL, NULL}, {MORE, &fake_oid_y, NULL, NULL, NULL}},
     ICM_DENIED,
     "and it has chosen before"},
    {"the first twice",
     4,
     3,
     {{MORE, &fake_oid_x, "X2", NULL, NULL}, {DONE, &fake_oid_x, "X4", NULL, NULL}},
     ICM_OK,
     NULL},
    {"request-mic, and no MIC",
     3,
     2,
     {{ASKS, &fake_oid_x, "X2", NULL, NULL}, {DONE, NULL, NULL, NULL, NULL}},
     ICM_DENIED,
     "srv1 sent no mechListMIC"},
    {"request-mic comes too late to count",
     4,
     2,
     {{MORE, &fake_oid_x, "X2", NULL, NULL}, {DONE, NULL, "X4", NULL, NULL}},
     ICM_OK,
     NULL},
    {"reject",
     2,
     2,
     {{NO, NULL, NULL, NULL, NULL}},
     ICM_DENIED,
     "srv1 refuses us: we offer 1.2.1, 1.2.2, 1.2.3, and tried X"},
    {"reject with the mechanism's own words",
     2,
     2,
     {{NO, &fake_oid_x, "X9", NULL, NULL}},
     ICM_DENIED,
     "fake X got another token"},
    {"reject in spite of a token that is right",
     2,
     2,
     {{NO, &fake_oid_x, "X2", NULL, NULL}},
     ICM_DENIED,
     "srv1 refuses us"},
    {"reject at the end",
     3,
     2,
     {{MORE, &fake_oid_x, "X2", NULL, NULL}, {NO, NULL, NULL, NULL, NULL}},
     ICM_DENIED,
     "srv1 refuses us"},
    {"one token too many", 1, 2, {{DONE, &fake_oid_x, "X2", NULL, NULL}}, ICM_DENIED, "one too many for X"},
    {"another token", 2, 2, {{DONE, &fake_oid_x, "Y2", NULL, NULL}}, ICM_DENIED, "fake X got another token"},
    {"it waits for more than there is",
     1,
     2,
     {{MORE, &fake_oid_x, NULL, NULL, NULL}, {MORE, NULL, NULL, NULL, NULL}},
     ICM_DENIED,
     "srv1 waits for more than X has to say"},
    {"it wants a MIC though none is needed",
     1,
     2,
     {{MORE, &fake_oid_x, NULL, NULL, NULL}, {DONE, NULL, NULL, NULL, NULL}},
     ICM_OK,
     NULL},
    {"NTLM's challenge on its own",
     2,
     2,
     {{NONE, NULL, NULL, NULL, " 4e544c4d53535000 02000000"}},
     ICM_DENIED,
     "srv1 chooses NTLMSSP, but we offer"},
    {"framed, of the first's mechanism",
     2,
     2,
     {{NONE, NULL, NULL, NULL, " 60 06 06 02 2a01 5832"}},
     ICM_DENIED,
     "fake X got another token"}, /* it knows no framing: but it was asked */
    {"framed, of the second's mechanism",
     2,
     2,
     {{NONE, NULL, NULL, NULL, " 60 06 06 02 2a03 5832"}},
     ICM_DENIED,
     "srv1 chooses 1.2.3"},
    {"framed, after an answer with SPNEGO",
     4,
     2,
     {{MORE, &fake_oid_x, "X2", NULL, NULL}, {NONE, NULL, NULL, NULL, " 60 06 06 02 2a01 5832"}},
     ICM_DENIED,
     "srv1 chooses 1.2.1"},
    {"a first token for an answer",
     2,
     2,
     {{NONE, NULL, NULL, NULL, " a0 08 30 06 a0 04 30 02 0600"}},
     ICM_SYNTAX,
     "another kind of token"},
    {"garbage", 2, 2, {{NONE, NULL, NULL, NULL, "Basic realm"}}, ICM_SYNTAX, "no SPNEGO token"},
};

static void make_answer(const struct script *s, struct icm_buf *out)
{
    struct auth_spnego_token t = {.kind = AUTH_SPNEGO_RESPONSE, .state = s->state};

    if (s->raw && *s->raw == ' ') {
        hex_add(out, s->raw);
    } else if (s->raw) {
        icm_buf_add_text(out, s->raw);
    } else {
        if (s->mech)
            t.mech = *s->mech;
        t.token = icm_slice_text(s->token);
        t.mic = icm_slice_text(s->mic);
        auth_spnego_write(out, &t);
    }
}

static struct auth_context *start(int x_legs, int y_legs, struct icm_buf *out)
{
    static const struct auth_initiator_options options = {.host = "srv1"};
    struct auth_context *client = NULL;

    fake_kinds[FAKE_X] = (struct fake_kind){.legs = x_legs};
    fake_kinds[FAKE_Y] = (struct fake_kind){.legs = y_legs};
    assert_int_equal(auth_negotiate_initiator_from(&client, fake_rows, 2, &options, NULL), ICM_OK);
    assert_int_equal(auth_step(client, icm_slice_text(""), out, NULL), ICM_AGAIN);
    return client;
}

static void the_client_answers(void **state)
{
    size_t row = (size_t)(uintptr_t)*state;
    struct icm_buf out = {0};
    struct auth_context *client = start(cases[row].x_legs, cases[row].y_legs, &out);
    enum icm_code code = ICM_AGAIN;
    struct icm_error err = {0};

    for (size_t i = 0; i < ANSWERS_MAX && code == ICM_AGAIN;
         i++) { /* a row's unused answers say "complete" and no more */
        struct icm_buf answer = {0};

        make_answer(&cases[row].answers[i], &answer);
        icm_buf_clear(&out);
        code = auth_step(client, icm_buf_slice(&answer), &out, &err);
        icm_buf_reset(&answer);
    }
    if (code != cases[row].code || (cases[row].text && !strstr(err.text, cases[row].text)))
        fail_msg("%s: %s", icm_code_name(code), err.text);
    assert_int_equal(auth_is_established(client), code == ICM_OK);
    auth_context_free(client);
    icm_buf_reset(&out);
    icm_error_reset(&err);
}

static void the_first_token_has_windows_order(void **state)
{
    static const struct icm_slice *const expected[] = {&fake_oid_x, &fake_oid_x2, &fake_oid_y};
    struct icm_buf out = {0};
    struct auth_context *client = start(2, 3, &out);
    struct auth_spnego_token t;
    struct icm_slice oid;

    (void)state;
    assert_int_equal(auth_spnego_read(icm_buf_slice(&out), &t, NULL), ICM_OK);
    assert_int_equal(t.kind, AUTH_SPNEGO_INIT);
    assert_true(icm_slice_is(t.token, "X1"));
    assert_null(t.mic.data);
    for (size_t i = 0; i < ICM_COUNT(expected); i++)
        assert_true(auth_spnego_next_mech(&t.mechs, &oid) && icm_slice_equal(oid, *expected[i]));
    assert_false(auth_spnego_next_mech(&t.mechs, &oid));
    auth_context_free(client);
    icm_buf_reset(&out);
}

static void a_server_that_never_ends_is_left(void **state)
{
    struct icm_buf out = {0}, answer = {0};
    struct auth_context *client = start(100, 2, &out);
    enum icm_code code = ICM_AGAIN;
    int steps = 1;

    (void)state;
    for (int leg = 2; code == ICM_AGAIN; leg += 2, steps++) {
        char token[8];

        snprintf(token, sizeof token, "X%d", leg);
        icm_buf_clear(&answer);
        make_answer(&(struct script){MORE, NULL, token, NULL, NULL}, &answer);
        code = auth_step(client, icm_buf_slice(&answer), &out, NULL);
    }
    assert_int_equal(code, ICM_LIMIT);
    assert_int_equal(steps, AUTH_NEGOTIATE_STEPS_MAX + 1);
    auth_context_free(client);
    icm_buf_reset(&out);
    icm_buf_reset(&answer);
}

static void what_was_not_used_is_told_in_the_end(void **state)
{
    static const struct auth_initiator_options options = {.host = "srv1"};
    struct auth_context *client = NULL;
    struct icm_buf out = {0}, answer = {0};
    struct icm_error err = {0};

    (void)state;
    fake_kinds[FAKE_X] = (struct fake_kind){.legs = 2, .first_step = ICM_UNSUPPORTED};
    fake_kinds[FAKE_Y] = (struct fake_kind){.legs = 3};
    assert_int_equal(auth_negotiate_initiator_from(&client, fake_rows, 2, &options, NULL), ICM_OK);
    assert_int_equal(auth_step(client, icm_slice_text(""), &out, &err), ICM_AGAIN);
    assert_int_equal(err.code, ICM_OK); /* a fall-back is no error */
    make_answer(&(struct script){NO, NULL, NULL, NULL, NULL}, &answer);
    assert_int_equal(auth_step(client, icm_buf_slice(&answer), &out, &err), ICM_DENIED);
    assert_string_equal(err.text, "srv1 refuses us: we offer 1.2.3, and tried Y (not used: X: fake X has no ticket)");
    auth_context_free(client);
    icm_buf_reset(&out);
    icm_buf_reset(&answer);
    icm_error_reset(&err);
}

static void the_server_does_not_begin(void **state)
{
    static const struct auth_initiator_options options = {.host = "srv1"};
    struct auth_context *client = NULL;
    struct icm_buf out = {0};

    (void)state;
    assert_int_equal(auth_negotiate_initiator_from(&client, fake_rows, 2, &options, NULL), ICM_OK);
    assert_int_equal(auth_step(client, icm_slice_text("x"), &out, NULL), ICM_SYNTAX);
    assert_int_equal(out.size, 0);
    auth_context_free(client);
}

int main(void)
{
    static const struct CMUnitTest fixed[] = {
        cmocka_unit_test(the_first_token_has_windows_order),
        cmocka_unit_test(a_server_that_never_ends_is_left),
        cmocka_unit_test(what_was_not_used_is_told_in_the_end),
        cmocka_unit_test(the_server_does_not_begin),
    };
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = the_client_answers, .initial_state = (void *)(uintptr_t)i};
    int failed = cmocka_run_group_tests_name("Negotiate's client and odd servers", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("Negotiate's client", fixed, NULL, NULL);
}

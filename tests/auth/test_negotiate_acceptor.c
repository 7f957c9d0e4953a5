/* Negotiate's server before clients that do what they should not, or what only some do. RFC 4178 4.2.1, 5;
 * MS-SPNG 3.2.5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/auth/fake_mechanism.h"

#include <stdio.h>

enum { TOKENS_MAX = 3, MECHS_MAX = 3 };

#define DONE AUTH_SPNEGO_COMPLETED
#define MORE AUTH_SPNEGO_INCOMPLETE
#define NO AUTH_SPNEGO_REJECTED
#define ASKS AUTH_SPNEGO_REQUEST_MIC
#define NONE AUTH_SPNEGO_NO_STATE

/* A client's token: with mechanisms a NegTokenInit, else a NegTokenResp; @raw: bytes as they are, framed "X" first */
struct script {
    const struct icm_slice *mechs[MECHS_MAX];
    const char *token, *mic, *raw;
    enum auth_spnego_state state;
};

#define OFFER(...)                                                                                                     \
    {                                                                                                                  \
        {__VA_ARGS__}, NULL, NULL, NULL, NONE                                                                          \
    }
#define OFFER_TOKEN(token, ...)                                                                                        \
    {                                                                                                                  \
        {__VA_ARGS__}, token, NULL, NULL, NONE                                                                         \
    }
#define SAY(token, mic, state)                                                                                         \
    {                                                                                                                  \
        {NULL}, token, mic, NULL, state                                                                                \
    }
#define RAW(bytes)                                                                                                     \
    {                                                                                                                  \
        {NULL}, NULL, NULL, bytes, NONE                                                                                \
    }

static const struct {
    const char *name;
    int x_legs, y_legs;
    size_t count;
    struct script tokens[TOKENS_MAX];
    enum icm_code code; /* of the last */
    const char *text;   /* in its error; else the last answer: "completed 1.2.1 X2" */
} cases[] = {
    {"the first, one leg", 1, 0, 1, {OFFER_TOKEN("X1", &fake_oid_x)}, ICM_OK, "completed 1.2.1"},
    {"by its other name", 2, 0, 1, {OFFER_TOKEN("X1", &fake_oid_x2)}, ICM_OK, "completed 1.2.2 X2"},
    {"both names, as Windows offers",
     2,
     3,
     1,
     {OFFER_TOKEN("X1", &fake_oid_x, &fake_oid_x2, &fake_oid_y)},
     ICM_OK,
     "completed 1.2.1 X2"},
    {"an unknown one first, and its token",
     2,
     0,
     1,
     {OFFER_TOKEN("?", &fake_oid_none, &fake_oid_x)},
     ICM_AGAIN,
     "request-mic 1.2.1"},
    {"an unknown one in between",
     2,
     0,
     1,
     {OFFER_TOKEN("X1", &fake_oid_x, &fake_oid_none)},
     ICM_OK,
     "completed 1.2.1 X2"},
    {"no token yet", 2, 0, 1, {OFFER(&fake_oid_x)}, ICM_AGAIN, "incomplete 1.2.1"},
    {"no token yet, then one", 2, 0, 2, {OFFER(&fake_oid_x), SAY("X1", NULL, NONE)}, ICM_OK, "completed X2"},
    {"an empty token", 2, 0, 2, {OFFER_TOKEN("", &fake_oid_x), SAY("X1", NULL, NONE)}, ICM_OK, "completed X2"},
    {"nothing that is known",
     2,
     2,
     1,
     {OFFER_TOKEN("X1", &fake_oid_none)},
     ICM_DENIED,
     "the client offers 1.2.4, and none of it is served here"},
    {"an empty offer", 2, 2, 1, {RAW("\xa0\x06\x30\x04\xa0\x02\x30")}, ICM_SYNTAX, "no SPNEGO token"},
    {"a token that is not right", 2, 2, 1, {OFFER_TOKEN("X9", &fake_oid_x)}, ICM_DENIED, "fake X got another token"},
    {"a wrong MIC that nobody asked for",
     3,
     0,
     2,
     {OFFER_TOKEN("X1", &fake_oid_x), SAY("X3", "x", NONE)},
     ICM_DENIED,
     "the mechListMIC is not right"},
    {"no MIC where one is a must",
     1,
     1,
     2,
     {OFFER_TOKEN("?", &fake_oid_none, &fake_oid_y), SAY("Y1", NULL, NONE)},
     ICM_DENIED,
     "the client sent no mechListMIC"},
    {"a wrong MIC where one is a must",
     1,
     1,
     2,
     {OFFER_TOKEN("?", &fake_oid_none, &fake_oid_y), SAY("Y1", "x", NONE)},
     ICM_DENIED,
     "the mechListMIC is not right"},
    {"no MIC though the server waits for it",
     1,
     2,
     3,
     {OFFER_TOKEN("?", &fake_oid_none, &fake_oid_y), SAY("Y1", NULL, NONE), SAY(NULL, NULL, DONE)},
     ICM_DENIED,
     "the client sent no mechListMIC"},
    {"a wrong MIC at the very end",
     1,
     2,
     3,
     {OFFER_TOKEN("?", &fake_oid_none, &fake_oid_y), SAY("Y1", NULL, NONE), SAY(NULL, "x", DONE)},
     ICM_DENIED,
     "the mechListMIC is not right"},
    {"a token where a MIC belongs",
     1,
     2,
     3,
     {OFFER_TOKEN("?", &fake_oid_none, &fake_oid_y), SAY("Y1", NULL, NONE), SAY("Y3", NULL, NONE)},
     ICM_SYNTAX,
     "one too many for Y"},
    {"an answer before there is a question", 2, 0, 1, {SAY("X1", NULL, NONE)}, ICM_SYNTAX, "another kind of token"},
    {"two first tokens",
     3,
     0,
     2,
     {OFFER_TOKEN("X1", &fake_oid_x), OFFER_TOKEN("X1", &fake_oid_x)},
     ICM_SYNTAX,
     "another kind of token"},
    {"the client gives up",
     3,
     0,
     2,
     {OFFER_TOKEN("X1", &fake_oid_x), SAY(NULL, NULL, NO)},
     ICM_DENIED,
     "the client gives up"},
    {"a mechanism on its own that is not served", 3, 0, 1, {RAW("NTLMSSP")}, ICM_SYNTAX, "no SPNEGO token"},
    {"a framed token of a mechanism on its own",
     1,
     0,
     1,
     {RAW("\x60\x06\x06\x02\x2a\x01X1")},
     ICM_DENIED,
     "fake X got another token"},
    {"SPNEGO left on the way",
     3,
     0,
     2,
     {OFFER_TOKEN("X1", &fake_oid_x), RAW("\x60\x06\x06\x02\x2a\x01X3")},
     ICM_SYNTAX,
     "the client left SPNEGO"},
    {"silence on the way", 3, 0, 2, {OFFER_TOKEN("X1", &fake_oid_x), RAW("")}, ICM_SYNTAX, "no SPNEGO token"},
    {"nothing at all asks for the challenge", 3, 0, 1, {RAW("")}, ICM_AGAIN, ""},
};

static void make_token(const struct script *s, struct icm_buf *out)
{
    struct icm_slice oids[MECHS_MAX];
    struct icm_buf mechs = {0};
    size_t count = 0;

    while (count < MECHS_MAX && s->mechs[count]) {
        oids[count] = *s->mechs[count];
        count++;
    }
    auth_spnego_add_mechs(&mechs, oids, count);
    if (s->raw)
        icm_buf_add_text(out, s->raw);
    else
        auth_spnego_write(out, &(struct auth_spnego_token){.kind = count > 0 ? AUTH_SPNEGO_INIT : AUTH_SPNEGO_RESPONSE,
                                                           .mechs = icm_buf_slice(&mechs),
                                                           .state = s->state,
                                                           .token = icm_slice_text(s->token),
                                                           .mic = icm_slice_text(s->mic)});
    icm_buf_reset(&mechs);
}

/* an answer in words: "completed 1.2.1 X2" */
static void tell(struct icm_slice answer, struct icm_buf *out)
{
    static const char *const states[] = {"completed", "incomplete", "reject", "request-mic"};
    struct auth_spnego_token t;

    if (answer.size == 0)
        return;
    assert_int_equal(auth_spnego_read(answer, &t, NULL), ICM_OK);
    assert_int_equal(t.kind, AUTH_SPNEGO_RESPONSE);
    icm_buf_add_text(out, states[t.state]);
    if (t.mech.data) {
        icm_buf_add_u8(out, ' ');
        auth_oid_add_text(out, t.mech);
    }
    if (t.token.data) {
        icm_buf_add_u8(out, ' ');
        icm_buf_add(out, t.token);
    }
}

static void the_server_answers(void **state)
{
    size_t row = (size_t)(uintptr_t)*state;
    static const struct auth_acceptor_options options;
    struct auth_context *server = NULL;
    struct icm_buf out = {0}, told = {0};
    struct icm_error err = {0};
    enum icm_code code = ICM_AGAIN;

    fake_kinds[FAKE_X] = (struct fake_kind){.legs = cases[row].x_legs};
    fake_kinds[FAKE_Y] = (struct fake_kind){.legs = cases[row].y_legs};
    assert_int_equal(auth_negotiate_acceptor_from(&server, fake_rows, cases[row].y_legs > 0 ? 2 : 1, &options, NULL),
                     ICM_OK);
    for (size_t i = 0; i < cases[row].count; i++) {
        struct icm_buf token = {0};

        assert_int_equal(code, ICM_AGAIN);
        make_token(&cases[row].tokens[i], &token);
        icm_buf_clear(&out);
        code = auth_step(server, icm_buf_slice(&token), &out, &err);
        icm_buf_reset(&token);
    }
    if (code == ICM_OK || code == ICM_AGAIN)
        tell(icm_buf_slice(&out), &told);
    else
        icm_buf_add_text(&told, err.text);
    if (code != cases[row].code || !strstr(icm_buf_text(&told), cases[row].text))
        fail_msg("%s: %s", icm_code_name(code), icm_buf_text(&told));
    auth_context_free(server);
    icm_buf_reset(&out);
    icm_buf_reset(&told);
    icm_error_reset(&err);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = the_server_answers, .initial_state = (void *)(uintptr_t)i};
    return cmocka_run_group_tests_name("Negotiate's server and odd clients", tests, NULL, NULL);
}

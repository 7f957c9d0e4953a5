/* fixtures/vectors/spnego.json: each whole token is read and compared with what it is said to mean, and, written again,
 * has the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "auth/der.h"
#include "auth/spnego_token.h"
#include "base/text.h"
#include "tests/auth/vectors.h"

#include <stdio.h>
#include <stdlib.h>

static struct vectors *all;

static const char *decoded(size_t index, const char *name)
{
    char path[80];

    snprintf(path, sizeof path, "decoded.%s", name);
    return vectors_text(all, index, path);
}

/* what is not said must not be there */
static void expect_text(size_t index, const char *name, struct icm_buf *seen)
{
    const char *expected = decoded(index, name);

    if (strcmp(expected ? expected : "", icm_buf_text(seen)) != 0)
        fail_msg("%s, %s: expected %s, got %s", vectors_text(all, index, "id"), name, expected ? expected : "nothing",
                 icm_buf_text(seen));
    icm_buf_reset(seen);
}

static void expect_bytes(size_t index, const char *name, struct icm_slice seen)
{
    struct icm_buf text = {0};

    icm_hex_write(&text, seen);
    assert_int_equal(seen.data != NULL, decoded(index, name) != NULL);
    expect_text(index, name, &text);
}

static void expect_oid(size_t index, const char *name, struct icm_slice oid)
{
    struct icm_buf text = {0};

    if (oid.data)
        auth_oid_add_text(&text, oid);
    expect_text(index, name, &text);
}

static void check_init(size_t index, const struct auth_spnego_token *t)
{
    struct icm_slice rest = t->mechs, oid;
    struct icm_buf hint = {0};
    char name[40];

    assert_string_equal(decoded(index, "choice"), "NegTokenInit");
    assert_string_equal(decoded(index, "framing"), "InitialContextToken 1.3.6.1.5.5.2");
    if (decoded(index, "mech_list_der"))
        expect_bytes(index, "mech_list_der", t->mechs);
    for (int i = 0;; i++) {
        bool is_there = auth_spnego_next_mech(&rest, &oid);

        snprintf(name, sizeof name, "mech_types.%d", i);
        expect_oid(index, name, is_there ? oid : icm_slice_of(NULL, 0));
        snprintf(name, sizeof name, "mech_names.%d", i);
        if (decoded(index, name)) {
            struct icm_buf text = {0};

            auth_oid_add_name(&text, oid);
            expect_text(index, name, &text);
        }
        if (!is_there)
            break;
    }
    expect_bytes(index, "mech_token", t->token);
    expect_bytes(index, "mech_list_mic", t->mic);
    icm_buf_add(&hint, t->hint);
    expect_text(index, "neg_hints.hint_name", &hint);
}

static void check_response(size_t index, const struct auth_spnego_token *t)
{
    static const char *const names[] = {"accept-completed", "accept-incomplete", "reject", "request-mic"};
    struct icm_buf state = {0};

    assert_string_equal(decoded(index, "choice"), "NegTokenResp");
    if (t->state != AUTH_SPNEGO_NO_STATE)
        icm_buf_add_text(&state, names[t->state]);
    expect_text(index, "neg_state", &state);
    expect_oid(index, "supported_mech", t->mech);
    expect_bytes(index, "response_token", t->token);
    expect_bytes(index, "mech_list_mic", t->mic);
}

/* GSS framing around a token that has two bytes of its own kind in front */
static void check_raw(size_t index, const struct auth_spnego_token *t, struct icm_slice bytes)
{
    struct icm_buf framing = {0};
    struct auth_der outer = auth_der_on(t->token), frame = auth_der_enter(&outer, AUTH_DER_APPLICATION);

    icm_buf_add_text(&framing, "InitialContextToken ");
    auth_oid_add_text(&framing, t->mech);
    expect_text(index, "framing", &framing);
    assert_true(icm_slice_equal(t->token, bytes));
    assert_true(icm_slice_equal(auth_der_take(&frame, AUTH_DER_OID), t->mech));
    assert_true(frame.rest.size >= 2);
    expect_bytes(index, "inner_token_id", icm_slice_of(frame.rest.data, 2));
    assert_int_equal(strtoul(decoded(index, "token_len"), NULL, 10), frame.rest.size - 2);
}

static void is_read_and_written(void **state)
{
    size_t index = (size_t)(uintptr_t)*state;
    struct auth_spnego_token t;
    struct icm_buf bytes = {0}, again = {0};
    struct icm_error err = {0};

    assert_true(vectors_bytes(all, index, "der", &bytes));
    if (auth_spnego_read(icm_buf_slice(&bytes), &t, &err) != ICM_OK)
        fail_msg("%s", err.text);
    if (t.kind == AUTH_SPNEGO_INIT)
        check_init(index, &t);
    else if (t.kind == AUTH_SPNEGO_RESPONSE)
        check_response(index, &t);
    else
        check_raw(index, &t, icm_buf_slice(&bytes));
    auth_spnego_write(&again, &t);
    assert_true(icm_slice_equal(icm_buf_slice(&again), icm_buf_slice(&bytes)));
    icm_buf_reset(&bytes);
    icm_buf_reset(&again);
}

int main(void)
{
    all = vectors_load("spnego.json");
    size_t count = all ? vectors_count(all) : 0;
    struct CMUnitTest *tests = calloc(count + 1, sizeof *tests);

    if (!tests || count == 0)
        return 1;
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){.name = vectors_text(all, i, "id"),
                                       .test_func = is_read_and_written,
                                       .initial_state = (void *)(uintptr_t)i}; /* NOLINT: a number */
    int failed = _cmocka_run_group_tests("spnego.json", tests, count, NULL, NULL);
    free(tests);
    vectors_free(all);
    return failed;
}

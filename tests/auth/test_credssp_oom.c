/* Both ends of CredSSP with allocation 1, 2, 3 … failing: what is short of memory says so, is never established by it,
 * and keeps nothing. */
#include "tests/base/failing_memory.h"

#include "auth/auth.h"
#include "tests/auth/tls_peer.h"

enum { STEPS_MAX = 24 };

static struct tls_identity identity;
static struct auth_credential ana;

/* ICM_NOMEM ends it, and it stays ended; no other failure comes of memory. What OpenSSL takes itself is not ours to
 * fail. */
static bool went_well(struct auth_context *c, enum icm_code code)
{
    struct icm_buf out = {0};

    if (code == ICM_AGAIN)
        return true;
    if (!is_short(code))
        return true;
    assert_false(auth_is_established(c));
    assert_int_equal(auth_step(c, icm_slice_text(""), &out, NULL), ICM_STATE);
    assert_int_equal(out.size, 0);
    return false;
}

static bool authenticate(struct auth_context *both[2])
{
    struct icm_buf tokens[2] = {{0}, {0}};
    bool goes_on = true;

    for (size_t i = 0; goes_on && i < STEPS_MAX && !auth_is_established(both[1]); i++) {
        icm_buf_clear(&tokens[i % 2]);
        goes_on =
            went_well(both[i % 2], auth_step(both[i % 2], icm_buf_slice(&tokens[1 - i % 2]), &tokens[i % 2], NULL));
    }
    icm_buf_reset(&tokens[0]);
    icm_buf_reset(&tokens[1]);
    return goes_on;
}

static bool carry(struct auth_context *from, struct auth_context *to)
{
    struct icm_buf sealed = {0}, opened = {0};
    struct auth_sealed how;

    bool went = went_well(from, auth_wrap(from, icm_slice_text("hello"), &sealed, &how, NULL)) &&
                went_well(to, auth_unwrap(to, how.header_size, icm_buf_slice(&sealed), &opened, NULL));
    assert_true(icm_slice_is(icm_buf_slice(&opened), went ? "hello" : ""));
    icm_buf_reset(&sealed);
    icm_buf_reset(&opened);
    return went;
}

static void run(void)
{
    const struct auth_mechanism *credssp = auth_mechanism_find("Credssp");
    struct auth_initiator_options initiates = {.credential = &ana, .host = "127.0.0.1", .allows_ntlm = true};
    struct auth_acceptor_options accepts = {.accounts = &ana,
                                            .account_count = 1,
                                            .computer = "SRV1",
                                            .certificate = (const char *)identity.certificate.data,
                                            .key = (const char *)identity.key.data};
    struct auth_context *both[2] = {NULL, NULL};

    if (!is_short(auth_initiator_new(&both[0], credssp, &initiates, NULL)) &&
        !is_short(auth_acceptor_new(&both[1], credssp, &accepts, NULL)) && authenticate(both)) {
        assert_string_equal(auth_user(both[1]), "ana");
        if (carry(both[0], both[1]))
            carry(both[1], both[0]);
    }
    auth_context_free(both[0]);
    auth_context_free(both[1]);
}

static void memory_runs_out(void **state)
{
    (void)state;
    tls_identity_make(&identity, "EC");
    icm_set_text(&ana.user, "ana");
    icm_buf_add_text(&ana.password, "secret");
    memory_fails_at_each(run);
    tls_identity_reset(&identity);
    auth_credential_reset(&ana);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(memory_runs_out)};

    return cmocka_run_group_tests_name("CredSSP without memory", tests, NULL, NULL);
}

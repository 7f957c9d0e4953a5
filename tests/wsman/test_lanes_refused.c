/* Lanes that are refused before anything is sent: what would go out in clear, to whom nobody has proved to be. */
#include "tests/wsman/peers.h"
#include "wsman/http_state.h"

#include <string.h>
#include <uv.h>

static const struct {
    const char *url, *mechanism;
    enum icm_code code;
    enum { ALLOWS_CLEAR = 1, SKIPS_CA_CHECK = 2, IS_TRUSTED = 4, UNSEALED = 8 } given;
} refused[] = {
    {"http://srv1.example:5985/wsman", "Basic", ICM_DENIED, 0},
    {"http://srv1.example:5985/wsman", "Digest", ICM_DENIED, 0},
    {"http://srv1.example:5985/wsman", "Ntlm", ICM_OK, 0},
    {"https://srv1.example:5986/wsman", "Basic", ICM_OK, 0},
    {"http://127.0.0.1:5985/wsman", "Basic", ICM_OK, 0},
    {"http://127.0.0.1:5985/wsman", "Certificate", ICM_USAGE, 0},
    {"https://srv1.example:5986/wsman", "Certificate", ICM_USAGE, 0},
    {"ftp://srv1.example/wsman", "Basic", ICM_USAGE, 0},
    {"srv1", "Basic", ICM_USAGE, 0},
    /* what stands in the address would go out as Basic, in clear, with each body */
    {"http://tester:Secret@127.0.0.1:5985/wsman", "Ntlm", ICM_USAGE, 0},
    {"https://tester@srv1.example:5986/wsman", "Negotiate", ICM_USAGE, 0},
    /* names, and no addresses of this machine */
    {"http://127.0.0.999:5985/wsman", "Basic", ICM_DENIED, 0},
    {"http://127.0.0.1.example:5985/wsman", "Basic", ICM_DENIED, 0},
    /* -SessionOption NoEncryption */
    {"http://srv1.example:5985/wsman", "Ntlm", ICM_DENIED, UNSEALED},
    {"http://srv1.example:5985/wsman", "Negotiate", ICM_DENIED, UNSEALED},
    {"http://srv1.example:5985/wsman", "Credssp", ICM_DENIED, UNSEALED},
    {"http://srv1.example:5985/wsman", "Kerberos", ICM_OK, UNSEALED | ALLOWS_CLEAR},
    {"https://srv1.example:5986/wsman", "Ntlm", ICM_OK, UNSEALED},
    {"http://127.0.0.1:5985/wsman", "Ntlm", ICM_OK, UNSEALED},
    /* Digest does not prove who the server is, as little as NTLM */
    {"http://srv1.example:5985/wsman", "Digest", ICM_DENIED, ALLOWS_CLEAR},
    {"http://srv1.example:5985/wsman", "Digest", ICM_OK, ALLOWS_CLEAR | IS_TRUSTED},
    {"http://127.0.0.1:5985/wsman", "Digest", ICM_OK, 0},
    {"https://srv1.example:5986/wsman", "Digest", ICM_OK, 0},
    {"https://srv1.example:5986/wsman", "Digest", ICM_DENIED, SKIPS_CA_CHECK},
    {"https://srv1.example:5986/wsman", "Digest", ICM_OK, SKIPS_CA_CHECK | IS_TRUSTED},
};

static void never_done(void *context, const struct wsman_exchange *exchange)
{
    (void)context, (void)exchange;
    fail();
}

static void refuses_what_would_be_in_clear(void **state)
{
    struct auth_credential credential = {.user = (char *)(uintptr_t) "tester"};
    struct wsman_http *http = NULL;
    uv_loop_t loop;

    (void)state;
    uv_loop_init(&loop);
    assert_int_equal(wsman_http_new(&http, &loop, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(refused); i++) {
        struct wsman_target target = {.url = refused[i].url,
                                      .mechanism = auth_mechanism_find(refused[i].mechanism),
                                      .credential = &credential,
                                      .allow_unencrypted = refused[i].given & ALLOWS_CLEAR,
                                      .no_encryption = refused[i].given & UNSEALED,
                                      .skip_ca_check = refused[i].given & SKIPS_CA_CHECK,
                                      .allows_ntlm = refused[i].given & IS_TRUSTED};
        struct wsman_lane *lane = NULL;
        struct icm_error err = {0};

        if (wsman_lane_new(&lane, http, &target, never_done, NULL, &err) != refused[i].code)
            fail_msg("row %zu: %s over %s", i, refused[i].mechanism, refused[i].url);
        assert_null(strstr(err.text, "Secret"));
        icm_error_reset(&err);
        wsman_lane_free(lane);
    }
    wsman_http_free(http);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

/* ---- whom a ticket or NTLM's target name is for */

static const struct {
    const char *url, *host;
    bool has_port; /* -SessionOption IncludePortInSPN */
    unsigned port;
} spns[] = {
    {"http://srv1.example:5985/wsman", "srv1.example", true, 5985},
    {"http://srv1.example:5985/wsman", "srv1.example", false, 0},
    {"http://srv1.example/wsman", "srv1.example", true, 80},
    {"https://srv1.example/wsman:5985", "srv1.example", true, 443},
    {"https://[2001:db8::1]:5986/wsman", "[2001:db8::1]", true, 5986},
    {"https://[2001:db8::1]:5986/wsman", "[2001:db8::1]", false, 0},
    {"https://[2001:db8::1]/wsman", "[2001:db8::1]", true, 443},
    {"http://[::1]:65535", "[::1]", true, 65535},
};

static void the_spn_may_have_the_port(void **state)
{
    struct wsman_http *http = NULL;
    uv_loop_t loop;

    (void)state;
    uv_loop_init(&loop);
    assert_int_equal(wsman_http_new(&http, &loop, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(spns); i++) {
        struct wsman_target target = {
            .url = spns[i].url, .mechanism = auth_mechanism_find("Ntlm"), .port_in_spn = spns[i].has_port};
        struct wsman_lane *lane = NULL;

        target.allows_ntlm = true;
        assert_int_equal(wsman_lane_new(&lane, http, &target, never_done, NULL, NULL), ICM_OK);
        assert_string_equal(lane->login->options.host, spns[i].host);
        assert_int_equal(lane->login->options.spn_port, spns[i].port);
        wsman_lane_free(lane);
    }
    wsman_http_free(http);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_would_be_in_clear),
        cmocka_unit_test(the_spn_may_have_the_port),
    };

    return cmocka_run_group_tests_name("lanes that are refused", tests, NULL, NULL);
}

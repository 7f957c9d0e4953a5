/* The transport over WS-Man, its lanes on real sockets: what becomes of a shell whose server does not know us any more.
 */
#include "psrp/drive.h"
#include "psrp/over_wsman.h"
#include "tests/wsman/lane_server.h"

#include <stdio.h>
#include <stdlib.h>

struct session {
    uv_loop_t loop;
    struct lane_server server;
    struct psrp_wsman *wsman;
    struct psrp_drive *drive;
    struct psrp_session *session;
};

static void start(struct session *s, const char *mechanism)
{
    struct psrp_transport *transport = NULL;
    char url[64];

    uv_loop_init(&s->loop);
    lane_server_start(&s->server, &s->loop, auth_mechanism_find(mechanism));
    snprintf(url, sizeof url, "http://127.0.0.1:%u/wsman", s->server.port);
    const struct psrp_over_wsman_options over = {.url = url,
                                                 .computer = "srv1",
                                                 .authentication = mechanism,
                                                 .user = "tester",
                                                 .password = icm_slice_text("Secret 1"),
                                                 .pool_id = peers_guid(SHELL_ID)};
    const struct psrp_session_options options = {.pool.pool_id = over.pool_id, .computer = "srv1"};
    assert_int_equal(psrp_wsman_new(&s->wsman, &s->loop, NULL), ICM_OK);
    assert_int_equal(psrp_drive_new(&s->drive, &s->loop, NULL), ICM_OK);
    assert_int_equal(psrp_over_wsman_new(&transport, s->wsman, &over, NULL), ICM_OK);
    assert_int_equal(psrp_session_open(&s->session, s->drive, transport, &options, NULL), ICM_OK);
}

static void stop(struct session *s)
{
    psrp_drive_free(s->drive); /* it says good-bye to who is there to hear it */
    psrp_wsman_free(s->wsman);
    lane_server_stop(&s->server);
    uv_run(&s->loop, UV_RUN_DEFAULT); /* a good-bye that needs no answer does not stop it */
}

static void until_broken(struct session *s)
{
    struct psrp_session *from;
    struct psrp_event event;

    while (!psrp_session_failure(s->session)) {
        assert_int_equal(psrp_drive_next(s->drive, &from, &event, NULL), ICM_OK);
        psrp_event_reset(&event);
    }
}

static const struct {
    const char *name, *mechanism;
    enum lane_fault fault; /* in place of the answer to the first Receive */
    enum icm_code code;
    unsigned bodies; /* in all */
} cases[] = {
    /* a Delete would be one more logon that fails, and may lock the account */
    {"401: the shell is gone for us", "Basic", FORGETS, ICM_DENIED, 2},
    {"401 and 401 again behind a new logon", "Ntlm", FORGETS_BEHIND, ICM_DENIED, 3},
    {"a page that says nothing of a logon: the shell is deleted", "Basic", CLEAR_PAGE, ICM_IO, 3},
};

static void a_session_breaks(void **state)
{
    size_t i = (size_t)*state;
    struct session s = {0};

    start(&s, cases[i].mechanism);
    s.server.fault = cases[i].fault;
    s.server.at_body = 2;
    until_broken(&s);
    assert_int_equal(psrp_session_failure(s.session)->code, cases[i].code);
    stop(&s);
    assert_int_equal(s.server.bodies, cases[i].bodies);
    lane_server_reset(&s.server);
    assert_int_equal(uv_loop_close(&s.loop), 0);
}

int main(void)
{
    struct CMUnitTest tests[ICM_COUNT(cases)];

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[i] =
            (struct CMUnitTest){.name = cases[i].name, .test_func = a_session_breaks, .initial_state = (void *)i};
    return cmocka_run_group_tests_name("sessions over WS-Man", tests, NULL, NULL);
}

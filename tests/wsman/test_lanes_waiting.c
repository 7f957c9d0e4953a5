/* Lanes whose logon has steps that wait on a thread of their own, as Kerberos does for a KDC. */
#include "tests/wsman/lane_client.h"
#include "tests/wsman/toy_seal.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

/* ---- the toy whose steps wait ---- */

static sem_t gate; /* each step of the client's takes one */
static sem_t passed;
static pthread_t loop_thread;
static bool is_on_loop[2]; /* the first step, the second */

static enum icm_code wait_and_speak(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    (void)err;
    while (sem_wait(&gate) != 0)
        ;
    is_on_loop[in.size > 0] = pthread_equal(pthread_self(), loop_thread) != 0;
    sem_post(&passed);
    if (in.size > 0)
        return ICM_OK;
    icm_set_text(&c->description, "has spoken");
    icm_buf_add_text(out, "c1");
    return ICM_AGAIN;
}

static enum icm_code listen_and_answer(struct auth_context *c, struct icm_slice in, struct icm_buf *out, struct icm_error *err)
{
    if (!icm_slice_is(in, "c1"))
        return icm_fail(err, ICM_DENIED, NULL, "another token");
    icm_set_text(&c->user, "tester");
    icm_buf_add_text(out, "s1");
    return ICM_OK;
}

/* as Negotiate, once nothing but NTLM is offered */
static bool has_not_spoken(const struct auth_context *c)
{
    return !c->description;
}

static const struct auth_ops waiting_once_ops = {.step = wait_and_speak,
                                                 .may_wait = has_not_spoken,
                                                 .wrap = toy_plain_wrap,
                                                 .unwrap = toy_plain_unwrap,
                                                 .free = toy_free};
static const struct auth_ops waiting_ops = {
    .step = wait_and_speak, .wrap = toy_plain_wrap, .unwrap = toy_plain_unwrap, .free = toy_free};
static const struct auth_ops listening_ops = {
    .step = listen_and_answer, .wrap = toy_plain_wrap, .unwrap = toy_plain_unwrap, .free = toy_free};

static enum icm_code context_new(struct auth_context **out, const struct auth_ops *ops)
{
    struct toy_seal *t = calloc(1, sizeof *t);

    if (!t)
        abort();
    t->context.ops = ops;
    *out = &t->context;
    return ICM_OK;
}

static enum icm_code waiting_new(struct auth_context **out, const struct auth_initiator_options *o, struct icm_error *err)
{
    (void)o, (void)err;
    return context_new(out, &waiting_ops);
}

static enum icm_code waiting_once_new(struct auth_context **out, const struct auth_initiator_options *o,
                                      struct icm_error *err)
{
    (void)o, (void)err;
    return context_new(out, &waiting_once_ops);
}

static enum icm_code listening_new(struct auth_context **out, const struct auth_acceptor_options *o, struct icm_error *err)
{
    (void)o, (void)err;
    return context_new(out, &listening_ops);
}

static const struct auth_mechanism waits = {
    .name = "Waits",
    .scheme = "Negotiate",
    .traits = AUTH_SEALS | AUTH_MAY_WAIT,
    .protocol = "application/HTTP-SPNEGO-session-encrypted",
    .initiator_new = waiting_new,
    .acceptor_new = listening_new,
};

static const struct auth_mechanism waits_once = {
    .name = "WaitsOnce",
    .scheme = "Negotiate",
    .traits = AUTH_SEALS | AUTH_MAY_WAIT,
    .protocol = "application/HTTP-SPNEGO-session-encrypted",
    .initiator_new = waiting_once_new,
    .acceptor_new = listening_new,
};

/* ---- steps that wait ---- */

static void open_gate(unsigned steps)
{
    while (steps-- > 0)
        sem_post(&gate);
}

/* Each test waits for all of its steps: what one leaves at the gate would go through it in the place of the next one's. */
static void let_pass(unsigned steps)
{
    while (steps-- > 0)
        while (sem_wait(&passed) != 0)
            ;
}

static void waits_elsewhere(void **state)
{
    struct lane_client c = {0};

    (void)state;
    lane_client_start(&c, &waits, "");
    lane_client_post(&c, WSMAN_IDENTIFY);
    for (int i = 0; i < 10; i++)
        uv_run(&c.loop, UV_RUN_NOWAIT); /* the loop goes on meanwhile */
    assert_int_equal(c.server.connection_count, 0);
    open_gate(2);
    lane_client_run(&c, 1);
    assert_int_equal(c.code, ICM_OK);
    assert_int_equal(c.server.empties, 1);
    let_pass(2);
    lane_client_stop(&c);
}

/* A thread costs more than such a step. */
static void waits_only_where_it_may(void **state)
{
    struct lane_client c = {0};

    (void)state;
    lane_client_start(&c, &waits_once, "");
    lane_client_post(&c, WSMAN_IDENTIFY);
    open_gate(2);
    lane_client_run(&c, 1);
    assert_int_equal(c.code, ICM_OK);
    assert_false(is_on_loop[0]);
    assert_true(is_on_loop[1]);
    let_pass(2);
    lane_client_stop(&c);
}

/* Nobody waits for the step any more: the lane is at once free for the next request, or gone; the step ends by itself. */
static void is_cancelled_while_it_waits(void **state)
{
    struct lane_client c = {0};

    (void)state;
    lane_client_start(&c, &waits, "");
    lane_client_post(&c, WSMAN_IDENTIFY);
    wsman_lane_cancel(c.lane);
    assert_false(wsman_lane_is_busy(c.lane));
    lane_client_post(&c, WSMAN_IDENTIFY);
    open_gate(3);
    lane_client_run(&c, 1);
    assert_int_equal(c.code, ICM_OK);
    let_pass(3);
    lane_client_post(&c, WSMAN_IDENTIFY); /* on the same logon: no step */
    lane_client_run(&c, 2);
    assert_int_equal(c.code, ICM_OK);
    lane_client_stop(&c);
}

static void is_freed_while_it_waits(void **state)
{
    struct lane_client c = {0};

    (void)state;
    lane_client_start(&c, &waits, "");
    lane_client_post(&c, WSMAN_IDENTIFY);
    lane_client_stop(&c);
    open_gate(1);
    let_pass(1);
    assert_int_equal(c.done, 0);
}

static void has_a_limit_while_it_waits(void **state)
{
    struct lane_client c = {0};

    (void)state;
    lane_client_start(&c, &waits, "");
    lane_client_post(&c, WSMAN_IDENTIFY);
    assert_true(uv_is_active((uv_handle_t *)c.lane->timer));
    assert_true(uv_timer_get_due_in(c.lane->timer) > WSMAN_NETWORK_DELAY_MS);
    uv_timer_set_repeat(c.lane->timer, 1); /* the time is over */
    uv_timer_again(c.lane->timer);
    lane_client_run(&c, 1);
    assert_int_equal(c.code, ICM_TIMEOUT);
    assert_non_null(strstr(c.text, "the logon did not come to its end in time"));
    open_gate(1);
    let_pass(1);
    lane_client_stop(&c);
}

/* A logon that fails before anything was sent has no status: not the one of the exchange before. */
static void has_no_status_of_another_exchange(void **state)
{
    struct lane_client c = {0};

    (void)state;
    lane_client_start(&c, &waits, "");
    lane_client_post(&c, WSMAN_IDENTIFY);
    open_gate(2);
    lane_client_run(&c, 1);
    let_pass(2);
    assert_int_equal(c.status, 200);
    lane_server_hang_up(c.server.connections[0]);
    while (!wsman_transfer_is_cut(c.lane))
        uv_run(&c.loop, UV_RUN_NOWAIT);
    lane_client_post(&c, WSMAN_IDENTIFY); /* on a new connection, with a logon of its own */
    uv_timer_set_repeat(c.lane->timer, 1);
    uv_timer_again(c.lane->timer);
    lane_client_run(&c, 2);
    assert_int_equal(c.code, ICM_TIMEOUT);
    assert_int_equal(c.status, 0);
    open_gate(1);
    let_pass(1);
    lane_client_stop(&c);
}

/* A step on another thread that nobody waits for any more still reads what it was begun with. */
static void a_shared_login_keeps_its_binding(void **state)
{
    struct auth_credential credential = {.user = (char *)(uintptr_t) "tester"};
    struct wsman_target target = {.mechanism = &waits, .credential = &credential, .skip_ca_check = true, .port_in_spn = true};
    struct wsman_login *login = NULL;

    (void)state;
    icm_buf_add_text(&credential.password, "Secret 1");
    assert_int_equal(wsman_login_new(&login, &target, "srv1", 5986, true, NULL), ICM_OK);
    assert_int_equal(wsman_login_bind(&login, icm_slice_text("first"), NULL), ICM_OK);
    struct wsman_login *shared = wsman_login_share(login);
    assert_int_equal(wsman_login_bind(&login, icm_slice_text("another one"), NULL), ICM_OK);
    assert_true(icm_slice_is(shared->options.channel_binding, "first"));
    assert_true(icm_slice_is(login->options.channel_binding, "another one"));
    assert_string_equal(login->options.host, "srv1");
    assert_int_equal(login->options.spn_port, 5986);
    assert_true(icm_slice_is(icm_buf_slice(&login->options.credential->password), "Secret 1"));
    assert_false(login->options.allows_ntlm); /* still: the certificate is not checked */
    wsman_login_release(shared);
    wsman_login_release(login);
    icm_buf_reset(&credential.password);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_elsewhere),
        cmocka_unit_test(waits_only_where_it_may),
        cmocka_unit_test(is_cancelled_while_it_waits),
        cmocka_unit_test(is_freed_while_it_waits),
        cmocka_unit_test(has_a_limit_while_it_waits),
        cmocka_unit_test(has_no_status_of_another_exchange),
        cmocka_unit_test(a_shared_login_keeps_its_binding),
    };

    loop_thread = pthread_self();
    sem_init(&gate, 0, 0);
    sem_init(&passed, 0, 0);
    return cmocka_run_group_tests_name("lanes whose logon waits", tests, NULL, NULL);
}

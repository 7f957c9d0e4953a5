/* The drive with a transport that has no network: the client's pool meets the server's in memory. */
#include "psrp/drive.h"
#include "psrp/message.h"
#include "psrp/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <uv.h>

/* What the far side does, and what the transport is told. */
struct memory {
    struct psrp_transport base;
    const struct psrp_transport_sink *sink;
    void *up;
    uv_loop_t *loop;
    uv_timer_t *step; /* news comes from the loop, never from inside an operation */
    struct psrp_pool *pool;
    struct psrp_pipeline *pipeline;
    struct psrp_server *server;
    int failure_after;                                               /* deliveries until the link breaks; -1: never */
    enum { STAYS, LEAVES, REJOINS } turn;
    bool may_receive, watches_pool, is_closing, must_not_close, wants_stop, is_mute; /* the server is never heard */
};

static struct memory *of(struct psrp_transport *t)
{
    return (struct memory *)t;
}

static void answer_script(struct memory *m, const struct psrp_server_event *event)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    if (icm_slice_is(event->script, "wait"))
        return;
    if (icm_slice_is(event->script, "ask")) {
        psrp_server_host_call(m->server, &event->pipeline_id, PSRP_HOST_READ_LINE, NULL, &(int64_t){0}, NULL);
        return;
    }
    for (int i = 1; i <= 3; i++)
        psrp_server_send(m->server, &event->pipeline_id, PSRP_PIPELINE_OUTPUT, psrp_value_i32(&a, i), NULL);
    psrp_server_pipeline_state(m->server, &event->pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, NULL);
}

static void run_server(struct memory *m)
{
    struct psrp_server_event event;

    while (psrp_server_next_event(m->server, &event, NULL) == ICM_OK) {
        if (event.type == PSRP_SERVER_OPEN)
            psrp_server_accept(m->server, NULL);
        if (event.type == PSRP_SERVER_PIPELINE)
            answer_script(m, &event);
        if (event.type == PSRP_SERVER_METADATA || event.type == PSRP_SERVER_HOST_RESPONSE)
            psrp_server_pipeline_state(m->server, &event.pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, NULL);
        psrp_server_event_reset(&event);
    }
}

static bool move_stream(struct memory *m, struct psrp_pipeline *pipeline, enum psrp_stream stream)
{
    const struct icm_guid *id = pipeline ? psrp_pipeline_id(pipeline) : NULL;
    struct icm_buf bytes = {0};
    bool has_moved = m->pool && psrp_pool_pull(m->pool, pipeline, stream, 32768, &bytes, NULL) == ICM_OK;

    if (has_moved && stream == PSRP_STREAM_INPUT)
        psrp_server_feed(m->server, id, icm_buf_slice(&bytes), NULL);
    else if (has_moved)
        psrp_server_feed_responses(m->server, id, icm_buf_slice(&bytes), NULL);
    icm_buf_reset(&bytes);
    return has_moved;
}

static void move(struct memory *m, struct psrp_pipeline *pipeline)
{
    for (enum psrp_stream stream = 0; stream < PSRP_STREAM_COUNT; stream++)
        while (move_stream(m, pipeline, stream))
            continue;
}

static void deliver(struct memory *m)
{
    struct icm_buf bytes = {0};
    struct icm_guid target;

    while (m->pool && !m->is_mute && m->failure_after != 0 &&
           psrp_server_pull(m->server, 4096, &target, &bytes, NULL) == ICM_OK) {
        m->failure_after--;
        m->sink->received(m->up, icm_guid_is_zero(&target) ? NULL : m->pipeline, icm_buf_slice(&bytes));
        icm_buf_clear(&bytes);
    }
    icm_buf_reset(&bytes);
    if (m->failure_after == 0) {
        struct icm_error err = {0};
        m->failure_after = -1;
        icm_fail(&err, ICM_IO, NULL, "the line was cut");
        m->sink->failed(m->up, &err);
        icm_error_reset(&err);
    }
}

static void on_step(uv_timer_t *timer)
{
    struct memory *m = timer->data;

    if (m->is_closing) {
        m->sink->closed(m->up);
        return;
    }
    if (m->turn == LEAVES)
        m->sink->left(m->up, NULL);
    if (m->turn == REJOINS)
        m->sink->rejoined(m->up, NULL);
    m->turn = STAYS;
    move(m, NULL);
    if (m->pipeline)
        move(m, m->pipeline);
    run_server(m);
    if (m->wants_stop && m->pipeline)
        psrp_server_pipeline_state(m->server, psrp_pipeline_id(m->pipeline), PSRP_PIPELINE_STOPPED, NULL, NULL);
    deliver(m);
}

static void step_soon(struct memory *m)
{
    uv_timer_start(m->step, on_step, 0, 0);
}

static void attach(struct psrp_transport *t, const struct psrp_transport_sink *sink, void *up)
{
    of(t)->sink = sink;
    of(t)->up = up;
}

static void open_memory(struct psrp_transport *t, struct psrp_pool *pool)
{
    of(t)->pool = pool;
    step_soon(of(t));
}

static void begin(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    of(t)->pipeline = pipeline;
    step_soon(of(t));
}

static void pump(struct psrp_transport *t)
{
    step_soon(of(t));
}

static void receive(struct psrp_transport *t, bool wanted)
{
    of(t)->may_receive = wanted;
}

static void watch_pool(struct psrp_transport *t, bool wanted)
{
    of(t)->watches_pool = wanted;
}

static void negotiated(struct psrp_transport *t, int minor)
{
    (void)t;
    assert_true(minor >= 2);
}

static void stop(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    assert_ptr_equal(of(t)->pipeline, pipeline);
    of(t)->wants_stop = true;
    step_soon(of(t));
}

static void end(struct psrp_transport *t, struct psrp_pipeline *pipeline)
{
    (void)pipeline;
    of(t)->pipeline = NULL;
}

static void disconnect(struct psrp_transport *t, const struct psrp_leaving *how)
{
    assert_int_equal(how->idle_timeout_ms, 60000);
    of(t)->turn = LEAVES;
    step_soon(of(t));
}

static void reconnect(struct psrp_transport *t)
{
    of(t)->turn = REJOINS;
    step_soon(of(t));
}

static void close_memory(struct psrp_transport *t)
{
    assert_false(of(t)->must_not_close);
    of(t)->is_closing = true;
    of(t)->pool = NULL;
    of(t)->pipeline = NULL;
    step_soon(of(t));
}

static void on_step_closed(uv_handle_t *handle)
{
    free(handle);
}

static void free_memory(struct psrp_transport *t)
{
    uv_close((uv_handle_t *)of(t)->step, on_step_closed);
    psrp_server_free(of(t)->server);
    free(t);
}

static const struct psrp_transport_ops memory_ops = {
    .attach = attach,
    .open = open_memory,
    .begin = begin,
    .pump = pump,
    .receive = receive,
    .watch_pool = watch_pool,
    .negotiated = negotiated,
    .stop = stop,
    .end = end,
    .disconnect = disconnect,
    .reconnect = reconnect,
    .close = close_memory,
    .free = free_memory,
};

static struct psrp_transport *memory_new(uv_loop_t *loop, int failure_after)
{
    struct memory *m = calloc(1, sizeof *m);

    m->base.ops = &memory_ops;
    m->loop = loop;
    m->failure_after = failure_after;
    m->step = calloc(1, sizeof *m->step);
    uv_timer_init(loop, m->step);
    m->step->data = m;
    assert_int_equal(psrp_server_new(&m->server, NULL), ICM_OK);
    return &m->base;
}

/* ---- the tests ---- */

struct fixture {
    uv_loop_t loop;
    struct psrp_drive *drive;
    struct psrp_session *session;
    struct memory *link; /* the session's */
};

static void set_up(struct fixture *f, int failure_after)
{
    static const struct psrp_host_info host = {.has_host = true};
    struct psrp_session_options options = {.computer = "srv1", .tag = f, .key_timeout_ms = 1, .pool.host = &host};

    uv_loop_init(&f->loop);
    struct psrp_transport *transport = memory_new(&f->loop, failure_after);
    f->link = of(transport);
    assert_int_equal(psrp_drive_new(&f->drive, &f->loop, NULL), ICM_OK);
    assert_int_equal(psrp_session_open(&f->session, f->drive, transport, &options, NULL), ICM_OK);
    assert_ptr_equal(psrp_session_tag(f->session), f);
}

static void tear_down(struct fixture *f)
{
    psrp_drive_free(f->drive);
    while (uv_run(&f->loop, UV_RUN_NOWAIT) != 0)
        ;
    assert_int_equal(uv_loop_close(&f->loop), 0); /* nothing was left on it */
}

/* the next event of a type; others are passed over */
static void expect(struct fixture *f, enum psrp_event_type type, struct psrp_event *event)
{
    struct psrp_session *from = NULL;

    do {
        assert_int_equal(psrp_drive_next(f->drive, &from, event, NULL), ICM_OK);
        assert_ptr_equal(from, f->session);
        if (event->type == type)
            return;
        psrp_event_reset(event);
    } while (true);
}

static void expect_pool_state(struct fixture *f, enum psrp_pool_state state)
{
    struct psrp_event event;

    do {
        expect(f, PSRP_EVENT_POOL_STATE, &event);
        enum psrp_pool_state seen = event.pool_state;
        psrp_event_reset(&event);
        if (seen == state)
            return;
        assert_int_not_equal(seen, PSRP_POOL_BROKEN);
    } while (true);
}

static struct psrp_pipeline *run(struct fixture *f, const char *text)
{
    struct psrp_script script = {.text = icm_slice_text(text)};
    struct psrp_pipeline *pipeline = NULL;

    assert_int_equal(psrp_session_run(f->session, &script, &pipeline, NULL), ICM_OK);
    return pipeline;
}

static void runs_a_script(void **state)
{
    struct fixture f;
    struct psrp_event event;

    (void)state;
    set_up(&f, -1);
    expect_pool_state(&f, PSRP_POOL_OPENED);
    run(&f, "count");
    for (int64_t i = 1, got; i <= 3; i++) {
        expect(&f, PSRP_EVENT_OUTPUT, &event);
        assert_true(psrp_value_integer(event.value, &got));
        assert_int_equal(got, i);
        psrp_event_reset(&event);
    }
    expect(&f, PSRP_EVENT_PIPELINE_STATE, &event);
    assert_int_equal(event.pipeline_state, PSRP_PIPELINE_COMPLETED);
    psrp_event_reset(&event);
    psrp_session_close(f.session);
    expect_pool_state(&f, PSRP_POOL_CLOSED);
    assert_null(psrp_session_failure(f.session));
    tear_down(&f);
}

/* A session that is disconnected when it is let go of is left: its transport is told to close nothing. */
static void leaves_a_session_and_comes_back(void **state)
{
    struct psrp_leaving how = {.idle_timeout_ms = 60000};
    struct fixture f;
    struct psrp_event event;
    struct icm_guid nobody = {{1}};
    struct psrp_pipeline *none = NULL;

    (void)state;
    set_up(&f, -1);
    assert_int_equal(psrp_session_disconnect(f.session, &how, NULL), ICM_STATE);
    assert_int_equal(psrp_session_reconnect(f.session, NULL), ICM_STATE);
    expect_pool_state(&f, PSRP_POOL_OPENED);
    assert_int_equal(psrp_session_join(f.session, &nobody, &none, NULL), ICM_UNSUPPORTED);
    struct psrp_pipeline *pipeline = run(&f, "wait");
    assert_int_equal(psrp_session_disconnect(f.session, &how, NULL), ICM_OK);
    expect_pool_state(&f, PSRP_POOL_DISCONNECTED);
    psrp_session_stop(f.session, pipeline); /* nobody could be told */
    assert_int_equal(psrp_session_reconnect(f.session, NULL), ICM_OK);
    expect(&f, PSRP_EVENT_PIPELINE_STATE, &event);
    assert_int_equal(event.pipeline_state, PSRP_PIPELINE_RUNNING);
    psrp_event_reset(&event);
    expect_pool_state(&f, PSRP_POOL_OPENED);
    assert_int_equal(psrp_session_disconnect(f.session, &how, NULL), ICM_OK);
    expect_pool_state(&f, PSRP_POOL_DISCONNECTED);
    f.link->must_not_close = true;
    psrp_session_free(f.session);
    tear_down(&f);
}

static void a_transport_that_cannot_says_so(void **state)
{
    struct psrp_session_options options = {.computer = "srv1"};
    struct psrp_session *session = NULL;
    struct fixture f;

    (void)state;
    set_up(&f, -1);
    assert_int_equal(psrp_session_connect(&session, f.drive, memory_new(&f.loop, -1), &options, NULL), ICM_UNSUPPORTED);
    assert_null(session);
    tear_down(&f);
}

static void stops_a_script(void **state)
{
    struct fixture f;
    struct psrp_event event;

    (void)state;
    set_up(&f, -1);
    expect_pool_state(&f, PSRP_POOL_OPENED);
    struct psrp_pipeline *pipeline = run(&f, "wait");
    psrp_session_stop(f.session, pipeline);
    expect(&f, PSRP_EVENT_PIPELINE_STATE, &event);
    assert_int_equal(event.pipeline_state, PSRP_PIPELINE_STOPPED);
    psrp_event_reset(&event);
    tear_down(&f); /* not closed: the drive says good-bye for it */
}

static void expect_pipeline_state(struct fixture *f, enum psrp_pipeline_state state, enum icm_code why)
{
    struct psrp_event event;

    expect(f, PSRP_EVENT_PIPELINE_STATE, &event);
    assert_int_equal(event.pipeline_state, state);
    assert_int_equal(event.warning.code, why);
    psrp_event_reset(&event);
}

static void creates_and_queries(void **state)
{
    const struct psrp_command commands[] = {
        {.text = icm_slice_text("count"), .is_script = true, .ends_statement = true}, {.text = icm_slice_text("b")}};
    const struct psrp_creation creation = {.commands = commands, .command_count = 2};
    const struct psrp_metadata_query query = {0};
    struct psrp_pipeline *pipeline = NULL;
    struct fixture f;

    (void)state;
    set_up(&f, -1);
    expect_pool_state(&f, PSRP_POOL_OPENED);
    assert_int_equal(psrp_session_create(f.session, &creation, &pipeline, NULL), ICM_OK);
    expect_pipeline_state(&f, PSRP_PIPELINE_COMPLETED, ICM_OK);
    assert_int_equal(psrp_session_query(f.session, &query, &pipeline, NULL), ICM_OK);
    expect_pipeline_state(&f, PSRP_PIPELINE_COMPLETED, ICM_OK);
    tear_down(&f);
}

static void answers_a_host_call(void **state)
{
    struct icm_arena a = {0};
    struct psrp_event event;
    struct fixture f;

    (void)state;
    set_up(&f, -1);
    expect_pool_state(&f, PSRP_POOL_OPENED);
    run(&f, "ask");
    expect(&f, PSRP_EVENT_HOST_CALL, &event);
    assert_true(event.needs_answer);
    assert_int_equal(psrp_session_answer(f.session, &event, psrp_value_string(&a, "yes"), NULL, NULL), ICM_OK);
    psrp_event_reset(&event);
    expect_pipeline_state(&f, PSRP_PIPELINE_COMPLETED, ICM_OK);
    icm_arena_reset(&a);
    tear_down(&f);
}

/* The pool's own messages are asked for while one is due, and no longer. */
static void listens_while_an_answer_is_due(void **state)
{
    struct psrp_event event;
    struct fixture f;
    int64_t call_id;

    (void)state;
    set_up(&f, -1);
    expect_pool_state(&f, PSRP_POOL_OPENED);
    assert_false(f.link->watches_pool);
    assert_int_equal(psrp_pool_get_available(psrp_session_pool(f.session), &call_id, NULL), ICM_OK);
    psrp_session_pump(f.session);
    assert_true(f.link->watches_pool);
    expect(&f, PSRP_EVENT_AVAILABILITY, &event);
    assert_int_equal(event.call_id, call_id);
    assert_int_equal(event.number, 1);
    assert_false(f.link->watches_pool);
    psrp_event_reset(&event);
    tear_down(&f);
}

static void a_key_that_does_not_come_is_given_up(void **state)
{
    struct icm_arena a = {0};
    const struct psrp_value *arguments[] = {psrp_value_secure(&a, icm_slice_text("secret"))};
    struct psrp_script script = {icm_slice_text("count"), arguments, 1, false};
    struct psrp_pipeline *pipeline = NULL;
    struct psrp_event event;
    struct fixture f;

    (void)state;
    set_up(&f, -1);
    expect_pool_state(&f, PSRP_POOL_OPENED);
    f.link->is_mute = true;
    assert_int_equal(psrp_session_run(f.session, &script, &pipeline, NULL), ICM_OK);
    assert_true(f.link->watches_pool);
    expect(&f, PSRP_EVENT_PIPELINE_STATE, &event);
    assert_int_equal(event.pipeline_state, PSRP_PIPELINE_FAILED);
    assert_int_equal(event.warning.code, ICM_TIMEOUT);
    assert_string_equal(event.warning.fault->computer, "srv1");
    psrp_event_reset(&event);
    assert_false(f.link->watches_pool);
    icm_arena_reset(&a);
    tear_down(&f);
}

static void a_broken_link_names_the_computer(void **state)
{
    struct fixture f;
    struct psrp_event event;

    (void)state;
    set_up(&f, 1);
    do {
        expect(&f, PSRP_EVENT_POOL_STATE, &event);
        psrp_event_reset(&event);
    } while (psrp_pool_state(psrp_session_pool(f.session)) != PSRP_POOL_BROKEN);
    const struct icm_error *why = psrp_session_failure(f.session);
    assert_non_null(why);
    assert_int_equal(why->code, ICM_IO);
    assert_string_equal(why->text, "the line was cut");
    assert_string_equal(why->fault->computer, "srv1");
    tear_down(&f);
}

static void wake_and_emptiness_come_back(void **state)
{
    struct fixture f;
    struct psrp_session *from;
    struct psrp_event event;

    (void)state;
    set_up(&f, -1);
    psrp_drive_wake(f.drive);
    assert_int_equal(psrp_drive_next(f.drive, &from, &event, NULL), ICM_AGAIN);
    psrp_session_free(f.session);
    assert_int_equal(psrp_drive_next(f.drive, &from, &event, NULL), ICM_AGAIN);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_a_script),
        cmocka_unit_test(leaves_a_session_and_comes_back),
        cmocka_unit_test(a_transport_that_cannot_says_so),
        cmocka_unit_test(stops_a_script),
        cmocka_unit_test(creates_and_queries),
        cmocka_unit_test(answers_a_host_call),
        cmocka_unit_test(listens_while_an_answer_is_due),
        cmocka_unit_test(a_key_that_does_not_come_is_given_up),
        cmocka_unit_test(a_broken_link_names_the_computer),
        cmocka_unit_test(wake_and_emptiness_come_back),
    };

    return cmocka_run_group_tests_name("psrp_drive", tests, NULL, NULL);
}

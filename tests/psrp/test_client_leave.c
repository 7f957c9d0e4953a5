/* A client leaves the server's pool and comes back, or takes over what another one has left. MS-PSRP 3.1.4.8
 * to 3.1.4.10. */
#include "tests/psrp/face.h"

/* an application that lets every pipeline run, and remembers the last */
static void let_run(struct face *f, const struct psrp_server_event *event)
{
    if (event->type == PSRP_SERVER_PIPELINE)
        *(struct icm_guid *)f->context = event->pipeline_id;
}

static void say(struct face *f, const struct icm_guid *pipeline_id, const char *text)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    assert_int_equal(psrp_server_send(f->server, pipeline_id, PSRP_PIPELINE_OUTPUT, psrp_value_string(&a, text), NULL),
                     ICM_OK);
}

static struct psrp_pipeline *begin(struct face *f, struct icm_guid *running, bool has_input)
{
    struct psrp_script script = {.text = icm_slice_text("x"), .has_input = has_input};
    struct psrp_pipeline *pipeline = NULL;

    f->serve = let_run;
    f->context = running;
    assert_int_equal(psrp_pipeline_new(&pipeline, f->pool, &script, NULL), ICM_OK);
    face_run(f);
    return pipeline;
}

/* opened, and what that brought forgotten */
static void open_face(struct face *f, const char *version)
{
    face_open(f, version);
    icm_buf_clear(&f->events);
    icm_buf_clear(&f->names);
}

static void leaving_takes_an_open_pool_of_2_2(void **state)
{
    struct psrp_pool_options options = {.apartment_state = PSRP_APARTMENT_UNKNOWN};
    struct face f = {0};

    (void)state;
    face_begin(&f, &options);
    assert_int_equal(psrp_pool_leave(f.pool, NULL), ICM_STATE);
    face_reset(&f);
    f = (struct face){0};
    open_face(&f, "2.1");
    assert_int_equal(psrp_pool_leave(f.pool, NULL), ICM_UNSUPPORTED);
    face_reset(&f);
    f = (struct face){0};
    open_face(&f, "2.2");
    assert_int_equal(psrp_pool_leave(f.pool, NULL), ICM_OK);
    assert_int_equal(psrp_pool_leave(f.pool, NULL), ICM_STATE);
    face_reset(&f);
}

static void states_follow_the_transport(void **state)
{
    struct psrp_script script = {.text = icm_slice_text("y")};
    struct psrp_pipeline *pipeline, *none = NULL;
    struct icm_guid running;
    struct face f = {0};

    (void)state;
    open_face(&f, "2.3");
    pipeline = begin(&f, &running, false);
    assert_int_equal(psrp_pool_leave(f.pool, NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_new(&none, f.pool, &script, NULL), ICM_STATE);
    say(&f, &running, "before"); /* under way when we left: it comes first */
    f.on_event = NULL;
    struct icm_buf bytes = {0};
    struct icm_guid target;
    assert_int_equal(psrp_server_pull(f.server, 1000, &target, &bytes, NULL), ICM_OK);
    assert_int_equal(psrp_pool_feed(f.pool, pipeline, icm_buf_slice(&bytes), NULL), ICM_OK);
    icm_buf_reset(&bytes);
    psrp_pool_left(f.pool, NULL);
    peers_assert_events(f.pool, "output:before pipeline=Disconnected pool=Disconnected ");
    assert_int_equal(psrp_pool_state(f.pool), PSRP_POOL_DISCONNECTED);
    assert_false(psrp_pipeline_has_ended(pipeline));
    assert_false(psrp_pool_expects_message(f.pool));
    assert_int_equal(psrp_pipeline_new(&none, f.pool, &script, NULL), ICM_STATE);
    psrp_pool_rejoined(f.pool, NULL);
    peers_assert_events(f.pool, "pipeline=Running pool=Opened ");
    say(&f, &running, "behind");
    face_run(&f);
    face_assert_events(&f, "output:behind ");
    assert_int_equal(psrp_pipeline_new(&none, f.pool, &script, NULL), ICM_OK);
    face_reset(&f);
}

static void input_waits_until_we_are_back(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_pipeline *pipeline;
    struct icm_guid running;
    struct face f = {0};

    (void)state;
    open_face(&f, "2.3");
    pipeline = begin(&f, &running, true);
    face_assert_sent(&f, "CREATE_PIPELINE ");
    assert_int_equal(psrp_pool_leave(f.pool, NULL), ICM_OK);
    psrp_pool_left(f.pool, NULL);
    peers_assert_events(f.pool, "pipeline=Disconnected pool=Disconnected ");
    assert_int_equal(psrp_pipeline_input(pipeline, psrp_value_i32(&a, 1), NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_end_input(pipeline, NULL), ICM_OK);
    struct icm_buf bytes = {0};
    assert_int_equal(psrp_pool_pull(f.pool, pipeline, PSRP_STREAM_INPUT, 1000, &bytes, NULL), ICM_AGAIN);
    psrp_pool_rejoined(f.pool, NULL);
    peers_assert_events(f.pool, "pipeline=Running pool=Opened ");
    assert_int_equal(psrp_pool_pull(f.pool, pipeline, PSRP_STREAM_INPUT, 1000, &bytes, NULL), ICM_OK);
    icm_buf_reset(&bytes);
    face_reset(&f);
}

static void what_fails_is_said_and_can_be_tried_again(void **state)
{
    struct icm_guid running;
    struct icm_error why = {0};
    struct face f = {0};

    (void)state;
    open_face(&f, "2.3");
    begin(&f, &running, false);
    icm_fail(&why, ICM_FAULT, NULL, "not now");
    assert_int_equal(psrp_pool_leave(f.pool, NULL), ICM_OK);
    psrp_pool_rejoined(f.pool, &why);
    peers_assert_events(f.pool, "pool=Opened(fault) ");
    assert_int_equal(psrp_pool_leave(f.pool, NULL), ICM_OK);
    psrp_pool_left(f.pool, NULL);
    peers_assert_events(f.pool, "pipeline=Disconnected pool=Disconnected ");
    psrp_pool_left(f.pool, &why); /* coming back has failed */
    psrp_pool_left(f.pool, &why);
    peers_assert_events(f.pool, "pool=Disconnected(fault) ");
    psrp_pool_break(f.pool, &why);
    peers_assert_events(f.pool, "pipeline=Failed(fault) pool=Broken(fault) ");
    psrp_pool_left(f.pool, NULL);
    peers_assert_events(f.pool, "");
    icm_error_reset(&why);
    face_reset(&f);
}

static void a_server_may_leave_us(void **state)
{
    struct icm_guid running;
    struct icm_error why = {0};
    struct face f = {0};

    (void)state;
    open_face(&f, "2.3");
    begin(&f, &running, false);
    icm_fail(&why, ICM_FAULT, NULL, "another client has come");
    psrp_pool_left(f.pool, &why);
    peers_assert_events(f.pool, "pipeline=Disconnected pool=Disconnected(fault) ");
    icm_error_reset(&why);
    face_reset(&f);
}

/* Another client takes the pool over while its pipeline runs: the output that waits comes to it, and the rest. */
static void a_pipeline_is_taken_over(void **state)
{
    struct psrp_pool_options options = {.protocol_version = "2.3", .apartment_state = PSRP_APARTMENT_UNKNOWN};
    struct psrp_pipeline *pipeline = NULL;
    struct icm_guid running;
    struct face f = {0};

    (void)state;
    open_face(&f, "2.3");
    begin(&f, &running, false);
    options.pool_id = *psrp_pool_id(f.pool);
    assert_int_equal(psrp_server_disconnect(f.server, NULL), ICM_OK);
    say(&f, &running, "waits");
    psrp_pool_free(f.pool);
    assert_int_equal(psrp_pool_new(&f.pool, &options, NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_connect(&pipeline, f.pool, &running, NULL), ICM_STATE);
    f.is_held_up = true;
    assert_int_equal(psrp_pool_connect(f.pool, NULL), ICM_OK);
    face_run(&f);

    /* what the negotiation brings, which passes the output */
    struct icm_buf bytes = {0};
    struct icm_guid target;
    assert_int_equal(psrp_server_pull(f.server, 32768, &target, &bytes, NULL), ICM_OK);
    assert_true(icm_guid_is_zero(&target));
    assert_int_equal(psrp_pool_feed(f.pool, NULL, icm_buf_slice(&bytes), NULL), ICM_OK);
    icm_buf_reset(&bytes);
    peers_assert_events(f.pool, "pool=NegotiationSucceeded init-data pool=Opened private-data ");
    assert_int_equal(psrp_pipeline_connect(&pipeline, f.pool, &running, NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_state(pipeline), PSRP_PIPELINE_RUNNING);
    struct psrp_pipeline *again = NULL;
    assert_int_equal(psrp_pipeline_connect(&again, f.pool, &running, NULL), ICM_STATE);
    assert_int_equal(psrp_pipeline_end_input(pipeline, NULL), ICM_STATE); /* its input is not ours */
    f.is_held_up = false;
    say(&f, &running, "rest");
    assert_int_equal(psrp_server_pipeline_state(f.server, &running, PSRP_PIPELINE_COMPLETED, NULL, NULL), ICM_OK);
    face_run(&f);
    face_assert_events(&f, "output:waits output:rest pipeline=Completed ");
    face_reset(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaving_takes_an_open_pool_of_2_2),
        cmocka_unit_test(states_follow_the_transport),
        cmocka_unit_test(input_waits_until_we_are_back),
        cmocka_unit_test(what_fails_is_said_and_can_be_tried_again),
        cmocka_unit_test(a_server_may_leave_us),
        cmocka_unit_test(a_pipeline_is_taken_over),
    };
    return cmocka_run_group_tests_name("a client leaves its pool, MS-PSRP 3.1.4.8 to 3.1.4.10", tests, NULL, NULL);
}

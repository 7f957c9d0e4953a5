/* A client's pool and a server's, face to face without a socket: each row is a script and the events that it brings,
 * the same however the bytes are cut on the way. */
#include "tests/psrp/peers.h"

#include "psrp/host.h"

/* how the bytes travel: room for one packet of fragments, and how many bytes of it arrive at a time */
static const struct road {
    size_t room, step;
} roads[] = {{32768, SIZE_MAX}, {32768, 1}, {PSRP_FRAGMENT_MIN, 1}, {100, 33}, {1000, SIZE_MAX}};

struct dialogue {
    const struct road *road;
    struct psrp_pool *pool;
    struct psrp_pipeline *pipeline;
    struct psrp_server *server;
    struct icm_buf events; /* of the client */
    bool completes_at_end; /* of the input */
};

/* ---- the server's application: it knows a few scripts by heart ---- */

struct served {
    struct dialogue *d;
    const struct psrp_server_event *event;
    struct icm_arena a;
};

static void send_to_pipeline(struct served *s, uint32_t type, const struct psrp_value *value)
{
    assert_int_equal(psrp_server_send(s->d->server, &s->event->pipeline_id, type, value, NULL), ICM_OK);
}

static void end_pipeline(struct served *s, enum psrp_pipeline_state state, const struct psrp_value *reason)
{
    assert_int_equal(psrp_server_pipeline_state(s->d->server, &s->event->pipeline_id, state, reason, NULL), ICM_OK);
}

static void run_arguments(struct served *s)
{
    const struct psrp_value *commands = psrp_value_member(psrp_value_member(s->event->value, "PowerShell"), "Cmds");
    const struct psrp_value *arguments = psrp_value_member(commands->as.list->first->value, "Args");

    for (const struct psrp_item *item = arguments->as.list->first; item; item = item->next)
        send_to_pipeline(s, PSRP_PIPELINE_OUTPUT, psrp_value_member(item->value, "V"));
    end_pipeline(s, PSRP_PIPELINE_COMPLETED, NULL);
}

static void run_streams(struct served *s)
{
    static const uint32_t types[] = {PSRP_WARNING_RECORD,     PSRP_VERBOSE_RECORD,  PSRP_DEBUG_RECORD,
                                     PSRP_INFORMATION_RECORD, PSRP_PROGRESS_RECORD, PSRP_PIPELINE_OUTPUT};

    for (size_t i = 0; i < ICM_COUNT(types); i++)
        send_to_pipeline(s, types[i], psrp_value_string(&s->a, "x"));
    end_pipeline(s, PSRP_PIPELINE_COMPLETED, NULL);
}

static struct psrp_value *error_record(struct served *s)
{
    return psrp_server_error_record(&s->a, icm_slice_text("it went wrong"), "Wrong", 0);
}

static void run_error(struct served *s)
{
    send_to_pipeline(s, PSRP_ERROR_RECORD, error_record(s));
    end_pipeline(s, PSRP_PIPELINE_COMPLETED, NULL);
}

static void run_throw(struct served *s)
{
    end_pipeline(s, PSRP_PIPELINE_FAILED, error_record(s));
}

static struct psrp_value *host_call(struct served *s, int64_t call_id, int32_t method)
{
    struct psrp_value *call = psrp_value_object(&s->a, NULL);

    assert_true(psrp_value_add_note(&s->a, call, "ci", psrp_value_i64(&s->a, call_id)));
    assert_true(psrp_value_add_note(&s->a, call, "mi", psrp_value_enum(&s->a, "M", method, "M")));
    assert_true(psrp_value_add_note(&s->a, call, "mp", psrp_value_array(&s->a)));
    return call;
}

static void run_ask(struct served *s)
{
    send_to_pipeline(s, PSRP_PIPELINE_HOST_CALL, host_call(s, PSRP_HOST_CALL_VOID, 15));
    send_to_pipeline(s, PSRP_PIPELINE_HOST_CALL, host_call(s, 3, 1));
}

static void run_ask_pool(struct served *s)
{
    assert_int_equal(psrp_server_send(s->d->server, NULL, PSRP_RUNSPACEPOOL_HOST_CALL, host_call(s, 4, 11), NULL),
                     ICM_OK);
    end_pipeline(s, PSRP_PIPELINE_COMPLETED, NULL);
}

static void run_much(struct served *s)
{
    struct icm_buf text = {0};

    while (text.size < 20000)
        icm_buf_add_text(&text, "0123456789");
    send_to_pipeline(s, PSRP_PIPELINE_OUTPUT, psrp_value_text(&s->a, PSRP_STRING, icm_buf_slice(&text)));
    end_pipeline(s, PSRP_PIPELINE_COMPLETED, NULL);
    icm_buf_reset(&text);
}

static void run_wait(struct served *s)
{
    send_to_pipeline(s, PSRP_PIPELINE_OUTPUT, psrp_value_string(&s->a, "started"));
}

static void run_input(struct served *s)
{
    s->d->completes_at_end = true;
}

static void run_close(struct served *s)
{
    assert_int_equal(psrp_server_pool_state(s->d->server, PSRP_POOL_CLOSING, NULL), ICM_OK);
    assert_int_equal(psrp_server_pool_state(s->d->server, PSRP_POOL_CLOSED, NULL), ICM_OK);
}

static const struct {
    const char *script;
    void (*run)(struct served *s);
} scripts[] = {
    {"arguments", run_arguments}, {"streams", run_streams}, {"error", run_error},
    {"throw", run_throw},         {"ask", run_ask},         {"ask pool", run_ask_pool},
    {"much", run_much},           {"wait", run_wait},       {"input", run_input},
    {"close", run_close},
};

static void serve_script(struct served *s)
{
    for (size_t i = 0; i < ICM_COUNT(scripts); i++)
        if (icm_slice_is(s->event->script, scripts[i].script)) {
            scripts[i].run(s);
            return;
        }
    fail_msg("a script that nobody knows");
}

static void serve_answer(struct served *s)
{
    if (icm_guid_is_zero(&s->event->pipeline_id)) {
        assert_non_null(psrp_value_member(s->event->value, "me"));
        return;
    }
    send_to_pipeline(s, PSRP_PIPELINE_OUTPUT, psrp_value_member(s->event->value, "mr"));
    end_pipeline(s, PSRP_PIPELINE_COMPLETED, NULL);
}

static void serve(struct served *s)
{
    if (s->event->type == PSRP_SERVER_OPEN)
        assert_int_equal(psrp_server_accept(s->d->server, NULL), ICM_OK);
    if (s->event->type == PSRP_SERVER_PIPELINE)
        serve_script(s);
    if (s->event->type == PSRP_SERVER_INPUT)
        send_to_pipeline(s, PSRP_PIPELINE_OUTPUT, s->event->value);
    if (s->event->type == PSRP_SERVER_INPUT_END && s->d->completes_at_end)
        end_pipeline(s, PSRP_PIPELINE_COMPLETED, NULL);
    if (s->event->type == PSRP_SERVER_HOST_RESPONSE)
        serve_answer(s);
}

static void run_server(struct dialogue *d)
{
    struct psrp_server_event event;
    enum icm_code code;

    while ((code = psrp_server_next_event(d->server, &event, NULL)) == ICM_OK) {
        struct served s = {.d = d, .event = &event};

        serve(&s);
        icm_arena_reset(&s.a);
        psrp_server_event_reset(&event);
    }
    assert_int_equal(code, ICM_AGAIN);
}

/* ---- the road ---- */

static bool send_packet(struct dialogue *d, struct psrp_pipeline *pipeline, enum psrp_stream stream)
{
    const struct icm_guid *id = pipeline ? psrp_pipeline_id(pipeline) : NULL;
    struct icm_buf bytes = {0};

    if (psrp_pool_pull(d->pool, pipeline, stream, d->road->room, &bytes, NULL) != ICM_OK)
        return false;
    assert_true(bytes.size > PSRP_FRAGMENT_HEADER && bytes.size <= d->road->room);
    for (struct icm_slice rest = icm_buf_slice(&bytes); rest.size > 0;) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < d->road->step ? rest.size : d->road->step);

        enum icm_code code = stream == PSRP_STREAM_INPUT ? psrp_server_feed(d->server, id, piece, NULL)
                                                         : psrp_server_feed_responses(d->server, id, piece, NULL);
        assert_int_equal(code, ICM_OK);
        rest = icm_slice_from(rest, piece.size);
    }
    icm_buf_reset(&bytes);
    return true;
}

static bool receive_packet(struct dialogue *d)
{
    struct icm_buf bytes = {0};
    struct icm_guid target;

    if (psrp_server_pull(d->server, d->road->room, &target, &bytes, NULL) != ICM_OK)
        return false;
    struct psrp_pipeline *pipeline = icm_guid_is_zero(&target) ? NULL : psrp_pool_find(d->pool, &target);
    for (struct icm_slice rest = icm_buf_slice(&bytes); rest.size > 0;) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < d->road->step ? rest.size : d->road->step);

        assert_int_equal(psrp_pool_feed(d->pool, pipeline, piece, NULL), ICM_OK);
        peers_take_events(d->pool, &d->events);
        rest = icm_slice_from(rest, piece.size);
    }
    icm_buf_reset(&bytes);
    return true;
}

static bool go_on(struct dialogue *d)
{
    bool moved = false;

    for (enum psrp_stream stream = 0; stream < PSRP_STREAM_COUNT; stream++) {
        moved |= send_packet(d, NULL, stream);
        moved |= d->pipeline && send_packet(d, d->pipeline, stream);
    }
    run_server(d);
    return receive_packet(d) || moved;
}

static void until_nothing_moves(struct dialogue *d)
{
    while (go_on(d))
        continue;
}

static void assert_seen(struct dialogue *d, const char *events)
{
    peers_take_events(d->pool, &d->events);
    assert_string_equal(icm_buf_text(&d->events), events);
    icm_buf_clear(&d->events);
}

static void begin(struct dialogue *d, const struct road *road)
{
    *d = (struct dialogue){.road = road, .pool = peers_pool_new(NULL)};
    assert_int_equal(psrp_server_new(&d->server, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(d->pool, NULL), ICM_OK);
    until_nothing_moves(d);
    assert_seen(d, "pool=NegotiationSucceeded private-data pool=Opened ");
    assert_int_equal(psrp_pool_protocol_minor(d->pool), 3);
}

static void finish(struct dialogue *d)
{
    psrp_pool_free(d->pool);
    psrp_server_free(d->server);
    icm_buf_reset(&d->events);
}

static void start(struct dialogue *d, const struct psrp_script *script)
{
    psrp_pipeline_free(d->pipeline);
    d->completes_at_end = false;
    assert_int_equal(psrp_pipeline_new(&d->pipeline, d->pool, script, NULL), ICM_OK);
}

/* ---- one script after another ---- */

static const struct row {
    const char *script;
    const char *inputs[3];
    const char *events;
} rows[] = {
    {"arguments", {NULL}, "output:7 output:it's output:True output: output:-1.5 pipeline=Completed "},
    {"streams", {NULL}, "warning verbose debug information progress output:x pipeline=Completed "},
    {"error", {NULL}, "error pipeline=Completed "},
    {"throw", {NULL}, "pipeline=Failed "},
    {"ask", {NULL}, "host-call host-call output:icm pipeline=Completed "},
    {"ask pool", {NULL}, "host-call pipeline=Completed "},
    {"input", {"one", "two", "three"}, "output:one output:two output:three pipeline=Completed "},
    {"input", {"one"}, "output:one pipeline=Completed "},
    {"input", {NULL}, "pipeline=Completed "},
};

static void run_row(struct dialogue *d, const struct row *row)
{
    struct icm_arena a = {0};
    const struct psrp_value *arguments[] = {psrp_value_i32(&a, 7), psrp_value_string(&a, "it's"),
                                            psrp_value_bool(&a, true), psrp_value_nil(&a), psrp_value_double(&a, -1.5)};
    struct psrp_script script = {icm_slice_text(row->script), arguments, ICM_COUNT(arguments), row->inputs[0] != NULL};

    start(d, &script);
    for (size_t i = 0; i < ICM_COUNT(row->inputs) && row->inputs[i]; i++)
        assert_int_equal(psrp_pipeline_input(d->pipeline, psrp_value_string(&a, row->inputs[i]), NULL), ICM_OK);
    if (script.has_input)
        assert_int_equal(psrp_pipeline_end_input(d->pipeline, NULL), ICM_OK);
    until_nothing_moves(d);
    assert_seen(d, row->events);
    assert_true(psrp_pipeline_has_ended(d->pipeline));
    icm_arena_reset(&a);
}

static void one_script_alone(void **state)
{
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin(&d, &roads[i]);
        run_row(&d, *state);
        finish(&d);
    }
}

static void all_scripts_in_one_pool(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin(&d, &roads[i]);
        for (size_t k = 0; k < ICM_COUNT(rows); k++)
            run_row(&d, &rows[k]);
        finish(&d);
    }
}

static void much_output_comes_whole(void **state)
{
    struct psrp_script script = {.text = icm_slice_text("much")};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin(&d, &roads[i]);
        start(&d, &script);
        until_nothing_moves(&d);
        assert_int_equal(d.events.size, strlen("output: pipeline=Completed ") + 20000);
        finish(&d);
    }
}

/* ---- stop, break, late data ---- */

static void begin_waiting(struct dialogue *d, const struct road *road)
{
    struct psrp_script script = {.text = icm_slice_text("wait")};

    begin(d, road);
    start(d, &script);
    until_nothing_moves(d);
    assert_seen(d, "output:started ");
}

static void server_ends(struct dialogue *d, enum psrp_pipeline_state state)
{
    struct icm_arena a = {0};
    struct psrp_value *last = psrp_value_string(&a, "finally");

    assert_int_equal(psrp_server_send(d->server, psrp_pipeline_id(d->pipeline), PSRP_PIPELINE_OUTPUT, last, NULL),
                     ICM_OK);
    assert_int_equal(psrp_server_pipeline_state(d->server, psrp_pipeline_id(d->pipeline), state, NULL, NULL), ICM_OK);
    icm_arena_reset(&a);
}

static void a_stop_lets_a_finally_block_speak(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin_waiting(&d, &roads[i]);
        psrp_pipeline_stop(d.pipeline); /* the transport's Signal tells the server, which is not our part */
        server_ends(&d, PSRP_PIPELINE_STOPPED);
        until_nothing_moves(&d);
        assert_seen(&d, "output:finally pipeline=Stopped ");
        finish(&d);
    }
}

static void output_after_the_transports_end_is_late(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin_waiting(&d, &roads[i]);
        psrp_pipeline_stop(d.pipeline);
        psrp_pipeline_transport_ended(d.pipeline);
        server_ends(&d, PSRP_PIPELINE_STOPPED);
        until_nothing_moves(&d);
        assert_seen(&d, "pipeline=Stopped ");
        finish(&d);
    }
}

static void output_for_a_pipeline_that_was_freed_is_late(void **state)
{
    (void)state;
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin_waiting(&d, &roads[i]);
        server_ends(&d, PSRP_PIPELINE_COMPLETED);
        psrp_pipeline_free(d.pipeline);
        d.pipeline = NULL;
        until_nothing_moves(&d); /* for want of a pipeline it comes on the pool's stream */
        assert_seen(&d, "");
        run_row(&d, &rows[0]);
        finish(&d);
    }
}

static void input_on_its_way_when_the_server_ends_is_late(void **state)
{
    struct psrp_script script = {.text = icm_slice_text("input"), .has_input = true};
    struct icm_arena a = {0};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin(&d, &roads[i]);
        start(&d, &script);
        until_nothing_moves(&d);
        server_ends(&d, PSRP_PIPELINE_FAILED);
        assert_int_equal(psrp_pipeline_input(d.pipeline, psrp_value_string(&a, "late"), NULL), ICM_OK);
        while (send_packet(&d, d.pipeline, PSRP_STREAM_INPUT))
            continue;
        until_nothing_moves(&d);
        assert_seen(&d, "output:finally pipeline=Failed ");
        finish(&d);
    }
    icm_arena_reset(&a);
}

static void a_break_fails_what_runs(void **state)
{
    struct icm_error why = {0};

    (void)state;
    icm_fail(&why, ICM_IO, NULL, "the cable is out");
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin_waiting(&d, &roads[i]);
        psrp_pool_break(d.pool, &why);
        server_ends(&d, PSRP_PIPELINE_COMPLETED);
        until_nothing_moves(&d);
        assert_seen(&d, "pipeline=Failed(io) pool=Broken(io) ");
        finish(&d);
    }
    icm_error_reset(&why);
}

static void a_server_that_closes_stops_what_runs(void **state)
{
    struct psrp_script script = {.text = icm_slice_text("close")};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(roads); i++) {
        struct dialogue d;

        begin(&d, &roads[i]);
        start(&d, &script);
        until_nothing_moves(&d);
        assert_seen(&d, "pool=Closing pipeline=Stopped pool=Closed ");
        finish(&d);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(all_scripts_in_one_pool),
        cmocka_unit_test(much_output_comes_whole),
        cmocka_unit_test(a_stop_lets_a_finally_block_speak),
        cmocka_unit_test(output_after_the_transports_end_is_late),
        cmocka_unit_test(output_for_a_pipeline_that_was_freed_is_late),
        cmocka_unit_test(input_on_its_way_when_the_server_ends_is_late),
        cmocka_unit_test(a_break_fails_what_runs),
        cmocka_unit_test(a_server_that_closes_stops_what_runs),
    };
    struct CMUnitTest tests[ICM_COUNT(rows) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[count++] = (struct CMUnitTest){rows[i].script, one_script_alone, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("a pool and a server, MS-PSRP 3", tests, NULL, NULL);
}

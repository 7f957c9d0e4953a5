/* The transport over packets: the client's pool on one side of two pipes in memory, an engine of packets and the server's role on the other. */
#include "psrp/over_packets.h"

#include "psrp/message.h"
#include "psrp/packets.h"
#include "psrp/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

struct world {
    struct psrp_transport *transport;
    struct psrp_pool *pool;
    struct psrp_pipeline *pipeline;
    struct psrp_packet_reader *heard; /* by the engine */
    struct psrp_server *server;
    struct icm_buf to_engine, to_client;
    size_t piece;     /* bytes that reach the client at a time */
    struct icm_buf log; /* what the engine heard: a letter for each packet, see letters */
    bool is_mute, is_paused, is_closing, is_freed, is_closed;
    enum icm_code failure;
    char failure_text[320];
};

/* ---- the pipe and the news ---- */

static void write_pipe(void *pipe, struct icm_buf *bytes)
{
    struct world *w = pipe;

    assert_false(w->is_freed);
    icm_buf_add(&w->to_engine, icm_buf_slice(bytes));
    icm_buf_reset(bytes);
}

static void pause_pipe(void *pipe, bool is_paused)
{
    ((struct world *)pipe)->is_paused = is_paused;
}

static void closing_pipe(void *pipe)
{
    ((struct world *)pipe)->is_closing = true;
}

static void free_pipe(void *pipe)
{
    ((struct world *)pipe)->is_freed = true;
}

static const struct psrp_pipe_ops pipe_ops = {write_pipe, pause_pipe, closing_pipe, free_pipe};

static void on_received(void *up, struct psrp_pipeline *pipeline, struct icm_slice fragments)
{
    struct world *w = up;

    assert_int_equal(psrp_pool_feed(w->pool, pipeline, fragments, NULL), ICM_OK);
}

static void on_pipeline_news(void *up, struct psrp_pipeline *pipeline)
{
    fail();
}

static void on_pipeline_failed(void *up, struct psrp_pipeline *pipeline, const struct icm_error *why)
{
    fail();
}

static void on_closed(void *up)
{
    struct world *w = up;

    assert_false(w->is_closed);
    w->is_closed = true;
}

static void on_failed(void *up, const struct icm_error *why)
{
    struct world *w = up;

    assert_int_equal(w->failure, ICM_OK);
    w->failure = why->code;
    memcpy(w->failure_text, why->text, sizeof w->failure_text);
}

static const struct psrp_transport_sink sink = {.received = on_received,
                                                .pipeline_ended = on_pipeline_news,
                                                .pipeline_failed = on_pipeline_failed,
                                                .closed = on_closed,
                                                .failed = on_failed};

/* ---- the engine ---- */

static void answer(struct world *w, enum psrp_packet_type type, const struct icm_guid *target)
{
    psrp_packet_write(&w->to_client, &(struct psrp_packet){.type = type, .target = *target});
}

static void run_server(struct world *w)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_server_event event;

    while (psrp_server_next_event(w->server, &event, NULL) == ICM_OK) {
        if (event.type == PSRP_SERVER_OPEN)
            psrp_server_accept(w->server, NULL);
        if (event.type == PSRP_SERVER_PIPELINE && icm_slice_is(event.script, "ask"))
            psrp_server_host_call(w->server, &event.pipeline_id, PSRP_HOST_READ_LINE, NULL, &(int64_t){0}, NULL);
        if (event.type == PSRP_SERVER_INPUT)
            psrp_server_send(w->server, &event.pipeline_id, PSRP_PIPELINE_OUTPUT, psrp_value_i32(&a, 7), NULL);
        if (event.type == PSRP_SERVER_INPUT_END)
            psrp_server_pipeline_state(w->server, &event.pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, NULL);
        psrp_server_event_reset(&event);
    }
}

static void tell_client(struct world *w)
{
    struct icm_buf bytes = {0};
    struct icm_guid target;

    while (psrp_server_pull(w->server, 4096, &target, &bytes, NULL) == ICM_OK) {
        psrp_packet_write(&w->to_client, &(struct psrp_packet){
                                             .type = PSRP_PACKET_DATA, .target = target, .data = icm_buf_slice(&bytes)});
        icm_buf_clear(&bytes);
    }
    icm_buf_reset(&bytes);
}

static void hear_data(struct world *w, const struct psrp_packet *packet)
{
    const struct icm_guid *id = icm_guid_is_zero(&packet->target) ? NULL : &packet->target;

    assert_in_range(packet->data.size, 1, 32768);
    if (packet->is_prompt_response)
        psrp_server_feed_responses(w->server, id, packet->data, NULL);
    else
        psrp_server_feed(w->server, id, packet->data, NULL);
    answer(w, PSRP_PACKET_DATA_ACK, &packet->target);
}

static void hear(struct world *w, const struct psrp_packet *packet)
{
    static const char letters[] = "D.C.X.S."; /* by type; p: an answer to a host call */

    icm_buf_add_u8(&w->log, packet->is_prompt_response ? 'p' : (uint8_t)letters[packet->type]);
    if (packet->type == PSRP_PACKET_DATA)
        hear_data(w, packet);
    else
        answer(w, (enum psrp_packet_type)(packet->type + 1), &packet->target);
    if (packet->type == PSRP_PACKET_SIGNAL)
        psrp_server_pipeline_state(w->server, &packet->target, PSRP_PIPELINE_STOPPED, NULL, NULL);
    run_server(w);
    tell_client(w);
}

static void deliver(struct world *w)
{
    struct icm_buf bytes = {0};

    icm_buf_move(&bytes, &w->to_client);
    for (size_t at = 0; at < bytes.size; at += w->piece)
        psrp_over_packets_feed(w->transport, icm_slice_of(bytes.data + at, bytes.size - at < w->piece ? bytes.size - at
                                                                                                     : w->piece));
    icm_buf_reset(&bytes);
}

/* One packet to the engine, and what it says to it. false: nothing is under way. */
static bool step(struct world *w)
{
    struct psrp_packet packet;

    psrp_packet_reader_feed(w->heard, icm_buf_slice(&w->to_engine), NULL);
    icm_buf_clear(&w->to_engine);
    if (w->is_mute || psrp_packet_reader_next(w->heard, &packet, NULL) != ICM_OK)
        return false;
    hear(w, &packet);
    deliver(w);
    return true;
}

static void run_all(struct world *w)
{
    while (step(w))
        continue;
}

/* ---- the tests ---- */

static void set_up(struct world *w, size_t piece)
{
    static const struct psrp_host_info host = {.has_host = true, .has_ui = true};
    const struct psrp_pool_options options = {.host = &host};

    *w = (struct world){.piece = piece};
    assert_int_equal(psrp_packet_reader_new(&w->heard, NULL), ICM_OK);
    assert_int_equal(psrp_server_new(&w->server, NULL), ICM_OK);
    assert_int_equal(psrp_over_packets_new(&w->transport, &pipe_ops, w, NULL), ICM_OK);
    assert_int_equal(psrp_pool_new(&w->pool, &options, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(w->pool, NULL), ICM_OK);
    w->transport->ops->attach(w->transport, &sink, w);
    w->transport->ops->open(w->transport, w->pool);
}

static void tear_down(struct world *w)
{
    w->transport->ops->free(w->transport);
    assert_true(w->is_freed);
    psrp_pool_free(w->pool);
    psrp_server_free(w->server);
    psrp_packet_reader_free(w->heard);
    icm_buf_reset(&w->to_engine);
    icm_buf_reset(&w->to_client);
    icm_buf_reset(&w->log);
}

/* the events of a type that are there, others are passed over; @last is the caller's to reset where there is one */
static size_t events(struct world *w, enum psrp_event_type type, struct psrp_event *last)
{
    struct psrp_event event;
    size_t count = 0;

    while (psrp_pool_next_event(w->pool, &event, NULL) == ICM_OK) {
        if (event.type == type && count++ == 0 && last) {
            *last = event;
            return 1;
        }
        psrp_event_reset(&event);
    }
    return count;
}

static void begin(struct world *w, const char *text)
{
    const struct psrp_script script = {.text = icm_slice_text(text), .has_input = true};

    run_all(w);
    events(w, PSRP_EVENT_POOL_STATE, NULL);
    assert_int_equal(psrp_pool_state(w->pool), PSRP_POOL_OPENED);
    assert_int_equal(psrp_pipeline_new(&w->pipeline, w->pool, &script, NULL), ICM_OK);
    w->transport->ops->begin(w->transport, w->pipeline);
    icm_buf_clear(&w->log);
}

static void add_input(struct world *w, size_t count, size_t size)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    char *text = malloc(size);

    memset(text, 'x', size);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(psrp_pipeline_input(w->pipeline, psrp_value_text(&a, PSRP_STRING, icm_slice_of(text, size)), NULL),
                         ICM_OK);
    free(text);
}

static void finish_script(struct world *w)
{
    struct psrp_event event;

    assert_int_equal(psrp_pipeline_end_input(w->pipeline, NULL), ICM_OK);
    w->transport->ops->pump(w->transport);
    run_all(w);
    assert_int_equal(events(w, PSRP_EVENT_PIPELINE_STATE, &event), 1);
    assert_int_equal(event.pipeline_state, PSRP_PIPELINE_COMPLETED);
    psrp_event_reset(&event);
    w->transport->ops->end(w->transport, w->pipeline);
    run_all(w);
}

static void a_session_from_beginning_to_end(void **state)
{
    const size_t pieces[] = {1, 3, 50, 1 << 20};

    for (size_t i = 0; i < ICM_COUNT(pieces); i++) {
        struct world w;

        set_up(&w, pieces[i]);
        begin(&w, "count");
        add_input(&w, 3, 10);
        w.transport->ops->pump(w.transport);
        run_all(&w);
        assert_int_equal(events(&w, PSRP_EVENT_OUTPUT, NULL), 3);
        finish_script(&w);
        assert_string_equal(icm_buf_text(&w.log), "CDDDX");
        w.transport->ops->close(w.transport);
        assert_true(w.is_closing);
        assert_false(w.is_closed);
        run_all(&w);
        assert_true(w.is_closed);
        assert_string_equal(icm_buf_text(&w.log), "CDDDXX");
        tear_down(&w);
    }
}

/* one Data at a time for a target, each as full as it may be; not one goes out before CommandAck */
static void input_waits_for_its_turn(void **state)
{
    struct world w;

    set_up(&w, 4096);
    begin(&w, "much");
    add_input(&w, 10, 100000);
    w.transport->ops->pump(w.transport);
    w.is_mute = true;
    run_all(&w);
    w.is_mute = false;
    run_all(&w);
    size_t packets = w.log.size - 1;
    assert_in_range(packets, 1000000 / 32768, 1000000 / 32768 + 4);
    assert_int_equal(events(&w, PSRP_EVENT_OUTPUT, NULL), 10);
    finish_script(&w);
    tear_down(&w);
}

static void answers_pass_queued_input(void **state)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_event event;
    struct world w;

    set_up(&w, 4096);
    begin(&w, "ask");
    add_input(&w, 20, 100000);
    w.transport->ops->pump(w.transport);
    for (int i = 0; i < 4; i++)
        step(&w);
    assert_int_equal(events(&w, PSRP_EVENT_HOST_CALL, &event), 1);
    assert_int_equal(psrp_pool_answer(w.pool, &event, psrp_value_string(&a, "yes"), NULL, NULL), ICM_OK);
    psrp_event_reset(&event);
    w.transport->ops->pump(w.transport);
    run_all(&w);
    const char *heard = icm_buf_text(&w.log), *response = strchr(heard, 'p');
    assert_non_null(response);
    assert_in_range(response - heard, 1, 6);
    assert_in_range(strlen(response), 50, 100);
    finish_script(&w);
    tear_down(&w);
}

static void a_pipeline_is_stopped(void **state)
{
    struct psrp_event event;
    struct world w;

    set_up(&w, 100);
    begin(&w, "wait");
    run_all(&w);
    psrp_pipeline_stop(w.pipeline);
    w.transport->ops->stop(w.transport, w.pipeline);
    run_all(&w);
    assert_string_equal(icm_buf_text(&w.log), "CDS");
    assert_int_equal(events(&w, PSRP_EVENT_PIPELINE_STATE, &event), 1);
    assert_int_equal(event.pipeline_state, PSRP_PIPELINE_STOPPED);
    psrp_event_reset(&event);
    w.transport->ops->end(w.transport, w.pipeline);
    w.transport->ops->stop(w.transport, w.pipeline); /* nobody knows it any more */
    run_all(&w);
    assert_string_equal(icm_buf_text(&w.log), "CDSX");
    tear_down(&w);
}

/* the session's Close waits for the pipeline's */
static void closing_closes_pipelines_first(void **state)
{
    struct world w;

    set_up(&w, 100);
    begin(&w, "wait");
    run_all(&w);
    w.transport->ops->receive(w.transport, false);
    assert_true(w.is_paused);
    w.transport->ops->close(w.transport);
    w.transport->ops->close(w.transport);
    assert_false(w.is_paused);
    step(&w);
    assert_string_equal(icm_buf_text(&w.log), "CDX");
    assert_false(w.is_closed);
    run_all(&w);
    assert_string_equal(icm_buf_text(&w.log), "CDXX");
    assert_true(w.is_closed);
    tear_down(&w);
}

static void what_is_no_packet_fails(void **state)
{
    struct world w;

    set_up(&w, 100);
    run_all(&w);
    psrp_over_packets_feed(w.transport, icm_slice_text("Welcome to the machine\n"));
    assert_int_equal(w.failure, ICM_SYNTAX);
    assert_non_null(strstr(w.failure_text, "Welcome"));
    psrp_over_packets_feed(w.transport, icm_slice_text("Welcome again\n")); /* once is enough */
    w.transport->ops->close(w.transport);
    assert_true(w.is_closed);
    tear_down(&w);
}

static void the_end_of_the_pipe(void **state)
{
    struct icm_error why = {0};
    struct world w;

    icm_fail(&why, ICM_IO, NULL, "the engine has ended");
    set_up(&w, 100);
    psrp_over_packets_ended(w.transport, &why);
    assert_int_equal(w.failure, ICM_IO);
    assert_string_equal(w.failure_text, "the engine has ended");
    tear_down(&w);

    set_up(&w, 100);
    run_all(&w);
    w.transport->ops->close(w.transport);
    psrp_over_packets_ended(w.transport, &why); /* in place of CloseAck */
    assert_int_equal(w.failure, ICM_OK);
    assert_true(w.is_closed);
    tear_down(&w);
}

static void late_packets_are_passed_over(void **state)
{
    struct icm_guid id;
    struct world w;

    set_up(&w, 100);
    begin(&w, "count");
    id = *psrp_pipeline_id(w.pipeline);
    run_all(&w);
    finish_script(&w);
    psrp_packet_write(&w.to_client,
                      &(struct psrp_packet){.type = PSRP_PACKET_DATA, .target = id, .data = icm_slice_text("anything")});
    psrp_packet_write(&w.to_client, &(struct psrp_packet){.type = PSRP_PACKET_CLOSE_ACK, .target = id});
    deliver(&w);
    assert_int_equal(w.failure, ICM_OK);
    assert_false(w.is_closed);
    tear_down(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_from_beginning_to_end),
        cmocka_unit_test(input_waits_for_its_turn),
        cmocka_unit_test(answers_pass_queued_input),
        cmocka_unit_test(a_pipeline_is_stopped),
        cmocka_unit_test(closing_closes_pipelines_first),
        cmocka_unit_test(what_is_no_packet_fails),
        cmocka_unit_test(the_end_of_the_pipe),
        cmocka_unit_test(late_packets_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

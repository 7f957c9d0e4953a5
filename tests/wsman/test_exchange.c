/* The shell's client and the service against each other, with no socket. MS-WSMV 3.1.4. */
#include "tests/wsman/peers.h"

#include <stdlib.h>

static int start(void **state)
{
    struct peers *p = calloc(1, sizeof *p);

    assert_non_null(p);
    peers_init(p);
    peers_create(p);
    *state = p;
    return 0;
}

static int start_by_bytes(void **state)
{
    start(state);
    ((struct peers *)*state)->by_bytes = true;
    return 0;
}

static int stop(void **state)
{
    peers_reset(*state);
    free(*state);
    return 0;
}

static void identifies(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;

    assert_int_equal(wsman_shell_identify(p->shell, &request, NULL), ICM_OK);
    assert_int_equal(peers_take(p, &request, peers_ask(p, &request)), ICM_OK);
    assert_true(icm_slice_is(p->reply->product_vendor, "icm"));
    assert_true(icm_slice_is(p->reply->product_version, "1.0"));
    assert_true(icm_slice_is(p->reply->protocol_version, WSMAN_NS_WSMAN));
    wsman_request_reset(&request);
}

static void creates_the_shell_that_was_asked_for(void **state)
{
    struct peers *p = *state;

    assert_string_equal(wsman_shell_id(p->shell), SHELL_ID);
}

/* a whole session: the bytes that go in come out, in order */
static void carries_a_command(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;

    peers_command(p, COMMAND_ID);
    assert_true(icm_slice_is(p->reply->command_id, COMMAND_ID));

    assert_int_equal(wsman_shell_send(p->shell, COMMAND_ID, "stdin", icm_slice_text("input"), &request, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &request);
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_SEND);
    assert_string_equal(event.command_id, COMMAND_ID);
    assert_string_equal(event.shell_id, SHELL_ID);
    assert_false(event.is_prompt_response);
    assert_true(icm_slice_is(icm_buf_slice(&event.payload), "input"));
    assert_false(peers_has_answer(p));
    wsman_service_accept(p->service, event.request);
    wsman_service_event_reset(&event);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);

    peers_output(p, COMMAND_ID, "one ");
    peers_output(p, COMMAND_ID, "two ");
    assert_int_equal(wsman_service_waiting(p->service, p->shell_number), 8);
    wsman_service_command_done(p->service, p->shell_number, COMMAND_ID, p->now_ms);
    number = peers_receive(p, COMMAND_ID, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    peers_assert_payload(p, "one two ");
    assert_int_equal(p->reply->stream_count, 2);
    assert_true(icm_slice_is(p->reply->streams->command_id, COMMAND_ID));
    assert_true(icm_slice_is(p->reply->command_state, WSMAN_COMMAND_STATE_DONE));
    assert_true(p->reply->has_exit_code);
    assert_int_equal(wsman_service_waiting(p->service, p->shell_number), 0);
    wsman_request_reset(&request);
}

static void a_prompt_response_is_told_apart(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;

    assert_int_equal(wsman_shell_send(p->shell, NULL, "pr", icm_slice_text("answer"), &request, NULL), ICM_OK);
    peers_ask(p, &request);
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_SEND);
    assert_true(event.is_prompt_response);
    assert_string_equal(event.command_id, "");
    wsman_service_event_reset(&event);
    wsman_request_reset(&request);
}

static void a_receive_waits_for_output(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;
    uint64_t number = peers_receive(p, NULL, &request);

    assert_false(peers_has_answer(p));
    peers_output(p, NULL, "pool");
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    peers_assert_payload(p, "pool");
    assert_int_equal(p->reply->streams->command_id.size, 0);
    assert_int_equal(p->reply->command_state.size, 0);
    wsman_request_reset(&request);
}

static void a_receive_times_out(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;
    uint64_t number = peers_receive(p, NULL, &request);
    int64_t due = wsman_service_tick(p->service, p->now_ms);

    assert_int_equal(due, p->now_ms + 60000);
    assert_int_equal(wsman_service_tick(p->service, due - 1), due);
    assert_false(peers_has_answer(p));
    assert_int_equal(wsman_service_tick(p->service, due), 1000 + IDLE_MS);
    assert_int_equal(peers_take(p, &request, number), ICM_AGAIN);
    peers_assert_fault(p, WSMAN_CODE_TIMED_OUT, "TimedOut");
    wsman_request_reset(&request);
}

static void output_that_was_not_taken_comes_again(void **state)
{
    struct peers *p = *state;
    struct wsman_request first, second;
    uint64_t number;

    peers_output(p, NULL, "a");
    peers_output(p, NULL, "b");
    number = peers_receive(p, NULL, &first);
    assert_int_equal(peers_answer(p, number), 200);
    peers_assert_payload(p, "ab");
    peers_output(p, NULL, "c");
    uint64_t next = peers_receive(p, NULL, &second); /* the client is quicker than the news of its answer */
    assert_false(peers_has_answer(p));
    wsman_service_taken(p->service, number, false);
    assert_int_equal(peers_take(p, &second, next), ICM_OK);
    peers_assert_payload(p, "abc");
    assert_int_equal(p->reply->stream_count, 3);
    wsman_request_reset(&first);
    wsman_request_reset(&second);
}

static void a_hung_up_answer_comes_again(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;
    uint64_t number = peers_receive(p, NULL, &request);

    wsman_service_hung_up(p->service, number); /* while it waits */
    peers_output(p, NULL, "x");
    assert_false(peers_has_answer(p));
    wsman_request_reset(&request);
    number = peers_receive(p, NULL, &request);
    wsman_service_hung_up(p->service, number); /* while its answer is in the queue */
    assert_false(peers_has_answer(p));
    wsman_request_reset(&request);
    number = peers_receive(p, NULL, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    peers_assert_payload(p, "x");
    wsman_request_reset(&request);
}

static void a_second_receive_is_refused(void **state)
{
    struct peers *p = *state;
    struct wsman_request first, second;

    peers_receive(p, NULL, &first);
    uint64_t number = peers_receive(p, NULL, &second);
    assert_int_equal(peers_take(p, &second, number), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_RECEIVE_IN_PROGRESS, "InternalError");
    peers_command(p, COMMAND_ID);
    wsman_request_reset(&second);
    peers_receive(p, COMMAND_ID, &second); /* one for the shell and one for each command may wait */
    assert_false(peers_has_answer(p));
    wsman_request_reset(&first);
    wsman_request_reset(&second);
}

static void a_delivered_command_is_forgotten(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;

    peers_command(p, COMMAND_ID);
    wsman_service_command_done(p->service, p->shell_number, COMMAND_ID, p->now_ms);
    uint64_t number = peers_receive(p, COMMAND_ID, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    assert_true(icm_slice_is(p->reply->command_state, WSMAN_COMMAND_STATE_DONE));
    wsman_request_reset(&request);

    number = peers_receive(p, COMMAND_ID, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
    assert_int_equal(p->err.fault->wsman_code, WSMAN_CODE_NO_SUCH_SHELL);
    wsman_request_reset(&request);

    assert_int_equal(wsman_shell_signal(p->shell, COMMAND_ID, WSMAN_SIGNAL_TERMINATE, &request, NULL), ICM_OK);
    assert_int_equal(peers_take(p, &request, peers_ask(p, &request)), ICM_OK);
    wsman_request_reset(&request);
    peers_command(p, COMMAND_ID); /* and its id is free */
}

static void signals(void **state)
{
    static const struct {
        const char *code;
        bool is_stop;
    } codes[] = {
        {WSMAN_SIGNAL_PIPELINE_STOP, true},  {"powershell/signal/ctrl_c", true}, {WSMAN_SIGNAL_CTRL_C, true},
        {WSMAN_NS_SHELL "/signal/Terminate", false}, {WSMAN_SIGNAL_TERMINATE, false},
    };
    struct peers *p = *state;
    struct wsman_request request;

    for (size_t i = 0; i < ICM_COUNT(codes); i++) {
        peers_command(p, COMMAND_ID);
        assert_int_equal(wsman_shell_signal(p->shell, COMMAND_ID, codes[i].code, &request, NULL), ICM_OK);
        uint64_t number = peers_ask(p, &request);
        struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_SIGNAL);
        assert_int_equal(event.signal != WSMAN_SERVICE_TERMINATE, codes[i].is_stop);
        wsman_service_accept(p->service, event.request);
        assert_int_equal(peers_take(p, &request, number), ICM_OK);
        wsman_request_reset(&request);
        if (!codes[i].is_stop)
            continue;
        /* a stopped pipeline still gives its state */
        peers_output(p, COMMAND_ID, "stopped");
        wsman_service_command_done(p->service, p->shell_number, COMMAND_ID, p->now_ms);
        number = peers_receive(p, COMMAND_ID, &request);
        assert_int_equal(peers_take(p, &request, number), ICM_OK);
        peers_assert_payload(p, "stopped");
        wsman_request_reset(&request);
    }
}

static void a_receive_that_waits_hears_of_terminate(void **state)
{
    struct peers *p = *state;
    struct wsman_request receive, signal;
    uint64_t number;

    peers_command(p, COMMAND_ID);
    number = peers_receive(p, COMMAND_ID, &receive);
    assert_int_equal(wsman_shell_signal(p->shell, COMMAND_ID, WSMAN_SIGNAL_TERMINATE, &signal, NULL), ICM_OK);
    uint64_t signal_number = peers_ask(p, &signal);
    peers_accept(p, WSMAN_SERVICE_SIGNAL);
    assert_int_equal(peers_take(p, &receive, number), ICM_OK);
    assert_true(icm_slice_is(p->reply->command_state, WSMAN_COMMAND_STATE_DONE));
    assert_int_equal(peers_take(p, &signal, signal_number), ICM_OK);
    wsman_request_reset(&receive);
    wsman_request_reset(&signal);
}

static void deletes(void **state)
{
    struct peers *p = *state;
    struct wsman_request receive, request;
    uint64_t number = peers_receive(p, NULL, &receive);

    assert_int_equal(wsman_shell_delete(p->shell, &request, NULL), ICM_OK);
    uint64_t delete_number = peers_ask(p, &request);
    assert_int_equal(peers_take(p, &receive, number), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_DELETE);
    assert_int_equal(event.shell, p->shell_number);
    peers_output(p, NULL, "too late");
    assert_int_equal(wsman_service_waiting(p->service, p->shell_number), 0);
    wsman_service_accept(p->service, event.request);
    assert_int_equal(peers_take(p, &request, delete_number), ICM_OK);
    assert_int_equal(p->reply->body, WSMAN_BODY_EMPTY);
    assert_int_equal(wsman_shell_receive(p->shell, NULL, &(struct wsman_request){0}, &p->err), ICM_STATE);
    wsman_request_reset(&receive);
    wsman_request_reset(&request);
}

static void a_failed_shell_gives_its_last_output(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;
    uint64_t number;

    peers_output(p, NULL, "last words");
    wsman_service_shell_failed(p->service, p->shell_number, "the engine has gone", p->now_ms);
    number = peers_receive(p, NULL, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    peers_assert_payload(p, "last words");
    wsman_request_reset(&request);
    number = peers_receive(p, NULL, &request);
    assert_int_equal(peers_take(p, &request, number), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_PLUGIN_FAILED, "InternalError");
    assert_non_null(strstr(p->err.text, "the engine has gone"));
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_send(p->shell, NULL, "stdin", icm_slice_text("x"), &request, NULL), ICM_OK);
    assert_int_equal(peers_take(p, &request, peers_ask(p, &request)), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_PLUGIN_FAILED, "InternalError");
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_delete(p->shell, &request, NULL), ICM_OK);
    number = peers_ask(p, &request);
    peers_accept(p, WSMAN_SERVICE_DELETE);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
}

static void a_failure_ends_what_waits(void **state)
{
    struct peers *p = *state;
    struct wsman_request receive, send;
    uint64_t number = peers_receive(p, NULL, &receive);

    assert_int_equal(wsman_shell_send(p->shell, NULL, "stdin", icm_slice_text("x"), &send, NULL), ICM_OK);
    uint64_t send_number = peers_ask(p, &send);
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_SEND);
    wsman_service_shell_failed(p->service, p->shell_number, "gone", p->now_ms);
    assert_int_equal(peers_take(p, &send, send_number), ICM_FAULT);
    assert_int_equal(peers_take(p, &receive, number), ICM_FAULT);
    wsman_service_accept(p->service, event.request); /* too late, and harmless */
    assert_false(peers_has_answer(p));
    wsman_service_event_reset(&event);
    wsman_request_reset(&receive);
    wsman_request_reset(&send);
}

/* 3 MB in pieces of every size: whole, in order, within the limit that the client gave */
static void carries_much(void **state)
{
    struct peers *p = *state;
    struct icm_buf sent = {0}, got = {0};
    struct wsman_request request;
    uint32_t seed = 7;

    peers_command(p, COMMAND_ID);
    while (sent.size < 3u * 1024 * 1024) {
        seed = seed * 1103515245 + 12345;
        size_t size = (seed >> 8) % ((seed & 15) == 0 ? 400000 : 3000) + 1;
        uint8_t *room = icm_buf_room(&sent, size);
        for (size_t i = 0; i < size; i++)
            room[i] = (uint8_t)(seed >> (i % 24));
        wsman_service_output(p->service, p->shell_number, COMMAND_ID, icm_slice_of(room, size), p->now_ms);
        sent.size += size;
    }
    assert_int_equal(wsman_service_waiting(p->service, p->shell_number), sent.size);
    wsman_service_command_done(p->service, p->shell_number, COMMAND_ID, p->now_ms);
    bool done = false;
    for (size_t rounds = 0; !done; rounds++) {
        struct wsman_answer answer;
        uint64_t number = peers_receive(p, COMMAND_ID, &request);

        assert_int_equal(wsman_service_next_answer(p->service, &answer, NULL), ICM_OK);
        assert_int_equal(answer.status, 200);
        assert_true(answer.body.size <= WSMAN_ENVELOPE_FIRST);
        peers_read(p, icm_buf_slice(&answer.body));
        icm_buf_reset(&answer.body);
        bool taken = rounds % 3 != 1; /* every third connection breaks */
        if (taken)
            icm_buf_add(&got, icm_buf_slice(&p->reply->payload));
        done = taken && p->reply->command_state.size > 0;
        wsman_service_taken(p->service, number, taken);
        wsman_request_reset(&request);
    }
    assert_true(icm_slice_equal(icm_buf_slice(&sent), icm_buf_slice(&got)));
    icm_buf_reset(&sent);
    icm_buf_reset(&got);
}

/* a payload of just the size that is said to fit makes an envelope that fits, and fills it */
static void payload_max_is_exact(void **state)
{
    struct peers *p = *state;
    struct wsman_request request;
    size_t max = wsman_shell_payload_max(p->shell, WSMAN_SEND);
    uint8_t *bytes = calloc(1, max + 1);

    assert_non_null(bytes);
    assert_int_equal(wsman_shell_send(p->shell, COMMAND_ID, "stdin", icm_slice_of(bytes, max), &request, NULL), ICM_OK);
    assert_in_range(request.envelope.size, WSMAN_ENVELOPE_FIRST - 3, WSMAN_ENVELOPE_FIRST);
    wsman_request_reset(&request);
    assert_int_equal(wsman_shell_send(p->shell, COMMAND_ID, "stdin", icm_slice_of(bytes, max + 1), &request, &p->err),
                     ICM_LIMIT);
    free(bytes);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(identifies, start, stop),
    cmocka_unit_test_setup_teardown(creates_the_shell_that_was_asked_for, start, stop),
    cmocka_unit_test_setup_teardown(carries_a_command, start, stop),
    {"carries_a_command, byte by byte", carries_a_command, start_by_bytes, stop, NULL},
    cmocka_unit_test_setup_teardown(a_prompt_response_is_told_apart, start, stop),
    cmocka_unit_test_setup_teardown(a_receive_waits_for_output, start, stop),
    cmocka_unit_test_setup_teardown(a_receive_times_out, start, stop),
    cmocka_unit_test_setup_teardown(output_that_was_not_taken_comes_again, start, stop),
    cmocka_unit_test_setup_teardown(a_hung_up_answer_comes_again, start, stop),
    cmocka_unit_test_setup_teardown(a_second_receive_is_refused, start, stop),
    cmocka_unit_test_setup_teardown(a_delivered_command_is_forgotten, start, stop),
    cmocka_unit_test_setup_teardown(signals, start, stop),
    cmocka_unit_test_setup_teardown(a_receive_that_waits_hears_of_terminate, start, stop),
    cmocka_unit_test_setup_teardown(deletes, start, stop),
    cmocka_unit_test_setup_teardown(a_failed_shell_gives_its_last_output, start, stop),
    cmocka_unit_test_setup_teardown(a_failure_ends_what_waits, start, stop),
    cmocka_unit_test_setup_teardown(carries_much, start, stop),
    cmocka_unit_test_setup_teardown(payload_max_is_exact, start, stop),
};

int main(void)
{
    return cmocka_run_group_tests_name("a shell and a service, MS-WSMV 3.1.4", tests, NULL, NULL);
}

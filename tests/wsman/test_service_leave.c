/* Shells that their client leaves and that another one takes over, and what the service lists: both roles face to face.
 * MS-WSMV 3.1.4.2 to 3.1.4.4, 3.1.4.15 to 3.1.4.17; DSP0226 8. */
#include "tests/wsman/peers.h"

#include <stdio.h>
#include <stdlib.h>

#define OTHER_ID "22222222-2222-3333-4444-ABCDEFABCDEF"

static int start(void **state)
{
    struct peers *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->options.dropped_bytes = 10;
    p->options.has_cmd = true;
    peers_init(p);
    peers_create(p);
    *state = p;
    return 0;
}

static int stop(void **state)
{
    peers_reset(*state);
    free(*state);
    return 0;
}

/* @code: that of making the request; what the service's answer is judged to be */
static enum icm_code ask(struct peers *p, enum icm_code made, struct wsman_request *request)
{
    assert_int_equal(made, ICM_OK);
    enum icm_code code = peers_take(p, request, peers_ask(p, request));
    wsman_request_reset(request);
    return code;
}

static enum icm_code disconnect(struct peers *p, int64_t idle_timeout_ms, enum wsman_buffer_mode mode)
{
    struct wsman_leaving how = {idle_timeout_ms, mode};
    struct wsman_request request;

    return ask(p, wsman_shell_disconnect(p->shell, &how, &request, NULL), &request);
}

static enum icm_code reconnect(struct peers *p, const char *command_id)
{
    struct wsman_request request;

    return ask(p, wsman_shell_reconnect(p->shell, command_id, &request, NULL), &request);
}

/* another client in place of the first, whose shell is given back */
static struct wsman_shell *change_client(struct peers *p)
{
    struct wsman_shell *former = p->shell;

    p->shell = peers_shell_new(SHELL_ID);
    return former;
}

/* the whole of Connect; @response NULL: the application refuses */
static enum icm_code connect_shell(struct peers *p, const char *response)
{
    struct wsman_request request;

    assert_int_equal(wsman_shell_connect(p->shell, icm_slice_text("hello"), &request, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &request);
    struct wsman_service_event event;
    if (wsman_service_next_event(p->service, &event, NULL) == ICM_OK) {
        assert_int_equal(event.type, WSMAN_SERVICE_CONNECT);
        assert_true(icm_slice_is(icm_buf_slice(&event.payload), "hello") && event.shell == p->shell_number);
        if (response)
            wsman_service_accept_connect(p->service, event.request, icm_slice_text(response));
        else
            wsman_service_refuse(p->service, event.request, WSMAN_CODE_RECONNECT_NOT_VALID, "not like that");
        wsman_service_event_reset(&event);
    }
    enum icm_code code = peers_take(p, &request, number);
    wsman_request_reset(&request);
    return code;
}

/* what a Receive gives at once */
static void assert_received(struct peers *p, const char *command_id, const char *text)
{
    struct wsman_request request;
    uint64_t number = peers_receive(p, command_id, &request);

    p->now_ms += 1000;
    wsman_service_tick(p->service, p->now_ms);
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    peers_assert_payload(p, text);
    wsman_request_reset(&request);
}

static void assert_refused(struct peers *p, const char *command_id, uint32_t code)
{
    struct wsman_request request;
    uint64_t number = peers_receive(p, command_id, &request);

    assert_int_equal(peers_answer(p, number), 500);
    peers_assert_fault(p, code, "InternalError");
    wsman_request_reset(&request);
}

static void output_waits_for_who_comes_back(void **state)
{
    struct peers *p = *state;
    struct wsman_request pool, command;

    peers_command(p, COMMAND_ID);
    uint64_t pool_number = peers_receive(p, NULL, &pool), command_number = peers_receive(p, COMMAND_ID, &command);
    struct wsman_leaving how = {0};
    struct wsman_request request;
    assert_int_equal(wsman_shell_disconnect(p->shell, &how, &request, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &request);
    /* the Receives that wait end, and then Disconnect is answered */
    assert_int_equal(peers_answer(p, pool_number), 500);
    peers_assert_fault(p, WSMAN_CODE_SHELL_DISCONNECTED, "InternalError");
    assert_int_equal(peers_answer(p, command_number), 500);
    peers_assert_fault(p, WSMAN_CODE_SHELL_DISCONNECTED, "InternalError");
    assert_int_equal(peers_take(p, &request, number), ICM_OK);
    wsman_request_reset(&request);
    wsman_request_reset(&pool);
    wsman_request_reset(&command);

    peers_output(p, COMMAND_ID, "one ");
    peers_output(p, COMMAND_ID, "two");
    assert_refused(p, COMMAND_ID, WSMAN_CODE_SHELL_DISCONNECTED);
    assert_int_equal(reconnect(p, NULL), ICM_OK);
    assert_int_equal(reconnect(p, NULL), ICM_OK); /* who is connected stays so */
    assert_int_equal(reconnect(p, COMMAND_ID), ICM_OK);
    assert_received(p, COMMAND_ID, "one two");
}

static void nothing_but_coming_back_is_done_for_a_shell_that_was_left(void **state)
{
    struct peers *p = *state;
    struct icm_guid id = peers_guid(COMMAND_ID);
    struct wsman_request r;

    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_OK);
    assert_int_equal(ask(p, wsman_shell_command(p->shell, &id, icm_slice_text("x"), icm_slice_text("y"), &r, NULL), &r),
                     ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_SHELL_DISCONNECTED, "InternalError");
    assert_int_equal(ask(p, wsman_shell_send(p->shell, NULL, "stdin", icm_slice_text("y"), &r, NULL), &r), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_SHELL_DISCONNECTED, "InternalError");
    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_DISCONNECT_NOT_VALID, "InternalError");
    assert_int_equal(reconnect(p, COMMAND_ID), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_SHELL_DISCONNECTED, "InternalError");
    assert_int_equal(wsman_shell_delete(p->shell, &r, NULL), ICM_OK); /* it can be ended */
    uint64_t number = peers_ask(p, &r);
    peers_accept(p, WSMAN_SERVICE_DELETE);
    assert_int_equal(peers_take(p, &r, number), ICM_OK);
    wsman_request_reset(&r);
}

static void idle_timeouts_have_bounds(void **state)
{
    struct peers *p = *state;

    assert_int_equal(disconnect(p, 59999, WSMAN_BUFFER_UNSAID), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_IDLE_TIMEOUT, "InvalidParameter");
    assert_int_equal(disconnect(p, (int64_t)INT32_MAX + 1, WSMAN_BUFFER_UNSAID), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_IDLE_TIMEOUT, "InvalidParameter");
    assert_int_equal(disconnect(p, 60000, WSMAN_BUFFER_UNSAID), ICM_OK);

    int64_t due = wsman_service_tick(p->service, p->now_ms);
    assert_int_equal(due, p->now_ms + 60000);
    wsman_service_tick(p->service, due - 1);
    struct wsman_service_event event;
    assert_int_equal(wsman_service_next_event(p->service, &event, NULL), ICM_AGAIN);
    wsman_service_tick(p->service, due);
    event = peers_event(p, WSMAN_SERVICE_DELETE);
    assert_true(event.request == 0 && event.shell == p->shell_number);
    wsman_service_event_reset(&event);
    assert_int_equal(reconnect(p, NULL), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
}

static void another_client_takes_over(void **state)
{
    struct peers *p = *state;

    peers_command(p, COMMAND_ID);
    struct wsman_shell *first = change_client(p), *second = p->shell;
    assert_int_equal(connect_shell(p, "world"), ICM_FAULT); /* nobody has left it */
    peers_assert_fault(p, WSMAN_CODE_CONNECTED_ELSEWHERE, "InternalError");
    p->shell = first;
    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_OK);
    peers_output(p, COMMAND_ID, "rest");

    p->shell = second;
    assert_int_equal(connect_shell(p, NULL), ICM_FAULT); /* refused: it is still left */
    peers_assert_fault(p, WSMAN_CODE_RECONNECT_NOT_VALID, "InternalError");
    assert_int_equal(connect_shell(p, "world"), ICM_OK);
    peers_assert_payload(p, "world");
    assert_true(icm_slice_is(p->reply->input_streams, "stdin pr") && icm_slice_is(p->reply->output_streams, "stdout"));
    struct wsman_request r;
    assert_int_equal(ask(p, wsman_shell_connect_command(p->shell, OTHER_ID, &r, NULL), &r), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
    assert_int_equal(ask(p, wsman_shell_connect_command(p->shell, COMMAND_ID, &r, NULL), &r), ICM_OK);
    assert_received(p, COMMAND_ID, "rest");

    /* whose it was is sent away, whatever he wants */
    p->shell = first;
    assert_refused(p, COMMAND_ID, WSMAN_CODE_CONNECTED_ELSEWHERE);
    assert_int_equal(reconnect(p, NULL), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_CONNECTED_ELSEWHERE, "InternalError");
    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_CONNECTED_ELSEWHERE, "InternalError");
    p->shell = second;
    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_OK);
    p->shell = first;
    assert_int_equal(reconnect(p, NULL), ICM_FAULT); /* it is not his to come back to … */
    peers_assert_fault(p, WSMAN_CODE_OTHER_CLIENT, "InternalError");
    wsman_shell_free(first);
    p->shell = peers_shell_new(SHELL_ID);
    assert_int_equal(connect_shell(p, "again"), ICM_OK); /* … but to anybody's to take over */
    wsman_shell_free(second);
}

/* The first client has had a part of a fragment; the second gets it whole, for it has never seen its beginning. */
static void what_was_cut_comes_whole_to_another_client(void **state)
{
    struct peers *p = *state;
    struct icm_buf output = {0};
    struct wsman_request r;

    peers_command(p, COMMAND_ID);
    for (int i = 0; i < 200000; i++)
        icm_buf_add_u8(&output, 'x');
    wsman_service_output(p->service, p->shell_number, COMMAND_ID, icm_buf_slice(&output), p->now_ms);
    uint64_t number = peers_receive(p, COMMAND_ID, &r); /* which says that it takes 150 KB */
    assert_int_equal(peers_take(p, &r, number), ICM_OK);
    assert_true(p->reply->payload.size > 100000 && p->reply->payload.size < output.size);
    wsman_request_reset(&r);
    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_OK);
    struct wsman_shell *first = change_client(p);
    wsman_shell_set_envelope_max(p->shell, WSMAN_ENVELOPE_LATER);
    assert_int_equal(connect_shell(p, "world"), ICM_OK);
    number = peers_receive(p, COMMAND_ID, &r);
    p->now_ms += 1000;
    wsman_service_tick(p->service, p->now_ms);
    assert_int_equal(peers_take(p, &r, number), ICM_OK);
    assert_int_equal(p->reply->payload.size, output.size);
    assert_int_equal(wsman_service_waiting(p->service, p->shell_number), 0);
    wsman_request_reset(&r);
    icm_buf_reset(&output);
    wsman_shell_free(first);
}

static void an_answer_to_connect_that_nobody_took_connects_nobody(void **state)
{
    struct peers *p = *state;
    struct wsman_request r;

    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_OK);
    struct wsman_shell *first = change_client(p);
    assert_int_equal(wsman_shell_connect(p->shell, icm_slice_text("hello"), &r, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &r);
    struct wsman_service_event event = peers_event(p, WSMAN_SERVICE_CONNECT);
    wsman_service_accept_connect(p->service, event.request, icm_slice_text("world"));
    wsman_service_event_reset(&event);
    assert_int_equal(peers_answer(p, number), 200);
    wsman_service_taken(p->service, number, false);
    wsman_request_reset(&r);
    wsman_shell_free(p->shell);
    p->shell = peers_shell_new(SHELL_ID);
    assert_int_equal(connect_shell(p, "world"), ICM_OK);
    wsman_shell_free(first);
}

static void a_shell_that_is_not_there_is_connected_to_by_nobody(void **state)
{
    struct peers *p = *state;
    struct wsman_shell *first = p->shell;
    struct wsman_request r;

    p->shell = peers_shell_new(OTHER_ID);
    assert_int_equal(ask(p, wsman_shell_connect(p->shell, icm_slice_text("hello"), &r, NULL), &r), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
    wsman_shell_free(first);
}

static void only_the_same_user_may_connect(void **state)
{
    struct peers *p = *state;
    struct wsman_request r;

    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_OK);
    struct wsman_shell *first = change_client(p);
    assert_int_equal(wsman_shell_connect(p->shell, icm_slice_text("hello"), &r, NULL), ICM_OK);
    assert_int_equal(peers_answer(p, peers_post(p, "bob", icm_buf_slice(&r.envelope))), 500);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors"); /* who asks learns nothing */
    wsman_request_reset(&r);
    wsman_shell_free(first);
}

static void a_command_shell_cannot_be_left(void **state)
{
    struct wsman_shell_options options = {.url = "http://server:5985/wsman", .resource_uri = WSMAN_RESOURCE_CMD};
    struct peers *p = *state;
    struct wsman_shell *powershell = p->shell;
    struct wsman_request r;

    assert_int_equal(wsman_shell_new(&p->shell, &options, NULL), ICM_OK);
    assert_int_equal(wsman_shell_create(p->shell, icm_slice_of(NULL, 0), &r, NULL), ICM_OK);
    uint64_t number = peers_ask(p, &r);
    peers_accept(p, WSMAN_SERVICE_CREATE);
    assert_int_equal(peers_take(p, &r, number), ICM_OK);
    wsman_request_reset(&r);
    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_FAULT);
    peers_assert_fault(p, WSMAN_CODE_DISCONNECT_NOT_SUPPORTED, "InternalError");
    wsman_shell_free(powershell);
}

/* Ten bytes are kept; what was begun to be read is no longer whole, and stays. */
static void drop_keeps_the_newest(void **state)
{
    struct peers *p = *state;

    peers_command(p, COMMAND_ID);
    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_DROP), ICM_OK);
    for (int i = 0; i < 10; i++) {
        char text[8];
        snprintf(text, sizeof text, "<%d>", i);
        peers_output(p, COMMAND_ID, text);
    }
    assert_int_equal(wsman_service_waiting(p->service, p->shell_number), 9);
    assert_int_equal(reconnect(p, NULL), ICM_OK);
    for (int i = 0; i < 4; i++)
        peers_output(p, COMMAND_ID, "<more>"); /* who is there misses nothing */
    assert_received(p, COMMAND_ID, "<7><8><9><more><more><more><more>");
}

/* ---- lists ---- */

/* as many shells as @count beside the first, of the same user */
static void create_more(struct peers *p, int count)
{
    uint64_t number = p->shell_number;

    for (int i = 0; i < count; i++) {
        char id[64];
        struct wsman_shell *first = p->shell;

        snprintf(id, sizeof id, "%08d-2222-3333-4444-ABCDEFABCDEF", i);
        p->shell = peers_shell_new(id);
        peers_create(p);
        wsman_shell_free(p->shell);
        p->shell = first;
    }
    p->shell_number = number;
}

/* everything that is listed, each id with a blank behind it */
static void list(struct peers *p, const struct wsman_listing *listing, struct icm_buf *out, unsigned *answers)
{
    struct wsman_request r;
    char context[64];

    assert_int_equal(ask(p, wsman_shell_enumerate(p->shell, listing, &r, NULL), &r), ICM_OK);
    for (*answers = 1;; ++*answers) {
        for (const struct wsman_shell_info *shell = p->reply->shells; shell; shell = shell->next)
            icm_buf_add_format(out, "%.8s=%.*s ", (const char *)shell->shell_id.data, (int)shell->state.size,
                               (const char *)shell->state.data);
        for (const struct wsman_command_info *c = p->reply->commands; c; c = c->next)
            icm_buf_add_format(out, "%.8s ", (const char *)c->command_id.data);
        if (p->reply->is_end_of_sequence) {
            assert_int_equal(p->reply->enumeration_context.size, 0);
            return;
        }
        snprintf(context, sizeof context, "%.*s", (int)p->reply->enumeration_context.size,
                 (const char *)p->reply->enumeration_context.data);
        assert_true(*answers < 100);
        assert_int_equal(ask(p, wsman_shell_pull(p->shell, listing, icm_slice_text(context), &r, NULL), &r), ICM_OK);
    }
}

static void assert_listed(struct peers *p, const struct wsman_listing *listing, const char *wanted, unsigned answers)
{
    struct icm_buf out = {0};
    unsigned count;

    list(p, listing, &out, &count);
    assert_string_equal(icm_buf_text(&out), wanted);
    assert_int_equal(count, answers);
    icm_buf_reset(&out);
}

static void shells_are_listed(void **state)
{
    struct peers *p = *state;

    create_more(p, 2);
    assert_int_equal(disconnect(p, 0, WSMAN_BUFFER_UNSAID), ICM_OK);
#define ALL "11111111=Disconnected 00000000=Connected 00000001=Connected "
    assert_listed(p, &(struct wsman_listing){0}, ALL, 1);
    assert_listed(p, &(struct wsman_listing){.max_elements = 2}, ALL, 2);
    assert_listed(p, &(struct wsman_listing){.max_elements = 3}, ALL, 1);
    assert_listed(p, &(struct wsman_listing){.is_plain = true}, ALL, 2);
    assert_listed(p, &(struct wsman_listing){.is_plain = true, .max_elements = 1}, ALL, 4);
}

static void long_lists_come_in_several_answers(void **state)
{
    struct peers *p = *state;
    struct icm_buf out = {0};
    unsigned answers;

    create_more(p, 300); /* some 1.3 KB each, and 150 KB are taken */
    list(p, &(struct wsman_listing){0}, &out, &answers);
    size_t count = 0;
    for (size_t i = 0; i < out.size; i++)
        count += out.data[i] == ' ';
    assert_int_equal(count, 301);
    assert_true(answers >= 2 && answers <= 5);
    icm_buf_reset(&out);
}

static void commands_are_listed(void **state)
{
    struct peers *p = *state;
    struct wsman_listing of_shell = {.shell_id = SHELL_ID, .max_elements = 1};

    assert_listed(p, &of_shell, "", 1);
    peers_command(p, COMMAND_ID);
    peers_command(p, OTHER_ID);
    assert_listed(p, &of_shell, "AAAAAAAA 22222222 ", 2);
}

static void lists_show_nothing_of_others(void **state)
{
    struct peers *p = *state;
    struct wsman_listing all = {0}, of_shell = {.shell_id = SHELL_ID};
    struct wsman_request r;

    assert_int_equal(wsman_shell_enumerate(p->shell, &all, &r, NULL), ICM_OK);
    assert_int_equal(peers_answer(p, peers_post(p, "bob", icm_buf_slice(&r.envelope))), 200);
    assert_true(p->reply->item_count == 0 && p->reply->is_end_of_sequence);
    wsman_request_reset(&r);
    assert_int_equal(wsman_shell_enumerate(p->shell, &of_shell, &r, NULL), ICM_OK);
    assert_int_equal(peers_answer(p, peers_post(p, "bob", icm_buf_slice(&r.envelope))), 500);
    peers_assert_fault(p, WSMAN_CODE_NO_SUCH_SHELL, "InvalidSelectors");
    wsman_request_reset(&r);
    peers_command(p, COMMAND_ID);
    assert_int_equal(wsman_shell_pull(p->shell, &of_shell, icm_slice_text("c0.1"), &r, NULL),
                     ICM_OK); /* as if it were his */
    assert_int_equal(peers_answer(p, peers_post(p, "bob", icm_buf_slice(&r.envelope))), 200);
    assert_int_equal(p->reply->item_count, 0);
    wsman_request_reset(&r);
}

static void contexts_are_read_with_care(void **state)
{
    static const char *const bad[] = {"x0.0", "s", "s.", "s1", "c1.0", "s-1.0", "s1.2.3", "s99999999999999999999.0",
                                      "1.1"};
    struct peers *p = *state;
    struct wsman_listing all = {0};
    struct wsman_request r;

    for (size_t i = 0; i < ICM_COUNT(bad); i++) {
        assert_int_equal(ask(p, wsman_shell_pull(p->shell, &all, icm_slice_text(bad[i]), &r, NULL), &r), ICM_FAULT);
        peers_assert_fault(p, WSMAN_CODE_NO_SUCH_ENUMERATION, "InvalidEnumerationContext");
        assert_int_equal(ask(p, wsman_shell_release(p->shell, &all, icm_slice_text(bad[i]), &r, NULL), &r), ICM_FAULT);
    }
    assert_int_equal(ask(p, wsman_shell_release(p->shell, &all, icm_slice_text("s0.0"), &r, NULL), &r), ICM_OK);
}

static void a_shell_says_what_it_is_like(void **state)
{
    struct peers *p = *state;
    struct wsman_request r;

    p->now_ms += 62000;
    assert_int_equal(disconnect(p, 90000, WSMAN_BUFFER_DROP), ICM_OK);
    assert_int_equal(ask(p, wsman_shell_get(p->shell, &r, NULL), &r), ICM_OK);
    const struct wsman_shell_info *shell = &p->reply->shell;
    assert_true(icm_slice_is(shell->shell_id, SHELL_ID) && icm_slice_is(shell->owner, "ana"));
    assert_true(icm_slice_is(shell->state, "Disconnected") && icm_slice_is(shell->buffer_mode, "Drop"));
    assert_int_equal(shell->idle_timeout_ms, 90000);
    assert_int_equal(shell->max_idle_timeout_ms, INT32_MAX);
    assert_int_equal(shell->run_time_ms, 62000);
}

static void the_configuration_says_what_is_taken(void **state)
{
    struct peers *p = *state;
    struct wsman_request r;

    assert_int_equal(ask(p, wsman_shell_get_config(p->shell, &r, NULL), &r), ICM_OK);
    assert_int_equal(p->reply->config.max_envelope_size_kb, WSMAN_ENVELOPE_LATER / 1024);
    assert_int_equal(p->reply->config.max_timeout_ms, 60000);
    assert_int_equal(p->reply->config.max_batch_items, 32000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(output_waits_for_who_comes_back),
        TEST(nothing_but_coming_back_is_done_for_a_shell_that_was_left),
        TEST(idle_timeouts_have_bounds),
        TEST(another_client_takes_over),
        TEST(what_was_cut_comes_whole_to_another_client),
        TEST(an_answer_to_connect_that_nobody_took_connects_nobody),
        TEST(a_shell_that_is_not_there_is_connected_to_by_nobody),
        TEST(only_the_same_user_may_connect),
        TEST(a_command_shell_cannot_be_left),
        TEST(drop_keeps_the_newest),
        TEST(shells_are_listed),
        TEST(long_lists_come_in_several_answers),
        TEST(commands_are_listed),
        TEST(lists_show_nothing_of_others),
        TEST(contexts_are_read_with_care),
        TEST(a_shell_says_what_it_is_like),
        TEST(the_configuration_says_what_is_taken),
    };
    return cmocka_run_group_tests_name("shells that are left, taken over, listed: both roles", tests, NULL, NULL);
}

/* The synthetic engine's scripts on a server, without a loop: what each word sends, what a script waits for, and how it ends. */
#include "cli/endpoint_script.h"
#include "tests/cli/endpoint_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

/* a client, a server and one script between them */
struct stage {
    struct endpoint_client client;
    struct psrp_server *server;
    struct endpoint_script *script;
    enum endpoint_script_state state;
    int64_t now_ms, wake_ms;
};

static void handle(struct stage *s, struct psrp_server_event *event)
{
    if (event->type == PSRP_SERVER_OPEN)
        assert_int_equal(psrp_server_accept(s->server, NULL), ICM_OK);
    if (event->type == PSRP_SERVER_PIPELINE)
        assert_int_equal(endpoint_script_new(&s->script, event, NULL), ICM_OK);
    if (event->type == PSRP_SERVER_INPUT)
        assert_int_equal(endpoint_script_input(s->script, event, NULL), ICM_OK);
    if (event->type == PSRP_SERVER_INPUT_END)
        endpoint_script_end_input(s->script);
    if (event->type == PSRP_SERVER_HOST_RESPONSE)
        endpoint_script_answer(s->script, event);
    psrp_server_event_reset(event);
}

static void to_server(struct stage *s, size_t pipeline)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    const struct icm_guid *id = pipeline == SIZE_MAX ? NULL : psrp_pipeline_id(s->client.pipelines[pipeline]);
    struct psrp_server_event event;

    endpoint_client_pull(&s->client, pipeline, &bytes);
    assert_int_equal(psrp_server_feed(s->server, id, icm_buf_slice(&bytes), NULL), ICM_OK);
    while (psrp_server_next_event(s->server, &event, NULL) == ICM_OK)
        handle(s, &event);
}

static void answer_to_server(struct stage *s)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    struct psrp_pipeline *pipeline = s->client.pipelines[0];
    struct psrp_server_event event;

    while (psrp_pool_pull(s->client.pool, pipeline, PSRP_STREAM_PROMPT_RESPONSE, 32768, &bytes, NULL) == ICM_OK)
        continue;
    assert_int_equal(psrp_server_feed_responses(s->server, psrp_pipeline_id(pipeline), icm_buf_slice(&bytes), NULL),
                     ICM_OK);
    while (psrp_server_next_event(s->server, &event, NULL) == ICM_OK)
        handle(s, &event);
}

static void to_client(struct stage *s)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    struct icm_guid target;

    while (psrp_server_pull(s->server, 32768, &target, &bytes, NULL) == ICM_OK) {
        endpoint_client_feed(&s->client, &target, icm_buf_slice(&bytes));
        icm_buf_clear(&bytes);
    }
}

static void set_up(struct stage *s, const char *text, const char *const *arguments, bool has_input)
{
    memset(s, 0, sizeof *s);
    assert_int_equal(psrp_server_new(&s->server, NULL), ICM_OK);
    endpoint_client_open(&s->client);
    to_server(s, SIZE_MAX);
    to_client(s);
    icm_buf_clear(&s->client.said);
    endpoint_client_run(&s->client, text, arguments, has_input);
    to_server(s, 0);
    assert_non_null(s->script);
}

static void tear_down(struct stage *s)
{
    endpoint_script_free(s->script);
    psrp_server_free(s->server);
    endpoint_client_close(&s->client);
}

static enum endpoint_script_state run(struct stage *s)
{
    assert_int_equal(endpoint_script_run(s->script, s->server, s->now_ms, &s->state, &s->wake_ms, NULL), ICM_OK);
    return s->state;
}

#define KNOWN "echo, emit, input, args, error, warning, verbose, debug, information, progress, sleep, throw, " \
              "secure, event, host"
#define NO_USER \
    "A command that prompts the user failed because the host program or the command type does not support user interaction."
#define EMIT_USAGE "emit takes a count up to 1000000000 and a size up to 16777216"

static const struct script_case {
    const char *name, *text, *said;
} cases[] = {
    {"nothing", "", "S4|"},
    {"nothing but what parts words", " ; ;\r\n ;", "S4|"},
    {"echo", "echo hello there", "O hello there|S4|"},
    {"blanks around do not count", "  echo \t a  b \t;", "O a  b|S4|"},
    {"echo of nothing", "echo", "O |S4|"},
    {"text that XML and CLIXML escape", "echo <a&b> _x000D_", "O <a&b> _x000D_|S4|"},
    {"words in their order", "echo a; echo b;echo c", "O a|O b|O c|S4|"},
    {"lines part words as well", "echo a\r\necho b\n", "O a|O b|S4|"},
    {"case does not count", "ECHO a", "O a|S4|"},
    {"an error", "error bad; echo on", "E bad|O on|S4|"},
    {"a warning", "warning w", "W w|S4|"},
    {"verbose", "verbose v", "V v|S4|"},
    {"debug", "debug d", "D d|S4|"},
    {"information", "information i", "I i|S4|"},
    {"progress", "progress p", "P p|S4|"},
    {"progress has an activity", "progress", "P  |S4|"},
    {"throw ends it", "echo a; throw gone; echo b", "O a|S5 gone|"},
    {"emit counts and fills up", "emit 3 5", "O 1 xxx|O 2 xxx|O 3 xxx|S4|"},
    {"emit cuts its number", "emit 1 1", "O 1|S4|"},
    {"emit of empty strings", "emit 2 0", "O |O |S4|"},
    {"emit of none", "emit 0 10", "S4|"},
    {"emit needs numbers", "emit many 1; echo on", "E " EMIT_USAGE "|O on|S4|"},
    {"emit needs two", "emit 1", "E " EMIT_USAGE "|S4|"},
    {"emit has a bound", "emit 1 16777217", "E " EMIT_USAGE "|S4|"},
    {"sleep needs a number", "sleep long", "E sleep takes milliseconds up to 86400000|S4|"},
    {"no input", "input; echo on", "O on|S4|"},
    {"no arguments", "args", "S4|"},
    {"a user event", "event Timer.Tick; echo on", "U Timer.Tick|O on|S4|"},
    {"a line for the host", "host write hello; echo on", "H WriteLine2|O on|S4|"},
    {"a host's method that is none", "host dance; echo on",
     "E host takes one of write, read-line, read-secure, prompt, choice, credential, name|O on|S4|"},
    {"a host's method that is missing", "host",
     "E host takes one of write, read-line, read-secure, prompt, choice, credential, name|S4|"},
    {"an unknown word", "Get-Date; echo on",
     "E the synthetic engine does not know the word 'Get-Date'; it knows " KNOWN "|O on|S4|"},
    {"an unknown word is shown in part", "0123456789012345678901234567890123456789tail",
     "E the synthetic engine does not know the word '0123456789012345678901234567890123456789'; it knows " KNOWN
     "|S4|"},
    {"half a character is not shown", "012345678901234567890123456789012345678\xc3\xa4",
     "E the synthetic engine does not know the word '012345678901234567890123456789012345678'; it knows " KNOWN "|S4|"},
};

static void says(void **state)
{
    const struct script_case *c = *state;
    struct stage s;

    set_up(&s, c->text, NULL, false);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED);
    to_client(&s);
    assert_string_equal(icm_buf_text(&s.client.said), c->said);
    tear_down(&s);
}

static void gives_arguments(void **state)
{
    static const char *const arguments[] = {"one", "", "three", NULL};
    struct stage s;

    set_up(&s, "args; echo end", arguments, false);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED);
    to_client(&s);
    assert_string_equal(icm_buf_text(&s.client.said), "O one|O |O three|O end|S4|");
    tear_down(&s);
}

static void gives_input_back(void **state)
{
    struct stage s;

    set_up(&s, "echo a; input; echo z", NULL, true);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_INPUT);
    endpoint_client_input(&s.client, 0, "b");
    to_server(&s, 0);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_INPUT);
    to_client(&s);
    assert_string_equal(icm_buf_text(&s.client.said), "O a|O b|");
    endpoint_client_input(&s.client, 0, "c");
    psrp_pipeline_end_input(s.client.pipelines[0], NULL);
    to_server(&s, 0);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED);
    to_client(&s);
    assert_string_equal(icm_buf_text(&s.client.said), "O a|O b|O c|O z|S4|");
    tear_down(&s);
}

static void sleeps(void **state)
{
    struct stage s;

    set_up(&s, "sleep 100; echo awake; sleep 50", NULL, false);
    s.now_ms = 1000;
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_TIME);
    assert_int_equal(s.wake_ms, 1100);
    s.now_ms = 1099;
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_TIME);
    assert_int_equal(psrp_server_waiting(s.server), 0);
    s.now_ms = 1107;
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_TIME);
    assert_int_equal(s.wake_ms, 1157);
    s.now_ms = 1157;
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED);
    to_client(&s);
    assert_string_equal(icm_buf_text(&s.client.said), "O awake|S4|");
    tear_down(&s);
}

/* The client has no host, and answers as one without a user. */
static const struct host_case {
    const char *name, *text, *said;
} host_cases[] = {
    {"a host has a name", "host name; echo on", "H GetName|O icm|O on|S4|"},
    {"nobody types", "host read-line; echo on", "H ReadLine|E " NO_USER "|O on|S4|"},
    {"nobody types a secret", "host read-secure", "H ReadLineAsSecureString|E " NO_USER "|S4|"},
    {"nobody is prompted", "host prompt name age", "H Prompt|E " NO_USER "|S4|"},
    {"nobody chooses", "host choice &Yes &No", "H PromptForChoice|E " NO_USER "|S4|"},
    {"nobody is asked who they are", "host credential ana", "H PromptForCredential2|E " NO_USER "|S4|"},
};

static void asks_the_host(void **state)
{
    const struct host_case *c = *state;
    struct stage s;

    set_up(&s, c->text, NULL, false);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_ANSWER);
    to_client(&s);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_ANSWER);
    answer_to_server(&s);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED);
    to_client(&s);
    assert_string_equal(icm_buf_text(&s.client.said), c->said);
    tear_down(&s);
}

/* an answer made by hand: @result is its mr */
static void answer(struct stage *s, int64_t method, struct icm_arena *a, struct psrp_value *result, int64_t call_id)
{
    struct psrp_value *value = psrp_value_object(a, NULL);
    struct psrp_host_response response = {.call_id = call_id, .method = method, .result = result};
    struct psrp_server_event event = {
        .type = PSRP_SERVER_HOST_RESPONSE, .message_type = 1, .value = value, .response = response};

    endpoint_script_answer(s->script, &event);
}

static void gives_what_the_host_answered(void **state)
{
    struct icm_arena a = {0};
    struct stage s;

    (void)state;
    set_up(&s, "host read-line; host choice a b; host read-secure; host read-line; echo on", NULL, false);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_ANSWER);
    answer(&s, 11, &a, psrp_value_string(&a, "late"), 7); /* to what nobody asked */
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_ANSWER);
    answer(&s, 11, &a, psrp_value_string(&a, "typed"), 1);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_ANSWER);
    answer(&s, 26, &a, psrp_value_i32(&a, 1), 2);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_ANSWER);
    icm_buf_clear(&s.client.said);
    answer(&s, 12, &a, psrp_value_text(&a, PSRP_SECURESTRING, icm_slice_text("no key of ours")), 3);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED);
    to_client(&s);
    assert_non_null(strstr(icm_buf_text(&s.client.said), "O typed|"));
    assert_non_null(strstr(icm_buf_text(&s.client.said), "O 1|"));
    assert_non_null(strstr(icm_buf_text(&s.client.said), "S5 the host answered with a secret that no session key opens|"));
    icm_arena_reset(&a);
    tear_down(&s);
}

static void a_secret_goes_out_sealed(void **state)
{
    struct stage s;

    (void)state;
    set_up(&s, "secure top", NULL, false);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED); /* the client says 2.3: the key is the server's to make */
    to_client(&s);
    assert_int_equal(s.client.outputs, 1);
    assert_null(strstr(icm_buf_text(&s.client.said), "top"));
    tear_down(&s);
}

/* What waits in the server is bounded, and one string over the bound goes all the same. */
static const struct room_case {
    const char *name, *text;
    size_t outputs, waiting_max;
} room_cases[] = {
    {"many small ones", "emit 20000 100", 20000, ENDPOINT_SCRIPT_ROOM},
    {"two that do not fit together", "emit 2 200000", 2, ENDPOINT_SCRIPT_ROOM},
    {"one larger than the room", "echo a; emit 2 1000000; echo b", 4, 1000000 + 64},
};

static void keeps_to_its_room(void **state)
{
    const struct room_case *c = *state;
    size_t turns = 0;
    struct stage s;

    set_up(&s, c->text, NULL, false);
    while (run(&s) == ENDPOINT_SCRIPT_NEEDS_ROOM) {
        assert_in_range(psrp_server_waiting(s.server), 1, c->waiting_max);
        to_client(&s);
        turns++;
    }
    to_client(&s);
    assert_int_equal(s.state, ENDPOINT_SCRIPT_ENDED);
    assert_int_equal(s.client.outputs, c->outputs);
    assert_true(turns > 0);
    tear_down(&s);
}

static void is_full_until_it_reads(void **state)
{
    char *text = malloc(300 * 1024);
    struct stage s;

    memset(text, 'x', 300 * 1024);
    text[300 * 1024 - 1] = '\0';
    set_up(&s, "sleep 10; input", NULL, true);
    run(&s);
    for (int i = 0; i < 4; i++) {
        assert_false(endpoint_script_is_full(s.script));
        endpoint_client_input(&s.client, 0, text);
        to_server(&s, 0);
    }
    assert_true(endpoint_script_is_full(s.script));
    s.now_ms = 10;
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_ROOM);
    assert_false(endpoint_script_is_full(s.script));
    free(text);
    tear_down(&s);
}

#define STOPPED "S3 The pipeline has been stopped.|"

static const struct stop_case {
    const char *name, *text;
    bool has_input;
    const char *said;
} stop_cases[] = {
    {"before it began", "echo a", false, STOPPED},
    {"while it sleeps", "sleep 1000; echo a", false, STOPPED},
    {"while it waits for input", "input", true, STOPPED},
};

static void stops(void **state)
{
    const struct stop_case *c = *state;
    struct stage s;

    set_up(&s, c->text, NULL, c->has_input);
    if (c != &stop_cases[0])
        run(&s);
    endpoint_script_stop(s.script);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED);
    to_client(&s);
    assert_string_equal(icm_buf_text(&s.client.said), c->said);
    tear_down(&s);
}

/* The state goes behind what waits, and input that comes later is nobody's. */
static void stops_while_it_needs_room(void **state)
{
    struct stage s;

    set_up(&s, "emit 1000000 1000", NULL, true);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_NEEDS_ROOM);
    endpoint_script_stop(s.script);
    endpoint_client_input(&s.client, 0, "late");
    to_server(&s, 0);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED);
    assert_int_equal(run(&s), ENDPOINT_SCRIPT_ENDED); /* once more says nothing more */
    to_client(&s);
    const char *said = icm_buf_text(&s.client.said);
    assert_string_equal(said + strlen(said) - strlen(STOPPED), STOPPED);
    assert_in_range(s.client.outputs, 1, 300);
    tear_down(&s);
}

int main(void)
{
    enum { COUNT = ICM_COUNT(cases) + ICM_COUNT(host_cases) + ICM_COUNT(room_cases) + ICM_COUNT(stop_cases) };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(gives_arguments), cmocka_unit_test(gives_input_back),       cmocka_unit_test(sleeps),
        cmocka_unit_test(is_full_until_it_reads), cmocka_unit_test(stops_while_it_needs_room),
        cmocka_unit_test(gives_what_the_host_answered), cmocka_unit_test(a_secret_goes_out_sealed),
    };
    struct CMUnitTest tests[COUNT];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[count++] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = says, .initial_state = (void *)(uintptr_t)&cases[i]};
    for (size_t i = 0; i < ICM_COUNT(host_cases); i++)
        tests[count++] = (struct CMUnitTest){
            .name = host_cases[i].name, .test_func = asks_the_host, .initial_state = (void *)(uintptr_t)&host_cases[i]};
    for (size_t i = 0; i < ICM_COUNT(room_cases); i++)
        tests[count++] = (struct CMUnitTest){.name = room_cases[i].name,
                                             .test_func = keeps_to_its_room,
                                             .initial_state = (void *)(uintptr_t)&room_cases[i]};
    for (size_t i = 0; i < ICM_COUNT(stop_cases); i++)
        tests[count++] = (struct CMUnitTest){
            .name = stop_cases[i].name, .test_func = stops, .initial_state = (void *)(uintptr_t)&stop_cases[i]};
    return cmocka_run_group_tests_name("endpoint_script_run", tests, NULL, NULL) +
           cmocka_run_group_tests_name("endpoint_script: what it waits for", others, NULL, NULL);
}

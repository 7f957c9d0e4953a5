/* The synthetic engine behind its operations: a client's pool meets it over a loop without a network. */
#include "cli/endpoint_engine.h"
#include "psrp/fragment.h"
#include "psrp/message.h"
#include "tests/cli/endpoint_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <uv.h>

enum { PIECE_MAX = 32768, ROUNDS_MAX = 400 };
enum { CLOSE_ON_OUTPUT = 1, CLOSE_ON_OPENED, CLOSE_ON_ENDED, CLOSE_ON_DONE };

struct stage {
    struct endpoint_client client;
    struct endpoint_engine *engine;
    struct endpoint_session *session;
    uv_loop_t loop;
    struct icm_buf news;      /* what the sink heard beside output */
    size_t bytes;             /* of output */
    size_t pause_after;       /* 0: never */
    bool is_inside;           /* an operation */
    int closes;               /* CLOSE_ON_...; 0: stays */
};

static void close_session(struct stage *s)
{
    s->session->ops->close(s->session);
    s->session = NULL;
}

static void on_output(void *up, const struct icm_guid *target, struct icm_slice fragments)
{
    struct stage *s = up;

    assert_non_null(s->session); /* a closed one says nothing */
    assert_false(s->is_inside);
    assert_in_range(fragments.size, 1, PIECE_MAX);
    s->bytes += fragments.size;
    endpoint_client_feed(&s->client, target, fragments);
    if (s->pause_after > 0 && s->bytes >= s->pause_after)
        s->session->ops->pause(s->session, true);
    if (s->closes == CLOSE_ON_OUTPUT)
        close_session(s);
}

static void hear(struct stage *s, const char *news)
{
    assert_non_null(s->session);
    icm_buf_add_text(&s->news, news);
}

/* The state is in the transcript when the news of it comes. */
static void on_opened(void *up)
{
    struct stage *s = up;

    assert_false(s->is_inside);
    assert_int_equal(psrp_pool_state(s->client.pool), PSRP_POOL_OPENED);
    hear(s, "opened ");
    if (s->closes == CLOSE_ON_OPENED)
        close_session(s);
}

static void on_ended(void *up, const struct icm_guid *target)
{
    struct stage *s = up;

    assert_false(s->is_inside);
    for (size_t i = 0; i < s->client.count; i++)
        if (icm_guid_equal(psrp_pipeline_id(s->client.pipelines[i]), target)) {
            assert_true(psrp_pipeline_has_ended(s->client.pipelines[i]));
            icm_buf_add_format(&s->news, "ended%zu ", i);
        }
    if (s->closes == CLOSE_ON_ENDED)
        close_session(s);
}

static void on_done(void *up, uint64_t ticket)
{
    struct stage *s = up;

    icm_buf_add_format(&s->news, "done%llu ", (unsigned long long)ticket);
    if (s->closes == CLOSE_ON_DONE)
        close_session(s);
}

static void on_failed(void *up, const char *text)
{
    assert_true(*text);
    hear(up, "failed ");
}

static const struct endpoint_sink sink = {on_output, on_opened, on_ended, on_done, on_failed};

static void send_to(struct stage *s, uint64_t ticket, size_t pipeline)
{
    struct icm_buf bytes = {0};
    static const struct icm_guid pool;
    const struct icm_guid *target = pipeline == SIZE_MAX ? &pool : psrp_pipeline_id(s->client.pipelines[pipeline]);

    endpoint_client_pull(&s->client, pipeline, &bytes);
    s->is_inside = true;
    assert_int_equal(s->session->ops->data(s->session, ticket, target, false, &bytes, NULL), ICM_OK);
    s->is_inside = false;
    icm_buf_reset(&bytes);
}

static void set_up_closed(struct stage *s)
{
    memset(s, 0, sizeof *s);
    uv_loop_init(&s->loop);
    assert_int_equal(endpoint_synthetic_engine_new(&s->engine, &s->loop, NULL), ICM_OK);
    assert_int_equal(s->engine->ops->open(s->engine, NULL, &sink, s, &s->session, NULL), ICM_OK);
    endpoint_client_open(&s->client);
}

static void set_up(struct stage *s)
{
    set_up_closed(s);
    send_to(s, 0, SIZE_MAX);
    assert_int_equal(s->bytes, 0); /* never from inside */
    uv_run(&s->loop, UV_RUN_DEFAULT);
    assert_string_equal(icm_buf_text(&s->news), "opened ");
    assert_string_equal(icm_buf_text(&s->client.said), "pool 7|pool 2|");
    icm_buf_clear(&s->client.said);
    icm_buf_clear(&s->news);
}

static void tear_down(struct stage *s)
{
    if (s->session)
        close_session(s);
    s->engine->ops->shut_down(s->engine);
    uv_run(&s->loop, UV_RUN_DEFAULT);
    s->engine->ops->free(s->engine);
    assert_int_equal(uv_loop_close(&s->loop), 0); /* nothing of the engine is left in it */
    endpoint_client_close(&s->client);
    icm_buf_reset(&s->news);
}

static size_t command(struct stage *s, uint64_t ticket, const char *text, bool has_input)
{
    size_t pipeline = endpoint_client_run(&s->client, text, NULL, has_input);
    struct icm_buf bytes = {0};

    endpoint_client_pull(&s->client, pipeline, &bytes);
    s->is_inside = true;
    enum icm_code code = s->session->ops->command(s->session, ticket, psrp_pipeline_id(s->client.pipelines[pipeline]),
                                                  &bytes, NULL);
    s->is_inside = false;
    assert_int_equal(code, ICM_OK);
    icm_buf_reset(&bytes);
    return pipeline;
}

static void run(struct stage *s)
{
    uv_run(&s->loop, UV_RUN_DEFAULT);
}

static void expect(struct stage *s, const char *said, const char *news)
{
    assert_string_equal(icm_buf_text(&s->client.said), said);
    assert_string_equal(icm_buf_text(&s->news), news);
}

static const struct engine_case {
    const char *name, *text, *said;
} cases[] = {
    {"a script", "echo a; error b; warning c", "O a|E b|W c|S4|"},
    {"a failing one", "throw t", "S5 t|"},
    {"one that sleeps", "echo a; sleep 5; echo b", "O a|O b|S4|"},
    {"an empty one", "", "S4|"},
};

static void carries(void **state)
{
    const struct engine_case *c = *state;
    struct stage s;

    set_up(&s);
    command(&s, 7, c->text, false);
    run(&s);
    expect(&s, c->said, "done7 ended0 ");
    tear_down(&s);
}

/* CREATE_PIPELINE may come in pieces, the first of them empty. */
static void takes_a_command_byte_by_byte(void **state)
{
    struct icm_buf bytes = {0}, piece = {0};
    struct stage s;

    set_up(&s);
    size_t pipeline = endpoint_client_run(&s.client, "echo a", NULL, false);
    const struct icm_guid *id = psrp_pipeline_id(s.client.pipelines[pipeline]);
    endpoint_client_pull(&s.client, pipeline, &bytes);
    assert_int_equal(s.session->ops->command(s.session, 1, id, &piece, NULL), ICM_OK);
    for (size_t i = 0; i < bytes.size; i++) {
        icm_buf_add_u8(&piece, bytes.data[i]);
        assert_int_equal(s.session->ops->data(s.session, 0, id, false, &piece, NULL), ICM_OK);
        assert_int_equal(piece.size, 0); /* it is the session's */
        run(&s);
    }
    expect(&s, "O a|S4|", "done1 ended0 ");
    icm_buf_reset(&bytes);
    icm_buf_reset(&piece);
    tear_down(&s);
}

/* A transport may begin a command anew under an id that was another's. */
static void takes_an_id_again_after_its_end(void **state)
{
    struct icm_buf bytes = {0}, copy = {0};
    struct stage s;

    (void)state;
    set_up(&s);
    size_t pipeline = endpoint_client_run(&s.client, "echo a", NULL, false);
    const struct icm_guid *id = psrp_pipeline_id(s.client.pipelines[pipeline]);
    endpoint_client_pull(&s.client, pipeline, &bytes);
    icm_buf_add(&copy, icm_buf_slice(&bytes));
    assert_int_equal(s.session->ops->command(s.session, 1, id, &bytes, NULL), ICM_OK);
    run(&s);
    assert_int_equal(s.session->ops->command(s.session, 2, id, &copy, NULL), ICM_OK);
    run(&s);
    assert_string_equal(icm_buf_text(&s.news), "done1 ended0 done2 ended0 ");
    icm_buf_reset(&bytes);
    icm_buf_reset(&copy);
    tear_down(&s);
}

static void refuses_a_second_command_of_an_id(void **state)
{
    struct icm_buf none = {0};
    struct stage s;

    set_up(&s);
    command(&s, 1, "input", true);
    const struct icm_guid *id = psrp_pipeline_id(s.client.pipelines[0]);
    assert_int_equal(s.session->ops->command(s.session, 2, id, &none, NULL), ICM_STATE);
    expect(&s, "", "done1 ");
    tear_down(&s);
}

static void gives_input_back(void **state)
{
    struct stage s;

    set_up(&s);
    command(&s, 1, "input", true);
    run(&s);
    endpoint_client_input(&s.client, 0, "x");
    send_to(&s, 2, 0);
    run(&s);
    expect(&s, "O x|", "done1 done2 ");
    psrp_pipeline_end_input(s.client.pipelines[0], NULL);
    send_to(&s, 3, 0);
    run(&s);
    expect(&s, "O x|S4|", "done1 done2 done3 ended0 ");
    send_to(&s, 4, 0); /* late: dropped, and answered */
    run(&s);
    expect(&s, "O x|S4|", "done1 done2 done3 ended0 done4 ");
    tear_down(&s);
}

/* Who sends more than a script reads waits for its answer until the script has read. */
static void holds_tickets_while_input_waits(void **state)
{
    char *text = malloc(1100 * 1024);
    struct stage s;

    memset(text, 'x', 1100 * 1024);
    text[1100 * 1024 - 1] = '\0';
    set_up(&s);
    command(&s, 0, "sleep 20; echo awake; input", true);
    endpoint_client_input(&s.client, 0, text);
    send_to(&s, 1, 0);
    endpoint_client_input(&s.client, 0, "y");
    send_to(&s, 2, 0);
    uv_run(&s.loop, UV_RUN_NOWAIT);
    expect(&s, "", "");
    run(&s);
    assert_string_equal(icm_buf_text(&s.news), "done1 done2 ");
    assert_int_equal(s.client.outputs, 3);
    free(text);
    tear_down(&s);
}

static const struct held_case {
    const char *name;
    bool is_end;
} held_cases[] = {
    {"a stop lets go of tickets that were held", false},
    {"an end does", true},
};

static void lets_go_of_tickets(void **state)
{
    const struct held_case *c = *state;
    char *text = malloc(1100 * 1024);
    struct stage s;

    memset(text, 'x', 1100 * 1024);
    text[1100 * 1024 - 1] = '\0';
    set_up(&s);
    command(&s, 0, "sleep 100000", true);
    endpoint_client_input(&s.client, 0, text);
    send_to(&s, 1, 0);
    const struct icm_guid *id = psrp_pipeline_id(s.client.pipelines[0]);
    (c->is_end ? s.session->ops->end : s.session->ops->stop)(s.session, 9, id);
    run(&s);
    assert_non_null(strstr(icm_buf_text(&s.news), "done1 "));
    assert_non_null(strstr(icm_buf_text(&s.news), "ended0 "));
    assert_string_equal(icm_buf_text(&s.client.said), "S3 The pipeline has been stopped.|");
    free(text);
    tear_down(&s);
}

/* ---- stop and end ---- */

#define STOPPED "S3 The pipeline has been stopped.|"

static const struct stop_case {
    const char *name, *text;
    bool has_input, is_end;
} stop_cases[] = {
    {"stop while it sleeps", "sleep 100000", false, false},
    {"stop while it waits for input", "input", true, false},
    {"end while it sleeps", "sleep 100000", false, true},
    {"end while it waits for input", "input", true, true},
};

static void stops(void **state)
{
    const struct stop_case *c = *state;
    struct stage s;

    set_up(&s);
    command(&s, 0, c->text, c->has_input);
    uv_run(&s.loop, UV_RUN_NOWAIT);
    const struct icm_guid *id = psrp_pipeline_id(s.client.pipelines[0]);
    s.is_inside = true;
    (c->is_end ? s.session->ops->end : s.session->ops->stop)(s.session, 5, id);
    s.is_inside = false;
    run(&s);
    expect(&s, STOPPED, "done5 ended0 ");
    (c->is_end ? s.session->ops->end : s.session->ops->stop)(s.session, 6, id); /* it is gone: answered */
    run(&s);
    expect(&s, STOPPED, "done5 ended0 done6 ");
    command(&s, 0, "echo next", false);
    run(&s);
    expect(&s, STOPPED "O next|S4|", "done5 ended0 done6 ended1 ");
    tear_down(&s);
}

static void stops_what_has_not_come_yet(void **state)
{
    struct icm_buf none = {0};
    struct stage s;

    set_up(&s);
    size_t pipeline = endpoint_client_run(&s.client, "echo a", NULL, false);
    const struct icm_guid *id = psrp_pipeline_id(s.client.pipelines[pipeline]);
    s.session->ops->command(s.session, 0, id, &none, NULL);
    s.session->ops->stop(s.session, 1, id);
    send_to(&s, 2, pipeline);
    run(&s);
    expect(&s, STOPPED, "done1 done2 ended0 ");
    tear_down(&s);
}

static void ends_what_has_not_come_yet(void **state)
{
    struct icm_buf none = {0};
    struct stage s;

    set_up(&s);
    size_t pipeline = endpoint_client_run(&s.client, "echo a", NULL, false);
    const struct icm_guid *id = psrp_pipeline_id(s.client.pipelines[pipeline]);
    s.session->ops->command(s.session, 0, id, &none, NULL);
    s.session->ops->end(s.session, 1, id);
    send_to(&s, 2, pipeline);
    run(&s);
    assert_null(strstr(icm_buf_text(&s.client.said), "O a"));
    assert_non_null(strstr(icm_buf_text(&s.news), "done1 done2 "));
    tear_down(&s);
}

/* ---- output ---- */

/* One script that fills the room does not keep another from its end. */
static void serves_scripts_in_turn(void **state)
{
    struct stage s;

    set_up(&s);
    command(&s, 0, "echo a; emit 5000 1000; echo z", false);
    command(&s, 0, "echo quick", false);
    run(&s);
    assert_string_equal(icm_buf_text(&s.news), "ended1 ended0 ");
    assert_int_equal(s.client.outputs, 5003);
    tear_down(&s);
}

static void pauses(void **state)
{
    struct stage s;

    set_up(&s);
    s.pause_after = s.bytes + 1;
    command(&s, 0, "emit 2000 1000", false);
    run(&s); /* nothing is left to do while it is paused */
    assert_in_range(s.client.outputs, 0, PIECE_MAX / 1000);
    size_t rounds = 0;
    for (; s.news.size == 0 && rounds < ROUNDS_MAX; rounds++) {
        s.session->ops->pause(s.session, false);
        run(&s);
    }
    assert_in_range(rounds, 2000 * 1000 / PIECE_MAX, ROUNDS_MAX - 1);
    assert_int_equal(s.client.outputs, 2000);
    assert_string_equal(icm_buf_text(&s.news), "ended0 ");
    tear_down(&s);
}

static void answers_who_asks_for_commands(void **state)
{
    ICM_OWN(icm_buf_reset) struct icm_buf message = {0}, bytes = {0};
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct stage s;

    set_up(&s);
    size_t pipeline = endpoint_client_run(&s.client, "", NULL, false); /* for its id: what it sends is another message */
    struct psrp_message header = {
        .destination = PSRP_TO_SERVER,
        .type = PSRP_GET_COMMAND_METADATA,
        .pool_id = *psrp_pool_id(s.client.pool),
        .pipeline_id = *psrp_pipeline_id(s.client.pipelines[pipeline]),
    };
    struct psrp_value *query = psrp_value_object(&a, NULL), *names = psrp_value_array(&a);
    psrp_value_add_item(&a, names, psrp_value_string(&a, "E*o"));
    psrp_value_add_item(&a, names, psrp_value_string(&a, "s?eep"));
    psrp_value_add_note(&a, query, "Name", names);
    assert_int_equal(psrp_message_write(&message, &header, query, NULL), ICM_OK);
    struct psrp_fragment whole = {.object_id = 99,
                                  .flags = PSRP_FRAGMENT_START | PSRP_FRAGMENT_END,
                                  .blob = icm_buf_slice(&message)};
    psrp_fragment_write(&bytes, &whole);
    s.session->ops->command(s.session, 0, &header.pipeline_id, &bytes, NULL);
    run(&s);
    assert_int_equal(s.client.outputs, 3); /* how many, echo and sleep */
    assert_string_equal(icm_buf_text(&s.news), "ended0 ");
    tear_down(&s);
}

/* ---- what breaks a session ---- */

static void garbage(struct stage *s)
{
    static const struct icm_guid pool;
    struct icm_buf bytes = {0};

    for (int i = 0; i < 64; i++)
        icm_buf_add_u8(&bytes, 0); /* object id 0 */
    assert_int_equal(s->session->ops->data(s->session, 3, &pool, false, &bytes, NULL), ICM_OK);
}

/* A real engine's client sees its pool closed; the endpoint learns why. */
static void breaks_once(void **state)
{
    struct stage s;

    set_up(&s);
    command(&s, 0, "input", true);
    garbage(&s);
    garbage(&s);
    run(&s);
    assert_string_equal(icm_buf_text(&s.news), "done3 done3 failed ");
    assert_int_equal(psrp_pool_state(s.client.pool), PSRP_POOL_CLOSED);
    s.session->ops->stop(s.session, 4, psrp_pipeline_id(s.client.pipelines[0]));
    run(&s);
    assert_string_equal(icm_buf_text(&s.news), "done3 done3 failed done4 ");
    tear_down(&s);
}

static void breaks_before_it_is_open(void **state)
{
    struct stage s;

    set_up_closed(&s);
    garbage(&s);
    run(&s);
    expect(&s, "", "done3 failed ");
    tear_down(&s);
}

/* ---- closing at any moment ---- */

static void closes_from_inside_news(void **state)
{
    for (int when = CLOSE_ON_OUTPUT; when <= CLOSE_ON_DONE; when++) {
        struct stage s;
        if (when == CLOSE_ON_OPENED) {
            set_up_closed(&s);
            s.closes = CLOSE_ON_OPENED;
            send_to(&s, 0, SIZE_MAX);
        } else {
            set_up(&s);
            size_t pipeline = command(&s, 0, when == CLOSE_ON_DONE ? "sleep 100000" : "emit 1000 1000", true);
            s.closes = when;
            if (when == CLOSE_ON_DONE)
                s.session->ops->stop(s.session, 1, psrp_pipeline_id(s.client.pipelines[pipeline]));
        }
        run(&s);
        if (when == CLOSE_ON_ENDED)
            assert_null(strstr(icm_buf_text(&s.news), "ended0 ended"));
        assert_null(s.session);
        tear_down(&s);
    }
}

static void closes_while_scripts_run(void **state)
{
    struct stage s;

    set_up(&s);
    command(&s, 0, "emit 100000 1000", false);
    command(&s, 0, "sleep 100000", false);
    command(&s, 0, "input", true);
    uv_run(&s.loop, UV_RUN_NOWAIT);
    close_session(&s);
    run(&s);
    assert_string_equal(icm_buf_text(&s.news), "");
    tear_down(&s);
}

/* ---- many ---- */

enum { SESSIONS = 1000 };

static void a_thousand_sessions(void **state)
{
    struct stage *stages = calloc(SESSIONS, sizeof *stages);
    uv_loop_t loop;
    struct endpoint_engine *engine;

    uv_loop_init(&loop);
    assert_int_equal(endpoint_synthetic_engine_new(&engine, &loop, NULL), ICM_OK);
    for (size_t i = 0; i < SESSIONS; i++) {
        struct stage *s = &stages[i];
        endpoint_client_open(&s->client);
        assert_int_equal(engine->ops->open(engine, NULL, &sink, s, &s->session, NULL), ICM_OK);
        send_to(s, 0, SIZE_MAX);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < SESSIONS; i++)
        command(&stages[i], 0, "echo a; sleep 1; echo b", false);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < SESSIONS; i++) {
        expect(&stages[i], "pool 7|pool 2|O a|O b|S4|", "opened ended0 ");
        close_session(&stages[i]);
        endpoint_client_close(&stages[i].client);
        icm_buf_reset(&stages[i].news);
    }
    engine->ops->shut_down(engine);
    uv_run(&loop, UV_RUN_DEFAULT);
    engine->ops->free(engine);
    assert_int_equal(uv_loop_close(&loop), 0);
    free(stages);
}

int main(void)
{
    enum { COUNT = ICM_COUNT(cases) + ICM_COUNT(stop_cases) + ICM_COUNT(held_cases) };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(takes_a_command_byte_by_byte),
        cmocka_unit_test(takes_an_id_again_after_its_end),
        cmocka_unit_test(refuses_a_second_command_of_an_id),
        cmocka_unit_test(gives_input_back),
        cmocka_unit_test(holds_tickets_while_input_waits),
        cmocka_unit_test(stops_what_has_not_come_yet),
        cmocka_unit_test(ends_what_has_not_come_yet),
        cmocka_unit_test(serves_scripts_in_turn),
        cmocka_unit_test(pauses),
        cmocka_unit_test(answers_who_asks_for_commands),
        cmocka_unit_test(breaks_once),
        cmocka_unit_test(breaks_before_it_is_open),
        cmocka_unit_test(closes_from_inside_news),
        cmocka_unit_test(closes_while_scripts_run),
        cmocka_unit_test(a_thousand_sessions),
    };
    struct CMUnitTest tests[COUNT];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(cases); i++)
        tests[count++] = (struct CMUnitTest){
            .name = cases[i].name, .test_func = carries, .initial_state = (void *)(uintptr_t)&cases[i]};
    for (size_t i = 0; i < ICM_COUNT(stop_cases); i++)
        tests[count++] = (struct CMUnitTest){
            .name = stop_cases[i].name, .test_func = stops, .initial_state = (void *)(uintptr_t)&stop_cases[i]};
    for (size_t i = 0; i < ICM_COUNT(held_cases); i++)
        tests[count++] = (struct CMUnitTest){.name = held_cases[i].name,
                                             .test_func = lets_go_of_tickets,
                                             .initial_state = (void *)(uintptr_t)&held_cases[i]};
    return cmocka_run_group_tests_name("endpoint_synthetic: scripts", tests, NULL, NULL) +
           cmocka_run_group_tests_name("endpoint_synthetic: operations", others, NULL, NULL);
}

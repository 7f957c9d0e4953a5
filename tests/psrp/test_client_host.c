/* Calls to a client's host: who answers them, and with what. MS-PSRP 2.2.2.27, 2.2.2.28. */
#include "tests/psrp/face.h"

static const struct psrp_value seven = {.kind = PSRP_I32, .as.i64 = 7};
static const struct psrp_host_info own_host = {.has_host = true, .has_ui = true};
static const struct psrp_command command = {.text = {(const uint8_t *)"1", 1}, .is_script = true};
static const struct psrp_creation script = {
    .commands = &command, .command_count = 1, .apartment_state = PSRP_APARTMENT_UNKNOWN};

struct user {
    const char *answer, *refusal; /* what the user says */
    unsigned asked;
};

static void ask_user(struct face *f, const struct psrp_server_event *event)
{
    int64_t call_id;

    if (event->type == PSRP_SERVER_PIPELINE)
        assert_int_equal(
            psrp_server_host_call(f->server, &event->pipeline_id, PSRP_HOST_READ_LINE, NULL, &call_id, NULL), ICM_OK);
    if (event->type != PSRP_SERVER_HOST_RESPONSE)
        return;
    face_output(f, event,
                event->response.error ? icm_slice_text("refused") : psrp_value_text_of(event->response.result));
    face_complete(f, event);
}

static void answer_as_user(struct face *f, const struct psrp_event *event)
{
    struct user *u = f->context;
    struct icm_arena a = {0};

    if (event->type != PSRP_EVENT_HOST_CALL || !event->needs_answer)
        return;
    u->asked++;
    assert_int_equal(event->call.method, PSRP_HOST_READ_LINE);
    assert_int_equal(
        psrp_pool_answer(f->pool, event, u->answer ? psrp_value_string(&a, u->answer) : NULL, u->refusal, NULL),
        ICM_OK);
    icm_arena_reset(&a);
}

static const struct host_row {
    const char *name;
    bool pool_has_host;
    const struct psrp_host_info *pipelines;
    struct user user;
    const char *events;
} hosts[] = {
    {"a user answers", true, NULL, {"yes", NULL, 1}, "host-call output:yes pipeline=Completed "},
    {"a user who says nothing", true, NULL, {NULL, NULL, 1}, "host-call output: pipeline=Completed "},
    {"a user refuses", true, NULL, {NULL, "not me", 1}, "host-call output:refused pipeline=Completed "},
    {"no host anywhere", false, NULL, {"yes", NULL, 0}, "host-call output:refused pipeline=Completed "},
    {"the pipeline's own host", false, &own_host, {"yes", NULL, 1}, "host-call output:yes pipeline=Completed "},
};

static void asks_the_user(void **state)
{
    const struct host_row *row = *state;
    struct psrp_creation creation = script;
    struct psrp_pool_options options = {.host = row->pool_has_host ? &own_host : NULL};
    struct psrp_pipeline *pipeline = NULL;
    struct user user = {row->user.answer, row->user.refusal, 0};
    struct face f;

    face_begin(&f, &options);
    f.serve = ask_user;
    f.on_event = answer_as_user;
    f.context = &user;
    assert_int_equal(psrp_pool_open(f.pool, NULL), ICM_OK);
    face_run(&f);
    icm_buf_clear(&f.events);
    creation.host = row->pipelines;
    assert_int_equal(psrp_pipeline_create(&pipeline, f.pool, &creation, NULL), ICM_OK);
    face_run(&f);
    face_assert_events(&f, row->events);
    assert_int_equal(user.asked, row->user.asked);
    face_reset(&f);
}

/* a pool with a host, and what a server may call it with */
static const struct call_row {
    const char *name, *xml, *events, *sends;
    bool needs_answer;
} calls[] = {
    {"a known method", HOST_CALL("1", "11"), "host-call ", "", true},
    {"one that wants no answer", HOST_CALL("-100", "15"), "host-call ", "", false},
    {"an unknown method", HOST_CALL("1", "99"), "host-call ", "PIPELINE_HOST_RESPONSE ", false},
    {"an unknown method that wants no answer", HOST_CALL("-100", "99"), "host-call ", "", false},
    {"parameters that are not the method's", HOST_CALL("1", "16"), "warned ", "PIPELINE_HOST_RESPONSE ", false},
    {"the same without an answer", HOST_CALL("-100", "16"), "warned ", "", false},
};

static void takes_calls(void **state)
{
    const struct call_row *row = *state;
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_creation creation = script;
    struct psrp_pipeline *pipeline = NULL;
    struct psrp_event event;
    struct icm_buf seen = {0};

    creation.host = &own_host;
    assert_int_equal(psrp_pipeline_create(&pipeline, pool, &creation, NULL), ICM_OK);
    peers_say(pool, pipeline, PSRP_PIPELINE_HOST_CALL, row->xml);
    assert_int_equal(psrp_pool_next_event(pool, &event, NULL), ICM_OK);
    peers_describe(&seen, &event);
    assert_string_equal(icm_buf_text(&seen), row->events);
    assert_int_equal(event.needs_answer, row->needs_answer);
    peers_assert_sends(pool, pipeline, PSRP_STREAM_PROMPT_RESPONSE, row->sends);
    assert_int_equal(psrp_pool_answer(pool, &event, NULL, "no", NULL), ICM_OK);
    peers_assert_sends(pool, pipeline, PSRP_STREAM_PROMPT_RESPONSE, row->needs_answer ? "PIPELINE_HOST_RESPONSE " : "");
    assert_int_equal(psrp_pipeline_state(pipeline), PSRP_PIPELINE_RUNNING);
    psrp_event_reset(&event);
    icm_buf_reset(&seen);
    psrp_pool_free(pool);
}

static void an_answer_that_comes_late_is_passed_over(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_creation creation = script;
    struct psrp_pipeline *pipeline = NULL;
    struct psrp_event event;

    (void)state;
    creation.host = &own_host;
    assert_int_equal(psrp_pipeline_create(&pipeline, pool, &creation, NULL), ICM_OK);
    peers_say(pool, pipeline, PSRP_PIPELINE_HOST_CALL, HOST_CALL("1", "11"));
    assert_int_equal(psrp_pool_next_event(pool, &event, NULL), ICM_OK);
    assert_true(event.needs_answer);
    peers_say(pool, pipeline, PSRP_PIPELINE_STATE, PIPELINE_STATE("4"));
    peers_assert_events(pool, "pipeline=Completed ");
    assert_int_equal(psrp_pool_answer(pool, &event, &seven, NULL, NULL), ICM_OK);
    peers_assert_sends(pool, pipeline, PSRP_STREAM_PROMPT_RESPONSE, "");
    psrp_pipeline_free(pipeline);
    assert_int_equal(psrp_pool_answer(pool, &event, &seven, NULL, NULL), ICM_OK);
    psrp_event_reset(&event);
    psrp_pool_free(pool);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(an_answer_that_comes_late_is_passed_over),
    };
    struct CMUnitTest tests[ICM_COUNT(hosts) + ICM_COUNT(calls) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(hosts); i++)
        tests[count++] = (struct CMUnitTest){hosts[i].name, asks_the_user, NULL, NULL, (void *)(uintptr_t)&hosts[i]};
    for (size_t i = 0; i < ICM_COUNT(calls); i++)
        tests[count++] = (struct CMUnitTest){calls[i].name, takes_calls, NULL, NULL, (void *)(uintptr_t)&calls[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("a client's host, MS-PSRP 2.2.2.27", tests, NULL, NULL);
}

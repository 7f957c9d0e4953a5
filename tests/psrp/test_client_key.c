/* The session key, asked for by either side when it is needed, and what waits for it. MS-PSRP 2.2.2.3
 * to 2.2.2.5, 3.1.1.1.3. */
#include "tests/psrp/face.h"

#define SECRET "open sesame"

static const char *const versions[] = {"2.0", "2.1", "2.2", "2.3", "2.4"};

static bool has_key(const char *version) /* since 2.4 there is none */
{
    return strcmp(version, "2.4") != 0;
}

/* ---- the server's application: it tells what it was given ---- */

static void tell_secret(struct face *f, const struct psrp_server_event *event, const struct psrp_value *value)
{
    struct icm_buf text = {0};

    if (value && value->kind != PSRP_SECURESTRING)
        value = psrp_value_member(value, "Password"); /* of a PSCredential */
    assert_int_equal(psrp_server_reveal(f->server, value, &text, NULL), ICM_OK);
    face_output(f, event, icm_buf_slice(&text));
    icm_buf_reset(&text);
}

static void echo(struct face *f, const struct psrp_server_event *event)
{
    if (event->type == PSRP_SERVER_PIPELINE && event->creation.commands->parameter_count > 0)
        tell_secret(f, event, event->creation.commands->parameters->value);
    if (event->type == PSRP_SERVER_INPUT && event->value->kind == PSRP_STRING)
        face_output(f, event, event->value->as.text);
    else if (event->type == PSRP_SERVER_INPUT)
        tell_secret(f, event, event->value);
    if (event->type == PSRP_SERVER_INPUT_END)
        face_complete(f, event);
}

static struct psrp_pipeline *start(struct face *f, const struct psrp_value *argument, bool has_input)
{
    struct psrp_script script = {icm_slice_text("1"), &argument, argument != NULL, has_input};
    struct psrp_pipeline *pipeline = NULL;

    assert_int_equal(psrp_pipeline_new(&pipeline, f->pool, &script, NULL), ICM_OK);
    return pipeline;
}

static struct psrp_value *secure(struct icm_arena *a)
{
    return psrp_value_secure(a, icm_slice_text(SECRET));
}

/* ---- what we send ---- */

static void an_argument_waits(void **state)
{
    const char *version = *state;
    struct icm_arena a = {0};
    struct face f;

    face_open(&f, version);
    f.serve = echo;
    start(&f, psrp_value_credential(&a, icm_slice_text("u"), icm_slice_text(SECRET)), false);
    icm_arena_reset(&a); /* borrowed for the call alone */
    assert_int_equal(psrp_pool_is_key_due(f.pool), has_key(version));
    assert_int_equal(psrp_pool_expects_message(f.pool), has_key(version) || version[2] < '2');
    face_run(&f);
    face_assert_events(&f, has_key(version) ? "key output:" SECRET " pipeline=Completed "
                                            : "output:" SECRET " pipeline=Completed ");
    face_assert_sent(&f, has_key(version) ? "PUBLIC_KEY CREATE_PIPELINE " : "CREATE_PIPELINE ");
    assert_int_equal(face_has_told(&f, SECRET), !has_key(version));
    assert_false(psrp_pool_is_key_due(f.pool));

    start(&f, secure(&a), false); /* and now it is there */
    face_run(&f);
    face_assert_events(&f, "output:" SECRET " pipeline=Completed ");
    face_assert_sent(&f, "CREATE_PIPELINE ");
    icm_arena_reset(&a);
    face_reset(&f);
}

static void input_keeps_its_order(void **state)
{
    const char *version = *state;
    struct icm_arena a = {0};
    struct face f;

    face_open(&f, version);
    f.serve = echo;
    struct psrp_pipeline *p = start(&f, NULL, true);
    assert_int_equal(psrp_pipeline_input(p, psrp_value_string(&a, "one"), NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_input(p, secure(&a), NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_input(p, psrp_value_string(&a, "three"), NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_input(p, secure(&a), NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_end_input(p, NULL), ICM_OK);
    size_t waiting = psrp_pool_waiting(f.pool, p, PSRP_STREAM_INPUT);
    assert_true(waiting > 5 * (size_t)PSRP_MESSAGE_HEADER + 2 * strlen(SECRET));
    face_run(&f);
    face_assert_events(&f, has_key(version)
                               ? "key output:one output:" SECRET " output:three output:" SECRET " pipeline=Completed "
                               : "output:one output:" SECRET " output:three output:" SECRET " pipeline=Completed ");
    assert_int_equal(psrp_pool_waiting(f.pool, p, PSRP_STREAM_INPUT), 0);
    assert_int_equal(face_has_told(&f, SECRET), !has_key(version));
    icm_arena_reset(&a);
    face_reset(&f);
}

static void answer_with_secret(struct face *f, const struct psrp_event *event)
{
    struct icm_arena a = {0};

    if (event->type == PSRP_EVENT_HOST_CALL && event->needs_answer)
        assert_int_equal(psrp_pool_answer(f->pool, event, secure(&a), NULL, NULL), ICM_OK);
    icm_arena_reset(&a);
}

static void ask_for_secret(struct face *f, const struct psrp_server_event *event)
{
    int64_t call_id;

    if (event->type == PSRP_SERVER_PIPELINE)
        assert_int_equal(psrp_server_host_call(f->server, &event->pipeline_id, PSRP_HOST_READ_LINE_AS_SECURE_STRING,
                                               NULL, &call_id, NULL),
                         ICM_OK);
    if (event->type != PSRP_SERVER_HOST_RESPONSE)
        return;
    tell_secret(f, event, event->response.result);
    face_complete(f, event);
}

static void a_host_answer_waits(void **state)
{
    static const struct psrp_host_info host = {.has_host = true, .has_ui = true};
    const struct psrp_pool_options options = {.protocol_version = *state, .is_encrypted = true, .host = &host};
    struct face f;

    face_begin(&f, &options);
    f.serve = ask_for_secret;
    f.on_event = answer_with_secret;
    assert_int_equal(psrp_pool_open(f.pool, NULL), ICM_OK);
    face_run(&f);
    icm_buf_clear(&f.events);
    start(&f, NULL, false);
    face_run(&f);
    face_assert_events(&f, has_key(*state) ? "host-call key output:" SECRET " pipeline=Completed "
                                           : "host-call output:" SECRET " pipeline=Completed ");
    assert_int_equal(face_has_told(&f, SECRET), !has_key(*state));
    face_reset(&f);
}

/* ---- what we get ---- */

struct opened {
    struct icm_arena a;
    struct psrp_value *secure; /* kept beyond its event */
    unsigned tries;
};

static void keep_and_reveal(struct face *f, const struct psrp_event *event)
{
    struct opened *o = f->context;
    struct icm_buf text = {0};

    if (event->type == PSRP_EVENT_OUTPUT) {
        assert_int_equal(event->value->kind, PSRP_SECURESTRING);
        o->secure = psrp_value_text(&o->a, PSRP_SECURESTRING, event->value->as.text);
    }
    if (o->secure && (event->type == PSRP_EVENT_OUTPUT || event->type == PSRP_EVENT_KEY)) {
        enum icm_code code = psrp_pool_reveal(f->pool, o->secure, &text, NULL);

        o->tries++;
        if (code != ICM_AGAIN)
            assert_int_equal(code, ICM_OK);
        if (code == ICM_OK) {
            assert_string_equal(icm_buf_text(&text), SECRET);
            o->secure = NULL;
        }
    }
    icm_buf_reset(&text);
}

static struct icm_guid asking; /* whose secret waits for the server to have a key */

static void send_secret(struct face *f, const struct icm_guid *pipeline_id)
{
    struct icm_arena a = {0};

    enum icm_code code = psrp_server_send(f->server, pipeline_id, PSRP_PIPELINE_OUTPUT, secure(&a), NULL);
    if (code == ICM_AGAIN)
        asking = *pipeline_id;
    else
        assert_int_equal(psrp_server_pipeline_state(f->server, pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, NULL),
                         ICM_OK);
    icm_arena_reset(&a);
}

static void give_secret(struct face *f, const struct psrp_server_event *event)
{
    if (event->type == PSRP_SERVER_PIPELINE)
        send_secret(f, &event->pipeline_id);
    if (event->type == PSRP_SERVER_KEY && !icm_guid_is_zero(&asking))
        send_secret(f, &asking);
}

/* 2.0 and 2.1: the server asks; 2.2 and 2.3: we do, who first see it sealed; 2.4: nobody */
static void a_secret_of_the_servers_is_revealed(void **state)
{
    const char *version = *state;
    struct opened opened = {0};
    struct face f;

    asking = peers_guid(ZERO_ID);
    face_open(&f, version);
    f.serve = give_secret;
    f.on_event = keep_and_reveal;
    f.context = &opened;
    start(&f, NULL, false);
    assert_int_equal(psrp_pool_expects_message(f.pool), version[2] < '2'); /* a request may come at any time */
    face_run(&f);
    assert_null(opened.secure);
    bool we_ask = version[2] == '2' || version[2] == '3';
    assert_int_equal(opened.tries, we_ask ? 2 : 1);
    assert_int_equal(psrp_pool_expects_message(f.pool), false);
    face_assert_sent(&f, has_key(version) ? "CREATE_PIPELINE PUBLIC_KEY " : "CREATE_PIPELINE ");
    icm_arena_reset(&opened.a);
    face_reset(&f);
}

static void only_secure_strings_are_revealed(void **state)
{
    static const struct psrp_value text = {.kind = PSRP_STRING}, sealed = {.kind = PSRP_SECURESTRING};
    struct icm_arena a = {0};
    struct icm_buf out = {0};
    struct psrp_pool *pool = peers_pool_new("2.3");

    (void)state;
    assert_int_equal(psrp_pool_reveal(pool, &text, &out, NULL), ICM_USAGE);
    assert_int_equal(psrp_pool_reveal(pool, NULL, &out, NULL), ICM_USAGE);
    assert_int_equal(psrp_pool_reveal(pool, &sealed, &out, NULL), ICM_STATE); /* nobody can be asked yet */
    assert_int_equal(psrp_pool_reveal(pool, secure(&a), &out, NULL), ICM_OK); /* it is our own */
    assert_string_equal(icm_buf_text(&out), SECRET);
    icm_buf_reset(&out);
    icm_arena_reset(&a);
    psrp_pool_free(pool);
}

static void an_opening_has_no_secrets(void **state)
{
    struct icm_arena a = {0};
    struct psrp_value *arguments = psrp_value_hashtable(&a);
    struct psrp_pool_options options = {.application_arguments = arguments};
    struct psrp_pool *pool = NULL;

    (void)state;
    assert_true(psrp_value_add_entry(&a, arguments, psrp_value_string(&a, "k"), secure(&a)));
    assert_int_equal(psrp_pool_new(&pool, &options, NULL), ICM_STATE);
    assert_null(pool);
    icm_arena_reset(&a);
}

/* ---- order over pipelines ---- */

static void creations_keep_their_order(void **state)
{
    struct icm_arena a = {0};
    struct face f;

    (void)state;
    face_open(&f, "2.3");
    f.serve = echo;
    f.is_held_up = true;
    struct psrp_pipeline *first = start(&f, secure(&a), false), *second = start(&f, NULL, false);
    struct psrp_pipeline *third = start(&f, secure(&a), false);
    face_run(&f);
    face_assert_sent(&f, "PUBLIC_KEY "); /* once */
    psrp_pipeline_stop(first);           /* of which the server never heard */
    face_run(&f);
    face_assert_events(&f, "pipeline=Stopped ");
    assert_int_equal(psrp_pipeline_state(first), PSRP_PIPELINE_STOPPED);
    psrp_pipeline_free(third);
    f.is_held_up = false;
    face_run(&f);
    face_assert_sent(&f, "CREATE_PIPELINE ");
    face_assert_events(&f, "key pipeline=Completed ");
    assert_int_equal(psrp_pipeline_state(second), PSRP_PIPELINE_COMPLETED);
    icm_arena_reset(&a);
    face_reset(&f);
}

static void a_stop_drops_input_that_waits(void **state)
{
    struct icm_arena a = {0};
    struct face f;

    (void)state;
    face_open(&f, "2.3");
    struct psrp_pipeline *p = start(&f, NULL, true);
    assert_int_equal(psrp_pipeline_input(p, secure(&a), NULL), ICM_OK);
    psrp_pipeline_stop(p);
    face_run(&f);
    face_assert_sent(&f, "CREATE_PIPELINE PUBLIC_KEY ");
    face_assert_events(&f, "key ");
    icm_arena_reset(&a);
    face_reset(&f);
}

/* ---- no key ---- */

/* a pipeline whose creation waits, one whose input does, one behind the first, one that runs */
static void begin_waiting(struct face *f, struct psrp_pipeline *p[4])
{
    struct icm_arena a = {0};

    face_open(f, "2.3");
    f->is_held_up = true;
    p[3] = start(f, NULL, true);
    p[1] = start(f, NULL, true);
    assert_int_equal(psrp_pipeline_input(p[1], secure(&a), NULL), ICM_OK);
    p[0] = start(f, secure(&a), false);
    p[2] = start(f, NULL, false);
    icm_arena_reset(&a);
    face_run(f);
    face_assert_sent(f, "CREATE_PIPELINE CREATE_PIPELINE PUBLIC_KEY ");
}

static void assert_failed(struct face *f, struct psrp_pipeline *p[4], enum icm_code code)
{
    struct icm_arena a = {0};
    struct icm_error err = {0};
    struct icm_buf out = {0};
    const struct psrp_value sealed = {.kind = PSRP_SECURESTRING};

    assert_int_equal(psrp_pipeline_state(p[0]), PSRP_PIPELINE_FAILED);
    assert_int_equal(psrp_pipeline_state(p[1]), PSRP_PIPELINE_FAILED);
    assert_int_equal(psrp_pipeline_state(p[2]), PSRP_PIPELINE_RUNNING);
    assert_int_equal(psrp_pipeline_state(p[3]), PSRP_PIPELINE_RUNNING);
    assert_int_equal(psrp_pool_state(f->pool), PSRP_POOL_OPENED);
    face_assert_sent(f, "CREATE_PIPELINE "); /* that of [2] */
    assert_int_equal(psrp_pipeline_input(p[3], secure(&a), &err), code);
    assert_true(err.text[0] != '\0');
    assert_int_equal(psrp_pool_reveal(f->pool, &sealed, &out, NULL), code);
    assert_false(face_has_told(f, SECRET));
    icm_error_reset(&err);
    icm_arena_reset(&a);
}

#define KEY(text) "<Obj RefId=\"0\"><MS><S N=\"EncryptedSessionKey\">" text "</S></MS></Obj>"

static void a_key_that_is_none_fails_what_waited(void **state)
{
    struct psrp_pipeline *p[4];
    struct face f;

    begin_waiting(&f, p);
    peers_say(f.pool, NULL, PSRP_ENCRYPTED_SESSION_KEY, *state);
    face_run(&f);
    face_assert_events(&f, "warned pipeline=Failed(syntax) pipeline=Failed(syntax) ");
    assert_failed(&f, p, ICM_SYNTAX);
    peers_say(f.pool, NULL, PSRP_ENCRYPTED_SESSION_KEY, *state); /* nobody waits for it */
    face_run(&f);
    face_assert_events(&f, "warned ");
    face_reset(&f);
}

static void a_key_that_does_not_come_fails_what_waited(void **state)
{
    struct psrp_pipeline *p[4];
    struct icm_error why = {0};
    struct face f;

    (void)state;
    begin_waiting(&f, p);
    assert_true(psrp_pool_is_key_due(f.pool));
    icm_fail(&why, ICM_TIMEOUT, NULL, "the server has given no session key");
    psrp_pool_give_up_key(f.pool, &why);
    assert_false(psrp_pool_is_key_due(f.pool));
    face_run(&f);
    face_assert_events(&f, "pipeline=Failed(timeout) pipeline=Failed(timeout) ");
    assert_failed(&f, p, ICM_TIMEOUT);
    f.is_held_up = false; /* now it comes */
    face_run(&f);
    face_assert_events(&f, "warned ");
    peers_say(f.pool, NULL, PSRP_PUBLIC_KEY_REQUEST, "<S></S>");
    face_run(&f);
    face_assert_events(&f, "warned ");
    face_assert_sent(&f, "");
    icm_error_reset(&why);
    face_reset(&f);
}

static void a_closed_pool_drops_what_waited(void **state)
{
    struct psrp_pipeline *p[4];
    struct face f;

    (void)state;
    begin_waiting(&f, p);
    psrp_pool_closed(f.pool);
    assert_false(psrp_pool_is_key_due(f.pool));
    face_run(&f);
    face_assert_events(&f, "pipeline=Stopped pipeline=Stopped pipeline=Stopped pipeline=Stopped pool=Closed ");
    assert_int_equal(psrp_pool_waiting(f.pool, p[0], PSRP_STREAM_INPUT), 0);
    face_reset(&f);
}

/* the pool's own host answers with a secret: without a key the server would wait for ever */
static void an_answer_of_the_pools_that_cannot_be_given_breaks_it(void **state)
{
    static const struct psrp_host_info host = {.has_host = true};
    const struct psrp_pool_options options = {.pool_id = peers_guid(POOL_ID), .host = &host};
    struct icm_arena a = {0};
    struct psrp_event event;
    struct face f;

    (void)state;
    face_begin(&f, &options);
    assert_int_equal(psrp_pool_open(f.pool, NULL), ICM_OK);
    face_run(&f);
    icm_buf_clear(&f.events);
    f.is_held_up = true;
    peers_say(f.pool, NULL, PSRP_RUNSPACEPOOL_HOST_CALL, HOST_CALL("1", "12"));
    assert_int_equal(psrp_pool_next_event(f.pool, &event, NULL), ICM_OK);
    assert_int_equal(psrp_pool_answer(f.pool, &event, secure(&a), NULL, NULL), ICM_OK);
    psrp_event_reset(&event);
    peers_say(f.pool, NULL, PSRP_ENCRYPTED_SESSION_KEY, KEY("AAAA"));
    face_run(&f);
    face_assert_events(&f, "warned pool=Broken(syntax) ");
    icm_arena_reset(&a);
    face_reset(&f);
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction test;
    } of_versions[] = {
        {"an argument waits", an_argument_waits},
        {"input keeps its order", input_keeps_its_order},
        {"a host answer waits", a_host_answer_waits},
        {"a secret of the server's is revealed", a_secret_of_the_servers_is_revealed},
    };
    static const char *const no_keys[] = {KEY("AAAA"), KEY("!"), KEY(""), "<S></S>"};
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(only_secure_strings_are_revealed),
        cmocka_unit_test(an_opening_has_no_secrets),
        cmocka_unit_test(creations_keep_their_order),
        cmocka_unit_test(a_stop_drops_input_that_waits),
        cmocka_unit_test(a_key_that_does_not_come_fails_what_waited),
        cmocka_unit_test(a_closed_pool_drops_what_waited),
        cmocka_unit_test(an_answer_of_the_pools_that_cannot_be_given_breaks_it),
    };
    struct CMUnitTest tests[ICM_COUNT(of_versions) * ICM_COUNT(versions) + ICM_COUNT(no_keys) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(of_versions); i++)
        for (size_t k = 0; k < ICM_COUNT(versions); k++)
            tests[count++] = (struct CMUnitTest){of_versions[i].name, of_versions[i].test, NULL, NULL,
                                                 (void *)(uintptr_t)versions[k]};
    for (size_t i = 0; i < ICM_COUNT(no_keys); i++)
        tests[count++] = (struct CMUnitTest){"a key that is none", a_key_that_is_none_fails_what_waited, NULL, NULL,
                                             (void *)(uintptr_t)no_keys[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("the session key, MS-PSRP 3.1.1.1.3", tests, NULL, NULL);
}

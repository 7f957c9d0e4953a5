/* A client opens a pool, or connects to one that was left. MS-PSRP 3.1.4.1, 2.2.2.29, 2.2.2.30. */
#include "tests/psrp/face.h"

static const struct psrp_host_info own_host = {.has_host = true, .has_ui = true};

static void note_opening(struct face *f, const struct psrp_server_event *event)
{
    const struct psrp_opening *o = &event->opening;

    if (event->type != PSRP_SERVER_OPEN)
        return;
    assert_int_equal(o->min_runspaces, 2);
    assert_int_equal(o->max_runspaces, 9);
    assert_int_equal(o->thread_options, 3);
    assert_int_equal(o->apartment_state, 1);
    assert_true(o->host.has_host && o->host.has_ui && !o->host.has_raw_ui);
    assert_int_equal(psrp_value_entry(o->application_arguments, "k")->as.i64, 7);
    *(bool *)f->context = true;
}

static void an_opening_arrives(void **state)
{
    struct icm_arena a = {0};
    struct psrp_value *arguments = psrp_value_hashtable(&a);
    struct psrp_pool_options options = {.min_runspaces = 2,
                                        .max_runspaces = 9,
                                        .thread_options = 3,
                                        .apartment_state = 1,
                                        .host = &own_host,
                                        .application_arguments = arguments};
    bool is_seen = false;
    struct face f;

    (void)state;
    assert_true(psrp_value_add_entry(&a, arguments, psrp_value_string(&a, "k"), psrp_value_i32(&a, 7)));
    face_begin(&f, &options);
    f.serve = note_opening;
    f.context = &is_seen;
    assert_int_equal(psrp_pool_open(f.pool, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(f.pool, NULL), ICM_STATE);
    assert_int_equal(psrp_pool_connect(f.pool, NULL), ICM_STATE);
    icm_arena_reset(&a);
    face_run(&f);
    assert_true(is_seen);
    face_assert_events(&f, "pool=NegotiationSucceeded private-data pool=Opened ");
    face_reset(&f);
}

static const struct options_row {
    const char *name;
    struct psrp_pool_options options;
    enum icm_code code;
    int announced; /* 2.x */
} pool_options[] = {
    {"nothing said", {.protocol_version = NULL}, ICM_OK, 3},
    {"2.4 in clear", {.protocol_version = "2.4"}, ICM_OK, 3},
    {"2.5 in clear", {.protocol_version = "2.5"}, ICM_OK, 3},
    {"2.4 hidden", {.protocol_version = "2.4", .is_encrypted = true}, ICM_OK, 4},
    {"2.1 in clear", {.protocol_version = "2.1"}, ICM_OK, 1},
    {"1.0", {.protocol_version = "1.0"}, ICM_USAGE, 0},
    {"more at least than at most", {.min_runspaces = 3, .max_runspaces = 2}, ICM_USAGE, 0},
    {"less than none", {.min_runspaces = -1}, ICM_USAGE, 0},
    {"threads that do not exist", {.thread_options = 4}, ICM_USAGE, 0},
    {"an apartment that does not exist", {.apartment_state = 3}, ICM_USAGE, 0},
};

static void takes_options(void **state)
{
    const struct options_row *row = *state;
    struct psrp_pool *pool = NULL;

    assert_int_equal(psrp_pool_new(&pool, &row->options, NULL), row->code);
    if (pool)
        assert_int_equal(pool->announced_minor, row->announced);
    psrp_pool_free(pool);
}

static const struct connect_row {
    const char *name, *version;
    int32_t min, max;
    const char *events;
} connects[] = {
    {"without numbers", "2.3", 0, 0, "pool=NegotiationSucceeded init-data pool=Opened private-data "},
    {"with the right numbers", "2.2", 1, 1, "pool=NegotiationSucceeded init-data pool=Opened private-data "},
    {"with one number", "2.4", 0, 7, "pool=NegotiationSucceeded init-data pool=Opened private-data "},
};

static void tell_script(struct face *f, const struct psrp_server_event *event)
{
    if (event->type != PSRP_SERVER_PIPELINE)
        return;
    face_output(f, event, event->script);
    face_complete(f, event);
}

static void connects_to_what_was_left(void **state)
{
    const struct connect_row *row = *state;
    struct psrp_pool_options options = {.pool_id = peers_guid(POOL_ID),
                                        .protocol_version = row->version,
                                        .is_encrypted = true,
                                        .min_runspaces = row->min,
                                        .max_runspaces = row->max};
    struct face first, f;

    face_open(&first, row->version);
    assert_int_equal(psrp_server_disconnect(first.server, NULL), ICM_OK);
    face_begin(&f, &options);
    psrp_server_free(f.server);
    f.server = first.server;
    first.server = NULL;
    face_reset(&first);

    assert_int_equal(psrp_pool_connect(f.pool, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(f.pool, NULL), ICM_STATE);
    face_run(&f);
    face_assert_events(&f, row->events);
    face_assert_sent(&f, "SESSION_CAPABILITY CONNECT_RUNSPACEPOOL ");
    assert_int_equal(psrp_pool_set_min_runspaces(f.pool, 2, NULL, NULL), ICM_USAGE); /* it has one */
    f.serve = tell_script;
    peers_pipeline_new(f.pool, false);
    face_run(&f);
    face_assert_events(&f, "output:1 + 1 pipeline=Completed ");
    face_reset(&f);
}

static void connecting_takes_2_2(void **state)
{
    struct psrp_pool *pool = peers_pool_new("2.1");

    (void)state;
    assert_int_equal(psrp_pool_connect(pool, NULL), ICM_UNSUPPORTED);
    psrp_pool_free(pool);
    pool = peers_pool_new("2.3");
    assert_int_equal(psrp_pool_connect(pool, NULL), ICM_OK);
    peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, CAPABILITY("2.1"));
    peers_assert_events(pool, "pool=Broken(unsupported) ");
    psrp_pool_free(pool);
}

static void swapped_numbers_are_put_right(void **state)
{
    struct psrp_pool *pool = peers_pool_new("2.3");
    struct psrp_event event;

    (void)state;
    assert_int_equal(psrp_pool_connect(pool, NULL), ICM_OK);
    peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"));
    peers_assert_events(pool, "pool=NegotiationSucceeded ");
    peers_say(pool, NULL, PSRP_RUNSPACEPOOL_INIT_DATA, INIT("5", "2"));
    assert_int_equal(psrp_pool_next_event(pool, &event, NULL), ICM_OK);
    assert_int_equal(event.type, PSRP_EVENT_INIT_DATA);
    assert_int_equal(event.min_runspaces, 2);
    assert_int_equal(event.max_runspaces, 5);
    psrp_event_reset(&event);
    peers_assert_events(pool, "pool=Opened ");
    peers_say(pool, NULL, PSRP_RUNSPACEPOOL_INIT_DATA, INIT("5", "2"));
    peers_assert_events(pool, "warned ");
    psrp_pool_free(pool);
}

static void init_data_without_numbers_breaks_the_pool(void **state)
{
    static const char *const bad[] = {INIT("0", "1"), INIT("1", "x"), "<S></S>", INIT("-1", "2")};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(bad); i++) {
        struct psrp_pool *pool = peers_pool_new("2.3");

        assert_int_equal(psrp_pool_connect(pool, NULL), ICM_OK);
        peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"));
        peers_say(pool, NULL, PSRP_RUNSPACEPOOL_INIT_DATA, bad[i]);
        peers_assert_events(pool, "pool=NegotiationSucceeded pool=Broken(syntax) ");
        psrp_pool_free(pool);
    }
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(an_opening_arrives),
        cmocka_unit_test(connecting_takes_2_2),
        cmocka_unit_test(swapped_numbers_are_put_right),
        cmocka_unit_test(init_data_without_numbers_breaks_the_pool),
    };
    struct CMUnitTest tests[ICM_COUNT(pool_options) + ICM_COUNT(connects) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(pool_options); i++)
        tests[count++] =
            (struct CMUnitTest){pool_options[i].name, takes_options, NULL, NULL, (void *)(uintptr_t)&pool_options[i]};
    for (size_t i = 0; i < ICM_COUNT(connects); i++)
        tests[count++] = (struct CMUnitTest){connects[i].name, connects_to_what_was_left, NULL, NULL,
                                             (void *)(uintptr_t)&connects[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("how a client opens, MS-PSRP 3.1.4.1", tests, NULL, NULL);
}

/* All that a client can say to its pool, said to a server's machine: creations, questions, connecting, host answers; of
 * each what the server makes of it, and what comes back. MS-PSRP 3.1. */
#include "tests/psrp/face.h"

/* ---- creations, and what arrives of them ---- */

#define TEXT(text)                                                                                                     \
    {                                                                                                                  \
        (const uint8_t *)(text), sizeof(text) - 1                                                                      \
    }
#define COMMANDS(...)                                                                                                  \
    .commands = (const struct psrp_command[]){__VA_ARGS__},                                                            \
    .command_count = ICM_COUNT(((const struct psrp_command[]){__VA_ARGS__}))
#define SCRIPT(what) .text = TEXT(what), .is_script = true

static const struct psrp_value seven = {.kind = PSRP_I32, .as.i64 = 7};
static const struct psrp_host_info own_host = {.has_host = true, .has_ui = true};

static const struct creation_row {
    const char *name, *version;
    struct psrp_creation creation;
    enum icm_code code;
    const char *arrives;
} creations[] = {
    {"a script", "2.3", {COMMANDS({SCRIPT("1")}), .apartment_state = 2}, ICM_OK, "'1'"},
    {"a command with parameters",
     "2.3",
     {COMMANDS(
          {.text = TEXT("Get-Item"),
           .parameters = (const struct psrp_parameter[]){{TEXT("-Path"), &seven}, {TEXT("Force"), NULL}, {{0}, &seven}},
           .parameter_count = 3}),
      .apartment_state = 2},
     ICM_OK,
     "Get-Item -Path=7 Force= =7"},
    {"a pipeline of two",
     "2.0",
     {COMMANDS({SCRIPT("1")}, {.text = TEXT("Out-Null"), .use_local_scope = PSRP_YES}), .apartment_state = 2},
     ICM_OK,
     "'1' | Out-Null local"},
    {"three statements",
     "2.2",
     {COMMANDS({SCRIPT("1"), .ends_statement = true}, {SCRIPT("2"), .use_local_scope = PSRP_NO},
               {.text = TEXT("b"), .ends_statement = true}, {SCRIPT("3"), .ends_statement = true}),
      .apartment_state = 2},
     ICM_OK,
     "'1' ; '2' global | b ; '3'"},
    {"statements for an old server",
     "2.1",
     {COMMANDS({SCRIPT("1"), .ends_statement = true}, {SCRIPT("2")})},
     ICM_UNSUPPORTED,
     NULL},
    {"a last statement's end is no second statement",
     "2.0",
     {COMMANDS({SCRIPT("1"), .ends_statement = true}), .apartment_state = 2},
     ICM_OK,
     "'1'"},
    {"merges",
     "2.3",
     {COMMANDS(
          {SCRIPT("1"), .merges = {PSRP_RESULT_ERROR, PSRP_RESULT_OUTPUT, PSRP_RESULT_NONE, PSRP_RESULT_OUTPUT,
                                   PSRP_RESULT_NULL, PSRP_RESULT_ALL, PSRP_RESULT_DEBUG, PSRP_RESULT_INFORMATION}}),
      .apartment_state = 2},
     ICM_OK,
     "'1' 2>1 0>8 7>5 6"},
    {"an old merge for an old server",
     "2.0",
     {COMMANDS({SCRIPT("1"), .merges = {PSRP_RESULT_ERROR, PSRP_RESULT_OUTPUT}}), .apartment_state = 2},
     ICM_OK,
     "'1' 2>1 0>0 0>0 0"},
    {"MergeError for 2.1",
     "2.1",
     {COMMANDS({SCRIPT("1"), .merges = {[PSRP_MERGE_ERROR] = PSRP_RESULT_OUTPUT}})},
     ICM_UNSUPPORTED,
     NULL},
    {"MergeInformation for 2.2",
     "2.2",
     {COMMANDS({SCRIPT("1"), .merges = {[PSRP_MERGE_INFORMATION] = PSRP_RESULT_OUTPUT}})},
     ICM_UNSUPPORTED,
     NULL},
    {"a merge that there is none of", "2.3", {COMMANDS({SCRIPT("1"), .merges = {9}})}, ICM_USAGE, NULL},
    {"no command", "2.3", {.command_count = 0}, ICM_USAGE, NULL},
    {"nested, with a history",
     "2.4",
     {COMMANDS({SCRIPT("1")}), .history = TEXT("one"), .is_nested = true, .add_to_history = true, .apartment_state = 1},
     ICM_OK,
     "'1' history=one nested remembered apartment=1"},
    {"input, options, a shell's errors",
     "2.3",
     {COMMANDS({SCRIPT("1")}), .has_input = true, .redirect_error_output = true, .stream_options = 15,
      .apartment_state = 0},
     ICM_OK,
     "'1' input redirected options=15 apartment=0"},
    {"one option",
     "2.3",
     {COMMANDS({SCRIPT("1")}), .stream_options = 9, .apartment_state = 2},
     ICM_OK,
     "'1' options=9"},
    {"a host", "2.3", {COMMANDS({SCRIPT("1")}), .host = &own_host, .apartment_state = 2}, ICM_OK, "'1' host"},
};

static void describe_merges(struct icm_buf *out, const enum psrp_result_type *m)
{
    bool has_any = false;

    for (int i = 0; i < PSRP_MERGE_COUNT; i++)
        has_any = has_any || m[i] != PSRP_RESULT_NONE;
    if (!has_any)
        return;
    icm_buf_add_format(out, " %d>%d %d>%d %d>%d %d", m[0], m[1], m[PSRP_MERGE_PREVIOUS_RESULTS], m[PSRP_MERGE_WARNING],
                       m[PSRP_MERGE_VERBOSE], m[PSRP_MERGE_DEBUG], m[PSRP_MERGE_INFORMATION]);
    if (m[PSRP_MERGE_WARNING] != PSRP_RESULT_NONE)
        assert_int_equal(m[PSRP_MERGE_ERROR], PSRP_RESULT_OUTPUT);
}

static void describe_command(struct icm_buf *out, const struct psrp_command *c)
{
    icm_buf_add_format(out, c->is_script ? "'%.*s'" : "%.*s", (int)c->text.size, (const char *)c->text.data);
    if (c->use_local_scope != PSRP_UNSAID)
        icm_buf_add_text(out, c->use_local_scope == PSRP_YES ? " local" : " global");
    describe_merges(out, c->merges);
    for (size_t i = 0; i < c->parameter_count; i++) {
        icm_buf_add_u8(out, ' ');
        icm_buf_add(out, c->parameters[i].name);
        icm_buf_add_u8(out, '=');
        psrp_value_write_text(c->parameters[i].value, out);
    }
}

static void describe_creation(struct icm_buf *out, const struct psrp_creation *c)
{
    for (size_t i = 0; i < c->command_count; i++) {
        describe_command(out, &c->commands[i]);
        if (i + 1 < c->command_count)
            icm_buf_add_text(out, c->commands[i].ends_statement ? " ; " : " | ");
    }
    if (c->history.size > 0)
        icm_buf_add_format(out, " history=%.*s", (int)c->history.size, (const char *)c->history.data);
    icm_buf_add_format(out, "%s%s%s%s%s", c->has_input ? " input" : "", c->is_nested ? " nested" : "",
                       c->add_to_history ? " remembered" : "", c->redirect_error_output ? " redirected" : "",
                       c->host && c->host->has_host && !c->host->use_runspace_host ? " host" : "");
    if (c->stream_options != 0)
        icm_buf_add_format(out, " options=%d", c->stream_options);
    if (c->apartment_state != PSRP_APARTMENT_UNKNOWN)
        icm_buf_add_format(out, " apartment=%d", c->apartment_state);
}

static void tell_creation(struct face *f, const struct psrp_server_event *event)
{
    struct icm_buf text = {0};

    if (event->type != PSRP_SERVER_PIPELINE)
        return;
    describe_creation(&text, &event->creation);
    face_output(f, event, icm_buf_slice(&text));
    face_complete(f, event);
    icm_buf_reset(&text);
}

static void arrives(void **state)
{
    const struct creation_row *row = *state;
    struct psrp_pipeline *pipeline = NULL;
    struct icm_buf expected = {0};
    struct face f;

    face_open(&f, row->version);
    f.serve = tell_creation;
    assert_int_equal(psrp_pipeline_create(&pipeline, f.pool, &row->creation, NULL), row->code);
    assert_int_equal(pipeline != NULL, row->code == ICM_OK);
    face_run(&f);
    if (row->arrives)
        icm_buf_add_format(&expected, "output:%s pipeline=Completed ", row->arrives);
    face_assert_events(&f, icm_buf_text(&expected));
    face_assert_sent(&f, row->arrives ? "CREATE_PIPELINE " : "");
    icm_buf_reset(&expected);
    face_reset(&f);
}

/* ---- metadata ---- */

static void tell_query(struct face *f, const struct psrp_server_event *event)
{
    const struct psrp_metadata_query *q = &event->query;
    struct icm_buf text = {0};

    if (event->type != PSRP_SERVER_METADATA)
        return;
    for (size_t i = 0; i < q->name_count; i++)
        icm_buf_add_format(&text, "%.*s ", (int)q->names[i].size, (const char *)q->names[i].data);
    icm_buf_add_format(&text, "types=%d", q->command_types);
    for (size_t i = 0; i < q->namespace_count; i++)
        icm_buf_add_format(&text, " in %.*s", (int)q->namespaces[i].size, (const char *)q->namespaces[i].data);
    for (size_t i = 0; i < q->argument_count; i++) {
        icm_buf_add_text(&text, " with ");
        psrp_value_write_text(q->arguments[i], &text);
    }
    face_output(f, event, icm_buf_slice(&text));
    face_complete(f, event);
    icm_buf_reset(&text);
}

static void a_query_arrives(void **state)
{
    static const struct icm_slice names[] = {TEXT("Out-*"), TEXT("Get-Item")}, namespaces[] = {TEXT("Utility")};
    const struct psrp_value *arguments[] = {&seven};
    const struct psrp_metadata_query all = {0}, some = {.names = names,
                                                        .name_count = 2,
                                                        .command_types = 1 + 8,
                                                        .namespaces = namespaces,
                                                        .namespace_count = 1,
                                                        .arguments = arguments,
                                                        .argument_count = 1};
    struct psrp_pipeline *pipeline = NULL;
    struct face f;

    (void)state;
    face_open(&f, "2.3");
    f.serve = tell_query;
    assert_int_equal(psrp_pipeline_query(&pipeline, f.pool, &all, NULL), ICM_OK);
    face_run(&f);
    face_assert_events(&f, "output:types=383 pipeline=Completed ");
    assert_int_equal(psrp_pipeline_query(&pipeline, f.pool, &some, NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_end_input(pipeline, NULL), ICM_STATE);
    face_run(&f);
    face_assert_events(&f, "output:Out-* Get-Item types=9 in Utility with 7 pipeline=Completed ");
    face_assert_sent(&f, "GET_COMMAND_METADATA GET_COMMAND_METADATA ");
    face_reset(&f);
}

/* ---- questions ---- */

static struct {
    int64_t call_id, number;
} answered;

static void note_answer(struct face *f, const struct psrp_event *event)
{
    if (event->type != PSRP_EVENT_AVAILABILITY)
        return;
    answered.call_id = event->call_id;
    answered.number = event->number;
}

static void serve_reset(struct face *f, const struct psrp_server_event *event)
{
    if (event->type == PSRP_SERVER_RESET)
        assert_int_equal(psrp_server_answer_reset(f->server, event->call_id, true, NULL), ICM_OK);
}

typedef enum icm_code question(struct psrp_pool *p, int64_t *call_id, struct icm_error *err);

static enum icm_code max_5(struct psrp_pool *p, int64_t *call_id, struct icm_error *err)
{
    return psrp_pool_set_max_runspaces(p, 5, call_id, err);
}

static enum icm_code min_3(struct psrp_pool *p, int64_t *call_id, struct icm_error *err)
{
    return psrp_pool_set_min_runspaces(p, 3, call_id, err);
}

static enum icm_code max_2(struct psrp_pool *p, int64_t *call_id, struct icm_error *err)
{
    return psrp_pool_set_max_runspaces(p, 2, call_id, err);
}

static enum icm_code min_6(struct psrp_pool *p, int64_t *call_id, struct icm_error *err)
{
    return psrp_pool_set_min_runspaces(p, 6, call_id, err);
}

static enum icm_code max_0(struct psrp_pool *p, int64_t *call_id, struct icm_error *err)
{
    return psrp_pool_set_max_runspaces(p, 0, call_id, err);
}

static enum icm_code min_0(struct psrp_pool *p, int64_t *call_id, struct icm_error *err)
{
    return psrp_pool_set_min_runspaces(p, 0, call_id, err);
}

/* one after another in one pool */
static const struct {
    question *ask;
    enum icm_code code;
    const char *sends;
    int64_t number;
    int reset_minor; /* the first protocol that knows it */
} questions[] = {
    {psrp_pool_get_available, ICM_OK, "GET_AVAILABLE_RUNSPACES ", 1, 0},
    {max_5, ICM_OK, "SET_MAX_RUNSPACES ", 1, 0},
    {min_3, ICM_OK, "SET_MIN_RUNSPACES ", 1, 0},
    {psrp_pool_get_available, ICM_OK, "GET_AVAILABLE_RUNSPACES ", 5, 0},
    {max_2, ICM_USAGE, "", 0, 0},
    {min_6, ICM_USAGE, "", 0, 0},
    {max_0, ICM_USAGE, "", 0, 0},
    {min_0, ICM_USAGE, "", 0, 0},
    {psrp_pool_reset_runspace, ICM_OK, "RESET_RUNSPACE_STATE ", 1, 3},
};

static const char *const versions[] = {"2.0", "2.1", "2.2", "2.3", "2.4"};

static void questions_are_answered(void **state)
{
    const char *version = *state;
    int minor = version[2] - '0';
    int64_t last = 0;
    struct face f;

    face_open(&f, version);
    f.serve = serve_reset;
    f.on_event = note_answer;
    for (size_t i = 0; i < ICM_COUNT(questions); i++) {
        enum icm_code code = minor < questions[i].reset_minor ? ICM_UNSUPPORTED : questions[i].code;
        int64_t call_id = 0;

        assert_false(psrp_pool_expects_message(f.pool));
        assert_int_equal(questions[i].ask(f.pool, &call_id, NULL), code);
        assert_int_equal(psrp_pool_expects_message(f.pool), code == ICM_OK);
        face_run(&f);
        face_assert_sent(&f, code == ICM_OK ? questions[i].sends : "");
        face_assert_events(&f, code == ICM_OK ? "availability " : "");
        if (code != ICM_OK)
            continue;
        assert_true(call_id > last);
        assert_int_equal(answered.call_id, call_id);
        assert_int_equal(answered.number, questions[i].number);
        last = call_id;
    }
    face_reset(&f);
}

static void questions_need_an_open_pool(void **state)
{
    struct psrp_pool *pool = peers_pool_new(NULL);

    (void)state;
    assert_int_equal(psrp_pool_get_available(pool, NULL, NULL), ICM_STATE);
    assert_int_equal(max_5(pool, NULL, NULL), ICM_STATE);
    assert_int_equal(psrp_pool_set_min_runspaces(pool, 1, NULL, NULL), ICM_STATE);
    assert_int_equal(psrp_pool_reset_runspace(pool, NULL, NULL), ICM_STATE);
    psrp_pool_free(pool);
}

#define AVAILABLE(value, id) "<Obj RefId=\"0\"><MS>" value "<I64 N=\"ci\">" id "</I64></MS></Obj>"
#define YES "<B N=\"SetMinMaxRunspacesResponse\">true</B>"
#define FIVE "<I32 N=\"SetMinMaxRunspacesResponse\">5</I32>"

/* GET_AVAILABLE_RUNSPACES is question 1, SET_MAX_RUNSPACES 2 */
static const struct answer_row {
    const char *name, *xml, *events;
} answers[] = {
    {"a number", AVAILABLE(FIVE, "1"), "availability "},
    {"a number in 64 bits", AVAILABLE("<I64 N=\"SetMinMaxRunspacesResponse\">5</I64>", "1"), "availability "},
    {"done", AVAILABLE(YES, "2"), "availability "},
    {"done where a number was asked for", AVAILABLE(YES, "1"), "pool=Broken(syntax) "},
    {"a number where nothing was", AVAILABLE(FIVE, "2"), "pool=Broken(syntax) "},
    {"fewer than none", AVAILABLE("<I32 N=\"SetMinMaxRunspacesResponse\">-1</I32>", "1"), "pool=Broken(syntax) "},
    {"nothing", AVAILABLE("", "1"), "pool=Broken(syntax) "},
    {"another question's", AVAILABLE(FIVE, "3"), "warned "},
    {"no question's", "<Obj RefId=\"0\"><MS>" FIVE "</MS></Obj>", "pool=Broken(syntax) "},
};

static void takes_answers(void **state)
{
    const struct answer_row *row = *state;
    struct psrp_pool *pool = peers_opened_pool("2.3");
    int64_t first, second;

    assert_int_equal(psrp_pool_get_available(pool, &first, NULL), ICM_OK);
    assert_int_equal(max_5(pool, &second, NULL), ICM_OK);
    assert_int_equal(first, 1);
    assert_int_equal(second, 2);
    peers_say(pool, NULL, PSRP_RUNSPACE_AVAILABILITY, row->xml);
    peers_assert_events(pool, row->events);
    if (strcmp(row->events, "availability ") == 0) { /* but once */
        peers_say(pool, NULL, PSRP_RUNSPACE_AVAILABILITY, row->xml);
        peers_assert_events(pool, "warned ");
    }
    psrp_pool_free(pool);
}

static void a_refusal_changes_no_number(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");

    (void)state;
    assert_int_equal(max_5(pool, NULL, NULL), ICM_OK);
    peers_say(pool, NULL, PSRP_RUNSPACE_AVAILABILITY, AVAILABLE("<B N=\"SetMinMaxRunspacesResponse\">false</B>", "1"));
    peers_assert_events(pool, "availability ");
    assert_int_equal(min_3(pool, NULL, NULL), ICM_USAGE);
    psrp_pool_free(pool);
}

/* ---- opening and connecting ---- */

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
    f.serve = tell_creation;
    struct psrp_pipeline *pipeline = NULL;
    assert_int_equal(psrp_pipeline_create(&pipeline, f.pool, &creations[0].creation, NULL), ICM_OK);
    face_run(&f);
    face_assert_events(&f, "output:'1' pipeline=Completed ");
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

/* ---- hosts ---- */

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
    struct psrp_creation creation = creations[0].creation;
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
    struct psrp_creation creation = creations[0].creation;
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
    struct psrp_creation creation = creations[0].creation;
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
        cmocka_unit_test(a_query_arrives),
        cmocka_unit_test(questions_need_an_open_pool),
        cmocka_unit_test(a_refusal_changes_no_number),
        cmocka_unit_test(an_opening_arrives),
        cmocka_unit_test(connecting_takes_2_2),
        cmocka_unit_test(swapped_numbers_are_put_right),
        cmocka_unit_test(init_data_without_numbers_breaks_the_pool),
        cmocka_unit_test(an_answer_that_comes_late_is_passed_over),
    };
    struct CMUnitTest tests[ICM_COUNT(creations) + ICM_COUNT(versions) + ICM_COUNT(answers) + ICM_COUNT(pool_options) +
                            ICM_COUNT(connects) + ICM_COUNT(hosts) + ICM_COUNT(calls) + ICM_COUNT(others)];
    size_t count = 0;

#define ADD(rows, test)                                                                                                \
    for (size_t i = 0; i < ICM_COUNT(rows); i++)                                                                       \
    tests[count++] = (struct CMUnitTest){(rows)[i].name, test, NULL, NULL, (void *)(uintptr_t) & (rows)[i]}
    ADD(creations, arrives);
    ADD(answers, takes_answers);
    ADD(pool_options, takes_options);
    ADD(connects, connects_to_what_was_left);
    ADD(hosts, asks_the_user);
    ADD(calls, takes_calls);
    for (size_t i = 0; i < ICM_COUNT(versions); i++)
        tests[count++] =
            (struct CMUnitTest){versions[i], questions_are_answered, NULL, NULL, (void *)(uintptr_t)versions[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("a client's pool, MS-PSRP 3.1", tests, NULL, NULL);
}

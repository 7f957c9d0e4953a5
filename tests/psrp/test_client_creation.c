/* All that a client's pipelines can be created with, said to a server's machine: what it makes of it, and what comes
 * back. MS-PSRP 2.2.2.10, 2.2.2.14. */
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

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_query_arrives),
    };
    struct CMUnitTest tests[ICM_COUNT(creations) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(creations); i++)
        tests[count++] = (struct CMUnitTest){creations[i].name, arrives, NULL, NULL, (void *)(uintptr_t)&creations[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("what a client creates, MS-PSRP 2.2.2.10, 2.2.2.14", tests, NULL, NULL);
}

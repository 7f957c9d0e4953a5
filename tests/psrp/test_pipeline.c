/* The client's pipeline, MS-PSRP 3.1.5.3 and 3.1.5.4: what it sends, what its stream brings, and how it ends. */
#include "tests/psrp/peers.h"

#include "psrp/clixml.h"

/* ---- what a server's message does to a pipeline that runs ---- */

static const struct row {
    const char *name;
    uint32_t type;
    const char *xml, *events;
} rows[] = {
    {"output", PSRP_PIPELINE_OUTPUT, "<S>seven</S>", "output:seven "},
    {"output of nothing", PSRP_PIPELINE_OUTPUT, "<Nil />", "output: "},
    {"an error", PSRP_ERROR_RECORD, "<S></S>", "error "},
    {"a warning", PSRP_WARNING_RECORD, "<S></S>", "warning "},
    {"verbose", PSRP_VERBOSE_RECORD, "<S></S>", "verbose "},
    {"debug", PSRP_DEBUG_RECORD, "<S></S>", "debug "},
    {"information", PSRP_INFORMATION_RECORD, "<S></S>", "information "},
    {"progress", PSRP_PROGRESS_RECORD, "<S></S>", "progress "},
    {"a host call", PSRP_PIPELINE_HOST_CALL, HOST_CALL("1", "11"), "host-call "},
    {"a host call that is none", PSRP_PIPELINE_HOST_CALL, "<S></S>", "pipeline=Failed(syntax) "},
    {"what is no XML", PSRP_PIPELINE_OUTPUT, "<S>", "pipeline=Failed(syntax) "},
    {"what is no CLIXML", PSRP_PIPELINE_OUTPUT, "<html></html>", "pipeline=Failed(syntax) "},
    {"a reference to nothing", PSRP_PIPELINE_OUTPUT, "<Ref RefId=\"7\" />", "pipeline=Failed(syntax) "},
    {"state NotStarted", PSRP_PIPELINE_STATE, PIPELINE_STATE("0"), "pipeline=Failed(syntax) "},
    {"state Running", PSRP_PIPELINE_STATE, PIPELINE_STATE("1"), ""},
    {"state Stopping", PSRP_PIPELINE_STATE, PIPELINE_STATE("2"), ""},
    {"state Stopped", PSRP_PIPELINE_STATE, PIPELINE_STATE("3"), "pipeline=Stopped "},
    {"state Completed", PSRP_PIPELINE_STATE, PIPELINE_STATE("4"), "pipeline=Completed "},
    {"state Failed", PSRP_PIPELINE_STATE, PIPELINE_STATE("5"), "pipeline=Failed "},
    {"state Disconnected, which a server does not send", PSRP_PIPELINE_STATE, PIPELINE_STATE("6"),
     "pipeline=Failed(syntax) "},
    {"a state that does not exist", PSRP_PIPELINE_STATE, PIPELINE_STATE("7"), "pipeline=Failed(syntax) "},
    {"a state below zero", PSRP_PIPELINE_STATE, PIPELINE_STATE("-1"), "pipeline=Failed(syntax) "},
    {"no state", PSRP_PIPELINE_STATE, "<S></S>", "pipeline=Failed(syntax) "},
    {"a message of the pool's on the pipeline's stream", PSRP_USER_EVENT, "<S></S>", "user-event "},
};

static void takes(void **state)
{
    const struct row *row = *state;
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, false), *other = peers_pipeline_new(pool, false);

    assert_int_equal(peers_say(pool, pipeline, row->type, row->xml), ICM_OK);
    peers_assert_events(pool, row->events);
    assert_int_equal(psrp_pipeline_has_ended(pipeline), strstr(row->events, "pipeline=") != NULL);
    assert_int_equal(psrp_pipeline_state(other), PSRP_PIPELINE_RUNNING); /* nobody else is hurt */
    assert_int_equal(psrp_pool_state(pool), PSRP_POOL_OPENED);
    psrp_pool_free(pool);
}

/* after each of the last states everything that comes is late */
static void drops_what_comes_late(void **state)
{
    const struct row *row = *state;
    static const char *const ends[] = {PIPELINE_STATE("3"), PIPELINE_STATE("4"), PIPELINE_STATE("5")};

    if (row->type == PSRP_USER_EVENT) /* that was the pool's */
        return;
    for (size_t i = 0; i < ICM_COUNT(ends); i++) {
        struct psrp_pool *pool = peers_opened_pool("2.3");
        struct psrp_pipeline *pipeline = peers_pipeline_new(pool, false);

        peers_say(pool, pipeline, PSRP_PIPELINE_STATE, ends[i]);
        peers_say(pool, pipeline, row->type, row->xml);
        static const char *const events[] = {"pipeline=Stopped ", "pipeline=Completed ", "pipeline=Failed "};
        peers_assert_events(pool, events[i]);
        assert_int_equal(peers_say(pool, pipeline, row->type, row->xml), ICM_OK);
        peers_assert_events(pool, "");
        peers_assert_sends(pool, pipeline, PSRP_STREAM_PROMPT_RESPONSE, "");
        psrp_pool_free(pool);
    }
}

/* ---- whose message it is ---- */

static void the_id_in_the_message_counts_and_then_the_stream(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *first = peers_pipeline_new(pool, false), *second = peers_pipeline_new(pool, false);
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_PIPELINE_OUTPUT};
    struct icm_buf bytes = {0};
    const struct icm_guid ids[] = {*psrp_pipeline_id(second), peers_guid(ZERO_ID), peers_guid(OTHER_ID)};
    struct psrp_pipeline *const expected[] = {second, first, NULL}; /* the last for nobody: dropped */

    (void)state;
    header.pool_id = *psrp_pool_id(pool);
    for (size_t i = 0; i < ICM_COUNT(ids); i++) {
        struct psrp_event event = {0};

        header.pipeline_id = ids[i];
        icm_buf_clear(&bytes);
        peers_add_message(&bytes, header, "<I32>1</I32>");
        assert_int_equal(psrp_pool_feed(pool, first, icm_buf_slice(&bytes), NULL), ICM_OK);
        assert_int_equal(psrp_pool_next_event(pool, &event, NULL), expected[i] ? ICM_OK : ICM_AGAIN);
        assert_ptr_equal(event.pipeline, expected[i]);
        psrp_event_reset(&event);
    }
    icm_buf_reset(&bytes);
    psrp_pool_free(pool);
}

static void another_pools_message_on_its_stream_breaks_the_pool(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, false);
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_PIPELINE_OUTPUT};
    struct icm_buf bytes = {0};

    (void)state;
    header.pool_id = peers_guid(OTHER_ID);
    header.pipeline_id = *psrp_pipeline_id(pipeline);
    peers_add_message(&bytes, header, "<I32>1</I32>");
    assert_int_equal(psrp_pool_feed(pool, pipeline, icm_buf_slice(&bytes), NULL), ICM_OK);
    peers_assert_events(pool, "pipeline=Failed(syntax) pool=Broken(syntax) ");
    icm_buf_reset(&bytes);
    psrp_pool_free(pool);
}

static void broken_fragments_fail_it_alone(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, false), *other = peers_pipeline_new(pool, false);
    struct psrp_fragment no_start = {9, 1, 0, {0}};
    struct icm_buf bytes = {0};

    (void)state;
    psrp_fragment_write(&bytes, &no_start);
    peers_say(pool, pipeline, PSRP_PIPELINE_OUTPUT, "<I32>1</I32>");
    assert_int_equal(psrp_pool_feed(pool, pipeline, icm_buf_slice(&bytes), NULL), ICM_SYNTAX);
    assert_int_equal(psrp_pool_feed(pool, pipeline, icm_buf_slice(&bytes), NULL), ICM_OK); /* late */
    peers_say(pool, other, PSRP_PIPELINE_OUTPUT, "<I32>2</I32>");
    peers_assert_events(pool, "output:1 pipeline=Failed(syntax) output:2 ");
    icm_buf_reset(&bytes);
    psrp_pool_free(pool);
}

/* ---- what it sends ---- */

static void waits_for_an_open_pool(void **state)
{
    struct psrp_script script = {.text = icm_slice_text("1")};
    struct psrp_pool *pool = peers_pool_new(NULL);
    struct psrp_pipeline *pipeline = NULL;

    (void)state;
    assert_int_equal(psrp_pipeline_new(&pipeline, pool, &script, NULL), ICM_STATE);
    psrp_pool_open(pool, NULL);
    peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"));
    peers_assert_events(pool, "pool=NegotiationSucceeded ");
    assert_int_equal(psrp_pipeline_new(&pipeline, pool, &script, NULL), ICM_STATE);
    peers_say(pool, NULL, PSRP_RUNSPACEPOOL_STATE, POOL_STATE("2"));
    peers_assert_events(pool, "pool=Opened ");
    assert_int_equal(psrp_pipeline_new(&pipeline, pool, &script, NULL), ICM_OK);
    psrp_pool_break(pool, NULL);
    struct psrp_pipeline *late = NULL;
    assert_int_equal(psrp_pipeline_new(&late, pool, &script, NULL), ICM_STATE);
    assert_null(late);
    psrp_pool_free(pool);
}

/* input that comes in one packet with CREATE_PIPELINE is lost by the real engine */
static void creation_ends_its_packet(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, true);
    struct icm_arena a = {0};
    struct icm_buf out = {0};

    (void)state;
    assert_int_equal(psrp_pipeline_input(pipeline, psrp_value_i32(&a, 1), NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_input(pipeline, psrp_value_i32(&a, 2), NULL), ICM_OK);
    size_t input = 2 * (PSRP_MESSAGE_HEADER + strlen("\xef\xbb\xbf<I32>1</I32>"));
    assert_int_equal(psrp_pool_pull(pool, pipeline, PSRP_STREAM_INPUT, 65536, &out, NULL), ICM_OK);
    assert_int_equal(psrp_pool_waiting(pool, pipeline, PSRP_STREAM_INPUT), input);
    assert_int_equal(psrp_pool_pull(pool, pipeline, PSRP_STREAM_INPUT, 65536, &out, NULL), ICM_OK);
    assert_int_equal(psrp_pool_waiting(pool, pipeline, PSRP_STREAM_INPUT), 0);
    icm_buf_reset(&out);
    icm_arena_reset(&a);
    psrp_pool_free(pool);
}

static void input_has_its_time(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *without = peers_pipeline_new(pool, false), *with = peers_pipeline_new(pool, true);
    struct icm_arena a = {0};

    (void)state;
    assert_int_equal(psrp_pipeline_input(without, psrp_value_nil(&a), NULL), ICM_STATE);
    assert_int_equal(psrp_pipeline_end_input(without, NULL), ICM_STATE);
    assert_int_equal(psrp_pipeline_input(with, psrp_value_nil(&a), NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_end_input(with, NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_input(with, psrp_value_nil(&a), NULL), ICM_STATE);
    assert_int_equal(psrp_pipeline_end_input(with, NULL), ICM_STATE);
    peers_assert_sends(pool, without, PSRP_STREAM_INPUT, "CREATE_PIPELINE ");
    peers_assert_sends(pool, with, PSRP_STREAM_INPUT, "CREATE_PIPELINE PIPELINE_INPUT END_OF_PIPELINE_INPUT ");
    icm_arena_reset(&a);
    psrp_pool_free(pool);
}

static void input_after_the_end_is_dropped(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, true);
    struct icm_arena a = {0};

    (void)state;
    psrp_pipeline_input(pipeline, psrp_value_nil(&a), NULL);
    peers_say(pool, pipeline, PSRP_PIPELINE_STATE, PIPELINE_STATE("4"));
    peers_assert_events(pool, "pipeline=Completed ");
    assert_int_equal(psrp_pipeline_input(pipeline, psrp_value_nil(&a), NULL), ICM_OK);
    assert_int_equal(psrp_pipeline_end_input(pipeline, NULL), ICM_OK);
    peers_assert_sends(pool, pipeline, PSRP_STREAM_INPUT, "");
    icm_arena_reset(&a);
    psrp_pool_free(pool);
}

static void a_value_nested_too_deep_is_not_sent(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, true);
    struct icm_arena a = {0};
    struct psrp_value *value = psrp_value_nil(&a);

    (void)state;
    for (int i = 0; i < PSRP_CLIXML_DEPTH_MAX + 1; i++) {
        struct psrp_value *list = psrp_value_array(&a);
        assert_true(psrp_value_add_item(&a, list, value));
        value = list;
    }
    assert_int_equal(psrp_pipeline_input(pipeline, value, NULL), ICM_LIMIT);
    peers_assert_sends(pool, pipeline, PSRP_STREAM_INPUT, "CREATE_PIPELINE ");
    icm_arena_reset(&a);
    psrp_pool_free(pool);
}

/* CREATE_PIPELINE, read again */
static const struct psrp_value *creation(struct psrp_pool *pool, struct psrp_pipeline *pipeline, struct icm_arena *a)
{
    struct psrp_clixml_reader *reader = NULL;
    struct psrp_value *value = NULL;
    struct icm_buf bytes = {0};
    struct psrp_message m;

    assert_int_equal(psrp_pool_pull(pool, pipeline, PSRP_STREAM_INPUT, 65536, &bytes, NULL), ICM_OK);
    struct icm_slice message = icm_slice_from(icm_buf_slice(&bytes), PSRP_FRAGMENT_HEADER);
    assert_int_equal(psrp_message_read(message, &m, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_reader_new(&reader, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(reader, m.payload, a, &value, NULL), ICM_OK);
    psrp_clixml_reader_free(reader);
    icm_buf_reset(&bytes);
    return value;
}

static const struct psrp_value *first_command(const struct psrp_value *creation_message)
{
    const struct psrp_value *commands = psrp_value_member(psrp_value_member(creation_message, "PowerShell"), "Cmds");

    assert_int_equal(commands->as.list->count, 1);
    return commands->as.list->first->value;
}

static void arguments_go_by_position(void **state)
{
    struct icm_arena a = {0};
    const struct psrp_value *arguments[] = {psrp_value_i32(&a, 7), psrp_value_nil(&a), psrp_value_string(&a, "x")};
    struct psrp_script script = {icm_slice_text("param($a) $a"), arguments, ICM_COUNT(arguments), false};
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = NULL;

    (void)state;
    assert_int_equal(psrp_pipeline_new(&pipeline, pool, &script, NULL), ICM_OK);
    const struct psrp_value *value = creation(pool, pipeline, &a);
    assert_true(psrp_value_member(value, "NoInput")->as.boolean);
    const struct psrp_value *command = first_command(value);
    assert_true(icm_slice_is(psrp_value_text_of(psrp_value_member(command, "Cmd")), "param($a) $a"));
    assert_true(psrp_value_member(command, "IsScript")->as.boolean);
    const struct psrp_value *sent = psrp_value_member(command, "Args");
    assert_int_equal(sent->as.list->count, ICM_COUNT(arguments));
    const struct psrp_item *item = sent->as.list->first;
    for (size_t i = 0; i < ICM_COUNT(arguments); i++, item = item->next) {
        assert_int_equal(psrp_value_member(item->value, "N")->kind, PSRP_NIL);
        assert_int_equal(psrp_value_member(item->value, "V")->kind, arguments[i]->kind);
    }
    icm_arena_reset(&a);
    psrp_pool_free(pool);
}

/* which members a server of that version knows; MS-PSRP 2.2.3.12 */
static const struct merge_row {
    const char *version;
    bool has_error, has_information;
} merges[] = {{"2.0", false, false}, {"2.1", false, false}, {"2.2", true, false}, {"2.3", true, true}};

static void old_servers_get_what_they_know(void **state)
{
    const struct merge_row *row = *state;
    struct psrp_pool *pool = peers_opened_pool(row->version);
    struct icm_arena a = {0};
    const struct psrp_value *command = first_command(creation(pool, peers_pipeline_new(pool, false), &a));

    assert_non_null(psrp_value_member(command, "MergeMyResult"));
    assert_non_null(psrp_value_member(command, "MergeToResult"));
    assert_int_equal(psrp_value_member(command, "MergeError") != NULL, row->has_error);
    assert_int_equal(psrp_value_member(command, "MergeDebug") != NULL, row->has_error);
    assert_int_equal(psrp_value_member(command, "MergeInformation") != NULL, row->has_information);
    icm_arena_reset(&a);
    psrp_pool_free(pool);
}

static void answers_its_host_calls_on_the_other_stream(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, true);

    (void)state;
    peers_say(pool, pipeline, PSRP_PIPELINE_HOST_CALL, HOST_CALL("1", "11"));
    peers_say(pool, pipeline, PSRP_PIPELINE_HOST_CALL, HOST_CALL_WITH("-100", "16", "<S>text</S>"));
    peers_say(pool, pipeline, PSRP_PIPELINE_HOST_CALL, HOST_CALL("2", "1"));
    peers_assert_events(pool, "host-call host-call host-call ");
    peers_assert_sends(pool, pipeline, PSRP_STREAM_PROMPT_RESPONSE, "PIPELINE_HOST_RESPONSE PIPELINE_HOST_RESPONSE ");
    peers_assert_sends(pool, NULL, PSRP_STREAM_PROMPT_RESPONSE, "");
    psrp_pool_free(pool);
}

/* ---- stop ---- */

static void stop_drops_input_and_keeps_what_creates_it(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, true);
    struct icm_arena a = {0};

    (void)state;
    psrp_pipeline_input(pipeline, psrp_value_nil(&a), NULL);
    psrp_pipeline_stop(pipeline);
    psrp_pipeline_stop(pipeline);
    assert_int_equal(psrp_pipeline_state(pipeline), PSRP_PIPELINE_STOPPING);
    assert_int_equal(psrp_pipeline_input(pipeline, psrp_value_nil(&a), NULL), ICM_OK);
    peers_assert_sends(pool, pipeline, PSRP_STREAM_INPUT, "CREATE_PIPELINE ");
    peers_say(pool, pipeline, PSRP_PIPELINE_OUTPUT, "<S>finally</S>"); /* a finally block still speaks */
    peers_say(pool, pipeline, PSRP_PIPELINE_HOST_CALL, HOST_CALL("1", "11"));
    peers_say(pool, pipeline, PSRP_PIPELINE_STATE, PIPELINE_STATE("3"));
    peers_assert_events(pool, "output:finally host-call pipeline=Stopped ");
    icm_arena_reset(&a);
    psrp_pool_free(pool);
}

static void stop_after_the_end_changes_nothing(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, false);

    (void)state;
    peers_say(pool, pipeline, PSRP_PIPELINE_STATE, PIPELINE_STATE("4"));
    peers_assert_events(pool, "pipeline=Completed ");
    psrp_pipeline_stop(pipeline);
    assert_int_equal(psrp_pipeline_state(pipeline), PSRP_PIPELINE_COMPLETED);
    psrp_pool_free(pool);
}

/* ---- ends that the transport tells ---- */

enum { STOP = 1, SAID = 2, ENDED = 4, FAILED = 8 };

static const struct end_row {
    const char *name;
    unsigned what; /* in the order of their bits */
    const char *events;
} ends[] = {
    {"ended without a state", ENDED, "pipeline=Failed(syntax) "},
    {"stopped and ended without a state", STOP | ENDED, "pipeline=Stopped "},
    {"ended after its state", SAID | ENDED, "pipeline=Completed "},
    {"stopped, completed all the same, ended", STOP | SAID | ENDED, "pipeline=Completed "},
    {"failed", FAILED, "pipeline=Failed(io) "},
    {"stopped and failed", STOP | FAILED, "pipeline=Failed(io) "},
    {"failed after its state", SAID | FAILED, "pipeline=Completed "},
    {"ended and failed: the first counts", ENDED | FAILED, "pipeline=Failed(syntax) "},
};

static void ends_once(void **state)
{
    const struct end_row *row = *state;
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, true);
    struct icm_error why = {0};

    icm_fail(&why, ICM_IO, NULL, "gone");
    if (row->what & STOP)
        psrp_pipeline_stop(pipeline);
    if (row->what & SAID)
        peers_say(pool, pipeline, PSRP_PIPELINE_STATE, PIPELINE_STATE("4"));
    if (row->what & ENDED)
        psrp_pipeline_transport_ended(pipeline);
    if (row->what & FAILED)
        psrp_pipeline_fail(pipeline, &why);
    peers_say(pool, pipeline, PSRP_PIPELINE_OUTPUT, "<S>late</S>");
    peers_assert_events(pool, row->events);
    assert_true(psrp_pipeline_has_ended(pipeline));
    psrp_pool_closed(pool);
    peers_assert_events(pool, "pool=Closed ");
    icm_error_reset(&why);
    psrp_pool_free(pool);
}

/* ---- life ---- */

static void can_be_freed_at_any_time(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *first = peers_pipeline_new(pool, false), *second = peers_pipeline_new(pool, false);

    (void)state;
    peers_say(pool, first, PSRP_PIPELINE_OUTPUT, "<I32>1</I32>"); /* not decoded when the pipeline goes */
    psrp_pipeline_transport_ended(first);
    peers_say(pool, second, PSRP_PIPELINE_OUTPUT, "<I32>2</I32>");
    psrp_pipeline_free(first);
    psrp_pipeline_free(NULL);
    peers_say(pool, second, PSRP_PIPELINE_STATE, PIPELINE_STATE("4"));
    peers_assert_events(pool, "output:2 pipeline=Completed ");
    psrp_pipeline_fail(second, NULL); /* the last of the news goes, and more comes behind it */
    psrp_pipeline_free(second);
    peers_say(pool, NULL, PSRP_USER_EVENT, "<S></S>");
    peers_assert_events(pool, "user-event ");
    psrp_pool_free(pool);
}

static void has_a_tag_for_its_user(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *pipeline = peers_pipeline_new(pool, false);

    (void)state;
    assert_null(psrp_pipeline_tag(pipeline));
    psrp_pipeline_set_tag(pipeline, pool);
    assert_ptr_equal(psrp_pipeline_tag(pipeline), pool);
    psrp_pool_free(pool);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(the_id_in_the_message_counts_and_then_the_stream),
        cmocka_unit_test(another_pools_message_on_its_stream_breaks_the_pool),
        cmocka_unit_test(broken_fragments_fail_it_alone),
        cmocka_unit_test(waits_for_an_open_pool),
        cmocka_unit_test(creation_ends_its_packet),
        cmocka_unit_test(input_has_its_time),
        cmocka_unit_test(input_after_the_end_is_dropped),
        cmocka_unit_test(a_value_nested_too_deep_is_not_sent),
        cmocka_unit_test(arguments_go_by_position),
        cmocka_unit_test(answers_its_host_calls_on_the_other_stream),
        cmocka_unit_test(stop_drops_input_and_keeps_what_creates_it),
        cmocka_unit_test(stop_after_the_end_changes_nothing),
        cmocka_unit_test(can_be_freed_at_any_time),
        cmocka_unit_test(has_a_tag_for_its_user),
    };
    struct CMUnitTest tests[2 * ICM_COUNT(rows) + ICM_COUNT(merges) + ICM_COUNT(ends) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(rows); i++) {
        tests[count++] = (struct CMUnitTest){rows[i].name, takes, NULL, NULL, (void *)(uintptr_t)&rows[i]};
        tests[count++] =
            (struct CMUnitTest){rows[i].name, drops_what_comes_late, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    }
    for (size_t i = 0; i < ICM_COUNT(merges); i++)
        tests[count++] = (struct CMUnitTest){merges[i].version, old_servers_get_what_they_know, NULL, NULL,
                                             (void *)(uintptr_t)&merges[i]};
    for (size_t i = 0; i < ICM_COUNT(ends); i++)
        tests[count++] = (struct CMUnitTest){ends[i].name, ends_once, NULL, NULL, (void *)(uintptr_t)&ends[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("psrp_pipeline, MS-PSRP 3.1.5", tests, NULL, NULL);
}

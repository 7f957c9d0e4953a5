/* The server's pool, MS-PSRP 3.2: negotiation as the real engine does it, what each message becomes, and how a client
 * that breaks the rules is told to go. */
#include "tests/psrp/peers.h"

#include "psrp/clixml.h"

#define PIPELINE_ID "e32c655a-7bc5-4732-9cdb-362eb4503328"

static struct psrp_server *server_new(void)
{
    struct psrp_server *s = NULL;

    assert_int_equal(psrp_server_new(&s, NULL), ICM_OK);
    return s;
}

/* ---- what goes in and what comes out, as words ---- */

struct said {
    uint32_t type;
    const char *xml;
    bool to_pipeline;    /* on the pipeline's stream, with its id; else the pool's */
    const char *pool_id; /* NULL: the right one */
};

static enum icm_code say(struct psrp_server *s, const struct said *said, size_t step)
{
    struct psrp_message header = {.destination = PSRP_TO_SERVER, .type = said->type};
    struct icm_guid pipeline_id = peers_guid(PIPELINE_ID);
    struct icm_buf bytes = {0};
    enum icm_code code = ICM_OK;

    header.pool_id = peers_guid(said->pool_id ? said->pool_id : POOL_ID);
    if (said->to_pipeline)
        header.pipeline_id = pipeline_id;
    peers_add_message(&bytes, header, said->xml);
    for (struct icm_slice rest = icm_buf_slice(&bytes); rest.size > 0 && code == ICM_OK;) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < step ? rest.size : step);

        code = psrp_server_feed(s, said->to_pipeline ? &pipeline_id : NULL, piece, NULL);
        rest = icm_slice_from(rest, piece.size);
    }
    icm_buf_reset(&bytes);
    return code;
}

static const char *const event_names[] = {
    [PSRP_SERVER_OPEN] = "open",           [PSRP_SERVER_PIPELINE] = "script",      [PSRP_SERVER_INPUT] = "input",
    [PSRP_SERVER_INPUT_END] = "input-end", [PSRP_SERVER_HOST_RESPONSE] = "answer", [PSRP_SERVER_OTHER] = "other",
};

static void describe(struct icm_buf *out, const struct psrp_server_event *event)
{
    icm_buf_add_text(out, event_names[event->type]);
    if (event->type == PSRP_SERVER_PIPELINE || event->type == PSRP_SERVER_INPUT) {
        icm_buf_add_u8(out, ':');
        icm_buf_add(out, event->script);
    }
    if (event->type == PSRP_SERVER_INPUT)
        psrp_value_write_text(event->value, out);
    if (event->type == PSRP_SERVER_OTHER)
        icm_buf_add_format(out, ":%s", psrp_message_name(event->message_type));
    icm_buf_add_u8(out, ' ');
}

/* every event that is there; who asks to open may. The code of a failure comes in brackets. */
static void take_events(struct psrp_server *s, struct icm_buf *out)
{
    struct psrp_server_event event;
    enum icm_code code;

    while ((code = psrp_server_next_event(s, &event, NULL)) == ICM_OK) {
        describe(out, &event);
        if (event.type == PSRP_SERVER_OPEN)
            assert_int_equal(psrp_server_accept(s, NULL), ICM_OK);
        psrp_server_event_reset(&event);
    }
    if (code != ICM_AGAIN)
        icm_buf_add_format(out, "(%s) ", icm_code_name(code));
}

static const struct {
    uint32_t type;
    const char *member;
} told_members[] = {
    {PSRP_SESSION_CAPABILITY, "protocolversion"},
    {PSRP_RUNSPACEPOOL_STATE, "RunspaceState"},
    {PSRP_PIPELINE_STATE, "PipelineState"},
    {PSRP_SESSION_CAPABILITY, "SerializationVersion"},
};

static void describe_sent(struct icm_buf *out, struct icm_slice bytes)
{
    struct psrp_clixml_reader *reader = NULL;
    struct icm_arena a = {0};
    struct psrp_value *value = NULL;
    struct psrp_message m;

    assert_int_equal(psrp_message_read(bytes, &m, NULL), ICM_OK);
    assert_int_equal(m.destination, PSRP_TO_CLIENT);
    assert_int_equal(psrp_clixml_reader_new(&reader, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(reader, m.payload, &a, &value, NULL), ICM_OK);
    icm_buf_add_text(out, psrp_message_name(m.type));
    for (size_t i = 0; i < ICM_COUNT(told_members); i++)
        if (told_members[i].type == m.type) {
            icm_buf_add_u8(out, '=');
            psrp_value_write_text(psrp_value_member(value, told_members[i].member), out);
        }
    icm_buf_add_u8(out, ' ');
    icm_arena_reset(&a);
    psrp_clixml_reader_free(reader);
}

/* everything that waits, taken with @room: "RUNSPACEPOOL_STATE=4 RUNSPACEPOOL_STATE=3 " */
static void take_sent(struct psrp_server *s, size_t room, struct icm_buf *out)
{
    struct psrp_defragmenter *d = NULL;
    struct icm_buf bytes = {0}, message = {0};
    struct icm_guid target;
    size_t before = psrp_server_waiting(s), taken = 0;
    enum icm_code code;

    assert_int_equal(psrp_defragmenter_new(&d, PSRP_MESSAGE_MAX, NULL), ICM_OK);
    while ((code = psrp_server_pull(s, room, &target, &bytes, NULL)) == ICM_OK) {
        assert_true(bytes.size <= room && bytes.size > 0);
        assert_int_equal(psrp_defragmenter_feed(d, icm_buf_slice(&bytes), NULL), ICM_OK);
        icm_buf_clear(&bytes);
        for (; psrp_defragmenter_next(d, &message, NULL) == ICM_OK; taken += message.size)
            describe_sent(out, icm_buf_slice(&message));
    }
    assert_int_equal(code, ICM_AGAIN);
    assert_int_equal(taken, before);
    assert_int_equal(psrp_server_waiting(s), 0);
    assert_false(psrp_defragmenter_is_inside(d));
    psrp_defragmenter_free(d);
    icm_buf_reset(&message);
    icm_buf_reset(&bytes);
}

static void assert_sent(struct psrp_server *s, const char *expected)
{
    struct icm_buf seen = {0};

    take_sent(s, 32768, &seen);
    assert_string_equal(icm_buf_text(&seen), expected);
    icm_buf_reset(&seen);
}

static void assert_events(struct psrp_server *s, const char *expected)
{
    struct icm_buf seen = {0};

    take_events(s, &seen);
    assert_string_equal(icm_buf_text(&seen), expected);
    icm_buf_reset(&seen);
}

/* ---- negotiation: what the real engine was seen to answer ---- */

#define OPENS(version) "SESSION_CAPABILITY=" version "=1.1.0.1 APPLICATION_PRIVATE_DATA RUNSPACEPOOL_STATE=2 "
#define SILENT(version) "SESSION_CAPABILITY=" version "=1.1.0.1 "

static const struct negotiation_row {
    const char *name, *xml, *events, *sent;
} negotiations[] = {
    {"2.0", CAPABILITY("2.0"), "open ", OPENS("2.0")},
    {"2.1", CAPABILITY("2.1"), "open ", OPENS("2.1")},
    {"2.2", CAPABILITY("2.2"), "open ", OPENS("2.2")},
    {"2.3", CAPABILITY("2.3"), "open ", OPENS("2.3")},
    {"2.4", CAPABILITY("2.4"), "open ", OPENS("2.4")},
    {"2.5", CAPABILITY("2.5"), "open ", OPENS("2.4")},
    {"2.100", CAPABILITY("2.100"), "open ", OPENS("2.4")},
    {"1.9", CAPABILITY("1.9"), "", SILENT("2.4")},
    {"3.0", CAPABILITY("3.0"), "", SILENT("2.4")},
    {"PSVersion 1.0", CAPABILITY_OF("2.3", "1.0", "1.1.0.1"), "", SILENT("2.3")},
    {"PSVersion 3.0", CAPABILITY_OF("2.3", "3.0", "1.1.0.1"), "", SILENT("2.3")},
    {"SerializationVersion 2.0", CAPABILITY_OF("2.3", "2.0", "2.0"), "", SILENT("2.3")},
    {"SerializationVersion 1.1.0.9", CAPABILITY_OF("2.3", "2.0", "1.1.0.9"), "open ", OPENS("2.3")},
    {"SerializationVersion 1.2", CAPABILITY_OF("2.3", "2.0", "1.2"), "open ", OPENS("2.3")},
    {"no SerializationVersion",
     "<Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.3</Version><Version "
     "N=\"PSVersion\">2.0</Version></MS></Obj>",
     "(syntax) ", ""},
    {"no payload", NULL, "(syntax) ", ""},
};

static void negotiates(void **state)
{
    const struct negotiation_row *row = *state;
    const struct said capability = {PSRP_SESSION_CAPABILITY, row->xml, false, NULL};
    const struct said init = {PSRP_INIT_RUNSPACEPOOL, INIT("1", "1"), false, NULL};
    struct psrp_server *s = server_new();

    assert_int_equal(say(s, &capability, SIZE_MAX), ICM_OK);
    assert_int_equal(say(s, &init, SIZE_MAX), ICM_OK);
    assert_events(s, row->events);
    assert_sent(s, row->sent);
    psrp_server_free(s);
}

/* ---- dialogues ---- */

#define HELLO                                                                                                          \
    {                                                                                                                  \
        PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"), false, NULL                                                        \
    }
#define INITIAL                                                                                                        \
    {                                                                                                                  \
        PSRP_INIT_RUNSPACEPOOL, INIT("1", "1"), false, NULL                                                            \
    }
#define RUN(no_input)                                                                                                  \
    {                                                                                                                  \
        PSRP_CREATE_PIPELINE, CREATE("1 + 1", no_input), true, NULL                                                    \
    }
#define GIVE(xml)                                                                                                      \
    {                                                                                                                  \
        PSRP_PIPELINE_INPUT, xml, true, NULL                                                                           \
    }
#define GIVE_END                                                                                                       \
    {                                                                                                                  \
        PSRP_END_OF_PIPELINE_INPUT, NULL, true, NULL                                                                   \
    }
#define ASK(type)                                                                                                      \
    {                                                                                                                  \
        type, "<S></S>", false, NULL                                                                                   \
    }
#define OPENED OPENS("2.3")
#define GOODBYE "RUNSPACEPOOL_STATE=4 RUNSPACEPOOL_STATE=3 "

static const struct row {
    const char *name;
    struct said said[6];
    const char *events, *sent;
} rows[] = {
    {"a script without input", {HELLO, INITIAL, RUN("true")}, "open script:1 + 1 input-end ", OPENED},
    {"a script with input",
     {HELLO, INITIAL, RUN("false"), GIVE("<I32>1</I32>"), GIVE("<S>two</S>"), GIVE_END},
     "open script:1 + 1 input:1 input:two input-end ",
     OPENED},
    {"an answer of a host",
     {HELLO, INITIAL, RUN("false"), {PSRP_PIPELINE_HOST_RESPONSE, "<S></S>", true, NULL}},
     "open script:1 + 1 answer ",
     OPENED},
    {"an answer of the pool's host", {HELLO, INITIAL, ASK(PSRP_RUNSPACEPOOL_HOST_RESPONSE)}, "open answer ", OPENED},
    {"questions that have no meaning here",
     {HELLO, INITIAL, ASK(PSRP_SET_MAX_RUNSPACES), ASK(PSRP_SET_MIN_RUNSPACES), ASK(PSRP_GET_AVAILABLE_RUNSPACES),
      ASK(PSRP_RESET_RUNSPACE_STATE)},
     "open other:SET_MAX_RUNSPACES other:SET_MIN_RUNSPACES other:GET_AVAILABLE_RUNSPACES other:RESET_RUNSPACE_STATE ",
     OPENED},
    {"a key", {HELLO, INITIAL, ASK(PSRP_PUBLIC_KEY)}, "open other:PUBLIC_KEY ", OPENED},
    {"metadata",
     {HELLO, INITIAL, {PSRP_GET_COMMAND_METADATA, "<S></S>", true, NULL}},
     "open other:GET_COMMAND_METADATA ",
     OPENED},
    {"connecting", {HELLO, ASK(PSRP_CONNECT_RUNSPACEPOOL)}, "other:CONNECT_RUNSPACEPOOL ", ""},

    {"initialized before the capability: silence, as from the real one", {INITIAL}, "(state) ", ""},
    {"initialized twice", {HELLO, INITIAL, INITIAL}, "open (state) ", OPENED GOODBYE},
    {"a capability twice", {HELLO, HELLO}, "(state) ", GOODBYE},
    {"a capability once more when opened", {HELLO, INITIAL, HELLO}, "open (state) ", OPENED GOODBYE},
    {"numbers of runspaces that are missing", {HELLO, ASK(PSRP_INIT_RUNSPACEPOOL)}, "(syntax) ", GOODBYE},
    {"no runspaces", {HELLO, {PSRP_INIT_RUNSPACEPOOL, INIT("0", "1"), false, NULL}}, "(syntax) ", GOODBYE},
    {"less than the least", {HELLO, {PSRP_INIT_RUNSPACEPOOL, INIT("2", "1"), false, NULL}}, "(syntax) ", GOODBYE},
    {"a message for another pool",
     {HELLO, INITIAL, {PSRP_PUBLIC_KEY, "<S></S>", false, OTHER_ID}},
     "open (syntax) ",
     OPENED GOODBYE},
    {"a message for no pool",
     {HELLO, INITIAL, {PSRP_PUBLIC_KEY, "<S></S>", false, ZERO_ID}},
     "open (syntax) ",
     OPENED GOODBYE},
    {"a pipeline's message for another pool",
     {HELLO, INITIAL, {PSRP_CREATE_PIPELINE, CREATE("1", "true"), true, OTHER_ID}},
     "open (syntax) ",
     OPENED GOODBYE},
    {"a type that nobody knows", {HELLO, INITIAL, ASK(0x00041012)}, "open (syntax) ", OPENED GOODBYE},
    {"a type that only a server sends",
     {HELLO, INITIAL, ASK(PSRP_RUNSPACEPOOL_STATE)},
     "open (syntax) ",
     OPENED GOODBYE},
    {"connecting an open pool", {HELLO, INITIAL, ASK(PSRP_CONNECT_RUNSPACEPOOL)}, "open (state) ", OPENED GOODBYE},
    {"what is no XML", {HELLO, INITIAL, {PSRP_PUBLIC_KEY, "<S>", false, NULL}}, "open (syntax) ", OPENED GOODBYE},
    {"a pipeline before the pool", {HELLO, RUN("true")}, "(state) ", GOODBYE},
    {"a pipeline before everything", {RUN("true")}, "(state) ", ""},
    {"the same pipeline twice",
     {HELLO, INITIAL, RUN("true"), RUN("true")},
     "open script:1 + 1 input-end (state) ",
     OPENED GOODBYE},
    {"a pipeline without a command",
     {HELLO, INITIAL, {PSRP_CREATE_PIPELINE, "<S></S>", true, NULL}},
     "open (syntax) ",
     OPENED GOODBYE},
    {"a pipeline with an empty list of commands",
     {HELLO,
      INITIAL,
      {PSRP_CREATE_PIPELINE,
       "<Obj RefId=\"0\"><MS><Obj N=\"PowerShell\" RefId=\"1\"><MS><Obj N=\"Cmds\" RefId=\"2\"><LST "
       "/></Obj></MS></Obj></MS></Obj>",
       true, NULL}},
     "open (syntax) ",
     OPENED GOODBYE},
    {"input for a pipeline that was not created",
     {HELLO, INITIAL, GIVE("<I32>1</I32>")},
     "open (state) ",
     OPENED GOODBYE},
    {"input that was not announced",
     {HELLO, INITIAL, RUN("true"), GIVE("<I32>1</I32>")},
     "open script:1 + 1 input-end (state) ",
     OPENED GOODBYE},
    {"input after its end",
     {HELLO, INITIAL, RUN("false"), GIVE_END, GIVE("<I32>1</I32>")},
     "open script:1 + 1 input-end (state) ",
     OPENED GOODBYE},
    {"the end of input twice",
     {HELLO, INITIAL, RUN("false"), GIVE_END, GIVE_END},
     "open script:1 + 1 input-end (state) ",
     OPENED GOODBYE},
    {"nothing is heard after the goodbye", {HELLO, HELLO, INITIAL, RUN("true")}, "(state) ", GOODBYE},
};

/* @step: how many bytes at a time; events are taken after each message */
static void hold_dialogue(const struct row *row, size_t step, size_t room)
{
    struct psrp_server *s = server_new();
    struct icm_buf events = {0}, sent = {0};

    for (size_t i = 0; i < ICM_COUNT(row->said) && row->said[i].type; i++) {
        assert_int_equal(say(s, &row->said[i], step), ICM_OK);
        take_events(s, &events);
    }
    take_sent(s, room, &sent);
    assert_string_equal(icm_buf_text(&events), row->events);
    assert_string_equal(icm_buf_text(&sent), row->sent);
    icm_buf_reset(&events);
    icm_buf_reset(&sent);
    psrp_server_free(s);
}

static void answers_with_events(void **state)
{
    hold_dialogue(*state, SIZE_MAX, 32768);
    hold_dialogue(*state, 1, PSRP_FRAGMENT_MIN);
    hold_dialogue(*state, 7, 100);
}

/* ---- an open pool ---- */

static const struct said hello = HELLO, initial = INITIAL, run = RUN("false");

static struct psrp_server *opened_server(void)
{
    struct psrp_server *s = server_new();

    say(s, &hello, SIZE_MAX);
    say(s, &initial, SIZE_MAX);
    assert_events(s, "open ");
    assert_sent(s, OPENED);
    return s;
}

static void accepts_once_and_only_who_asked(void **state)
{
    struct psrp_server *s = server_new();

    (void)state;
    assert_int_equal(psrp_server_accept(s, NULL), ICM_STATE);
    psrp_server_free(s);
    s = opened_server();
    assert_int_equal(psrp_server_accept(s, NULL), ICM_STATE);
    psrp_server_free(s);
}

static void an_ended_pipeline_is_forgotten_and_its_late_data_dropped(void **state)
{
    struct icm_guid id = peers_guid(PIPELINE_ID);
    const struct said late[] = {
        GIVE("<I32>1</I32>"), GIVE_END, {PSRP_PIPELINE_HOST_RESPONSE, "<S></S>", true, NULL}, GIVE("<S>")};
    struct psrp_server *s = opened_server();
    struct icm_arena a = {0};

    (void)state;
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    say(s, &late[0], SIZE_MAX); /* in the queue when the pipeline ends */
    assert_int_equal(psrp_server_send(s, &id, PSRP_PIPELINE_OUTPUT, psrp_value_i32(&a, 1), NULL), ICM_OK);
    assert_int_equal(psrp_server_pipeline_state(s, &id, PSRP_PIPELINE_COMPLETED, NULL, NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(late); i++)
        assert_int_equal(say(s, &late[i], SIZE_MAX), ICM_OK);
    assert_events(s, "");
    assert_int_equal(psrp_server_send(s, &id, PSRP_PIPELINE_OUTPUT, psrp_value_i32(&a, 1), NULL), ICM_STATE);
    assert_int_equal(psrp_server_pipeline_state(s, &id, PSRP_PIPELINE_COMPLETED, NULL, NULL), ICM_STATE);
    assert_sent(s, "PIPELINE_OUTPUT PIPELINE_STATE=4 "); /* what was said before is sent */
    icm_arena_reset(&a);
    psrp_server_free(s);
}

static void a_state_that_is_no_end_keeps_the_pipeline(void **state)
{
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct psrp_server *s = opened_server();

    (void)state;
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    assert_int_equal(psrp_server_pipeline_state(s, &id, PSRP_PIPELINE_RUNNING, NULL, NULL), ICM_OK);
    assert_int_equal(psrp_server_pipeline_state(s, &id, PSRP_PIPELINE_STOPPED, NULL, NULL), ICM_OK);
    assert_sent(s, "PIPELINE_STATE=1 PIPELINE_STATE=3 ");
    psrp_server_free(s);
}

static void pulls_one_target_at_a_time_in_order(void **state)
{
    struct icm_guid id = peers_guid(PIPELINE_ID), target;
    const bool expected[] = {true, false, true}; /* whether the pipeline's */
    struct psrp_server *s = opened_server();
    struct icm_buf bytes = {0};
    struct icm_arena a = {0};

    (void)state;
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    psrp_server_send(s, &id, PSRP_PIPELINE_OUTPUT, psrp_value_i32(&a, 1), NULL);
    psrp_server_send(s, &id, PSRP_PIPELINE_OUTPUT, psrp_value_i32(&a, 2), NULL);
    psrp_server_send(s, NULL, PSRP_USER_EVENT, psrp_value_i32(&a, 3), NULL);
    psrp_server_send(s, &id, PSRP_PIPELINE_OUTPUT, psrp_value_i32(&a, 4), NULL);
    for (size_t i = 0; i < ICM_COUNT(expected); i++) {
        assert_int_equal(psrp_server_pull(s, 32768, &target, &bytes, NULL), ICM_OK);
        assert_int_equal(icm_guid_equal(&target, &id), expected[i]);
        assert_int_equal(icm_guid_is_zero(&target), !expected[i]);
    }
    assert_int_equal(psrp_server_pull(s, 32768, &target, &bytes, NULL), ICM_AGAIN);
    icm_buf_reset(&bytes);
    icm_arena_reset(&a);
    psrp_server_free(s);
}

static void answers_of_hosts_pass_unfinished_input(void **state)
{
    struct psrp_message header = {.destination = PSRP_TO_SERVER, .type = PSRP_PIPELINE_HOST_RESPONSE};
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct psrp_fragment begun = {90, 0, PSRP_FRAGMENT_START, icm_slice_text("half a message")};
    struct psrp_server *s = opened_server();
    struct icm_buf half = {0}, answer = {0};

    (void)state;
    say(s, &run, SIZE_MAX);
    header.pool_id = peers_guid(POOL_ID);
    header.pipeline_id = id;
    psrp_fragment_write(&half, &begun);
    peers_add_message(&answer, header, "<S></S>");
    assert_int_equal(psrp_server_feed(s, &id, icm_buf_slice(&half), NULL), ICM_OK);
    assert_int_equal(psrp_server_feed_responses(s, &id, icm_buf_slice(&answer), NULL), ICM_OK);
    assert_events(s, "script:1 + 1 answer ");
    assert_int_equal(psrp_server_feed(s, &id, icm_buf_slice(&answer), NULL), ICM_SYNTAX); /* inside the other */
    assert_sent(s, GOODBYE);
    icm_buf_reset(&half);
    icm_buf_reset(&answer);
    psrp_server_free(s);
}

static void a_message_for_a_client_closes_the_pool(void **state)
{
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_PUBLIC_KEY};
    struct psrp_server *s = opened_server();
    struct icm_buf bytes = {0};

    (void)state;
    header.pool_id = peers_guid(POOL_ID);
    peers_add_message(&bytes, header, "<S></S>");
    assert_int_equal(psrp_server_feed(s, NULL, icm_buf_slice(&bytes), NULL), ICM_OK);
    assert_events(s, "(syntax) ");
    assert_sent(s, GOODBYE);
    icm_buf_reset(&bytes);
    psrp_server_free(s);
}

static void has_a_limit_of_pipelines(void **state)
{
    struct psrp_server *s = opened_server();
    struct psrp_fragment begun = {1, 0, PSRP_FRAGMENT_START, icm_slice_text("x")};
    struct icm_buf bytes = {0};
    enum icm_code code = ICM_OK;
    unsigned count = 0;

    (void)state;
    psrp_fragment_write(&bytes, &begun);
    for (; code == ICM_OK && count < 10000; count++) {
        struct icm_guid id = {{(uint8_t)(count >> 8), (uint8_t)count, 1}};
        code = psrp_server_feed(s, &id, icm_buf_slice(&bytes), NULL);
    }
    assert_int_equal(code, ICM_LIMIT);
    assert_int_equal(count, 1001);
    assert_sent(s, GOODBYE);
    icm_buf_reset(&bytes);
    psrp_server_free(s);
}

static void ended_pipelines_make_room(void **state)
{
    struct psrp_server *s = opened_server();
    struct psrp_server_event event;

    (void)state;
    for (unsigned i = 0; i < 1500; i++) {
        struct icm_guid id = {{(uint8_t)(i >> 8), (uint8_t)i, 1}};
        struct psrp_message header = {PSRP_TO_SERVER, PSRP_CREATE_PIPELINE, peers_guid(POOL_ID), id, {0}};
        struct icm_buf bytes = {0};

        peers_add_message(&bytes, header, CREATE("1", "false"));
        assert_int_equal(psrp_server_feed(s, &id, icm_buf_slice(&bytes), NULL), ICM_OK);
        assert_int_equal(psrp_server_next_event(s, &event, NULL), ICM_OK);
        assert_true(icm_guid_equal(&event.pipeline_id, &id));
        assert_int_equal(psrp_server_pipeline_state(s, &id, PSRP_PIPELINE_COMPLETED, NULL, NULL), ICM_OK);
        psrp_server_event_reset(&event);
        icm_buf_reset(&bytes);
    }
    psrp_server_free(s);
}

static void an_error_record_says_what_it_was_given(void **state)
{
    struct icm_arena a = {0};
    struct psrp_value *record = psrp_server_error_record(&a, icm_slice_text("no such thing"), "NoSuchThing", 11);
    const struct psrp_value *exception = psrp_value_member(record, "Exception");
    int64_t category;

    (void)state;
    assert_true(psrp_value_is_type(record, "System.Management.Automation.ErrorRecord"));
    assert_true(icm_slice_is(record->object->to_string, "no such thing"));
    assert_true(icm_slice_is(psrp_value_text_of(psrp_value_member(exception, "Message")), "no such thing"));
    assert_true(icm_slice_is(psrp_value_text_of(psrp_value_member(record, "FullyQualifiedErrorId")), "NoSuchThing"));
    assert_true(psrp_value_integer(psrp_value_member(record, "ErrorCategory_Category"), &category));
    assert_int_equal(category, 11);
    assert_true(icm_slice_is(psrp_value_text_of(psrp_value_member(record, "ErrorCategory_Message")),
                             "NotImplemented: (:) [], RuntimeException"));
    icm_arena_reset(&a);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(accepts_once_and_only_who_asked),
        cmocka_unit_test(an_ended_pipeline_is_forgotten_and_its_late_data_dropped),
        cmocka_unit_test(a_state_that_is_no_end_keeps_the_pipeline),
        cmocka_unit_test(pulls_one_target_at_a_time_in_order),
        cmocka_unit_test(answers_of_hosts_pass_unfinished_input),
        cmocka_unit_test(a_message_for_a_client_closes_the_pool),
        cmocka_unit_test(has_a_limit_of_pipelines),
        cmocka_unit_test(ended_pipelines_make_room),
        cmocka_unit_test(an_error_record_says_what_it_was_given),
    };
    struct CMUnitTest tests[ICM_COUNT(negotiations) + ICM_COUNT(rows) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(negotiations); i++)
        tests[count++] =
            (struct CMUnitTest){negotiations[i].name, negotiates, NULL, NULL, (void *)(uintptr_t)&negotiations[i]};
    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[count++] =
            (struct CMUnitTest){rows[i].name, answers_with_events, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("psrp_server, MS-PSRP 3.2", tests, NULL, NULL);
}

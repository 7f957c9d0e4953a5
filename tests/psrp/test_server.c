/* The server's pool, MS-PSRP 3.2: negotiation as the real engine does it, what each message becomes, and how a client
 * that breaks the rules is told to go. */
#include "tests/psrp/peers.h"

#include "psrp/clixml.h"
#include "psrp/secret.h"

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
    [PSRP_SERVER_OPEN] = "open",
    [PSRP_SERVER_PIPELINE] = "script",
    [PSRP_SERVER_INPUT] = "input",
    [PSRP_SERVER_INPUT_END] = "input-end",
    [PSRP_SERVER_HOST_RESPONSE] = "answer",
    [PSRP_SERVER_CONNECT] = "connect",
    [PSRP_SERVER_METADATA] = "metadata",
    [PSRP_SERVER_RUNSPACES] = "runspaces",
    [PSRP_SERVER_RESET] = "reset",
    [PSRP_SERVER_KEY] = "key",
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
    if (event->type == PSRP_SERVER_RUNSPACES)
        icm_buf_add_format(out, ":%d-%d", event->opening.min_runspaces, event->opening.max_runspaces);
    if (event->type == PSRP_SERVER_HOST_RESPONSE || event->type == PSRP_SERVER_RESET)
        icm_buf_add_format(out, ":%lld",
                           (long long)(event->type == PSRP_SERVER_RESET ? event->call_id : event->response.call_id));
    icm_buf_add_u8(out, ' ');
}

/* every event that is there; who asks to open may. The code of a failure comes in brackets. */
static void take_events(struct psrp_server *s, struct icm_buf *out)
{
    struct psrp_server_event event;
    enum icm_code code;

    while ((code = psrp_server_next_event(s, &event, NULL)) == ICM_OK) {
        describe(out, &event);
        if (event.type == PSRP_SERVER_OPEN || event.type == PSRP_SERVER_CONNECT)
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
    {PSRP_RUNSPACE_AVAILABILITY, "SetMinMaxRunspacesResponse"},
    {PSRP_RUNSPACE_AVAILABILITY, "ci"},
    {PSRP_RUNSPACEPOOL_INIT_DATA, "MinRunspaces"},
    {PSRP_RUNSPACEPOOL_INIT_DATA, "MaxRunspaces"},
    {PSRP_PIPELINE_HOST_CALL, "ci"},
    {PSRP_RUNSPACEPOOL_HOST_CALL, "ci"},
};

static void describe_sent(struct icm_buf *out, struct icm_slice bytes)
{
    struct psrp_clixml_reader *reader = NULL;
    struct icm_arena a = {0};
    struct psrp_value *value = NULL;
    struct psrp_message m;

    assert_int_equal(psrp_message_read(bytes, &m, NULL), ICM_OK);
    assert_int_equal(m.destination, PSRP_TO_CLIENT);
    bool has_no_id = m.type == PSRP_SESSION_CAPABILITY || m.type == PSRP_PUBLIC_KEY_REQUEST; /* as the real one's */
    assert_int_equal(icm_guid_is_zero(&m.pool_id), has_no_id);
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
#define AGREED SILENT("2.3")
#define HOST_RESPONSE(id, method)                                                                                      \
    "<Obj RefId=\"0\"><MS><S N=\"mr\">typed</S><I64 N=\"ci\">" id "</I64><Obj N=\"mi\" RefId=\"1\"><I32>" method       \
    "</I32></Obj></MS></Obj>"
#define SET(what, name, number, id)                                                                                    \
    {                                                                                                                  \
        PSRP_SET_##what##_RUNSPACES,                                                                                   \
            "<Obj RefId=\"0\"><MS><I32 N=\"" name "Runspaces\">" number "</I32><I64 N=\"ci\">" id "</I64></MS></Obj>", \
            false, NULL                                                                                                \
    }
#define QUERY(what, id)                                                                                                \
    {                                                                                                                  \
        PSRP_##what##_RUNSPACES, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">" id "</I64></MS></Obj>", false, NULL             \
    }
#define RESET(id)                                                                                                      \
    {                                                                                                                  \
        PSRP_RESET_RUNSPACE_STATE, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">" id "</I64></MS></Obj>", false, NULL           \
    }
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
    {"an answer of a host to nothing that was asked",
     {HELLO, INITIAL, RUN("false"), {PSRP_PIPELINE_HOST_RESPONSE, HOST_RESPONSE("1", "11"), true, NULL}},
     "open script:1 + 1 ",
     OPENED},
    {"an answer of the pool's host to nothing that was asked",
     {HELLO, INITIAL, {PSRP_RUNSPACEPOOL_HOST_RESPONSE, HOST_RESPONSE("1", "11"), false, NULL}},
     "open ",
     OPENED},
    {"an answer of a host without its numbers",
     {HELLO, INITIAL, RUN("false"), {PSRP_PIPELINE_HOST_RESPONSE, "<S></S>", true, NULL}},
     "open script:1 + 1 (syntax) ",
     OPENED GOODBYE},
    {"more runspaces, fewer, more at least, too few, too many",
     {HELLO, INITIAL, SET(MAX, "Max", "3", "1"), SET(MIN, "Min", "2", "2"), SET(MAX, "Max", "1", "3"),
      SET(MIN, "Min", "4", "4")},
     "open runspaces:1-3 runspaces:2-3 ",
     OPENED "RUNSPACE_AVAILABILITY=True=1 RUNSPACE_AVAILABILITY=True=2 RUNSPACE_AVAILABILITY=False=3 "
            "RUNSPACE_AVAILABILITY=False=4 "},
    {"as many runspaces as there are, and none",
     {HELLO, INITIAL, SET(MAX, "Max", "1", "1"), SET(MIN, "Min", "0", "-5")},
     "open ",
     OPENED "RUNSPACE_AVAILABILITY=True=1 RUNSPACE_AVAILABILITY=False=-5 "},
    {"a number of runspaces for which nobody waits",
     {HELLO,
      INITIAL,
      {PSRP_SET_MAX_RUNSPACES, "<Obj RefId=\"0\"><MS><I32 N=\"MaxRunspaces\">3</I32></MS></Obj>", false, NULL}},
     "open (syntax) ",
     OPENED GOODBYE},
    {"no number of runspaces", {HELLO, INITIAL, QUERY(SET_MIN, "1")}, "open (syntax) ", OPENED GOODBYE},
    {"how many are free, then with a pipeline at work",
     {HELLO, INITIAL, QUERY(GET_AVAILABLE, "7"), RUN("false"), QUERY(GET_AVAILABLE, "8")},
     "open script:1 + 1 ",
     OPENED "RUNSPACE_AVAILABILITY=1=7 RUNSPACE_AVAILABILITY=0=8 "},
    {"how many are free, for nobody",
     {HELLO, INITIAL, ASK(PSRP_GET_AVAILABLE_RUNSPACES)},
     "open (syntax) ",
     OPENED GOODBYE},
    {"a reset", {HELLO, INITIAL, RESET("9")}, "open reset:9 ", OPENED},
    {"a reset of a busy one",
     {HELLO, INITIAL, RUN("false"), RESET("9")},
     "open script:1 + 1 ",
     OPENED "RUNSPACE_AVAILABILITY=False=9 "},
    {"a reset by a client that is too old for it",
     {{PSRP_SESSION_CAPABILITY, CAPABILITY("2.2"), false, NULL}, INITIAL, RESET("9")},
     "open ",
     OPENS("2.2") "RUNSPACE_AVAILABILITY=False=9 "},
    {"a key that is none", {HELLO, INITIAL, ASK(PSRP_PUBLIC_KEY)}, "open (syntax) ", OPENED GOODBYE},
    {"metadata", {HELLO, INITIAL, {PSRP_GET_COMMAND_METADATA, "<S></S>", true, NULL}}, "open metadata ", OPENED},
    {"metadata of what is no list of names",
     {HELLO,
      INITIAL,
      {PSRP_GET_COMMAND_METADATA, "<Obj RefId=\"0\"><MS><I32 N=\"Name\">1</I32></MS></Obj>", true, NULL}},
     "open (syntax) ",
     OPENED GOODBYE},
    {"connecting what nobody left", {HELLO, ASK(PSRP_CONNECT_RUNSPACEPOOL)}, "(state) ", AGREED GOODBYE},

    {"initialized before the capability: silence, as from the real one", {INITIAL}, "(state) ", ""},
    {"initialized twice", {HELLO, INITIAL, INITIAL}, "open (state) ", OPENED GOODBYE},
    {"a capability twice", {HELLO, HELLO}, "(state) ", AGREED GOODBYE},
    {"a capability once more when opened", {HELLO, INITIAL, HELLO}, "open (state) ", OPENED GOODBYE},
    {"numbers of runspaces that are missing", {HELLO, ASK(PSRP_INIT_RUNSPACEPOOL)}, "(syntax) ", AGREED GOODBYE},
    {"no runspaces", {HELLO, {PSRP_INIT_RUNSPACEPOOL, INIT("0", "1"), false, NULL}}, "(syntax) ", AGREED GOODBYE},
    {"less than the least",
     {HELLO, {PSRP_INIT_RUNSPACEPOOL, INIT("2", "1"), false, NULL}},
     "(syntax) ",
     AGREED GOODBYE},
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
    {"a pipeline before the pool", {HELLO, RUN("true")}, "(state) ", AGREED GOODBYE},
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
    {"nothing is heard after the goodbye", {HELLO, HELLO, INITIAL, RUN("true")}, "(state) ", AGREED GOODBYE},
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

static void a_command_of_an_id_that_was_used_begins_anew(void **state)
{
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct psrp_server *s = opened_server();

    (void)state;
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    assert_int_equal(psrp_server_begin(s, &id, NULL), ICM_STATE);
    assert_int_equal(psrp_server_pipeline_state(s, &id, PSRP_PIPELINE_COMPLETED, NULL, NULL), ICM_OK);
    assert_int_equal(psrp_server_begin(s, &id, NULL), ICM_OK);
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
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
    int64_t call_id;

    (void)state;
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    assert_int_equal(psrp_server_host_call(s, &id, PSRP_HOST_READ_LINE, NULL, &call_id, NULL), ICM_OK);
    assert_int_equal(call_id, 1);
    header.pool_id = peers_guid(POOL_ID);
    header.pipeline_id = id;
    psrp_fragment_write(&half, &begun);
    peers_add_message(&answer, header, HOST_RESPONSE("1", "11"));
    assert_int_equal(psrp_server_feed(s, &id, icm_buf_slice(&half), NULL), ICM_OK);
    assert_int_equal(psrp_server_feed_responses(s, &id, icm_buf_slice(&answer), NULL), ICM_OK);
    assert_events(s, "answer:1 ");
    assert_int_equal(psrp_server_feed(s, &id, icm_buf_slice(&answer), NULL), ICM_SYNTAX); /* inside the other */
    assert_events(s, "(syntax) ");
    assert_sent(s, "PIPELINE_HOST_CALL=1 " GOODBYE);
    icm_buf_reset(&half);
    icm_buf_reset(&answer);
    psrp_server_free(s);
}

static void what_came_whole_is_heard_before_the_break(void **state)
{
    struct psrp_message header = {.destination = PSRP_TO_SERVER, .type = PSRP_PIPELINE_INPUT};
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct psrp_fragment stray = {99, 7, 0, icm_slice_text("no start")};
    struct psrp_server *s = opened_server();
    struct icm_buf bytes = {0};

    (void)state;
    say(s, &run, SIZE_MAX);
    header.pool_id = peers_guid(POOL_ID);
    header.pipeline_id = id;
    peers_add_message(&bytes, header, "<I32>1</I32>");
    peers_add_message(&bytes, header, "<I32>2</I32>");
    psrp_fragment_write(&bytes, &stray);
    assert_int_equal(psrp_server_feed(s, &id, icm_buf_slice(&bytes), NULL), ICM_SYNTAX);
    assert_int_equal(psrp_server_feed(s, &id, icm_buf_slice(&bytes), NULL), ICM_OK); /* nobody hears it */
    assert_sent(s, "");
    assert_events(s, "script:1 + 1 input:1 input:2 (syntax) ");
    assert_events(s, "");
    assert_sent(s, GOODBYE);
    icm_buf_reset(&bytes);
    psrp_server_free(s);
}

/* ---- host calls ---- */

static enum icm_code respond(struct psrp_server *s, uint32_t type, bool to_pipeline, const char *xml)
{
    struct psrp_message header = {.destination = PSRP_TO_SERVER, .type = type, .pool_id = peers_guid(POOL_ID)};
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct icm_buf bytes = {0};

    if (to_pipeline)
        header.pipeline_id = id;
    peers_add_message(&bytes, header, xml);
    enum icm_code code = psrp_server_feed_responses(s, to_pipeline ? &id : NULL, icm_buf_slice(&bytes), NULL);
    icm_buf_reset(&bytes);
    return code;
}

static void calls_of_hosts_are_numbered_and_their_answers_matched(void **state)
{
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct psrp_server *s = opened_server();
    struct icm_arena a = {0};
    struct psrp_value *line = psrp_value_array(&a);
    int64_t first, second, pools;

    (void)state;
    assert_true(psrp_value_add_item(&a, line, psrp_value_string(&a, "text")));
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    assert_int_equal(psrp_server_host_call(s, &id, PSRP_HOST_WRITE_LINE2, line, NULL, NULL), ICM_OK);
    assert_int_equal(psrp_server_host_call(s, &id, PSRP_HOST_READ_LINE, NULL, &first, NULL), ICM_OK);
    assert_int_equal(psrp_server_host_call(s, &id, PSRP_HOST_GET_NAME, NULL, &second, NULL), ICM_OK);
    assert_int_equal(psrp_server_host_call(s, NULL, PSRP_HOST_READ_LINE, NULL, &pools, NULL), ICM_OK);
    assert_sent(s, "PIPELINE_HOST_CALL=-100 PIPELINE_HOST_CALL=1 PIPELINE_HOST_CALL=2 RUNSPACEPOOL_HOST_CALL=1 ");
    respond(s, PSRP_PIPELINE_HOST_RESPONSE, true, HOST_RESPONSE("2", "1"));
    respond(s, PSRP_PIPELINE_HOST_RESPONSE, true, HOST_RESPONSE("2", "1")); /* once is enough */
    respond(s, PSRP_PIPELINE_HOST_RESPONSE, true, HOST_RESPONSE("-100", "16"));
    respond(s, 0, false, HOST_RESPONSE("1", "11")); /* as one path of the real client numbers it */
    assert_events(s, "answer:2 answer:1 ");
    respond(s, PSRP_PIPELINE_HOST_RESPONSE, true, HOST_RESPONSE("1", "12")); /* of another method */
    assert_events(s, "(syntax) ");
    assert_sent(s, GOODBYE);
    icm_arena_reset(&a);
    psrp_server_free(s);
}

static void an_answer_that_comes_after_the_end_is_dropped(void **state)
{
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct psrp_server *s = opened_server();
    int64_t call_id;

    (void)state;
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    assert_int_equal(psrp_server_host_call(s, &id, PSRP_HOST_READ_LINE, NULL, &call_id, NULL), ICM_OK);
    assert_int_equal(psrp_server_pipeline_state(s, &id, PSRP_PIPELINE_STOPPED, NULL, NULL), ICM_OK);
    assert_int_equal(respond(s, PSRP_PIPELINE_HOST_RESPONSE, true, HOST_RESPONSE("1", "11")), ICM_OK);
    assert_events(s, "");
    assert_int_equal(psrp_server_host_call(s, &id, PSRP_HOST_READ_LINE, NULL, &call_id, NULL), ICM_STATE);
    psrp_server_free(s);
}

static void calls_without_an_answer_have_a_limit(void **state)
{
    struct psrp_server *s = opened_server();
    enum icm_code code = ICM_OK;
    int64_t call_id = 0;

    (void)state;
    for (int i = 0; i < 2000 && code == ICM_OK; i++)
        code = psrp_server_host_call(s, NULL, PSRP_HOST_READ_LINE, NULL, &call_id, NULL);
    assert_int_equal(code, ICM_LIMIT);
    assert_int_equal(call_id, 1000);
    psrp_server_free(s);
}

/* ---- secrets ---- */

/* the last message that waits, decoded: @member's text, or that of the value itself */
static void take_member(struct psrp_server *s, const char *name, struct icm_buf *out)
{
    struct psrp_clixml_reader *reader = NULL;
    struct psrp_defragmenter *d = NULL;
    struct icm_buf bytes = {0}, message = {0};
    struct psrp_value *value = NULL;
    struct icm_arena a = {0};
    struct icm_guid target;
    struct psrp_message m;

    assert_int_equal(psrp_defragmenter_new(&d, PSRP_MESSAGE_MAX, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_reader_new(&reader, NULL), ICM_OK);
    assert_int_equal(psrp_server_pull(s, 32768, &target, &bytes, NULL), ICM_OK);
    assert_int_equal(psrp_defragmenter_feed(d, icm_buf_slice(&bytes), NULL), ICM_OK);
    assert_int_equal(psrp_defragmenter_next(d, &message, NULL), ICM_OK);
    assert_int_equal(psrp_message_read(icm_buf_slice(&message), &m, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(reader, m.payload, &a, &value, NULL), ICM_OK);
    icm_buf_add(out, (name ? psrp_value_member(value, name) : value)->as.text);
    psrp_defragmenter_free(d);
    psrp_clixml_reader_free(reader);
    icm_arena_reset(&a);
    icm_buf_reset(&bytes);
    icm_buf_reset(&message);
}

static struct psrp_server *server_of_version(const char *version)
{
    struct icm_buf xml = {0};
    struct psrp_server *s = server_new();

    icm_buf_add_format(&xml, CAPABILITY("%s"), version);
    const struct said capability = {PSRP_SESSION_CAPABILITY, icm_buf_text(&xml), false, NULL};
    say(s, &capability, SIZE_MAX);
    say(s, &initial, SIZE_MAX);
    say(s, &run, SIZE_MAX);
    assert_events(s, "open script:1 + 1 ");
    struct icm_buf sent = {0};
    take_sent(s, 32768, &sent);
    icm_buf_reset(&sent);
    icm_buf_reset(&xml);
    return s;
}

static void exchange_keys(struct psrp_server *s, struct psrp_secret *client)
{
    struct icm_buf key = {0}, xml = {0}, answer = {0};

    assert_int_equal(psrp_secret_public_key(client, &key, NULL), ICM_OK);
    icm_buf_add_format(&xml, "<Obj RefId=\"0\"><MS><S N=\"PublicKey\">%s</S></MS></Obj>", icm_buf_text(&key));
    const struct said said = {PSRP_PUBLIC_KEY, icm_buf_text(&xml), false, NULL};
    say(s, &said, SIZE_MAX);
    assert_events(s, "key ");
    take_member(s, "EncryptedSessionKey", &answer);
    assert_int_equal(psrp_secret_take_session_key(client, icm_buf_slice(&answer), NULL), ICM_OK);
    icm_buf_reset(&key);
    icm_buf_reset(&xml);
    icm_buf_reset(&answer);
}

static enum icm_code send_secret(struct psrp_server *s)
{
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct icm_arena a = {0};

    enum icm_code code =
        psrp_server_send(s, &id, PSRP_PIPELINE_OUTPUT, psrp_value_secure(&a, icm_slice_text("p\xc3\xa4ss")), NULL);
    icm_arena_reset(&a);
    return code;
}

static void assert_secret_opens(struct psrp_server *s, const struct psrp_secret *client)
{
    struct icm_buf sealed = {0}, text = {0};

    take_member(s, NULL, &sealed);
    assert_int_equal(psrp_secret_open(client, icm_buf_slice(&sealed), &text, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&text), "p\xc3\xa4ss");
    icm_buf_clear(&text);
    struct psrp_value back = {.kind = PSRP_SECURESTRING, .as.text = icm_buf_slice(&sealed)};
    assert_int_equal(psrp_server_reveal(s, &back, &text, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&text), "p\xc3\xa4ss");
    icm_buf_reset(&sealed);
    icm_buf_reset(&text);
}

static void secrets_travel_as_each_version_wants(void **state)
{
    static const struct {
        const char *version;
        bool waits_for_key, has_key;
    } cases[] = {
        {"2.0", true, true}, {"2.1", true, true}, {"2.2", false, true}, {"2.3", false, true}, {"2.4", false, false}};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct psrp_server *s = server_of_version(cases[i].version);
        struct psrp_secret *client = NULL;

        assert_int_equal(psrp_secret_new(&client, NULL), ICM_OK);
        assert_int_equal(send_secret(s), cases[i].waits_for_key ? ICM_AGAIN : ICM_OK);
        if (cases[i].waits_for_key) {
            assert_int_equal(send_secret(s), ICM_AGAIN);
            assert_sent(s, "PUBLIC_KEY_REQUEST ");
            exchange_keys(s, client);
            assert_int_equal(send_secret(s), ICM_OK);
            assert_secret_opens(s, client);
        } else {
            struct icm_buf sealed = {0}, text = {0};
            take_member(s, NULL, &sealed);
            exchange_keys(s, client); /* a client of 2.4 that asks for a key all the same gets one */
            assert_int_equal(psrp_secret_open(cases[i].has_key ? client : NULL, icm_buf_slice(&sealed), &text, NULL),
                             ICM_OK);
            assert_string_equal(icm_buf_text(&text), "p\xc3\xa4ss");
            assert_int_equal(send_secret(s), ICM_OK);
            assert_secret_opens(s, cases[i].has_key ? client : NULL);
            icm_buf_reset(&sealed);
            icm_buf_reset(&text);
        }
        psrp_secret_free(client);
        psrp_server_free(s);
    }
}

static void what_is_sealed_with_no_key_is_not_revealed(void **state)
{
    struct psrp_server *s = server_of_version("2.3");
    const struct psrp_value sealed = {.kind = PSRP_SECURESTRING, .as.text = icm_slice_text("0123456789abcdef")};
    const struct psrp_value text = {.kind = PSRP_STRING, .as.text = icm_slice_text("x")};
    struct icm_buf out = {0};

    (void)state;
    assert_int_equal(psrp_server_reveal(s, &sealed, &out, NULL), ICM_STATE);
    assert_int_equal(psrp_server_reveal(s, &text, &out, NULL), ICM_USAGE);
    assert_int_equal(out.size, 0);
    psrp_server_free(s);
}

/* ---- connecting ---- */

#define CONNECT(xml)                                                                                                   \
    {                                                                                                                  \
        PSRP_CONNECT_RUNSPACEPOOL, xml, false, NULL                                                                    \
    }

static const struct connect_row {
    const char *name;
    struct said said[4];
    const char *events, *sent;
} connects[] = {
    {"with the numbers that it has",
     {HELLO, CONNECT(INIT("1", "1"))},
     "connect ",
     "SESSION_CAPABILITY=2.3=1.1.0.1 RUNSPACEPOOL_INIT_DATA=1=1 APPLICATION_PRIVATE_DATA PIPELINE_OUTPUT "},
    {"with no word of numbers",
     {HELLO, CONNECT("<S></S>"), GIVE("<I32>5</I32>")},
     "connect input:5 ",
     "SESSION_CAPABILITY=2.3=1.1.0.1 RUNSPACEPOOL_INIT_DATA=1=1 APPLICATION_PRIVATE_DATA PIPELINE_OUTPUT "},
    {"with other numbers, then with none",
     {HELLO, CONNECT(INIT("1", "2")), HELLO, CONNECT("<S></S>")},
     "(state) connect ",
     "SESSION_CAPABILITY=2.3=1.1.0.1 RUNSPACEPOOL_INIT_DATA=1=1 APPLICATION_PRIVATE_DATA PIPELINE_OUTPUT "},
    {"by a client that is too old",
     {{PSRP_SESSION_CAPABILITY, CAPABILITY("2.1"), false, NULL}, HELLO, CONNECT("<S></S>")},
     "(unsupported) connect ",
     "SESSION_CAPABILITY=2.3=1.1.0.1 RUNSPACEPOOL_INIT_DATA=1=1 APPLICATION_PRIVATE_DATA PIPELINE_OUTPUT "},
    {"with an opening, and with another pool's id",
     {HELLO, INITIAL, {PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"), false, OTHER_ID}},
     "(state) (syntax) ",
     "PIPELINE_OUTPUT "},
};

static void a_left_pool_can_be_connected(void **state)
{
    const struct connect_row *row = *state;
    struct psrp_server *s = opened_server();
    struct icm_guid id = peers_guid(PIPELINE_ID);
    struct icm_buf events = {0};
    struct icm_arena a = {0};

    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    assert_int_equal(psrp_server_disconnect(s, NULL), ICM_OK);
    assert_int_equal(psrp_server_disconnect(s, NULL), ICM_STATE);
    assert_int_equal(psrp_server_send(s, &id, PSRP_PIPELINE_OUTPUT, psrp_value_i32(&a, 1), NULL), ICM_OK);
    for (size_t i = 0; i < ICM_COUNT(row->said) && row->said[i].type; i++) {
        assert_int_equal(say(s, &row->said[i], SIZE_MAX), ICM_OK);
        take_events(s, &events);
    }
    assert_string_equal(icm_buf_text(&events), row->events);
    assert_sent(s, row->sent); /* what waited is behind the negotiation */
    icm_buf_reset(&events);
    icm_arena_reset(&a);
    psrp_server_free(s);
}

static void the_same_client_comes_back(void **state)
{
    struct psrp_server *s = opened_server();

    (void)state;
    assert_int_equal(psrp_server_reconnect(s, NULL), ICM_STATE);
    assert_int_equal(psrp_server_disconnect(s, NULL), ICM_OK);
    assert_int_equal(psrp_server_reconnect(s, NULL), ICM_OK);
    say(s, &run, SIZE_MAX);
    assert_events(s, "script:1 + 1 ");
    assert_int_equal(psrp_server_close(s, NULL), ICM_OK);
    assert_sent(s, GOODBYE);
    psrp_server_free(s);
}

static void closing_what_never_opened_says_nothing(void **state)
{
    struct psrp_server *s = server_new();

    (void)state;
    say(s, &hello, SIZE_MAX);
    assert_events(s, "");
    assert_int_equal(psrp_server_close(s, NULL), ICM_OK);
    assert_sent(s, AGREED);
    psrp_server_free(s);
}

/* ---- what a client says when it creates ---- */

#define COMMAND(text, is_script, more)                                                                                 \
    "<Obj><MS><S N=\"Cmd\">" text "</S><B N=\"IsScript\">" is_script "</B>" more "</MS></Obj>"
#define LIST_OF(name, items) "<Obj N=\"" name "\"><LST>" items "</LST></Obj>"
#define STATEMENT(commands) "<Obj><MS>" LIST_OF("Cmds", commands) "</MS></Obj>"
#define POWERSHELL(members, more) "<Obj><MS><Obj N=\"PowerShell\"><MS>" members "</MS></Obj>" more "</MS></Obj>"

static enum icm_code create(const char *xml, struct psrp_server_event *event)
{
    const struct said said = {PSRP_CREATE_PIPELINE, xml, true, NULL};
    struct psrp_server *s = opened_server();

    say(s, &said, SIZE_MAX);
    enum icm_code code = psrp_server_next_event(s, event, NULL);
    psrp_server_free(s);
    return code;
}

static void all_of_a_creation_is_told(void **state)
{
    struct psrp_server_event e;
    const struct psrp_creation *c = &e.creation;

    (void)state;
    assert_int_equal(
        create(POWERSHELL(
                   LIST_OF("ExtraCmds",
                           STATEMENT(COMMAND("one", "false",
                                             "<B N=\"UseLocalScope\">true</B>"
                                             "<Obj N=\"MergeError\"><I32>1</I32></Obj>" LIST_OF(
                                                 "Args", "<Obj><MS><S N=\"N\">-Path</S><S N=\"V\">x</S></MS></Obj>"
                                                         "<Obj><MS><Nil N=\"N\" /><I32 N=\"V\">2</I32></MS></Obj>"))
                                         COMMAND("two", "false", "<B N=\"UseLocalScope\">false</B>"))
                               STATEMENT(COMMAND("three", "true", "<Nil N=\"UseLocalScope\" />")))
                       LIST_OF("Cmds", COMMAND("one", "false", "")) "<S N=\"History\">h</S>"
                                                                    "<B N=\"RedirectShellErrorOutputPipe\">true</B>",
                   "<B N=\"NoInput\">true</B><B N=\"IsNested\">true</B><B N=\"AddToHistory\">true</B>"
                   "<Obj N=\"RemoteStreamOptions\"><I32>15</I32></Obj><Obj N=\"ApartmentState\"><I32>1</I32></Obj>"
                   "<Obj N=\"HostInfo\"><MS><B N=\"_isHostNull\">false</B><B N=\"_isHostUINull\">false</B>"
                   "<B N=\"_isHostRawUINull\">true</B><B N=\"_useRunspaceHost\">false</B></MS></Obj>"),
               &e),
        ICM_OK);
    assert_int_equal(e.type, PSRP_SERVER_PIPELINE);
    assert_true(icm_slice_is(e.script, "one"));
    assert_int_equal(c->command_count, 3);
    assert_true(icm_slice_is(c->commands[1].text, "two") && icm_slice_is(c->commands[2].text, "three"));
    assert_false(c->commands[0].ends_statement || c->commands[2].ends_statement);
    assert_true(c->commands[1].ends_statement);
    assert_false(c->commands[0].is_script);
    assert_true(c->commands[2].is_script);
    assert_int_equal(c->commands[0].use_local_scope, PSRP_YES);
    assert_int_equal(c->commands[1].use_local_scope, PSRP_NO);
    assert_int_equal(c->commands[2].use_local_scope, PSRP_UNSAID);
    assert_int_equal(c->commands[0].merges[PSRP_MERGE_ERROR], PSRP_RESULT_OUTPUT);
    assert_int_equal(c->commands[0].merges[PSRP_MERGE_WARNING], PSRP_RESULT_NONE);
    assert_int_equal(c->commands[0].parameter_count, 2);
    assert_true(icm_slice_is(c->commands[0].parameters[0].name, "-Path"));
    assert_null(c->commands[0].parameters[1].name.data);
    assert_int_equal(c->commands[0].parameters[1].value->as.i64, 2);
    assert_true(icm_slice_is(c->history, "h"));
    assert_true(c->redirect_error_output && c->is_nested && c->add_to_history && !c->has_input);
    assert_int_equal(c->stream_options, 15);
    assert_int_equal(c->apartment_state, 1);
    assert_true(c->host->has_host && c->host->has_ui && !c->host->has_raw_ui && !c->host->use_runspace_host);
    psrp_server_event_reset(&e);
}

static void creations_of_the_wrong_kind_are_refused(void **state)
{
    static const struct {
        const char *name, *xml;
    } cases[] = {
        {"no text", POWERSHELL(LIST_OF("Cmds", "<Obj><MS><B N=\"IsScript\">true</B></MS></Obj>"), "")},
        {"a number for a text", POWERSHELL(LIST_OF("Cmds", "<Obj><MS><I32 N=\"Cmd\">1</I32></MS></Obj>"), "")},
        {"a text for a flag",
         POWERSHELL(LIST_OF("Cmds", "<Obj><MS><S N=\"Cmd\">1</S><S N=\"IsScript\">x</S></MS></Obj>"), "")},
        {"a merge that is none",
         POWERSHELL(LIST_OF("Cmds", COMMAND("1", "true", "<I32 N=\"MergeError\">9</I32>")), "")},
        {"arguments that are no list", POWERSHELL(LIST_OF("Cmds", COMMAND("1", "true", "<S N=\"Args\">x</S>")), "")},
        {"an argument's name that is no text",
         POWERSHELL(LIST_OF("Cmds", COMMAND("1", "true", LIST_OF("Args", "<Obj><MS><I32 N=\"N\">1</I32></MS></Obj>"))),
                    "")},
        {"a statement without a command",
         POWERSHELL(LIST_OF("ExtraCmds", "<S>x</S>") LIST_OF("Cmds", COMMAND("1", "true", "")), "")},
        {"a history that is no text",
         POWERSHELL(LIST_OF("Cmds", COMMAND("1", "true", "")) "<I32 N=\"History\">1</I32>", "")},
        {"an input that is no flag",
         POWERSHELL(LIST_OF("Cmds", COMMAND("1", "true", "")), "<I32 N=\"NoInput\">1</I32>")},
        {"negative options",
         POWERSHELL(LIST_OF("Cmds", COMMAND("1", "true", "")), "<I32 N=\"RemoteStreamOptions\">-1</I32>")},
        {"a host that is none", POWERSHELL(LIST_OF("Cmds", COMMAND("1", "true", "")), "<S N=\"HostInfo\">x</S>")},
    };

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(cases); i++) {
        struct psrp_server_event event = {0};
        if (create(cases[i].xml, &event) != ICM_SYNTAX)
            fail_msg("%s", cases[i].name);
    }
}

static void all_of_an_opening_is_told(void **state)
{
    static const char xml[] =
        "<Obj><MS><I32 N=\"MinRunspaces\">2</I32><I32 N=\"MaxRunspaces\">5</I32>"
        "<Obj N=\"PSThreadOptions\"><I32>1</I32></Obj><Obj N=\"ApartmentState\"><I32>0</I32></Obj>"
        "<Obj N=\"HostInfo\"><MS><B N=\"_isHostNull\">false</B><B N=\"_isHostUINull\">false</B>"
        "<B N=\"_isHostRawUINull\">true</B><B N=\"_useRunspaceHost\">false</B></MS></Obj><Obj "
        "N=\"ApplicationArguments\">"
        "<DCT><En><S N=\"Key\">k</S><S N=\"Value\">v</S></En></DCT></Obj></MS></Obj>";
    const struct said opening = {PSRP_INIT_RUNSPACEPOOL, xml, false, NULL};
    struct psrp_server *s = server_new();
    struct psrp_server_event e;
    int32_t min, max, busy;

    (void)state;
    say(s, &hello, SIZE_MAX);
    say(s, &opening, SIZE_MAX);
    assert_int_equal(psrp_server_next_event(s, &e, NULL), ICM_OK);
    assert_int_equal(e.opening.thread_options, 1);
    assert_int_equal(e.opening.apartment_state, 0);
    assert_true(e.opening.host.has_ui && !e.opening.host.has_raw_ui);
    assert_true(icm_slice_is(psrp_value_text_of(psrp_value_entry(e.opening.application_arguments, "k")), "v"));
    psrp_server_runspaces(s, &min, &max, &busy);
    assert_true(min == 2 && max == 5 && busy == 0);
    assert_int_equal(psrp_server_protocol_minor(s), 3);
    psrp_server_event_reset(&e);
    psrp_server_free(s);
}

static void a_metadata_query_is_told(void **state)
{
    const struct said said = {
        PSRP_GET_COMMAND_METADATA,
        "<Obj><MS>" LIST_OF("Name", "<S>Get-*</S><S>Out-Null</S>") "<Obj N=\"CommandType\"><I32>8</I32></Obj><Nil "
                                                                   "N=\"Namespace\" />" LIST_OF(
                                                                       "ArgumentList", "<I32>7</I32>") "</MS></Obj>",
        true, NULL};
    struct psrp_server *s = opened_server();
    struct psrp_server_event e;

    (void)state;
    say(s, &said, SIZE_MAX);
    assert_int_equal(psrp_server_next_event(s, &e, NULL), ICM_OK);
    assert_int_equal(e.type, PSRP_SERVER_METADATA);
    assert_int_equal(e.query.name_count, 2);
    assert_true(icm_slice_is(e.query.names[1], "Out-Null"));
    assert_int_equal(e.query.command_types, 8);
    assert_int_equal(e.query.namespace_count, 0);
    assert_int_equal(e.query.argument_count, 1);
    assert_int_equal(e.query.arguments[0]->as.i64, 7);
    psrp_server_event_reset(&e);
    psrp_server_free(s);
}

static void an_event_of_a_user_has_its_members(void **state)
{
    const struct psrp_user_event event = {
        .event_id = 3,
        .source = icm_slice_text("Golden.Timer"),
        .time = icm_slice_text("2026-11-22T20:58:16.8582459+00:00"),
        .runspace_id = peers_guid(POOL_ID),
    };
    struct psrp_server *s = opened_server();
    struct icm_buf source = {0};

    (void)state;
    assert_int_equal(psrp_server_user_event(s, &event, NULL), ICM_OK);
    take_member(s, "PSEventArgs.SourceIdentifier", &source);
    assert_string_equal(icm_buf_text(&source), "Golden.Timer");
    icm_buf_reset(&source);
    psrp_server_free(s);
}

static void a_broken_pool_says_why(void **state)
{
    struct psrp_server *s = opened_server();
    struct icm_arena a = {0};

    (void)state;
    assert_int_equal(psrp_server_break(s, psrp_server_error_record(&a, icm_slice_text("why"), "Why", 0), NULL), ICM_OK);
    assert_sent(s, "RUNSPACEPOOL_STATE=5 ");
    icm_arena_reset(&a);
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
    assert_events(s, "(limit) ");
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
        cmocka_unit_test(a_command_of_an_id_that_was_used_begins_anew),
        cmocka_unit_test(a_state_that_is_no_end_keeps_the_pipeline),
        cmocka_unit_test(pulls_one_target_at_a_time_in_order),
        cmocka_unit_test(answers_of_hosts_pass_unfinished_input),
        cmocka_unit_test(what_came_whole_is_heard_before_the_break),
        cmocka_unit_test(calls_of_hosts_are_numbered_and_their_answers_matched),
        cmocka_unit_test(an_answer_that_comes_after_the_end_is_dropped),
        cmocka_unit_test(calls_without_an_answer_have_a_limit),
        cmocka_unit_test(secrets_travel_as_each_version_wants),
        cmocka_unit_test(what_is_sealed_with_no_key_is_not_revealed),
        cmocka_unit_test(the_same_client_comes_back),
        cmocka_unit_test(closing_what_never_opened_says_nothing),
        cmocka_unit_test(all_of_a_creation_is_told),
        cmocka_unit_test(creations_of_the_wrong_kind_are_refused),
        cmocka_unit_test(all_of_an_opening_is_told),
        cmocka_unit_test(a_metadata_query_is_told),
        cmocka_unit_test(an_event_of_a_user_has_its_members),
        cmocka_unit_test(a_broken_pool_says_why),
        cmocka_unit_test(a_message_for_a_client_closes_the_pool),
        cmocka_unit_test(has_a_limit_of_pipelines),
        cmocka_unit_test(ended_pipelines_make_room),
        cmocka_unit_test(an_error_record_says_what_it_was_given),
    };
    struct CMUnitTest tests[ICM_COUNT(negotiations) + ICM_COUNT(rows) + ICM_COUNT(connects) + ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(negotiations); i++)
        tests[count++] =
            (struct CMUnitTest){negotiations[i].name, negotiates, NULL, NULL, (void *)(uintptr_t)&negotiations[i]};
    for (size_t i = 0; i < ICM_COUNT(rows); i++)
        tests[count++] =
            (struct CMUnitTest){rows[i].name, answers_with_events, NULL, NULL, (void *)(uintptr_t)&rows[i]};
    for (size_t i = 0; i < ICM_COUNT(connects); i++)
        tests[count++] = (struct CMUnitTest){connects[i].name, a_left_pool_can_be_connected, NULL, NULL,
                                             (void *)(uintptr_t)&connects[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("psrp_server, MS-PSRP 3.2", tests, NULL, NULL);
}

/* The client's pool, MS-PSRP 3.1: negotiation, states, and what a server may not say. */
#include "tests/psrp/peers.h"

#include <stdio.h>

/* ---- negotiation, 3.1.5.4.1 ---- */

#define AGREED "pool=NegotiationSucceeded "
#define REFUSED "pool=Broken(unsupported) "
#define MALFORMED "pool=Broken(syntax) "

static const struct capability_row {
    const char *name, *announced, *xml, *events;
    int minor;
} capabilities[] = {
    {"2.0", NULL, CAPABILITY("2.0"), AGREED, 0},
    {"2.1", NULL, CAPABILITY("2.1"), AGREED, 1},
    {"2.2", NULL, CAPABILITY("2.2"), AGREED, 2},
    {"2.3", NULL, CAPABILITY("2.3"), AGREED, 3},
    {"2.3 to an old client", "2.0", CAPABILITY("2.3"), AGREED, 3},
    {"2.4 to a 2.4", "2.4", CAPABILITY("2.4"), AGREED, 4},
    {"2.4 to a 2.5", "2.5", CAPABILITY("2.4"), AGREED, 4},
    {"2.4, which was not announced", NULL, CAPABILITY("2.4"), REFUSED, -1},
    {"2.5 to a 2.4", "2.4", CAPABILITY("2.5"), REFUSED, -1},
    {"3.0", NULL, CAPABILITY("3.0"), REFUSED, -1},
    {"1.9", NULL, CAPABILITY("1.9"), REFUSED, -1},
    {"another PSVersion", NULL, CAPABILITY_OF("2.3", "3.0", "1.1.0.1"), REFUSED, -1},
    {"another SerializationVersion", NULL, CAPABILITY_OF("2.3", "2.0", "1.2"), REFUSED, -1},
    {"no members", NULL, "<Obj RefId=\"0\"><MS></MS></Obj>", MALFORMED, -1},
    {"a version that is none", NULL, CAPABILITY("two"), MALFORMED, -1},
    {"a text", NULL, "<S>2.3</S>", MALFORMED, -1},
    {"no payload", NULL, NULL, MALFORMED, -1},
    {"no XML", NULL, "2.3", MALFORMED, -1},
};

static void negotiates(void **state)
{
    const struct capability_row *row = *state;
    struct psrp_pool *pool = peers_pool_new(row->announced);

    assert_int_equal(psrp_pool_open(pool, NULL), ICM_OK);
    assert_int_equal(psrp_pool_protocol_minor(pool), -1);
    assert_int_equal(peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, row->xml), ICM_OK);
    peers_assert_events(pool, row->events);
    assert_int_equal(psrp_pool_protocol_minor(pool), row->minor);
    psrp_pool_free(pool);
}

/* ---- states ---- */

/* What RUNSPACEPOOL_STATE 0, 1, 2 … 9 does in a state: m moves, . says nothing new, ! breaks the pool. A state that the
 * pool is in already is no news; the numbers that only the specification has, or only the engine, are never moved to.
 */
static const struct move_row {
    enum psrp_pool_state from;
    const char *moves;
} moves[] = {
    {PSRP_POOL_BEFORE_OPEN, "!!!!!!!!!!"},
    {PSRP_POOL_NEGOTIATION_SENT, "!!!mmm.!!!"},
    {PSRP_POOL_NEGOTIATION_SUCCEEDED, "!mmmmm!.!!"},
    {PSRP_POOL_OPENING, "!.mmmm!!!!"},
    {PSRP_POOL_OPENED, "!!.mmm!!!!"},
    {PSRP_POOL_CLOSING, "!!!m.m!!!!"},
    {PSRP_POOL_CLOSED, ".........."},
    {PSRP_POOL_BROKEN, ".........."},
};

static void say_state(struct psrp_pool *pool, int number)
{
    char xml[200];

    snprintf(xml, sizeof xml, POOL_STATE("%d"), number);
    peers_say(pool, NULL, PSRP_RUNSPACEPOOL_STATE, xml);
}

/* a pool that was led to @state */
static struct psrp_pool *pool_in(enum psrp_pool_state state)
{
    struct psrp_pool *pool = peers_pool_new(NULL);
    struct icm_buf events = {0};

    if (state != PSRP_POOL_BEFORE_OPEN)
        assert_int_equal(psrp_pool_open(pool, NULL), ICM_OK);
    if (state != PSRP_POOL_BEFORE_OPEN && state != PSRP_POOL_NEGOTIATION_SENT)
        peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"));
    if (state != PSRP_POOL_NEGOTIATION_SENT && state != PSRP_POOL_NEGOTIATION_SUCCEEDED && state != 0)
        say_state(pool, (int)state);
    peers_take_events(pool, &events);
    icm_buf_reset(&events);
    assert_int_equal(psrp_pool_state(pool), state);
    return pool;
}

static void moves_as_the_table_says(void **state)
{
    const struct move_row *row = *state;

    for (int to = 0; row->moves[to]; to++) {
        struct psrp_pool *pool = pool_in(row->from);
        struct icm_buf seen = {0}, expected = {0};

        if (row->moves[to] == 'm')
            icm_buf_add_format(&expected, "pool=%s%s ", psrp_pool_state_name((enum psrp_pool_state)to),
                               to == PSRP_POOL_BROKEN ? "(fault)" : "");
        if (row->moves[to] == '!')
            icm_buf_add_text(&expected, "pool=Broken(state) ");
        say_state(pool, to);
        peers_take_events(pool, &seen);
        if (strcmp(icm_buf_text(&seen), icm_buf_text(&expected)) != 0)
            fail_msg("from %s to %d: %s", psrp_pool_state_name(row->from), to, icm_buf_text(&seen));
        icm_buf_reset(&seen);
        icm_buf_reset(&expected);
        psrp_pool_free(pool);
    }
}

/* ---- dialogues with one pipeline: what the server says, and the events that follow ---- */

enum whose { OURS, OTHERS, NOBODYS };

static const struct said {
    uint32_t type;
    const char *xml;
    enum whose pool_id;
    bool to_pipeline; /* the id in the message is the pipeline's; all comes on the pool's stream */
} end = {0};

static const struct dialogue_row {
    const char *name;
    bool is_opened; /* and a pipeline runs */
    struct said said[4];
    const char *events;
} dialogues[] = {
    {"opened",
     false,
     {{PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"), OURS, false},
      {PSRP_APPLICATION_PRIVATE_DATA, PRIVATE_DATA, OURS, false},
      {PSRP_RUNSPACEPOOL_STATE, POOL_STATE("2"), OURS, false}},
     "pool=NegotiationSucceeded private-data pool=Opened "},
    {"a capability without a pool id, as real servers send it",
     false,
     {{PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"), NOBODYS, false}},
     "pool=NegotiationSucceeded "},
    {"a capability for another pool", false, {{PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"), OTHERS, false}}, MALFORMED},
    {"a capability twice",
     false,
     {{PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"), OURS, false},
      {PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"), OURS, false}},
     "pool=NegotiationSucceeded pool=Broken(state) "},
    {"a capability once more when opened",
     true,
     {{PSRP_SESSION_CAPABILITY, CAPABILITY("2.0"), OURS, false}},
     "pipeline=Failed(state) pool=Broken(state) "},
    {"private data before the capability",
     false,
     {{PSRP_APPLICATION_PRIVATE_DATA, PRIVATE_DATA, OURS, false}},
     "pool=Broken(state) "},
    {"private data after opening", true, {{PSRP_APPLICATION_PRIVATE_DATA, PRIVATE_DATA, OURS, false}}, "private-data "},
    {"private data without its member",
     true,
     {{PSRP_APPLICATION_PRIVATE_DATA, "<S></S>", OURS, false}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
    {"an init script's pipeline ends before the pool is open",
     false,
     {{PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"), OURS, false},
      {PSRP_PIPELINE_STATE, PIPELINE_STATE("5"), OURS, false},
      {PSRP_RUNSPACEPOOL_STATE, POOL_STATE("5"), OURS, false}},
     "pool=NegotiationSucceeded pool=Broken(fault) "},
    {"a state without its number",
     true,
     {{PSRP_RUNSPACEPOOL_STATE, "<S>2</S>", OURS, false}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
    {"a state that is no whole number",
     true,
     {{PSRP_RUNSPACEPOOL_STATE, "<Obj RefId=\"0\"><MS><S N=\"RunspaceState\">3</S></MS></Obj>", OURS, false}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
    {"closing and closed",
     true,
     {{PSRP_RUNSPACEPOOL_STATE, POOL_STATE("4"), OURS, false}, {PSRP_RUNSPACEPOOL_STATE, POOL_STATE("3"), OURS, false}},
     "pool=Closing pipeline=Stopped pool=Closed "},
    {"closed, then opened",
     true,
     {{PSRP_RUNSPACEPOOL_STATE, POOL_STATE("3"), OURS, false}, {PSRP_RUNSPACEPOOL_STATE, POOL_STATE("2"), OURS, false}},
     "pipeline=Stopped pool=Closed "},
    {"closed, then nonsense",
     true,
     {{PSRP_RUNSPACEPOOL_STATE, POOL_STATE("3"), OURS, false}, {PSRP_RUNSPACEPOOL_STATE, "<nonsense", OTHERS, false}},
     "pipeline=Stopped pool=Closed "},
    {"closed, then output",
     true,
     {{PSRP_RUNSPACEPOOL_STATE, POOL_STATE("3"), OURS, false}, {PSRP_PIPELINE_OUTPUT, "<I32>1</I32>", OURS, true}},
     "pipeline=Stopped pool=Closed "},
    {"a message for another pool",
     true,
     {{PSRP_RUNSPACEPOOL_STATE, POOL_STATE("3"), OTHERS, false}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
    {"a message for no pool",
     true,
     {{PSRP_RUNSPACEPOOL_STATE, POOL_STATE("3"), NOBODYS, false}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
    {"a pipeline's message for another pool",
     true,
     {{PSRP_PIPELINE_OUTPUT, "<I32>1</I32>", OTHERS, true}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
    {"a pipeline's message on the pool's stream",
     true,
     {{PSRP_PIPELINE_OUTPUT, "<I32>1</I32>", OURS, true}},
     "output:1 "},
    {"a pipeline's message for no pipeline", true, {{PSRP_PIPELINE_OUTPUT, "<I32>1</I32>", OURS, false}}, ""},
    {"a type that nobody knows", true, {{0x00041012, "<S></S>", OURS, false}}, "warned "},
    {"type 0", true, {{0, "<S></S>", OURS, false}}, "warned "},
    {"a type that only a client sends", true, {{PSRP_INIT_RUNSPACEPOOL, INIT("1", "1"), OURS, false}}, "warned "},
    {"a type that nobody knows, for another pool", true, {{0x00041012, "<S></S>", OTHERS, false}}, "warned "},
    {"answers that were not asked for",
     true,
     {{PSRP_RUNSPACE_AVAILABILITY, "<S></S>", OURS, false},
      {PSRP_ENCRYPTED_SESSION_KEY, "<S></S>", NOBODYS, false},
      {PSRP_RUNSPACEPOOL_INIT_DATA, "<S></S>", OURS, false}},
     "warned warned warned "},
    {"a key that was asked for, and none",
     true,
     {{PSRP_PUBLIC_KEY_REQUEST, "<S></S>", NOBODYS, false},
      {PSRP_PUBLIC_KEY_REQUEST, "<S></S>", OURS, false},
      {PSRP_ENCRYPTED_SESSION_KEY, "<S></S>", NOBODYS, false},
      {PSRP_PUBLIC_KEY_REQUEST, "<S></S>", OURS, false}},
     "warned warned "},
    {"an event of the user's", true, {{PSRP_USER_EVENT, "<S></S>", OURS, false}}, "user-event "},
    {"no XML for the pool",
     true,
     {{PSRP_USER_EVENT, "<S>", OURS, false}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
    {"no XML for the pipeline",
     true,
     {{PSRP_PIPELINE_OUTPUT, "<S>", OURS, true}, {PSRP_USER_EVENT, "<S></S>", OURS, false}},
     "pipeline=Failed(syntax) user-event "},
    {"a host call of the pool's",
     true,
     {{PSRP_RUNSPACEPOOL_HOST_CALL, HOST_CALL("7", "11"), OURS, false}},
     "host-call "},
    {"a host call without a number",
     true,
     {{PSRP_RUNSPACEPOOL_HOST_CALL, "<Obj RefId=\"0\"><MS><I32 N=\"mi\">11</I32></MS></Obj>", OURS, false}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
    {"a host call without a method",
     true,
     {{PSRP_RUNSPACEPOOL_HOST_CALL, "<Obj RefId=\"0\"><MS><I64 N=\"ci\">1</I64></MS></Obj>", OURS, false}},
     "pipeline=Failed(syntax) pool=Broken(syntax) "},
};

static void add_said(struct icm_buf *bytes, const struct said *said, const struct psrp_pipeline *pipeline)
{
    static const char *const ids[] = {POOL_ID, OTHER_ID, ZERO_ID};
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = said->type};

    header.pool_id = peers_guid(ids[said->pool_id]);
    if (said->to_pipeline)
        header.pipeline_id = *psrp_pipeline_id(pipeline);
    peers_add_message(bytes, header, said->xml);
}

/* @step: how many bytes at a time, and whether events are taken between */
static void hold_dialogue(const struct dialogue_row *row, size_t step)
{
    struct psrp_pool *pool = row->is_opened ? peers_opened_pool("2.3") : pool_in(PSRP_POOL_NEGOTIATION_SENT);
    struct psrp_pipeline *pipeline = row->is_opened ? peers_pipeline_new(pool, false) : NULL;
    struct icm_buf bytes = {0}, seen = {0};

    for (size_t i = 0; i < ICM_COUNT(row->said) && memcmp(&row->said[i], &end, sizeof end) != 0; i++)
        add_said(&bytes, &row->said[i], pipeline);
    for (struct icm_slice rest = icm_buf_slice(&bytes); rest.size > 0;) {
        size_t size = rest.size < step ? rest.size : step;

        assert_int_equal(psrp_pool_feed(pool, NULL, icm_slice_of(rest.data, size), NULL), ICM_OK);
        rest = icm_slice_from(rest, size);
        peers_take_events(pool, &seen);
    }
    assert_string_equal(icm_buf_text(&seen), row->events);
    icm_buf_reset(&bytes);
    icm_buf_reset(&seen);
    psrp_pool_free(pool);
}

static void answers_with_events(void **state)
{
    hold_dialogue(*state, SIZE_MAX);
    hold_dialogue(*state, 1);
}

/* ---- what is no message at all ---- */

static void a_message_for_a_server_breaks_the_pool(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_message header = {
        .destination = PSRP_TO_SERVER, .type = PSRP_USER_EVENT, .pool_id = peers_guid(POOL_ID)};
    struct icm_buf bytes = {0};

    (void)state;
    peers_add_message(&bytes, header, "<S></S>");
    assert_int_equal(psrp_pool_feed(pool, NULL, icm_buf_slice(&bytes), NULL), ICM_OK);
    peers_assert_events(pool, MALFORMED);
    icm_buf_reset(&bytes);
    psrp_pool_free(pool);
}

static void a_message_without_a_header_breaks_the_pool(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_fragment fragment = {1, 0, PSRP_FRAGMENT_START | PSRP_FRAGMENT_END, icm_slice_text("too short")};
    struct icm_buf bytes = {0};

    (void)state;
    psrp_fragment_write(&bytes, &fragment);
    assert_int_equal(psrp_pool_feed(pool, NULL, icm_buf_slice(&bytes), NULL), ICM_OK);
    peers_assert_events(pool, MALFORMED);
    icm_buf_reset(&bytes);
    psrp_pool_free(pool);
}

static void broken_fragments_break_the_pool_after_what_came_before(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_message header = {
        .destination = PSRP_TO_CLIENT, .type = PSRP_USER_EVENT, .pool_id = peers_guid(POOL_ID)};
    struct psrp_fragment no_start = {9, 1, 0, {0}};
    struct icm_buf bytes = {0};
    struct icm_error err = {0};

    (void)state;
    peers_add_message(&bytes, header, "<S></S>");
    psrp_fragment_write(&bytes, &no_start);
    assert_int_equal(psrp_pool_feed(pool, NULL, icm_buf_slice(&bytes), &err), ICM_SYNTAX);
    assert_int_equal(err.code, ICM_SYNTAX);
    assert_int_equal(peers_say(pool, NULL, PSRP_USER_EVENT, "<S></S>"), ICM_OK); /* late */
    peers_assert_events(pool, "user-event " MALFORMED);
    icm_error_reset(&err);
    icm_buf_reset(&bytes);
    psrp_pool_free(pool);
}

static void a_message_over_the_limit_breaks_the_pool(void **state)
{
    struct psrp_pool_options options = {.message_max = 600};
    struct psrp_pool *pool = NULL;

    (void)state;
    assert_int_equal(psrp_pool_new(&pool, &options, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(pool, NULL), ICM_OK);
    assert_int_equal(peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, CAPABILITY("2.3")), ICM_OK);
    peers_assert_events(pool, AGREED);
    char xml[1000];
    snprintf(xml, sizeof xml, "<S>%0700d</S>", 1);
    assert_int_equal(peers_say(pool, NULL, PSRP_USER_EVENT, xml), ICM_LIMIT);
    peers_assert_events(pool, "pool=Broken(limit) ");
    psrp_pool_free(pool);
}

/* MaximumReceivedDataSizePerCommand: of one command, whatever another one got, and not of the pool */
static void a_pipeline_may_be_given_so_much(void **state)
{
    struct psrp_pool_options options = {.pool_id = peers_guid(POOL_ID), .pipeline_max = 600};
    struct psrp_pool *pool = NULL;
    char xml[1000];

    (void)state;
    assert_int_equal(psrp_pool_new(&pool, &options, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(pool, NULL), ICM_OK);
    assert_int_equal(peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, CAPABILITY("2.3")), ICM_OK);
    assert_int_equal(peers_say(pool, NULL, PSRP_RUNSPACEPOOL_STATE, POOL_STATE("2")), ICM_OK);
    peers_assert_events(pool, "pool=NegotiationSucceeded pool=Opened ");
    struct psrp_pipeline *one = peers_pipeline_new(pool, false), *other = peers_pipeline_new(pool, false);
    snprintf(xml, sizeof xml, "<S>%0400d</S>", 1);
    assert_int_equal(peers_say(pool, one, PSRP_PIPELINE_OUTPUT, xml), ICM_OK);
    assert_int_equal(peers_say(pool, other, PSRP_PIPELINE_OUTPUT, xml), ICM_OK);
    snprintf(xml, sizeof xml, "<S>%0700d</S>", 1);
    assert_int_equal(peers_say(pool, NULL, PSRP_USER_EVENT, xml), ICM_OK);
    assert_int_equal(peers_say(pool, one, PSRP_PIPELINE_OUTPUT, "<S>x</S>"), ICM_OK);
    assert_int_equal(peers_say(pool, one, PSRP_PIPELINE_OUTPUT, xml), ICM_LIMIT);
    assert_int_equal(peers_say(pool, other, PSRP_PIPELINE_OUTPUT, "<S>y</S>"), ICM_OK);
    struct icm_buf seen = {0};
    peers_take_events(pool, &seen);
    assert_non_null(strstr(icm_buf_text(&seen), "user-event output:x pipeline=Failed(limit) output:y "));
    icm_buf_reset(&seen);
    psrp_pool_free(pool);
}

/* ---- our own side ---- */

static void says_nothing_before_it_is_opened(void **state)
{
    struct psrp_pool *pool = peers_pool_new(NULL);
    struct icm_buf out = {0};

    (void)state;
    assert_int_equal(psrp_pool_state(pool), PSRP_POOL_BEFORE_OPEN);
    assert_int_equal(psrp_pool_waiting(pool, NULL, PSRP_STREAM_INPUT), 0);
    assert_int_equal(psrp_pool_pull(pool, NULL, PSRP_STREAM_INPUT, 1000, &out, NULL), ICM_AGAIN);
    assert_int_equal(psrp_pool_open(pool, NULL), ICM_OK);
    assert_int_equal(psrp_pool_state(pool), PSRP_POOL_NEGOTIATION_SENT);
    assert_true(psrp_pool_waiting(pool, NULL, PSRP_STREAM_INPUT) > 0);
    assert_int_equal(psrp_pool_open(pool, NULL), ICM_STATE);
    peers_assert_sends(pool, NULL, PSRP_STREAM_INPUT, "SESSION_CAPABILITY INIT_RUNSPACEPOOL ");
    peers_assert_sends(pool, NULL, PSRP_STREAM_PROMPT_RESPONSE, "");
    psrp_pool_free(pool);
}

static void pulls_as_many_fragments_as_there_is_room(void **state)
{
    struct psrp_pool *pool = pool_in(PSRP_POOL_NEGOTIATION_SENT);
    size_t all = psrp_pool_waiting(pool, NULL, PSRP_STREAM_INPUT);
    struct icm_buf out = {0};

    (void)state;
    assert_int_equal(psrp_pool_pull(pool, NULL, PSRP_STREAM_INPUT, PSRP_FRAGMENT_HEADER, &out, NULL), ICM_LIMIT);
    assert_int_equal(out.size, 0);
    assert_int_equal(psrp_pool_pull(pool, NULL, PSRP_STREAM_INPUT, 1000, &out, NULL), ICM_OK);
    assert_int_equal(out.size, 1000); /* the end of the first message, and the second cut to fill the room */
    assert_int_equal(psrp_pool_waiting(pool, NULL, PSRP_STREAM_INPUT), all - (1000 - 2 * PSRP_FRAGMENT_HEADER));
    icm_buf_reset(&out);
    psrp_pool_free(pool);
}

static void refuses_versions_that_do_not_exist(void **state)
{
    static const char *const versions[] = {"3.0", "2", "2.", "2.x", "2.-1", "2.99999", "", "22.3"};

    (void)state;
    for (size_t i = 0; i < ICM_COUNT(versions); i++) {
        struct psrp_pool_options options = {.protocol_version = versions[i]};
        struct psrp_pool *pool = NULL;

        assert_int_equal(psrp_pool_new(&pool, &options, NULL), ICM_USAGE);
        assert_null(pool);
    }
}

static void makes_an_id_of_its_own(void **state)
{
    struct psrp_pool_options options = {0};
    struct psrp_pool *one = NULL, *other = NULL;

    (void)state;
    assert_int_equal(psrp_pool_new(&one, &options, NULL), ICM_OK);
    assert_int_equal(psrp_pool_new(&other, &options, NULL), ICM_OK);
    assert_false(icm_guid_is_zero(psrp_pool_id(one)));
    assert_false(icm_guid_equal(psrp_pool_id(one), psrp_pool_id(other)));
    psrp_pool_free(one);
    psrp_pool_free(other);
    psrp_pool_free(NULL);
}

static void counts_what_is_not_decoded(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");

    (void)state;
    assert_int_equal(psrp_pool_undecoded(pool), 0);
    peers_say(pool, NULL, PSRP_USER_EVENT, "<S></S>");
    peers_say(pool, NULL, PSRP_USER_EVENT, "<S></S>");
    assert_int_equal(psrp_pool_undecoded(pool), 2 * (PSRP_MESSAGE_HEADER + strlen("<S></S>")));
    peers_assert_events(pool, "user-event user-event ");
    assert_int_equal(psrp_pool_undecoded(pool), 0);
    psrp_pool_free(pool);
}

struct seen_messages {
    size_t sent, received;
    uint32_t last_type;
};

static void see(void *context, bool sent, struct icm_slice message)
{
    struct seen_messages *seen = context;
    struct psrp_message m;

    assert_int_equal(psrp_message_read(message, &m, NULL), ICM_OK);
    seen->last_type = m.type;
    *(sent ? &seen->sent : &seen->received) += 1;
}

static void shows_each_message_to_the_wire_log(void **state)
{
    struct seen_messages seen = {0};
    struct psrp_pool_options options = {.on_message = see, .on_message_context = &seen};
    struct psrp_pool *pool = NULL;

    (void)state;
    assert_int_equal(psrp_pool_new(&pool, &options, NULL), ICM_OK);
    assert_int_equal(psrp_pool_open(pool, NULL), ICM_OK);
    assert_int_equal(seen.sent, 2);
    peers_say(pool, NULL, PSRP_SESSION_CAPABILITY, CAPABILITY("2.3"));
    assert_int_equal(seen.received, 1);
    assert_int_equal(seen.last_type, PSRP_SESSION_CAPABILITY);
    psrp_pool_free(pool);
}

/* ---- ends that the transport tells ---- */

static void a_broken_transport_fails_the_pipelines_first(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_pipeline *first = peers_pipeline_new(pool, false), *second = peers_pipeline_new(pool, true);
    struct icm_error why = {0};

    (void)state;
    icm_fail(&why, ICM_IO, NULL, "the cable is out");
    peers_say(pool, first, PSRP_PIPELINE_OUTPUT, "<I32>1</I32>");
    peers_say(pool, first, PSRP_PIPELINE_STATE, PIPELINE_STATE("4"));
    psrp_pool_break(pool, &why);
    psrp_pool_break(pool, &why);
    psrp_pool_closed(pool);
    assert_int_equal(peers_say(pool, second, PSRP_PIPELINE_OUTPUT, "<I32>2</I32>"), ICM_OK); /* late */
    assert_int_equal(psrp_pool_waiting(pool, second, PSRP_STREAM_INPUT), 0);
    peers_assert_events(pool, "output:1 pipeline=Completed pipeline=Failed(io) pool=Broken(io) ");
    assert_int_equal(psrp_pipeline_state(first), PSRP_PIPELINE_COMPLETED);
    assert_int_equal(psrp_pipeline_state(second), PSRP_PIPELINE_FAILED);
    icm_error_reset(&why);
    psrp_pool_free(pool);
}

static void a_closed_transport_stops_the_pipelines(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");

    (void)state;
    peers_pipeline_new(pool, false);
    psrp_pool_closed(pool);
    peers_assert_events(pool, "pipeline=Stopped pool=Closed ");
    psrp_pool_closed(pool);
    psrp_pool_break(pool, NULL);
    peers_assert_events(pool, "");
    psrp_pool_free(pool);
}

static void closed_by_the_server_and_then_by_the_transport_is_told_once(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");

    (void)state;
    say_state(pool, PSRP_POOL_CLOSED);
    psrp_pool_closed(pool);
    peers_assert_events(pool, "pool=Closed ");
    psrp_pool_free(pool);
}

static void the_servers_reason_is_told(void **state)
{
    struct psrp_pool *pool = pool_in(PSRP_POOL_NEGOTIATION_SUCCEEDED);
    struct psrp_event event;

    (void)state;
    peers_say(pool, NULL, PSRP_RUNSPACEPOOL_STATE,
              "<Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">5</I32><Obj N=\"ExceptionAsErrorRecord\" RefId=\"1\">"
              "<ToString>no room</ToString><MS></MS></Obj></MS></Obj>");
    assert_int_equal(psrp_pool_next_event(pool, &event, NULL), ICM_OK);
    assert_int_equal(event.pool_state, PSRP_POOL_BROKEN);
    assert_non_null(event.value);
    assert_non_null(strstr(event.warning.text, "no room"));
    psrp_event_reset(&event);
    psrp_pool_free(pool);
}

/* ---- calls of the host, 2.2.2.15 and 2.2.3.17 ---- */

static const struct host_row {
    const char *name, *method;
    const char *result; /* the text of mr; NULL: refused with me */
    const char *parameters; /* NULL: none */
} host_calls[] = {
    {"GetName", "1", "icm", NULL},
    {"GetVersion", "2", "1.0", NULL},
    {"GetInstanceId", "3", POOL_ID, NULL},
    {"GetCurrentCulture", "4", "en-US", NULL},
    {"ReadLine", "11", NULL, NULL},
    {"ReadLineAsSecureString", "12", NULL, NULL},
    {"PromptForCredential1", "24", NULL, "<S>c</S><S>m</S><S>u</S><S>t</S>"},
    {"GetBufferContents, for safety", "50", NULL,
     "<Obj RefId=\"3\"><MS><I32 N=\"left\">0</I32><I32 N=\"top\">0</I32>"
     "<I32 N=\"right\">2</I32><I32 N=\"bottom\">1</I32></MS></Obj>"},
    {"the last method", "56", NULL, "<S>c</S><S>m</S><Obj RefId=\"3\"><LST /></Obj><Nil />"},
    {"a method that does not exist", "57", NULL, NULL},
    {"method 0", "0", NULL, NULL},
    {"a method below zero", "-1", NULL, NULL},
};

static struct icm_buf next_answer(struct psrp_pool *pool, struct psrp_message *m)
{
    struct psrp_defragmenter *d = NULL;
    struct icm_buf bytes = {0}, message = {0};

    assert_int_equal(psrp_pool_pull(pool, NULL, PSRP_STREAM_PROMPT_RESPONSE, 65536, &bytes, NULL), ICM_OK);
    assert_int_equal(psrp_defragmenter_new(&d, PSRP_MESSAGE_MAX, NULL), ICM_OK);
    assert_int_equal(psrp_defragmenter_feed(d, icm_buf_slice(&bytes), NULL), ICM_OK);
    assert_int_equal(psrp_defragmenter_next(d, &message, NULL), ICM_OK);
    assert_int_equal(psrp_message_read(icm_buf_slice(&message), m, NULL), ICM_OK);
    psrp_defragmenter_free(d);
    icm_buf_reset(&bytes);
    return message;
}

static void answers_the_host_call(void **state)
{
    const struct host_row *row = *state;
    struct psrp_pool *pool = peers_opened_pool("2.3");
    struct psrp_clixml_reader *reader = NULL;
    struct icm_arena a = {0};
    struct psrp_value *answer = NULL;
    struct psrp_message m;
    char xml[600];
    int64_t call_id;

    snprintf(xml, sizeof xml, HOST_CALL_WITH("42", "%s", "%s"), row->method, row->parameters ? row->parameters : "");
    peers_say(pool, NULL, PSRP_RUNSPACEPOOL_HOST_CALL, xml);
    peers_assert_events(pool, "host-call ");
    struct icm_buf message = next_answer(pool, &m);
    assert_int_equal(m.type, PSRP_RUNSPACEPOOL_HOST_RESPONSE);
    assert_int_equal(psrp_clixml_reader_new(&reader, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(reader, m.payload, &a, &answer, NULL), ICM_OK);
    assert_true(psrp_value_integer(psrp_value_member(answer, "ci"), &call_id));
    assert_int_equal(call_id, 42);
    assert_int_equal(psrp_value_member(answer, "mr") != NULL, row->result != NULL);
    assert_int_equal(psrp_value_member(answer, "me") != NULL, row->result == NULL);
    assert_true(icm_slice_is(psrp_value_text_of(psrp_value_member(answer, "mr")), row->result ? row->result : ""));
    assert_int_equal(psrp_pool_waiting(pool, NULL, PSRP_STREAM_PROMPT_RESPONSE), 0);
    icm_arena_reset(&a);
    icm_buf_reset(&message);
    psrp_clixml_reader_free(reader);
    psrp_pool_free(pool);
}

static void a_call_that_wants_no_answer_gets_none(void **state)
{
    struct psrp_pool *pool = peers_opened_pool("2.3");

    (void)state;
    peers_say(pool, NULL, PSRP_RUNSPACEPOOL_HOST_CALL, HOST_CALL_WITH("-100", "16", "<S>text</S>"));
    peers_assert_events(pool, "host-call ");
    peers_assert_sends(pool, NULL, PSRP_STREAM_PROMPT_RESPONSE, "");
    psrp_pool_free(pool);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(a_message_for_a_server_breaks_the_pool),
        cmocka_unit_test(a_message_without_a_header_breaks_the_pool),
        cmocka_unit_test(broken_fragments_break_the_pool_after_what_came_before),
        cmocka_unit_test(a_message_over_the_limit_breaks_the_pool),
        cmocka_unit_test(a_pipeline_may_be_given_so_much),
        cmocka_unit_test(says_nothing_before_it_is_opened),
        cmocka_unit_test(pulls_as_many_fragments_as_there_is_room),
        cmocka_unit_test(refuses_versions_that_do_not_exist),
        cmocka_unit_test(makes_an_id_of_its_own),
        cmocka_unit_test(counts_what_is_not_decoded),
        cmocka_unit_test(shows_each_message_to_the_wire_log),
        cmocka_unit_test(a_broken_transport_fails_the_pipelines_first),
        cmocka_unit_test(a_closed_transport_stops_the_pipelines),
        cmocka_unit_test(closed_by_the_server_and_then_by_the_transport_is_told_once),
        cmocka_unit_test(the_servers_reason_is_told),
        cmocka_unit_test(a_call_that_wants_no_answer_gets_none),
    };
    struct CMUnitTest tests[ICM_COUNT(capabilities) + ICM_COUNT(moves) + ICM_COUNT(dialogues) + ICM_COUNT(host_calls) +
                            ICM_COUNT(others)];
    size_t count = 0;

    for (size_t i = 0; i < ICM_COUNT(capabilities); i++)
        tests[count++] =
            (struct CMUnitTest){capabilities[i].name, negotiates, NULL, NULL, (void *)(uintptr_t)&capabilities[i]};
    for (size_t i = 0; i < ICM_COUNT(moves); i++)
        tests[count++] = (struct CMUnitTest){psrp_pool_state_name(moves[i].from), moves_as_the_table_says, NULL, NULL,
                                             (void *)(uintptr_t)&moves[i]};
    for (size_t i = 0; i < ICM_COUNT(dialogues); i++)
        tests[count++] =
            (struct CMUnitTest){dialogues[i].name, answers_with_events, NULL, NULL, (void *)(uintptr_t)&dialogues[i]};
    for (size_t i = 0; i < ICM_COUNT(host_calls); i++)
        tests[count++] = (struct CMUnitTest){host_calls[i].name, answers_the_host_call, NULL, NULL,
                                             (void *)(uintptr_t)&host_calls[i]};
    for (size_t i = 0; i < ICM_COUNT(others); i++)
        tests[count++] = others[i];
    return cmocka_run_group_tests_name("psrp_pool, MS-PSRP 3.1", tests, NULL, NULL);
}

/* Each dialogue of fixtures/psrp (or $ICM_DATA_DIR/psrp) from the client's side: the server's lines, recorded from the
 * real engine, are given to our pool, and what the recorded client said ours is made to say by its own calls. What it
 * then sends is to be what the recorded client sent, up to a short list of differences; its events are to be those that
 * the index names, with what the server's messages carried. */
#include "tests/psrp/peers.h"

#include <stdio.h>
#include <stdlib.h>

#include "psrp/packets.h"
#include "tests/psrp/recorded.h"
#include "tests/psrp/recorded_client.h"
#include "tests/psrp/recorded_compare.h"
#include "tests/psrp/value_equal.h"

struct replay {
    const struct recorded_case *recorded;
    size_t step; /* how many bytes the pool gets at a time */
    struct recorded_client client;
    struct psrp_clixml_reader *reader;
    struct recorded_stream *theirs, *ours; /* the two clients' */
    struct recorded_stream *servers;
    struct recorded_stream heard; /* the server's messages of which no event has told yet, of all targets */
    struct icm_guid commands[64]; /* those of which a Command packet came: a transport drops data for others */
    size_t command_count;
    struct icm_buf early;  /* the server's bytes for a pool that ours opens only with the next message */
    struct icm_buf events; /* as words */
    bool has_key;
};

/* ---- what both clients said ---- */

static void compare(struct replay *r, struct icm_slice our_bytes, struct icm_slice their_bytes)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    ICM_OWN(icm_buf_reset) struct icm_buf differences = {0};
    struct psrp_value *ours = NULL, *theirs = NULL;
    struct psrp_message our_m, their_m;

    assert_int_equal(psrp_message_read(our_bytes, &our_m, NULL), ICM_OK);
    assert_int_equal(psrp_message_read(their_bytes, &their_m, NULL), ICM_OK);
    if (our_m.type != their_m.type)
        fail_msg("%s where the recorded client sent %s", psrp_message_name(our_m.type),
                 psrp_message_name(their_m.type));
    assert_int_equal(our_m.destination, their_m.destination);
    assert_true(r->recorded->is_bad || icm_guid_equal(&our_m.pool_id, &their_m.pool_id));
    assert_int_equal(icm_guid_is_zero(&our_m.pipeline_id), icm_guid_is_zero(&their_m.pipeline_id));
    if (our_m.type == PSRP_SESSION_CAPABILITY && r->client.has_foreign_version)
        return;
    assert_int_equal(psrp_clixml_read(r->reader, our_m.payload, &a, &ours, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(r->reader, their_m.payload, &a, &theirs, NULL), ICM_OK);
    if (ours && theirs)
        recorded_compare(ours, theirs, &differences);
    if (!ours != !theirs || differences.size > 0)
        fail_msg("%s: %s%.*s\nwhere the recorded client sent %.*s", psrp_message_name(our_m.type),
                 icm_buf_text(&differences), (int)our_m.payload.size, (const char *)our_m.payload.data,
                 (int)their_m.payload.size, (const char *)their_m.payload.data);
}

static void take_ours_from(struct replay *r, struct psrp_pipeline *pipeline, enum psrp_stream stream)
{
    struct icm_guid target = pipeline ? *psrp_pipeline_id(pipeline) : peers_guid(ZERO_ID);
    bool is_prompt_response = stream == PSRP_STREAM_PROMPT_RESPONSE;
    struct recorded_stream *ours = recorded_stream_of(&r->ours, &target, is_prompt_response);
    struct recorded_stream *theirs = recorded_stream_of(&r->theirs, &target, is_prompt_response);
    struct icm_buf bytes = {0};

    while (psrp_pool_pull(r->client.pool, pipeline, stream, 32768, &bytes, NULL) == ICM_OK)
        continue;
    recorded_join(ours, icm_buf_slice(&bytes));
    icm_buf_reset(&bytes);
    while (ours->first && theirs->first) {
        struct recorded_message *our_m = recorded_take(ours), *their_m = recorded_take(theirs);

        compare(r, icm_buf_slice(&our_m->bytes), icm_buf_slice(&their_m->bytes));
        recorded_message_free(our_m);
        recorded_message_free(their_m);
    }
}

static void take_ours(struct replay *r)
{
    for (enum psrp_stream stream = 0; r->client.pool && stream < PSRP_STREAM_COUNT; stream++) {
        take_ours_from(r, NULL, stream);
        for (struct psrp_pipeline *p = r->client.pool->pipelines; p; p = p->next)
            take_ours_from(r, p, stream);
    }
}

static const char *first_name(const struct recorded_stream *s)
{
    struct psrp_message m;

    return s->first && psrp_message_read(icm_buf_slice(&s->first->bytes), &m, NULL) == ICM_OK
               ? psrp_message_name(m.type)
               : NULL;
}

static void assert_nothing_is_left(struct replay *r)
{
    for (struct recorded_stream *s = r->ours; s; s = s->next)
        if (s->first)
            fail_msg("%s, of which the recorded client said nothing", first_name(s));
    for (struct recorded_stream *s = r->theirs; s && !r->recorded->is_bad; s = s->next)
        if (s->first)
            fail_msg("%s of the recorded client is missing", first_name(s));
}

/* ---- events ---- */

/* What of a server's message an event has as its value. */
static const struct {
    uint32_t type;
    enum psrp_event_type event;
    const char *member; /* NULL: the message's whole value */
} carried[] = {
    {PSRP_RUNSPACEPOOL_STATE, PSRP_EVENT_POOL_STATE, "ExceptionAsErrorRecord"},
    {PSRP_APPLICATION_PRIVATE_DATA, PSRP_EVENT_PRIVATE_DATA, "ApplicationPrivateData"},
    {PSRP_RUNSPACEPOOL_INIT_DATA, PSRP_EVENT_INIT_DATA, NULL},
    {PSRP_USER_EVENT, PSRP_EVENT_USER_EVENT, NULL},
    {PSRP_RUNSPACEPOOL_HOST_CALL, PSRP_EVENT_HOST_CALL, NULL},
    {PSRP_PIPELINE_HOST_CALL, PSRP_EVENT_HOST_CALL, NULL},
    {PSRP_PIPELINE_OUTPUT, PSRP_EVENT_OUTPUT, NULL},
    {PSRP_ERROR_RECORD, PSRP_EVENT_ERROR, NULL},
    {PSRP_WARNING_RECORD, PSRP_EVENT_WARNING, NULL},
    {PSRP_VERBOSE_RECORD, PSRP_EVENT_VERBOSE, NULL},
    {PSRP_DEBUG_RECORD, PSRP_EVENT_DEBUG, NULL},
    {PSRP_INFORMATION_RECORD, PSRP_EVENT_INFORMATION, NULL},
    {PSRP_PROGRESS_RECORD, PSRP_EVENT_PROGRESS, NULL},
    {PSRP_PIPELINE_STATE, PSRP_EVENT_PIPELINE_STATE, "ExceptionAsErrorRecord"},
};

/* SecureStrings open, where they can, to the text that they have under the recorded key. */
static void reveal(void *context, struct psrp_value *secret)
{
    struct replay *r = context;
    struct icm_buf ours = {0}, theirs = {0};

    assert_int_equal(psrp_pool_reveal(r->client.pool, secret, &ours, NULL), ICM_OK);
    assert_int_equal(psrp_secret_open(recorded_client_keys(&r->client), secret->as.text, &theirs, NULL), ICM_OK);
    assert_string_equal(icm_buf_text(&ours), icm_buf_text(&theirs));
    icm_buf_reset(&ours);
    icm_buf_reset(&theirs);
}

static void check_availability(const struct psrp_event *event, const struct psrp_value *value)
{
    const struct psrp_value *answer = psrp_value_member(value, "SetMinMaxRunspacesResponse");
    int64_t call_id, number;

    assert_true(psrp_value_integer(psrp_value_member(value, "ci"), &call_id));
    assert_non_null(answer);
    if (!psrp_value_integer(answer, &number))
        number = answer->as.boolean;
    assert_int_equal(event->call_id, call_id);
    assert_int_equal(event->number, number);
}

/* Whether @event tells of a message of @type, and @value is what it has to say of it. */
static bool tells(const struct psrp_event *event, uint32_t type, const struct psrp_value *value)
{
    if (type == PSRP_RUNSPACE_AVAILABILITY && event->type == PSRP_EVENT_AVAILABILITY) {
        check_availability(event, value);
        return true;
    }
    for (size_t i = 0; i < ICM_COUNT(carried); i++) {
        if (carried[i].type != type || carried[i].event != event->type)
            continue;
        const struct psrp_value *part = carried[i].member ? psrp_value_member(value, carried[i].member) : value;
        assert_int_equal(!event->value, !part);
        assert_true(!part || value_equal(event->value, part));
        return true;
    }
    return false;
}

/* Messages that no event tells of are passed over. */
static void check_value(struct replay *r, const struct psrp_event *event)
{
    for (struct recorded_message *m; event->value && (m = recorded_take(&r->heard)); recorded_message_free(m)) {
        ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
        struct psrp_value *value = NULL;
        struct psrp_message message;

        assert_int_equal(psrp_message_read(icm_buf_slice(&m->bytes), &message, NULL), ICM_OK);
        assert_int_equal(psrp_clixml_read(r->reader, message.payload, &a, &value, NULL), ICM_OK);
        if (!tells(event, message.type, value))
            continue;
        if (r->has_key || psrp_pool_protocol_minor(r->client.pool) >= PSRP_CLEAR_MINOR)
            recorded_each_secret(value, reveal, r);
        recorded_message_free(m);
        return;
    }
}

static void take_events(struct replay *r)
{
    struct psrp_event event;

    while (psrp_pool_next_event(r->client.pool, &event, NULL) == ICM_OK) {
        peers_describe_kind(&r->events, &event);
        icm_buf_add_u8(&r->events, ' ');
        r->has_key |= event.type == PSRP_EVENT_KEY;
        check_value(r, &event);
        if (event.type == PSRP_EVENT_HOST_CALL && event.needs_answer)
            recorded_client_keep_call(&r->client, &event);
        else
            psrp_event_reset(&event);
    }
}

/* ---- the recorded client ---- */

static void feed(struct replay *r, struct psrp_pipeline *pipeline, struct icm_slice fragments)
{
    for (struct icm_slice rest = fragments; rest.size > 0;) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < r->step ? rest.size : r->step);

        assert_int_equal(psrp_pool_feed(r->client.pool, pipeline, piece, NULL), ICM_OK);
        take_events(r);
        rest = icm_slice_from(rest, piece.size);
    }
}

/* A server answers SESSION_CAPABILITY before it knows what is to be opened. */
static bool will_open(const struct recorded_client *c)
{
    return !c->pool || (c->has_capability && psrp_pool_is_over(c->pool));
}

static void feed_early(struct replay *r)
{
    ICM_OWN(icm_buf_reset) struct icm_buf early = {0};

    if (will_open(&r->client))
        return;
    icm_buf_move(&early, &r->early);
    feed(r, NULL, icm_buf_slice(&early));
}

/* In the malformed dialogues ours says what its calls let it say. */
static void their_message(struct replay *r, struct recorded_stream *theirs, struct recorded_message *bytes)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *value = NULL;
    struct psrp_message m = {0};
    struct icm_error err = {0};

    enum icm_code code = psrp_message_read(icm_buf_slice(&bytes->bytes), &m, &err);
    if (code == ICM_OK)
        code = psrp_clixml_read(r->reader, m.payload, &a, &value, &err);
    if (code == ICM_OK)
        code = recorded_client_say(&r->client, &m, &a, value, &err);
    if (code == ICM_OK)
        recorded_put(theirs, bytes);
    else
        recorded_message_free(bytes);
    if (code != ICM_OK && code != ICM_AGAIN && !r->recorded->is_bad)
        fail_msg("%s of the recorded client cannot be said: %s", psrp_message_name(m.type), err.text);
    icm_error_reset(&err);
    take_ours(r);
    feed_early(r);
}

static bool has_command(const struct replay *r, const struct icm_guid *target)
{
    for (size_t i = 0; i < r->command_count; i++)
        if (icm_guid_equal(&r->commands[i], target))
            return true;
    return icm_guid_is_zero(target);
}

/* what is joined already, and not said yet */
static void their_data(struct replay *r, const struct psrp_packet *packet)
{
    struct recorded_stream said = {.first = NULL, .end = &said.first};

    if (!has_command(r, &packet->target))
        return;
    struct recorded_stream *theirs = recorded_stream_of(&r->theirs, &packet->target, packet->is_prompt_response);
    said.joined = theirs->joined;
    recorded_join(&said, packet->data);
    for (struct recorded_message *m; (m = recorded_take(&said));)
        their_message(r, theirs, m);
}

static void from_client(struct replay *r, const struct psrp_packet *packet)
{
    struct psrp_pipeline *pipeline = r->client.pool ? psrp_pool_find(r->client.pool, &packet->target) : NULL;

    if (packet->type == PSRP_PACKET_DATA)
        their_data(r, packet);
    if (packet->type == PSRP_PACKET_COMMAND && r->command_count < ICM_COUNT(r->commands))
        r->commands[r->command_count++] = packet->target;
    if (packet->type == PSRP_PACKET_SIGNAL && pipeline)
        psrp_pipeline_stop(pipeline);
}

/* ---- the recorded server ---- */

static void hear(struct replay *r, const struct psrp_packet *packet)
{
    struct recorded_stream *servers = recorded_stream_of(&r->servers, &packet->target, false);

    recorded_join(servers, packet->data);
    for (struct recorded_message *m; (m = recorded_take(servers));)
        recorded_put(&r->heard, m);
    if (will_open(&r->client))
        icm_buf_add(&r->early, packet->data);
    else
        feed(r, psrp_pool_find(r->client.pool, &packet->target), packet->data);
}

static void from_server(struct replay *r, const struct psrp_packet *packet)
{
    if (packet->type == PSRP_PACKET_DATA)
        hear(r, packet);
    if (!r->client.pool)
        return;
    struct psrp_pipeline *pipeline = psrp_pool_find(r->client.pool, &packet->target);
    if (packet->type == PSRP_PACKET_CLOSE_ACK && pipeline)
        psrp_pipeline_transport_ended(pipeline);
    if (packet->type == PSRP_PACKET_CLOSE_ACK && icm_guid_is_zero(&packet->target))
        psrp_pool_closed(r->client.pool);
    take_events(r);
    take_ours(r);
}

/* ---- the file's lines ---- */

static void replay_line(void *context, enum recorded_dir dir, struct icm_slice line)
{
    ICM_OWN(icm_buf_reset) struct icm_buf storage = {0};
    struct replay *r = context;
    struct psrp_packet packet;

    if (dir == RECORDED_EOF)
        return;
    enum icm_code code = psrp_packet_read_line(line, &packet, &storage, NULL);
    if (dir == RECORDED_C2S && code == ICM_OK)
        from_client(r, &packet);
    if (dir == RECORDED_C2S)
        return;
    assert_int_equal(code, ICM_OK); /* the real server makes no mistakes */
    from_server(r, &packet);
}

static void replay_file(struct replay *r)
{
    recorded_read(r->recorded->name, replay_line, r);
    if (!r->client.pool)
        return;
    psrp_pool_closed(r->client.pool);
    take_events(r);
}

/* ---- what the index expects ---- */

static const struct {
    const char *token, *event;
} events_of_tokens[] = {
    {"SESSION_CAPABILITY", "pool=NegotiationSucceeded "},
    {"APPLICATION_PRIVATE_DATA", "private-data "},
    {"RUNSPACEPOOL_STATE=2", "pool=Opened "},
    {"RUNSPACEPOOL_STATE=3", "pool=Closed "},
    {"RUNSPACEPOOL_STATE=4", "pool=Closing "},
    {"RUNSPACEPOOL_STATE=5", "pool=Broken(fault) "},
    {"RUNSPACEPOOL_HOST_CALL", "host-call "},
    {"RUNSPACEPOOL_INIT_DATA", "init-data "},
    {"RUNSPACE_AVAILABILITY", "availability "},
    {"PUBLIC_KEY_REQUEST", ""}, /* which the pool answers */
    {"ENCRYPTED_SESSION_KEY", "key "},
    {"USER_EVENT", "user-event "},
    {"PIPELINE_OUTPUT", "output "},
    {"ERROR_RECORD", "error "},
    {"WARNING_RECORD", "warning "},
    {"VERBOSE_RECORD", "verbose "},
    {"DEBUG_RECORD", "debug "},
    {"INFORMATION_RECORD", "information "},
    {"PROGRESS_RECORD", "progress "},
    {"PIPELINE_STATE=3", "pipeline=Stopped "},
    {"PIPELINE_STATE=4", "pipeline=Completed "},
    {"PIPELINE_STATE=5", "pipeline=Failed "},
    {"PIPELINE_HOST_CALL", "host-call "},
    {"DataAck", ""},
    {"CommandAck", ""},
    {"SignalAck", ""},
    {"CloseAck", ""},
};

/* An answer to what ours did not ask is odd. */
static const char *event_of(const struct replay *r, size_t row)
{
    const char *event = events_of_tokens[row].event;

    return r->client.needs_no_key && strcmp(event, "key ") == 0 ? "warned " : event;
}

static void expect_token(const struct replay *r, struct icm_buf *out, const char *token)
{
    const char *star = strchr(token, '*');
    size_t size = star ? (size_t)(star - token) : strlen(token);
    long count = star ? strtol(star + 1, NULL, 10) : 1;

    for (size_t i = 0; i < ICM_COUNT(events_of_tokens); i++)
        if (icm_slice_is(icm_slice_of(token, size), events_of_tokens[i].token)) {
            for (; count > 0; count--)
                icm_buf_add_text(out, event_of(r, i));
            return;
        }
    fail_msg("%s in the index is unknown here", token);
}

/* An init script's pipeline is nobody's: its state comes before a pipeline was created, and says nothing. A server that
 * went without a word closed the pool. */
static void expect(struct replay *r, struct icm_buf *out)
{
    char *messages = strndup((const char *)r->recorded->messages.data, r->recorded->messages.size), *rest;
    bool has_pipeline = false, is_over = false, has_answer = strchr(messages, '<');

    if (r->client.has_foreign_version) {
        icm_buf_add_text(out, "pool=Broken(unsupported) ");
        free(messages);
        return;
    }
    for (char *token = strtok_r(messages, " ", &rest); token; token = strtok_r(NULL, " ", &rest)) {
        has_pipeline |= strncmp(token, ">CREATE_PIPELINE", 16) == 0 || strncmp(token, ">GET_COMMAND", 12) == 0;
        bool is_init_scripts = strncmp(token, "<PIPELINE_STATE", 15) == 0 && !has_pipeline;
        if (token[0] == '<' && !is_init_scripts)
            expect_token(r, out, token + 1);
        if (strncmp(token, "<RUNSPACEPOOL_STATE=", 20) == 0)
            is_over = token[20] == '3' || token[20] == '5';
    }
    if (!is_over && has_answer && r->client.pool)
        icm_buf_add_text(out, "pool=Closed ");
    free(messages);
}

/* ---- a case ---- */

static void replay_with_step(const struct recorded_case *recorded, size_t step)
{
    struct replay r = {.recorded = recorded, .step = step};
    struct icm_buf expected = {0};

    r.heard.end = &r.heard.first;
    recorded_client_init(&r.client, recorded->name);
    assert_int_equal(psrp_clixml_reader_new(&r.reader, NULL), ICM_OK);
    replay_file(&r);
    expect(&r, &expected);
    assert_string_equal(icm_buf_text(&r.events), icm_buf_text(&expected));
    assert_nothing_is_left(&r);
    for (struct recorded_message *m; (m = recorded_take(&r.heard));)
        recorded_message_free(m);
    recorded_streams_reset(&r.ours);
    recorded_streams_reset(&r.theirs);
    recorded_streams_reset(&r.servers);
    recorded_client_reset(&r.client);
    psrp_clixml_reader_free(r.reader);
    icm_buf_reset(&expected);
    icm_buf_reset(&r.early);
    icm_buf_reset(&r.events);
}

static void replays(void **state)
{
    replay_with_step(*state, SIZE_MAX);
    replay_with_step(*state, 1);
}

int main(void)
{
    return recorded_run("dialogues of the real engine", replays);
}

/* Each dialogue of fixtures/psrp (or $ICM_DATA_DIR/psrp) from the server's side: the recorded client's bytes are given
 * to our machine. What the real server answered by itself ours is to answer by itself; what its engine had to say is
 * said to ours as the call that says it. What ours then sends is to be what the real server sent, header and value; the
 * session key is the recorded one, so that SecureStrings come out the same, too. Where the client breaks the rules ours
 * may close the pool sooner. */
#include "tests/psrp/peers.h"

#include "psrp/packets.h"
#include "psrp/server_private.h"
#include "tests/psrp/recorded.h"
#include "tests/psrp/value_equal.h"

struct replay {
    const struct recorded_case *recorded;
    size_t step;                /* how many bytes the server gets at a time */
    struct psrp_server *server; /* NULL: none yet, or the one before was closed */
    struct psrp_clixml_reader *reader;
    struct recorded_stream *ours, *theirs, *clients;
    struct recorded_keys keys;
    struct psrp_secret *client;   /* with the recorded client's pair; NULL: it has none */
    struct icm_buf said, heard;   /* what the client says to live targets, and what the machine tells of it */
    struct icm_guid commands[64]; /* those of which a Command packet came: a transport drops data for others */
    size_t command_count;
    int64_t reset_call_id;
    bool wants_reset, wants_close, has_refused;
    bool is_deaf; /* ours has closed its pool: what the client goes on to say it does not hear */
};

/* ---- the two servers, and the recorded client ---- */

static void take_ours(struct replay *r)
{
    struct icm_buf bytes = {0};
    struct icm_guid target;

    while (r->server && psrp_server_pull(r->server, 32768, &target, &bytes, NULL) == ICM_OK) {
        recorded_join(recorded_stream_of(&r->ours, &target, false), icm_buf_slice(&bytes));
        icm_buf_clear(&bytes);
    }
    icm_buf_reset(&bytes);
}

/* ---- the recorded client, and what our machine hears ---- */

/* "PIPELINE_INPUT:text": a SecureString is told by its text where its key is known */
static void note(struct replay *r, struct icm_buf *out, uint32_t type, const struct psrp_value *value)
{
    icm_buf_add_format(out, "%s", psrp_message_name(type) ? psrp_message_name(type) : "?");
    if (type == PSRP_PIPELINE_INPUT && value) {
        icm_buf_add_u8(out, ':');
        if (value->kind != PSRP_SECURESTRING)
            psrp_value_write_text(value, out);
        else if (psrp_server_reveal(r->server, value, out, NULL) != ICM_OK) {
            assert_int_equal(r->keys.session_key.size, 0); /* with the key it opens */
            icm_buf_add_text(out, "(sealed)");
        }
    }
    icm_buf_add_u8(out, '\n');
}

/* what the machine answers with no word to the caller, or with one only where something changes */
static const uint32_t silent[] = {
    PSRP_SESSION_CAPABILITY, PSRP_GET_AVAILABLE_RUNSPACES, PSRP_SET_MAX_RUNSPACES,
    PSRP_SET_MIN_RUNSPACES,  PSRP_RESET_RUNSPACE_STATE, /* the answer tells whether it was heard */
};

static bool is_silent(uint32_t type)
{
    for (size_t i = 0; i < ICM_COUNT(silent); i++)
        if (silent[i] == type)
            return true;
    return false;
}

/* An answer to nothing that is asked any more is dropped. */
static bool is_late(const struct replay *r, const struct icm_guid *target, uint32_t type,
                    const struct psrp_value *value)
{
    struct psrp_host_response response;

    if (type != PSRP_PIPELINE_HOST_RESPONSE && type != PSRP_RUNSPACEPOOL_HOST_RESPONSE)
        return false;
    if (psrp_host_response_read(value, &response, NULL) != ICM_OK)
        return false;
    for (const struct psrp_server_call *call = r->server->calls; call; call = call->next)
        if (call->call_id == response.call_id && icm_guid_equal(&call->target, target))
            return false;
    return true;
}

static void hear(struct replay *r, struct psrp_server_event *event)
{
    if (event->message_type != 0 && !is_silent(event->message_type)) /* the end of no input has no message */
        note(r, &r->heard, event->message_type, event->value);
    if (event->type == PSRP_SERVER_RESET) {
        r->wants_reset = true;
        r->reset_call_id = event->call_id;
    }
    psrp_server_event_reset(event);
}

static void take_events(struct replay *r)
{
    struct psrp_server_event event;
    enum icm_code code;

    while ((code = psrp_server_next_event(r->server, &event, NULL)) == ICM_OK)
        hear(r, &event);
    r->has_refused |= code != ICM_AGAIN;
    r->is_deaf |= r->server->state == PSRP_POOL_CLOSED;
    take_ours(r);
}

/* What is said to a pipeline that has ended nobody hears. */
static void note_said(struct replay *r, const struct icm_guid *target, struct icm_slice bytes)
{
    struct icm_arena a = {0};
    struct psrp_value *value = NULL;
    struct psrp_message m;
    bool is_heard = icm_guid_is_zero(target) || *psrp_server_find(r->server, target);

    if (is_heard && psrp_message_read(bytes, &m, NULL) == ICM_OK && !is_silent(m.type) &&
        psrp_clixml_read(r->reader, m.payload, &a, &value, NULL) == ICM_OK && !is_late(r, target, m.type, value))
        note(r, &r->said, m.type, value);
    icm_arena_reset(&a);
}

static bool has_command(const struct replay *r, const struct icm_guid *target)
{
    for (size_t i = 0; i < r->command_count; i++)
        if (icm_guid_equal(&r->commands[i], target))
            return true;
    return icm_guid_is_zero(target);
}

/* The key that the real server made, when ours would make one: for a client before 2.2 when it has sent its own. */
static void give_key(struct replay *r)
{
    if (r->keys.session_key.size > 0)
        assert_int_equal(psrp_secret_set_session_key(r->server->secret, icm_buf_slice(&r->keys.session_key), NULL),
                         ICM_OK);
}

static void begin(struct replay *r)
{
    assert_int_equal(psrp_server_new(&r->server, NULL), ICM_OK);
    recorded_streams_reset(&r->ours);
    recorded_streams_reset(&r->theirs);
    recorded_streams_reset(&r->clients);
}

static void client_data(struct replay *r, const struct psrp_packet *packet)
{
    if (!r->server)
        begin(r);
    if (!has_command(r, &packet->target))
        return;
    if (r->server->has_asked_for_key || psrp_server_protocol_minor(r->server) >= 2)
        give_key(r);
    struct recorded_stream *theirs = recorded_stream_of(&r->clients, &packet->target, packet->is_prompt_response);
    const struct icm_guid *target = icm_guid_is_zero(&packet->target) ? NULL : &packet->target;
    for (struct icm_slice rest = packet->data; rest.size > 0;) {
        struct icm_slice piece = icm_slice_of(rest.data, rest.size < r->step ? rest.size : r->step);

        if (packet->is_prompt_response)
            psrp_server_feed_responses(r->server, target, piece, NULL);
        else
            psrp_server_feed(r->server, target, piece, NULL);
        recorded_join(theirs, piece);
        for (struct recorded_message *w; (w = recorded_take(theirs)); recorded_message_free(w))
            note_said(r, &packet->target, icm_buf_slice(&w->bytes));
        take_events(r);
        rest = icm_slice_from(rest, piece.size);
    }
}

static void from_client(struct replay *r, enum icm_code code, const struct psrp_packet *packet)
{
    if (code != ICM_OK) {
        r->wants_close = true; /* the transport is at its end: what is no packet it does not survive */
        return;
    }
    if (packet->type == PSRP_PACKET_DATA)
        client_data(r, packet);
    if (packet->type == PSRP_PACKET_COMMAND && r->command_count < ICM_COUNT(r->commands))
        r->commands[r->command_count++] = packet->target;
    if (packet->type == PSRP_PACKET_CLOSE && icm_guid_is_zero(&packet->target))
        r->wants_close = true;
}

/* ---- what the real server's engine said, said to ours ---- */

/* The keys that SecureStrings are under; NULL: they travel as they are. */
static const struct psrp_secret *keys_of(const struct replay *r)
{
    return psrp_server_protocol_minor(r->server) >= 4 ? NULL : r->server->secret;
}

/* one message of the real server */
struct word {
    struct replay *r;
    const struct psrp_message *m;
    const struct icm_guid *pipeline_id; /* NULL: the pool's */
    const struct psrp_value *value;
};

typedef enum icm_code say(const struct word *w);

static enum icm_code say_any(const struct word *w)
{
    return psrp_server_send(w->r->server, w->pipeline_id, w->m->type, w->value, NULL);
}

static enum icm_code say_private_data(const struct word *w)
{
    return psrp_server_accept_with(w->r->server, psrp_value_member(w->value, "ApplicationPrivateData"), NULL);
}

static int64_t number_of(const struct psrp_value *value, const char *name)
{
    int64_t number = -1;

    psrp_value_integer(psrp_value_member(value, name), &number);
    return number;
}

static enum icm_code say_pool_state(const struct word *w)
{
    struct replay *r = w->r;

    if (number_of(w->value, "RunspaceState") == PSRP_POOL_BROKEN)
        return psrp_server_break(r->server, psrp_value_member(w->value, "ExceptionAsErrorRecord"), NULL);
    if (!r->wants_close)
        return ICM_STATE; /* the real one did it by itself, and ours is to do so, too */
    r->wants_close = false;
    return psrp_server_close(r->server, NULL);
}

/* An init script's pipeline is nobody's. */
static enum icm_code say_pipeline_state(const struct word *w)
{
    if (!w->pipeline_id)
        return say_any(w);
    return psrp_server_pipeline_state(w->r->server, w->pipeline_id,
                                      (enum psrp_pipeline_state)number_of(w->value, "PipelineState"),
                                      psrp_value_member(w->value, "ExceptionAsErrorRecord"), NULL);
}

static enum icm_code say_availability(const struct word *w)
{
    const struct psrp_value *answer = psrp_value_member(w->value, "SetMinMaxRunspacesResponse");

    if (!w->r->wants_reset || !answer)
        return ICM_STATE;
    w->r->wants_reset = false;
    return psrp_server_answer_reset(w->r->server, w->r->reset_call_id, answer->as.boolean, NULL);
}

static enum icm_code say_host_call(const struct word *w)
{
    struct psrp_host_call call;
    int64_t call_id;

    assert_int_equal(psrp_host_call_read(w->value, &call, NULL), ICM_OK);
    return psrp_server_host_call(w->r->server, w->pipeline_id, call.method, call.parameters,
                                 psrp_host_wants_answer(&call) ? &call_id : NULL, NULL);
}

static enum icm_code say_user_event(const struct word *w)
{
    const struct psrp_value *v = w->value;
    struct psrp_user_event event = {
        .event_id = (int32_t)number_of(v, "PSEventArgs.EventIdentifier"),
        .source = psrp_value_text_of(psrp_value_member(v, "PSEventArgs.SourceIdentifier")),
        .time = psrp_value_member(v, "PSEventArgs.TimeGenerated")->as.text,
        .sender = psrp_value_member(v, "PSEventArgs.Sender"),
        .arguments = psrp_value_member(v, "PSEventArgs.SourceArgs"),
        .message = psrp_value_member(v, "PSEventArgs.MessageData"),
    };

    assert_true(icm_guid_parse(psrp_value_member(v, "PSEventArgs.RunspaceId")->as.text, &event.runspace_id));
    return psrp_server_user_event(w->r->server, &event, NULL);
}

/* Only a secret that is to be sent makes a server ask; it is not sent. */
static enum icm_code say_key_request(const struct word *w)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    enum icm_code code =
        psrp_server_send(w->r->server, NULL, PSRP_USER_EVENT, psrp_value_secure(&a, icm_slice_text("secret")), NULL);
    return code == ICM_AGAIN ? ICM_OK : ICM_STATE;
}

static enum icm_code say_nothing(const struct word *w)
{
    return ICM_STATE; /* ours answers that by itself, or not at all */
}

static const struct {
    uint32_t type;
    say *say;
} sayings[] = {
    {PSRP_SESSION_CAPABILITY, say_nothing},         {PSRP_ENCRYPTED_SESSION_KEY, say_nothing},
    {PSRP_PUBLIC_KEY_REQUEST, say_key_request},     {PSRP_APPLICATION_PRIVATE_DATA, say_private_data},
    {PSRP_RUNSPACEPOOL_STATE, say_pool_state},      {PSRP_PIPELINE_STATE, say_pipeline_state},
    {PSRP_RUNSPACE_AVAILABILITY, say_availability}, {PSRP_RUNSPACEPOOL_HOST_CALL, say_host_call},
    {PSRP_PIPELINE_HOST_CALL, say_host_call},       {PSRP_USER_EVENT, say_user_event},
};

static enum icm_code say_to_ours(struct replay *r, const struct psrp_message *m, const struct psrp_value *value)
{
    const struct word word = {r, m, icm_guid_is_zero(&m->pipeline_id) ? NULL : &m->pipeline_id, value};

    for (size_t i = 0; i < ICM_COUNT(sayings); i++)
        if (sayings[i].type == m->type)
            return sayings[i].say(&word);
    return say_any(&word);
}

/* ---- comparing ---- */

/* The client's private key opens what either server has sealed, and both times it is the key that ours has. */
static void compare_session_key(struct replay *r, const struct psrp_value *answer)
{
    struct icm_buf theirs = {0}, ours = {0};

    assert_non_null(r->client);
    assert_int_equal(psrp_secret_take_session_key(
                         r->client, psrp_value_text_of(psrp_value_member(answer, "EncryptedSessionKey")), NULL),
                     ICM_OK);
    assert_int_equal(psrp_secret_seal(r->client, icm_slice_text("x"), &theirs, NULL), ICM_OK);
    assert_int_equal(psrp_secret_seal(r->server->secret, icm_slice_text("x"), &ours, NULL), ICM_OK);
    assert_true(icm_slice_equal(icm_buf_slice(&theirs), icm_buf_slice(&ours)));
    icm_buf_reset(&theirs);
    icm_buf_reset(&ours);
}

static void compare(struct replay *r, struct icm_slice our_bytes, struct icm_slice their_bytes)
{
    struct icm_arena a = {0};
    struct psrp_value *ours = NULL, *theirs = NULL;
    struct psrp_message our_m, their_m;

    assert_int_equal(psrp_message_read(our_bytes, &our_m, NULL), ICM_OK);
    assert_int_equal(psrp_message_read(their_bytes, &their_m, NULL), ICM_OK);
    if (our_m.type != their_m.type)
        fail_msg("%s where the real server sent %s", psrp_message_name(our_m.type), psrp_message_name(their_m.type));
    assert_int_equal(our_m.destination, their_m.destination);
    assert_true(icm_guid_equal(&our_m.pool_id, &their_m.pool_id));
    assert_true(icm_guid_equal(&our_m.pipeline_id, &their_m.pipeline_id));
    assert_int_equal(psrp_clixml_read(r->reader, our_m.payload, &a, &ours, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(r->reader, their_m.payload, &a, &theirs, NULL), ICM_OK);
    bool is_key = our_m.type == PSRP_ENCRYPTED_SESSION_KEY;
    if (is_key) {
        compare_session_key(r, theirs);
        compare_session_key(r, ours);
    }
    if (!is_key && !value_equal(ours, theirs))
        fail_msg("%s: %.*s\nwhere the real server sent %.*s", psrp_message_name(our_m.type), (int)our_m.payload.size,
                 (const char *)our_m.payload.data, (int)their_m.payload.size, (const char *)their_m.payload.data);
    icm_arena_reset(&a);
}

/* Ours may have sent it already, by itself; else it is told what to say. */
static struct recorded_message *answer_of_ours(struct replay *r, struct recorded_stream *ours,
                                               struct icm_slice their_bytes)
{
    struct icm_arena a = {0};
    struct psrp_value *value = NULL;
    struct psrp_message m;

    if (ours->first)
        return recorded_take(ours);
    assert_int_equal(psrp_message_read(their_bytes, &m, NULL), ICM_OK);
    assert_int_equal(psrp_clixml_read(r->reader, m.payload, &a, &value, NULL), ICM_OK);
    if (psrp_server_protocol_minor(r->server) >= 2)
        give_key(r);
    recorded_open_secrets(&a, value, keys_of(r));
    enum icm_code code = say_to_ours(r, &m, value);
    icm_arena_reset(&a);
    take_ours(r);
    if (ours->first && code == ICM_OK)
        return recorded_take(ours);
    fail_msg("%s of the real server is missing (%s)", psrp_message_name(m.type), icm_code_name(code));
    return NULL;
}

static void server_message(struct replay *r, const struct icm_guid *target, struct icm_slice bytes)
{
    struct recorded_message *answer = answer_of_ours(r, recorded_stream_of(&r->ours, target, false), bytes);

    compare(r, icm_buf_slice(&answer->bytes), bytes);
    recorded_message_free(answer);
}

static void server_data(struct replay *r, const struct psrp_packet *packet)
{
    struct recorded_stream *theirs = recorded_stream_of(&r->theirs, &packet->target, false);

    recorded_join(theirs, packet->data);
    for (struct recorded_message *w; (w = recorded_take(theirs)); recorded_message_free(w))
        server_message(r, &packet->target, icm_buf_slice(&w->bytes));
}

/* ---- the end ---- */

static void assert_nothing_is_left(struct replay *r)
{
    struct psrp_message m;

    take_ours(r);
    for (struct recorded_stream *s = r->ours; s; s = s->next)
        if (s->first && psrp_message_read(icm_buf_slice(&s->first->bytes), &m, NULL) == ICM_OK)
            fail_msg("%s, of which the real server said nothing", psrp_message_name(m.type));
}

/* Ours has closed a pool that the real server kept, or closed later: it says so in two messages behind all others, and
 * no more. */
static bool is_refusal(struct replay *r)
{
    struct icm_guid pool = peers_guid(ZERO_ID);
    struct recorded_stream *ours = recorded_stream_of(&r->ours, &pool, false);
    struct psrp_message m;

    if (!r->has_refused || !r->recorded->is_bad || !ours->first)
        return false;
    unsigned count = 0;
    for (struct recorded_message *w; (w = recorded_take(ours)); recorded_message_free(w), count++) {
        assert_int_equal(psrp_message_read(icm_buf_slice(&w->bytes), &m, NULL), ICM_OK);
        assert_int_equal(m.type, PSRP_RUNSPACEPOOL_STATE);
    }
    assert_int_equal(count, 2);
    assert_nothing_is_left(r);
    return true;
}

static void end(struct replay *r)
{
    assert_nothing_is_left(r);
    psrp_server_free(r->server);
    r->server = NULL;
    r->wants_close = r->has_refused = false;
}

/* ---- the file's lines ---- */

static void from_server(struct replay *r, const struct psrp_packet *packet)
{
    if (!r->server)
        return;
    if (r->has_refused && r->recorded->is_bad && packet->type == PSRP_PACKET_DATA) {
        bool is_state = r->server->state == PSRP_POOL_CLOSED && icm_guid_is_zero(&packet->target) &&
                        recorded_stream_of(&r->ours, &packet->target, false)->first;
        if (!is_state)
            return; /* what the real server did after that ours does not do */
    }
    if (packet->type == PSRP_PACKET_DATA)
        server_data(r, packet);
    if (packet->type == PSRP_PACKET_CLOSE_ACK && icm_guid_is_zero(&packet->target)) {
        if (!is_refusal(r) && r->wants_close)
            assert_int_equal(psrp_server_close(r->server, NULL), ICM_OK);
        end(r);
    }
}

static void replay_line(void *context, enum recorded_dir dir, struct icm_slice line)
{
    ICM_OWN(icm_buf_reset) struct icm_buf storage = {0};
    struct replay *r = context;
    struct psrp_packet packet;

    r->wants_close |= dir == RECORDED_EOF;
    if (dir == RECORDED_EOF)
        return;
    enum icm_code code = psrp_packet_read_line(line, &packet, &storage, NULL);
    if (dir == RECORDED_C2S) {
        from_client(r, code, &packet);
        return;
    }
    assert_int_equal(code, ICM_OK); /* the real server makes no mistakes */
    from_server(r, &packet);
}

static void load_keys(struct replay *r)
{
    recorded_keys_read(&r->keys, r->recorded->name);
    if (r->keys.pair.size == 0)
        return;
    assert_int_equal(psrp_secret_new(&r->client, NULL), ICM_OK);
    assert_int_equal(psrp_secret_set_key_pair(r->client, icm_buf_slice(&r->keys.pair), NULL), ICM_OK);
}

static void replay_with_step(const struct recorded_case *recorded, size_t step)
{
    struct replay r = {.recorded = recorded, .step = step};

    assert_int_equal(psrp_clixml_reader_new(&r.reader, NULL), ICM_OK);
    load_keys(&r);
    recorded_read(recorded->name, replay_line, &r);
    is_refusal(&r);
    end(&r);
    if (r.is_deaf && r.heard.size < r.said.size)
        r.said.size = r.heard.size;
    if (!recorded->is_bad)
        assert_string_equal(icm_buf_text(&r.heard), icm_buf_text(&r.said));
    recorded_streams_reset(&r.ours);
    recorded_streams_reset(&r.theirs);
    recorded_streams_reset(&r.clients);
    icm_buf_reset(&r.said);
    icm_buf_reset(&r.heard);
    recorded_keys_reset(&r.keys);
    psrp_secret_free(r.client);
    psrp_clixml_reader_free(r.reader);
}

static void replays(void **state)
{
    replay_with_step(*state, SIZE_MAX);
    replay_with_step(*state, 1);
}

int main(void)
{
    return recorded_run("dialogues with the real engine's clients", replays);
}

/* Laws: whatever a client says, the events come to an end, how the bytes are split changes nothing, what the server
 * sends are whole messages for a client, and there are never more runspaces at work than there may be. */
#include "psrp/server_private.h"
#include "tests/fuzz/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void send(struct psrp_server *s, const struct psrp_server_event *event, const struct psrp_value *value)
{
    static const struct psrp_value nil = {.kind = PSRP_NIL};

    psrp_server_send(s, &event->pipeline_id, PSRP_PIPELINE_OUTPUT, value ? value : &nil, NULL); /* perhaps too deep */
}

/* the host is asked, and a secret told, which a client before 2.2 is to send its key for first */
static void serve_pipeline(struct psrp_server *s, const struct psrp_server_event *event)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    int64_t call_id;

    must(event->creation.command_count > 0);
    must(psrp_server_host_call(s, &event->pipeline_id, PSRP_HOST_READ_LINE, NULL, &call_id, NULL) == ICM_OK);
    must(psrp_server_host_call(s, NULL, PSRP_HOST_GET_NAME, NULL, &call_id, NULL) == ICM_OK);
    send(s, event, psrp_value_credential(&a, event->script, icm_slice_text("secret")));
}

/* an input of this text sends the client away, so that another can connect */
static void serve_input(struct psrp_server *s, const struct psrp_server_event *event)
{
    ICM_OWN(icm_buf_reset) struct icm_buf text = {0};

    if (psrp_server_reveal(s, event->value, &text, NULL) != ICM_OK)
        send(s, event, event->value);
    if (icm_slice_is(psrp_value_text_of(event->value), "leave"))
        must(psrp_server_disconnect(s, NULL) == ICM_OK);
}

static void serve(struct psrp_server *s, const struct psrp_server_event *event)
{
    switch (event->type) {
    case PSRP_SERVER_OPEN:
    case PSRP_SERVER_CONNECT:
        must(psrp_server_accept(s, NULL) == ICM_OK);
        break;
    case PSRP_SERVER_PIPELINE:
        serve_pipeline(s, event);
        break;
    case PSRP_SERVER_INPUT:
        serve_input(s, event);
        break;
    case PSRP_SERVER_HOST_RESPONSE:
        if (!icm_guid_is_zero(&event->pipeline_id))
            send(s, event, event->response.result);
        break;
    case PSRP_SERVER_RESET:
        must(psrp_server_answer_reset(s, event->call_id, true, NULL) == ICM_OK);
        break;
    case PSRP_SERVER_METADATA:
    case PSRP_SERVER_INPUT_END:
        must(psrp_server_pipeline_state(s, &event->pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, NULL) == ICM_OK);
        break;
    case PSRP_SERVER_RUNSPACES:
    case PSRP_SERVER_KEY:
        break;
    }
}

static void check_runspaces(const struct psrp_server *s)
{
    int32_t min, max, busy;

    psrp_server_runspaces(s, &min, &max, &busy);
    must(min <= max && busy <= max && busy >= 0);
}

/* After a failure nothing is heard, but where it was of one who connects. */
static void take_events(struct psrp_server *s, struct icm_buf *transcript)
{
    struct psrp_server_event event;
    struct icm_error error = {0};
    enum icm_code code;

    while ((code = psrp_server_next_event(s, &event, &error)) != ICM_AGAIN) {
        if (code != ICM_OK) {
            icm_buf_add_format(transcript, "%d %s ", code, error.text);
            must(s->is_left || psrp_server_next_event(s, &event, NULL) == ICM_AGAIN);
            continue;
        }
        icm_buf_add_format(transcript, "%d %x ", event.type, event.message_type);
        icm_buf_add(transcript, event.script);
        serve(s, &event);
        check_runspaces(s);
        psrp_server_event_reset(&event);
    }
    icm_error_reset(&error);
}

/* What a key has been in is different every time. */
static bool is_secret(const struct psrp_message *m)
{
    static const char element[] = "<SS";

    return m->type == PSRP_ENCRYPTED_SESSION_KEY ||
           (m->payload.size > 0 && memmem(m->payload.data, m->payload.size, element, sizeof element - 1));
}

static void take_sent(struct psrp_server *s, size_t room, struct icm_buf *transcript)
{
    struct psrp_defragmenter *d = NULL;
    struct icm_buf bytes = {0}, message = {0};
    struct icm_guid target;
    struct psrp_message m;

    must(psrp_defragmenter_new(&d, PSRP_MESSAGE_MAX, NULL) == ICM_OK);
    while (psrp_server_pull(s, room, &target, &bytes, NULL) == ICM_OK) {
        must(bytes.size <= room && psrp_defragmenter_feed(d, icm_buf_slice(&bytes), NULL) == ICM_OK);
        icm_buf_clear(&bytes);
        while (psrp_defragmenter_next(d, &message, NULL) == ICM_OK) {
            must(psrp_message_read(icm_buf_slice(&message), &m, NULL) == ICM_OK && m.destination == PSRP_TO_CLIENT);
            must(psrp_message_type_of(m.type) && psrp_message_type_of(m.type)->client.receive);
            icm_buf_add_text(transcript, psrp_message_name(m.type));
            if (!is_secret(&m))
                icm_buf_add(transcript, icm_buf_slice(&message));
        }
    }
    must(psrp_server_waiting(s) == 0 && !psrp_defragmenter_is_inside(d));
    psrp_defragmenter_free(d);
    icm_buf_reset(&message);
    icm_buf_reset(&bytes);
}

/* A server knows a pipeline once something came on a stream of its own: here the beginning of a host's answer. */
static void begin_pipeline(struct psrp_server *s)
{
    struct psrp_fragment begun = {1, 0, PSRP_FRAGMENT_START, {0}};
    struct icm_buf bytes = {0};

    psrp_fragment_write(&bytes, &begun);
    must(psrp_server_feed_responses(s, &fuzz_pipeline_id, icm_buf_slice(&bytes), NULL) == ICM_OK);
    icm_buf_reset(&bytes);
}

static struct icm_buf transcript_of(struct icm_slice bytes, size_t step, size_t room)
{
    struct psrp_server *s = NULL;
    struct icm_buf transcript = {0};

    must(psrp_server_new(&s, NULL) == ICM_OK);
    begin_pipeline(s);
    while (bytes.size > 0)
        psrp_server_feed(s, NULL, fuzz_take_piece(&bytes, step), NULL);
    take_events(s, &transcript);
    must(psrp_server_close(s, NULL) == ICM_OK);
    take_sent(s, room, &transcript);
    psrp_server_free(s);
    return transcript;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_buf bytes = {0};

    fuzz_add_fragments(&bytes, icm_slice_of(data, size), PSRP_TO_SERVER);
    struct icm_buf whole = transcript_of(icm_buf_slice(&bytes), SIZE_MAX, 32768);
    struct icm_buf split = transcript_of(icm_buf_slice(&bytes), 1, PSRP_FRAGMENT_MIN);
    must(icm_slice_equal(icm_buf_slice(&whole), icm_buf_slice(&split)));
    icm_buf_reset(&whole);
    icm_buf_reset(&split);
    icm_buf_reset(&bytes);
    return 0;
}

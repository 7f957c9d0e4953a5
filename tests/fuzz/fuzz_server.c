/* Laws: whatever a client says, the events come to an end, how the bytes are split changes nothing, and what the server
 * sends are whole messages for a client. */
#include "psrp/server_private.h"
#include "tests/fuzz/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* the application lets everybody in, gives back what it gets, and completes what has no more input */
static void serve(struct psrp_server *s, const struct psrp_server_event *event)
{
    if (event->type == PSRP_SERVER_OPEN)
        must(psrp_server_accept(s, NULL) == ICM_OK);
    if (event->type == PSRP_SERVER_INPUT)
        psrp_server_send(s, &event->pipeline_id, PSRP_PIPELINE_OUTPUT, event->value, NULL); /* perhaps too deep */
    if (event->type == PSRP_SERVER_INPUT_END)
        must(psrp_server_pipeline_state(s, &event->pipeline_id, PSRP_PIPELINE_COMPLETED, NULL, NULL) == ICM_OK);
}

static void take_events(struct psrp_server *s, struct icm_buf *transcript)
{
    struct psrp_server_event event;
    struct icm_error error = {0};
    enum icm_code code;

    while ((code = psrp_server_next_event(s, &event, &error)) == ICM_OK) {
        icm_buf_add_format(transcript, "%d %x ", event.type, event.message_type);
        icm_buf_add(transcript, event.script);
        serve(s, &event);
        psrp_server_event_reset(&event);
    }
    icm_buf_add_format(transcript, "%d %s ", code, error.text);
    must(psrp_server_next_event(s, &event, NULL) == ICM_AGAIN); /* after a failure nothing is heard */
    icm_error_reset(&error);
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

/* Laws: whatever a server says to an open pool with one pipeline, the events come to an end, nothing follows a last
 * state, and neither how the bytes are split nor when the events are taken changes them. */
#include "psrp/pool_private.h"
#include "tests/fuzz/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void open_pool(struct psrp_pool **out, struct psrp_pipeline **pipeline)
{
    static const char opening[] =
        ">A <Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.3</Version><Version N=\"PSVersion\">2.0</Version>"
        "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>\n"
        "I <Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">2</I32></MS></Obj>";
    struct psrp_pool_options options = {.pool_id = fuzz_pool_id};
    struct psrp_script script = {.text = icm_slice_text("1"), .has_input = true};
    struct psrp_event event;
    struct icm_buf bytes = {0};

    must(psrp_pool_new(out, &options, NULL) == ICM_OK && psrp_pool_open(*out, NULL) == ICM_OK);
    fuzz_add_fragments(&bytes, icm_slice_text(opening), PSRP_TO_CLIENT);
    must(psrp_pool_feed(*out, NULL, icm_buf_slice(&bytes), NULL) == ICM_OK);
    while (psrp_pool_next_event(*out, &event, NULL) == ICM_OK)
        psrp_event_reset(&event);
    must(psrp_pool_state(*out) == PSRP_POOL_OPENED);
    must(psrp_pipeline_new(pipeline, *out, &script, NULL) == ICM_OK);
    psrp_pipeline_set_id(*pipeline, &fuzz_pipeline_id);
    icm_buf_reset(&bytes);
}

/* what was said last of the pool and of its pipeline */
struct ends {
    bool pool, pipeline;
};

static void check_order(struct ends *ends, const struct psrp_event *event)
{
    must(!ends->pool && !(event->pipeline && ends->pipeline));
    ends->pipeline |= event->type == PSRP_EVENT_PIPELINE_STATE;
    ends->pool |= event->type == PSRP_EVENT_POOL_STATE &&
                  (event->pool_state == PSRP_POOL_CLOSED || event->pool_state == PSRP_POOL_BROKEN);
    must(!ends->pool || ends->pipeline);
}

static void take_events(struct psrp_pool *pool, struct ends *ends, struct icm_buf *transcript)
{
    struct psrp_event event;

    while (psrp_pool_next_event(pool, &event, NULL) == ICM_OK) {
        check_order(ends, &event);
        icm_buf_add_format(transcript, "%d %d %d %d %s ", event.type, event.pipeline != NULL, event.pool_state,
                           event.pipeline_state, event.warning.text);
        if (event.value)
            psrp_value_write_text(event.value, transcript);
        psrp_event_reset(&event);
    }
    must(psrp_pool_undecoded(pool) == 0);
}

/* how much we have to say in the end */
static void note_waiting(struct psrp_pool *pool, struct psrp_pipeline *pipeline, struct icm_buf *transcript)
{
    for (enum psrp_stream stream = 0; stream < PSRP_STREAM_COUNT; stream++)
        icm_buf_add_format(transcript, "%zu %zu ", psrp_pool_waiting(pool, NULL, stream),
                           psrp_pool_waiting(pool, pipeline, stream));
}

static struct icm_buf transcript_of(struct icm_slice rest, size_t step, bool at_once)
{
    struct psrp_pool *pool = NULL;
    struct psrp_pipeline *pipeline = NULL;
    struct icm_buf transcript = {0};
    struct ends ends = {0};

    open_pool(&pool, &pipeline);
    while (rest.size > 0) {
        psrp_pool_feed(pool, NULL, fuzz_take_piece(&rest, step), NULL);
        if (at_once)
            take_events(pool, &ends, &transcript);
    }
    take_events(pool, &ends, &transcript);
    note_waiting(pool, pipeline, &transcript);
    psrp_pool_closed(pool);
    take_events(pool, &ends, &transcript);
    must(ends.pool && ends.pipeline);
    psrp_pool_free(pool);
    return transcript;
}

static void check_same(const struct icm_buf *one, struct icm_buf other)
{
    must(icm_slice_equal(icm_buf_slice(one), icm_buf_slice(&other)));
    icm_buf_reset(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_buf bytes = {0};

    fuzz_add_fragments(&bytes, icm_slice_of(data, size), PSRP_TO_CLIENT);
    struct icm_buf whole = transcript_of(icm_buf_slice(&bytes), SIZE_MAX, true);
    check_same(&whole, transcript_of(icm_buf_slice(&bytes), 1, true));
    check_same(&whole, transcript_of(icm_buf_slice(&bytes), 11, false));
    icm_buf_reset(&whole);
    icm_buf_reset(&bytes);
    return 0;
}

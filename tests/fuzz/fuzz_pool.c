/* Laws: whatever a server says to an open pool with one pipeline, questions under way and a secret that waits for its
 * key, or to one that connects, the events come to an end, nothing follows a last state, and neither how the bytes are
 * split nor when the events are taken changes them. */
#include "psrp/pool_private.h"
#include "tests/fuzz/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct client {
    struct psrp_pool *pool;
    struct psrp_pipeline *pipeline; /* NULL: the pool connects */
};

/* a key pair takes long to make, and so one serves every pool */
static void share_keys(struct psrp_pool *pool)
{
    static struct psrp_secret *shared;
    struct icm_buf key = {0};

    if (!shared)
        must(psrp_secret_new(&shared, NULL) == ICM_OK && psrp_secret_public_key(shared, &key, NULL) == ICM_OK);
    icm_buf_reset(&key);
    psrp_secret_free(pool->secret);
    pool->secret = shared;
}

static struct psrp_pool *new_pool(void)
{
    static const struct psrp_host_info host = {.has_host = true, .has_ui = true};
    struct psrp_pool_options options = {.pool_id = fuzz_pool_id, .host = &host};
    struct psrp_pool *pool = NULL;

    must(psrp_pool_new(&pool, &options, NULL) == ICM_OK);
    share_keys(pool);
    return pool;
}

/* what a client may have asked for, and what cannot go yet */
static void ask_all(const struct client *c)
{
    struct icm_arena a = {0};
    int64_t call_id;

    must(psrp_pool_get_available(c->pool, &call_id, NULL) == ICM_OK && call_id == 1);
    must(psrp_pool_set_max_runspaces(c->pool, 5, &call_id, NULL) == ICM_OK && call_id == 2);
    must(psrp_pool_reset_runspace(c->pool, &call_id, NULL) == ICM_OK && call_id == 3);
    must(psrp_pipeline_input(c->pipeline, psrp_value_secure(&a, icm_slice_text("secret")), NULL) == ICM_OK);
    must(psrp_pipeline_end_input(c->pipeline, NULL) == ICM_OK);
    icm_arena_reset(&a);
}

static struct client open_pool(void)
{
    static const char opening[] =
        ">A <Obj RefId=\"0\"><MS><Version N=\"protocolversion\">2.3</Version><Version N=\"PSVersion\">2.0</Version>"
        "<Version N=\"SerializationVersion\">1.1.0.1</Version></MS></Obj>\n"
        "I <Obj RefId=\"0\"><MS><I32 N=\"RunspaceState\">2</I32></MS></Obj>";
    struct client c = {new_pool(), NULL};
    struct psrp_script script = {.text = icm_slice_text("1"), .has_input = true};
    struct psrp_event event;
    struct icm_buf bytes = {0};

    must(psrp_pool_open(c.pool, NULL) == ICM_OK);
    fuzz_add_fragments(&bytes, icm_slice_text(opening), PSRP_TO_CLIENT);
    must(psrp_pool_feed(c.pool, NULL, icm_buf_slice(&bytes), NULL) == ICM_OK);
    while (psrp_pool_next_event(c.pool, &event, NULL) == ICM_OK)
        psrp_event_reset(&event);
    must(psrp_pool_state(c.pool) == PSRP_POOL_OPENED);
    must(psrp_pipeline_new(&c.pipeline, c.pool, &script, NULL) == ICM_OK);
    psrp_pipeline_set_id(c.pipeline, &fuzz_pipeline_id);
    ask_all(&c);
    icm_buf_reset(&bytes);
    return c;
}

static struct client connect_pool(void)
{
    struct client c = {new_pool(), NULL};

    must(psrp_pool_connect(c.pool, NULL) == ICM_OK);
    return c;
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

/* the caller answers what it owes an answer, and looks into what it gets */
static void act_on(struct psrp_pool *pool, const struct psrp_event *event, struct icm_buf *transcript)
{
    enum icm_code code = psrp_pool_answer(pool, event, event->value, event->call.call_id % 2 ? "no" : NULL, NULL);

    icm_buf_add_format(transcript, "%d ", code);
    if (event->value && event->value->kind == PSRP_SECURESTRING)
        icm_buf_add_format(transcript, "%d ", psrp_pool_reveal(pool, event->value, transcript, NULL));
}

static void take_events(struct psrp_pool *pool, struct ends *ends, struct icm_buf *transcript)
{
    struct psrp_event event;

    while (psrp_pool_next_event(pool, &event, NULL) == ICM_OK) {
        check_order(ends, &event);
        icm_buf_add_format(transcript, "%d %d %d %d %s ", event.type, event.pipeline != NULL, event.pool_state,
                           event.pipeline_state, event.warning.text);
        icm_buf_add_format(transcript, "%lld %lld %d %d ", (long long)event.call_id, (long long)event.number,
                           event.min_runspaces, event.max_runspaces);
        act_on(pool, &event, transcript);
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

static struct icm_buf transcript_of(struct icm_slice rest, struct client c, size_t step, bool at_once)
{
    struct icm_buf transcript = {0};
    struct ends ends = {.pipeline = !c.pipeline};

    while (rest.size > 0) {
        psrp_pool_feed(c.pool, NULL, fuzz_take_piece(&rest, step), NULL);
        if (at_once)
            take_events(c.pool, &ends, &transcript);
    }
    take_events(c.pool, &ends, &transcript);
    note_waiting(c.pool, c.pipeline, &transcript);
    psrp_pool_closed(c.pool);
    take_events(c.pool, &ends, &transcript);
    must(ends.pool && ends.pipeline);
    must(!psrp_pool_expects_message(c.pool) && !psrp_pool_is_key_due(c.pool));
    c.pool->secret = NULL; /* the next one's too */
    psrp_pool_free(c.pool);
    return transcript;
}

static void check_same(const struct icm_buf *one, struct icm_buf other)
{
    must(icm_slice_equal(icm_buf_slice(one), icm_buf_slice(&other)));
    icm_buf_reset(&other);
}

static void check_client(struct icm_slice bytes, struct client (*begin)(void))
{
    struct icm_buf whole = transcript_of(bytes, begin(), SIZE_MAX, true);

    check_same(&whole, transcript_of(bytes, begin(), 1, true));
    check_same(&whole, transcript_of(bytes, begin(), 11, false));
    icm_buf_reset(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct icm_buf bytes = {0};

    fuzz_add_fragments(&bytes, icm_slice_of(data, size), PSRP_TO_CLIENT);
    check_client(icm_buf_slice(&bytes), open_pool);
    check_client(icm_buf_slice(&bytes), connect_pool);
    icm_buf_reset(&bytes);
    return 0;
}

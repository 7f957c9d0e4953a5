/* WAITS: many sessions, one loop, one thread. */
#include "psrp/drive.h"

#include "psrp/farewell.h"
#include "psrp/trace.h"

#include <stdlib.h>
#include <uv.h>

/* Received and not yet decoded, over all sessions: past the upper mark nobody asks for more, below the lower one all do
 * again. */
enum { UNDECODED_HIGH = 16 * 1024 * 1024, UNDECODED_LOW = 4 * 1024 * 1024 };
/* one session may not take all of it */
enum { UNDECODED_SESSION = 2 * 1024 * 1024 };
/* how long psrp_drive_free waits for peers to hear that we are gone */
enum { FAREWELL_MS = 5000 };
/* how long a server may take to give the session key; psrp.md 9 */
enum { KEY_TIMEOUT_MS = 180000 };

struct psrp_session {
    struct psrp_drive *drive;
    struct psrp_session *next, **at; /* the drive's sessions: the next one, and what leads here */
    struct psrp_session *ready_next, *ready_previous; /* the list of those that may have an event */
    bool is_ready;
    struct psrp_pool *pool;
    struct psrp_transport *transport;
    char *computer;
    void *tag;
    struct icm_trace *trace;
    struct icm_error failure;
    bool is_closing, is_receiving, has_told_version;
    size_t undecoded; /* of the pool, as it is in the drive's sum */
    uint32_t key_timeout_ms;
    uv_timer_t *key_timer; /* runs while the session key is due; NULL until then */
};

struct psrp_drive {
    uv_loop_t *loop;
    struct psrp_session *sessions;
    struct psrp_session *ready_first, *ready_last;
    struct psrp_farewells farewells;
    struct psrp_clixml_reader *reader; /* of all its pools */
    size_t undecoded;
    uint32_t farewell_ms;
    unsigned closing_timers; /* which the loop still has */
    bool is_woken, is_full;
};

/* ---- the list of sessions that may have an event ---- */

static void make_ready(struct psrp_session *s)
{
    struct psrp_drive *d = s->drive;

    if (s->is_ready)
        return;
    s->is_ready = true;
    s->ready_next = NULL;
    s->ready_previous = d->ready_last;
    *(d->ready_last ? &d->ready_last->ready_next : &d->ready_first) = s;
    d->ready_last = s;
}

/* News comes while the loop runs, perhaps from a timer, behind which it would still wait for sockets: it is told not
 * to. */
static void tell_ready(struct psrp_session *s)
{
    make_ready(s);
    uv_stop(s->drive->loop);
}

static void make_unready(struct psrp_session *s)
{
    struct psrp_drive *d = s->drive;

    if (!s->is_ready)
        return;
    s->is_ready = false;
    *(s->ready_previous ? &s->ready_previous->ready_next : &d->ready_first) = s->ready_next;
    *(s->ready_next ? &s->ready_next->ready_previous : &d->ready_last) = s->ready_previous;
}

/* ---- back-pressure: not asking for more ---- */

static void set_receiving(struct psrp_session *s, bool wanted)
{
    if (s->is_receiving == wanted)
        return;
    s->is_receiving = wanted;
    s->transport->ops->receive(s->transport, wanted);
}

static bool has_room(const struct psrp_session *s)
{
    return s->undecoded < UNDECODED_SESSION && !s->drive->is_full;
}

static void resume_all(struct psrp_drive *d)
{
    for (struct psrp_session *s = d->sessions; s; s = s->next)
        if (has_room(s))
            set_receiving(s, true);
}

/* bring the sum up to date with @s's pool, and act on it */
static void weigh(struct psrp_session *s)
{
    struct psrp_drive *d = s->drive;
    size_t now = psrp_pool_undecoded(s->pool);

    d->undecoded = d->undecoded - s->undecoded + now;
    s->undecoded = now;
    if (d->undecoded > UNDECODED_HIGH)
        d->is_full = true;
    if (d->is_full && d->undecoded < UNDECODED_LOW) {
        d->is_full = false;
        resume_all(d);
    }
    set_receiving(s, has_room(s));
}

/* ---- the session key's time limit ---- */

static void name_computer(struct psrp_session *s, struct icm_error *err)
{
    struct icm_fault *fault = icm_error_fault(err);

    if (fault)
        icm_set_text(&fault->computer, s->computer);
}

static void on_key_timeout(uv_timer_t *timer)
{
    struct psrp_session *s = timer->data;
    struct icm_error why = {0};

    icm_fail(&why, ICM_TIMEOUT, "MS-PSRP 3.1.1.1.3", "the server has given no session key in %u s",
             s->key_timeout_ms / 1000);
    name_computer(s, &why);
    psrp_pool_give_up_key(s->pool, &why);
    icm_error_reset(&why);
    tell_ready(s);
}

static void on_timer_closed(uv_handle_t *timer)
{
    struct psrp_drive *d = timer->data;

    d->closing_timers--;
    free(timer);
}

static void drop_key_timer(struct psrp_session *s)
{
    if (!s->key_timer)
        return;
    s->key_timer->data = s->drive;
    s->drive->closing_timers++;
    uv_close((uv_handle_t *)s->key_timer, on_timer_closed);
    s->key_timer = NULL;
}

/* without memory for a timer there is no limit but the transport's */
static void start_key_timer(struct psrp_session *s)
{
    if (s->key_timer)
        return;
    s->key_timer = malloc(sizeof *s->key_timer);
    if (!s->key_timer)
        return;
    uv_timer_init(s->drive->loop, s->key_timer);
    s->key_timer->data = s;
    uv_timer_start(s->key_timer, on_key_timeout, s->key_timeout_ms, 0);
}

/* The pool is read on as long as the server owes it something. */
static void listen_for_pool(struct psrp_session *s)
{
    if (psrp_pool_is_key_due(s->pool))
        start_key_timer(s);
    else
        drop_key_timer(s);
    if (!s->is_closing)
        s->transport->ops->watch_pool(s->transport, psrp_pool_expects_message(s->pool));
}

/* ---- news from transports ---- */

static void remember_failure(struct psrp_session *s, const struct icm_error *why)
{
    if (s->failure.code != ICM_OK)
        return;
    icm_error_copy(&s->failure, why);
    name_computer(s, &s->failure);
}

static void on_received(void *up, struct psrp_pipeline *pipeline, struct icm_slice fragments)
{
    struct psrp_session *s = up;

    psrp_pool_feed(s->pool, pipeline, fragments, NULL); /* what is wrong with them comes as an event */
    weigh(s);
    tell_ready(s);
}

static void on_pipeline_ended(void *up, struct psrp_pipeline *pipeline)
{
    struct psrp_session *s = up;

    psrp_pipeline_transport_ended(pipeline);
    tell_ready(s);
}

static void on_pipeline_failed(void *up, struct psrp_pipeline *pipeline, const struct icm_error *why)
{
    struct psrp_session *s = up;
    struct icm_error named = {0};

    icm_error_copy(&named, why);
    name_computer(s, &named);
    psrp_pipeline_fail(pipeline, &named);
    icm_error_reset(&named);
    tell_ready(s);
}

static void on_closed(void *up)
{
    struct psrp_session *s = up;

    psrp_pool_closed(s->pool);
    tell_ready(s);
}

static void on_failed(void *up, const struct icm_error *why)
{
    struct psrp_session *s = up;

    remember_failure(s, why);
    psrp_pool_break(s->pool, &s->failure);
    tell_ready(s);
}

static void on_left(void *up, const struct icm_error *why)
{
    struct psrp_session *s = up;

    psrp_pool_left(s->pool, why);
    tell_ready(s);
}

static void on_rejoined(void *up, const struct icm_error *why)
{
    struct psrp_session *s = up;

    psrp_pool_rejoined(s->pool, why);
    tell_ready(s);
}

static const struct psrp_transport_sink session_sink = {
    .received = on_received,
    .pipeline_ended = on_pipeline_ended,
    .pipeline_failed = on_pipeline_failed,
    .closed = on_closed,
    .failed = on_failed,
    .left = on_left,
    .rejoined = on_rejoined,
};

/* ---- the drive ---- */

enum icm_code psrp_drive_new(struct psrp_drive **out, struct uv_loop_s *loop, struct icm_error *err)
{
    struct psrp_drive *d = calloc(1, sizeof *d);
    enum icm_code code = d ? psrp_clixml_reader_new(&d->reader, err) : icm_nomem(err);

    if (code != ICM_OK) {
        free(d);
        return code;
    }
    d->loop = loop;
    d->farewells.loop = loop;
    d->farewell_ms = FAREWELL_MS;
    *out = d;
    return ICM_OK;
}

void psrp_drive_set_farewell(struct psrp_drive *d, uint32_t farewell_ms)
{
    d->farewell_ms = farewell_ms;
}

void psrp_drive_free(struct psrp_drive *d)
{
    if (!d)
        return;
    while (d->sessions)
        psrp_session_free(d->sessions);
    psrp_clixml_reader_free(d->reader);
    psrp_farewells_run(&d->farewells, d->farewell_ms);
    while (d->closing_timers > 0)
        uv_run(d->loop, UV_RUN_NOWAIT);
    free(d);
}

void psrp_drive_wake(struct psrp_drive *d)
{
    d->is_woken = true;
    uv_stop(d->loop);
}

/* what the drive itself does about an event before its user sees it */
static void act_on(struct psrp_session *s, struct psrp_event *event)
{
    const struct psrp_transport_ops *transport = s->transport->ops;
    int minor = psrp_pool_protocol_minor(s->pool);

    if (minor >= 0 && !s->has_told_version) {
        s->has_told_version = true;
        transport->negotiated(s->transport, minor);
    }
    if (!psrp_pool_expects_message(s->pool)) /* no Receive of the pool's beside what its user begins now */
        transport->watch_pool(s->transport, false);
    if (event->type == PSRP_EVENT_POOL_STATE && event->pool_state == PSRP_POOL_BROKEN && event->warning.code != ICM_OK)
        remember_failure(s, &event->warning);
    if (event->type == PSRP_EVENT_PIPELINE_STATE && event->pipeline && psrp_pipeline_has_ended(event->pipeline))
        transport->end(s->transport, event->pipeline);
}

static void after_decoding(struct psrp_session *s)
{
    weigh(s);
    psrp_session_pump(s); /* host calls may have been answered, a session key may have come */
}

static enum icm_code next_decoded(struct psrp_drive *d, struct psrp_session **from, struct psrp_event *event,
                                  struct icm_error *err)
{
    while (d->ready_first) {
        struct psrp_session *s = d->ready_first;
        enum icm_code code = psrp_pool_next_event(s->pool, event, err);

        make_unready(s);
        if (code == ICM_OK) {
            make_ready(s); /* at the end: each session in its turn */
            act_on(s, event);
            weigh(s);
            *from = s;
            return ICM_OK;
        }
        if (code != ICM_AGAIN)
            return code;
        after_decoding(s);
    }
    return ICM_AGAIN;
}

enum icm_code psrp_drive_next(struct psrp_drive *d, struct psrp_session **from, struct psrp_event *event,
                              struct icm_error *err)
{
    enum icm_code code;

    while ((code = next_decoded(d, from, event, err)) == ICM_AGAIN) {
        psrp_farewells_drop_said(&d->farewells);
        if (d->is_woken || !d->sessions)
            break;
        if (!d->ready_first && uv_run(d->loop, UV_RUN_ONCE) == 0 && !d->ready_first && !d->is_woken)
            return icm_fail(err, ICM_STATE, NULL, "nothing is under way that could bring an event");
    }
    d->is_woken = false;
    return code;
}

/* ---- sessions ---- */

/* the wire log's eye on whole messages */
static void on_message(void *context, bool sent, struct icm_slice message)
{
    struct psrp_session *s = context;

    psrp_trace_message(s->trace, s->computer, sent, message);
}

typedef enum icm_code (*pool_begin)(struct psrp_pool *p, struct icm_error *err);

static enum icm_code make_pool(struct psrp_session *s, const struct psrp_session_options *options, pool_begin begin,
                               struct icm_error *err)
{
    struct psrp_pool_options pool = options->pool;

    pool.reader = s->drive->reader;
    if (s->trace) {
        pool.on_message = on_message;
        pool.on_message_context = s;
    }
    enum icm_code code = psrp_pool_new(&s->pool, &pool, err);
    return code == ICM_OK ? begin(s->pool, err) : code;
}

static enum icm_code make_session(struct psrp_session **out, struct psrp_drive *d, struct psrp_transport *transport,
                                  const struct psrp_session_options *options, pool_begin begin, struct icm_error *err)
{
    struct psrp_session *s = calloc(1, sizeof *s);

    if (s) {
        s->drive = d;
        s->computer = strdup(options->computer ? options->computer : "");
        s->trace = options->trace;
        s->tag = options->tag;
    }
    enum icm_code code = s && s->computer ? make_pool(s, options, begin, err) : icm_nomem(err);
    if (code != ICM_OK) {
        if (s) {
            psrp_pool_free(s->pool);
            free(s->computer);
        }
        free(s);
        transport->ops->free(transport);
        return code;
    }
    s->transport = transport;
    s->is_receiving = true;
    s->next = d->sessions;
    s->at = &d->sessions;
    if (s->next)
        s->next->at = &s->next;
    d->sessions = s;
    s->key_timeout_ms = options->key_timeout_ms ? options->key_timeout_ms : KEY_TIMEOUT_MS;
    transport->ops->attach(transport, &session_sink, s);
    *out = s;
    return ICM_OK;
}

enum icm_code psrp_session_open(struct psrp_session **out, struct psrp_drive *d, struct psrp_transport *transport,
                                const struct psrp_session_options *options, struct icm_error *err)
{
    enum icm_code code = make_session(out, d, transport, options, psrp_pool_open, err);

    if (code == ICM_OK)
        transport->ops->open(transport, (*out)->pool);
    return code;
}

enum icm_code psrp_session_connect(struct psrp_session **out, struct psrp_drive *d, struct psrp_transport *transport,
                                   const struct psrp_session_options *options, struct icm_error *err)
{
    if (!transport->ops->connect) {
        transport->ops->free(transport);
        return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 3.1.4.10", "a session cannot be connected to over this transport");
    }
    enum icm_code code = make_session(out, d, transport, options, psrp_pool_connect, err);
    if (code == ICM_OK)
        transport->ops->connect(transport, (*out)->pool);
    return code;
}

/* whether the pool is to outlive the session */
static bool is_left(const struct psrp_session *s)
{
    return psrp_pool_state(s->pool) == PSRP_POOL_DISCONNECTED && !s->is_closing;
}

void psrp_session_free(struct psrp_session *s)
{
    if (!s)
        return;
    *s->at = s->next;
    if (s->next)
        s->next->at = s->at;
    make_unready(s);
    drop_key_timer(s);
    s->drive->undecoded -= s->undecoded;
    if (is_left(s))
        s->transport->ops->free(s->transport);
    else
        psrp_farewells_say(&s->drive->farewells, s->transport);
    psrp_pool_free(s->pool);
    icm_error_reset(&s->failure);
    free(s->computer);
    free(s);
}

void *psrp_session_tag(const struct psrp_session *s)
{
    return s->tag;
}

struct psrp_pool *psrp_session_pool(struct psrp_session *s)
{
    return s->pool;
}

/* what @code made is the session's, where it is ICM_OK */
static enum icm_code begin(struct psrp_session *s, enum icm_code code, struct psrp_pipeline *made,
                           struct psrp_pipeline **out)
{
    if (code != ICM_OK)
        return code;
    *out = made;
    s->transport->ops->begin(s->transport, made);
    listen_for_pool(s);
    return ICM_OK;
}

enum icm_code psrp_session_run(struct psrp_session *s, const struct psrp_script *script, struct psrp_pipeline **out,
                               struct icm_error *err)
{
    struct psrp_pipeline *pipeline = NULL;
    enum icm_code code = psrp_pipeline_new(&pipeline, s->pool, script, err);

    return begin(s, code, pipeline, out);
}

enum icm_code psrp_session_create(struct psrp_session *s, const struct psrp_creation *creation,
                                  struct psrp_pipeline **out, struct icm_error *err)
{
    struct psrp_pipeline *pipeline = NULL;
    enum icm_code code = psrp_pipeline_create(&pipeline, s->pool, creation, err);

    return begin(s, code, pipeline, out);
}

enum icm_code psrp_session_query(struct psrp_session *s, const struct psrp_metadata_query *query,
                                 struct psrp_pipeline **out, struct icm_error *err)
{
    struct psrp_pipeline *pipeline = NULL;
    enum icm_code code = psrp_pipeline_query(&pipeline, s->pool, query, err);

    return begin(s, code, pipeline, out);
}

enum icm_code psrp_session_join(struct psrp_session *s, const struct icm_guid *pipeline_id, struct psrp_pipeline **out,
                                struct icm_error *err)
{
    if (!s->transport->ops->join)
        return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 3.1.4.10", "no pipeline can be taken over on this transport");
    enum icm_code code = psrp_pipeline_connect(out, s->pool, pipeline_id, err);
    if (code == ICM_OK)
        s->transport->ops->join(s->transport, *out);
    return code;
}

enum icm_code psrp_session_disconnect(struct psrp_session *s, const struct psrp_leaving *how, struct icm_error *err)
{
    if (!s->transport->ops->disconnect)
        return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 3.1.4.8", "a session cannot be disconnected on this transport");
    enum icm_code code = psrp_pool_leave(s->pool, err);
    if (code == ICM_OK)
        s->transport->ops->disconnect(s->transport, how);
    return code;
}

enum icm_code psrp_session_reconnect(struct psrp_session *s, struct icm_error *err)
{
    if (!is_left(s))
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.1.4.9", "the session is not disconnected");
    s->transport->ops->reconnect(s->transport);
    return ICM_OK;
}

enum icm_code psrp_session_answer(struct psrp_session *s, const struct psrp_event *event,
                                  const struct psrp_value *result, const char *why, struct icm_error *err)
{
    enum icm_code code = psrp_pool_answer(s->pool, event, result, why, err);

    if (code == ICM_OK)
        psrp_session_pump(s);
    return code;
}

void psrp_session_pump(struct psrp_session *s)
{
    listen_for_pool(s);
    s->transport->ops->pump(s->transport);
}

size_t psrp_session_queued(const struct psrp_session *s, const struct psrp_pipeline *pipeline)
{
    return psrp_pool_waiting(s->pool, pipeline, PSRP_STREAM_INPUT);
}

void psrp_session_stop(struct psrp_session *s, struct psrp_pipeline *pipeline)
{
    if (psrp_pipeline_has_ended(pipeline) || psrp_pipeline_state(pipeline) == PSRP_PIPELINE_DISCONNECTED)
        return;
    psrp_pipeline_stop(pipeline);
    s->transport->ops->stop(s->transport, pipeline);
    make_ready(s);
}

void psrp_session_close(struct psrp_session *s)
{
    if (s->is_closing)
        return;
    s->is_closing = true;
    s->transport->ops->close(s->transport);
}

const struct icm_error *psrp_session_failure(const struct psrp_session *s)
{
    return s->failure.code != ICM_OK ? &s->failure : NULL;
}

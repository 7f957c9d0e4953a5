/* What a server receives: fragments joined to messages, messages checked and handed to their rows, mistakes told. */
#include "psrp/server_private.h"

#include <stdlib.h>

static const struct icm_guid no_guid;

/* What the real engine does with a client that breaks the rules: it closes the pool unasked, without a reason. A client
 * that only wants to connect is sent away, and the pool stays for the next. */
static void refuse(struct psrp_server *s)
{
    if (s->is_left && s->state != PSRP_POOL_CLOSED) {
        psrp_server_drop_negotiation(s);
        s->state = PSRP_POOL_BEFORE_OPEN;
        return;
    }
    if (!icm_guid_is_zero(&s->pool_id) && psrp_server_pool_state(s, PSRP_POOL_CLOSING, NULL) == ICM_OK)
        psrp_server_pool_state(s, PSRP_POOL_CLOSED, NULL);
    s->state = PSRP_POOL_CLOSED;
}

static enum icm_code renew_streams(struct psrp_server *s, struct icm_error *err)
{
    struct psrp_defragmenter *fresh[PSRP_STREAM_COUNT] = {NULL};
    enum icm_code code = psrp_server_new_streams(fresh, err);

    for (int i = 0; i < PSRP_STREAM_COUNT; i++) {
        psrp_defragmenter_free(code == ICM_OK ? s->in[i] : fresh[i]);
        if (code == ICM_OK)
            s->in[i] = fresh[i];
    }
    return code;
}

enum icm_code psrp_server_disconnect(struct psrp_server *s, struct icm_error *err)
{
    if (s->state != PSRP_POOL_OPENED)
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.1", "only an open runspace pool can be left by its client");
    enum icm_code code = renew_streams(s, err);
    if (code != ICM_OK)
        return code;
    s->is_left = true;
    s->state = PSRP_POOL_BEFORE_OPEN;
    return ICM_OK;
}

enum icm_code psrp_server_reconnect(struct psrp_server *s, struct icm_error *err)
{
    if (!s->is_left)
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.1", "nobody has left the runspace pool");
    s->is_left = false;
    s->state = PSRP_POOL_OPENED;
    return ICM_OK;
}

static enum icm_code join(struct psrp_server *s, struct psrp_defragmenter *in, enum psrp_stream stream,
                          const struct icm_guid *target, struct icm_slice fragments, struct icm_error *err)
{
    struct icm_buf bytes = {0};
    enum icm_code code, lost = psrp_defragmenter_feed(in, fragments, err);

    while ((code = psrp_defragmenter_next(in, &bytes, err)) == ICM_OK) {
        struct psrp_server_message *m = calloc(1, sizeof *m);
        if (!m) {
            icm_buf_reset(&bytes);
            return icm_nomem(err);
        }
        m->target = *target;
        m->stream = stream;
        icm_buf_move(&m->bytes, &bytes);
        *s->end_of_messages = m;
        s->end_of_messages = &m->next;
    }
    return lost;
}

static enum icm_code feed(struct psrp_server *s, const struct icm_guid *pipeline_id, enum psrp_stream stream,
                          struct icm_slice fragments, struct icm_error *err)
{
    struct psrp_server_pipeline *pipeline = NULL;
    enum icm_code code = ICM_OK;

    if (s->state == PSRP_POOL_CLOSED || s->lost.code != ICM_OK ||
        (pipeline_id && psrp_server_has_forgotten(s, pipeline_id)))
        return ICM_OK; /* late data */
    if (pipeline_id)
        code = psrp_server_find_or_add(s, pipeline_id, &pipeline, &s->lost);
    if (code == ICM_OK)
        code = join(s, pipeline ? pipeline->in[stream] : s->in[stream], stream, pipeline_id ? pipeline_id : &no_guid,
                    fragments, &s->lost);
    if (code != ICM_OK && err)
        icm_error_copy(err, &s->lost);
    return code;
}

enum icm_code psrp_server_feed(struct psrp_server *s, const struct icm_guid *pipeline_id, struct icm_slice fragments,
                               struct icm_error *err)
{
    return feed(s, pipeline_id, PSRP_STREAM_INPUT, fragments, err);
}

enum icm_code psrp_server_feed_responses(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                         struct icm_slice fragments, struct icm_error *err)
{
    return feed(s, pipeline_id, PSRP_STREAM_PROMPT_RESPONSE, fragments, err);
}

static enum icm_code check_state(const struct psrp_server *s, const struct psrp_message_type *type,
                                 const struct psrp_server_pipeline *pipeline, struct icm_error *err)
{
    bool is_pools = type->scope == PSRP_SCOPE_POOL;
    unsigned state = is_pools ? (unsigned)s->state : (unsigned)pipeline->state;

    if (!is_pools && s->state != PSRP_POOL_OPENED)
        return icm_fail(err, ICM_STATE, type->section, "%s while the runspace pool is not open", type->name);
    if (type->server.allowed & 1u << state)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, type->section, "%s in state %u of its %s", type->name, state,
                    is_pools ? "runspace pool" : "pipeline");
}

static enum icm_code handle(struct psrp_server *s, const struct psrp_message *m, const struct psrp_message_type *type,
                            struct psrp_server_pipeline *pipeline, struct psrp_server_event *event,
                            struct icm_error *err)
{
    struct psrp_value *value = NULL;

    enum icm_code code = psrp_clixml_read(s->reader, m->payload, &event->arena, &value, err);
    if (code != ICM_OK)
        return code;
    event->type = type->server.event;
    event->message_type = type->type;
    event->pipeline_id = pipeline ? pipeline->id : no_guid;
    event->value = value;
    struct psrp_served served = {s, pipeline, type, m, value, event};
    return type->server.serve(&served, err);
}

/* One path of the real client writes type 0 into its answers to the pool's host calls. */
static const struct psrp_message_type *type_of(const struct psrp_server_message *message, uint32_t type)
{
    bool is_response =
        type == 0 && message->stream == PSRP_STREAM_PROMPT_RESPONSE && icm_guid_is_zero(&message->target);

    return psrp_message_type_of(is_response ? PSRP_RUNSPACEPOOL_HOST_RESPONSE : type);
}

static enum icm_code serve(struct psrp_server *s, const struct psrp_server_message *message,
                           struct psrp_server_event *event, struct icm_error *err)
{
    struct psrp_message m;

    enum icm_code code = psrp_message_read(icm_buf_slice(&message->bytes), &m, err);
    if (code != ICM_OK)
        return code;
    const struct psrp_message_type *type = type_of(message, m.type);
    if (m.destination != PSRP_TO_SERVER || !type || !type->server.serve)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.1", "a message of type 0x%08x for a server", m.type);
    bool is_said = s->is_left || s->state != PSRP_POOL_BEFORE_OPEN;
    if (is_said && !icm_guid_equal(&m.pool_id, &s->pool_id))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.1", "%s for another runspace pool", type->name);

    struct psrp_server_pipeline *pipeline = NULL;
    if (type->scope == PSRP_SCOPE_PIPELINE) {
        pipeline = *psrp_server_find(s, icm_guid_is_zero(&m.pipeline_id) ? &message->target : &m.pipeline_id);
        if (!pipeline)
            return ICM_AGAIN; /* it has ended meanwhile */
    }
    code = check_state(s, type, pipeline, err);
    return code == ICM_OK ? handle(s, &m, type, pipeline, event, err) : code;
}

static bool give_input_end(struct psrp_server *s, struct psrp_server_event *out)
{
    for (struct psrp_server_pipeline *p = s->pipelines; p; p = p->next)
        if (p->owes_input_end) {
            p->owes_input_end = false;
            *out = (struct psrp_server_event){.type = PSRP_SERVER_INPUT_END, .pipeline_id = p->id};
            return true;
        }
    return false;
}

/* The stream that broke is told of behind all that was whole before. */
static enum icm_code tell_lost(struct psrp_server *s, struct icm_error *err)
{
    enum icm_code code = s->lost.code;

    if (code == ICM_OK)
        return ICM_AGAIN;
    if (err)
        icm_error_copy(err, &s->lost);
    icm_error_reset(&s->lost);
    if (s->state == PSRP_POOL_CLOSED)
        return ICM_AGAIN;
    s->is_left = false; /* there is no way back to a stream's order */
    refuse(s);
    return code;
}

enum icm_code psrp_server_next_event(struct psrp_server *s, struct psrp_server_event *out, struct icm_error *err)
{
    struct psrp_server_message *m;

    if (give_input_end(s, out))
        return ICM_OK;
    while ((m = psrp_server_take_message(s))) {
        struct psrp_server_event event = {0};
        enum icm_code code = s->state == PSRP_POOL_CLOSED ? ICM_AGAIN : serve(s, m, &event, err);

        psrp_server_message_free(m);
        if (code == ICM_OK) {
            *out = event;
            return ICM_OK;
        }
        psrp_server_event_reset(&event);
        if (code != ICM_AGAIN) {
            refuse(s);
            return code;
        }
    }
    return tell_lost(s, err);
}

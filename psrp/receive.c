/* From the bytes of a message to its handler, and from what has happened to events: one at a time, in order. */
#include "psrp/pool_private.h"

/* ---- from bytes to a handler ---- */

/* what a message was about, as far as it could be found out: whose failure it is when it cannot be accepted */
struct addressee {
    const struct psrp_message_type *type;
    struct psrp_pipeline *pipeline;
};

static enum icm_code warn_unknown(uint32_t type, const struct psrp_message_type *row, struct psrp_event *event)
{
    event->type = PSRP_EVENT_WARNED;
    if (row)
        icm_fail(&event->warning, ICM_STATE, row->section, "%s from the server, which only a client sends", row->name);
    else
        icm_fail(&event->warning, ICM_UNSUPPORTED, "MS-PSRP 2.2.1", "a message of unknown type 0x%08x", type);
    return ICM_OK;
}

/* Real servers address by the id in the message, and where that is zero by the stream it came on. */
static struct psrp_pipeline *addressed(struct psrp_pool *p, const struct psrp_message *m, const struct psrp_news *news)
{
    return psrp_pool_find(p, icm_guid_is_zero(&m->pipeline_id) ? &news->target : &m->pipeline_id);
}

static enum icm_code check_pool(const struct psrp_pool *p, const struct psrp_message *m, struct addressee *to,
                                struct icm_error *err)
{
    if (psrp_message_is_from(m, &p->id))
        return ICM_OK;
    char text[ICM_GUID_TEXT + 1];
    icm_guid_format_lower(&m->pool_id, text);
    to->pipeline = NULL; /* whoever it was meant for, the stream is not ours */
    return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.1", "%s for runspace pool %s, which is another one", to->type->name,
                    text);
}

/* ICM_AGAIN: late, or for nobody: dropped without a word */
static enum icm_code check_state(const struct psrp_pool *p, const struct addressee *to, struct icm_error *err)
{
    const struct psrp_message_type *type = to->type;
    bool is_pools = type->scope == PSRP_SCOPE_POOL;

    if (!is_pools && !to->pipeline)
        return ICM_AGAIN;
    if (type->client.allowed & 1u << (is_pools ? (unsigned)p->state : (unsigned)to->pipeline->state))
        return ICM_OK;
    if (!is_pools)
        return ICM_AGAIN;
    return icm_fail(err, ICM_STATE, type->section, "%s while the runspace pool is %s", type->name,
                    psrp_pool_state_name(p->state));
}

/* The message's bytes become the event's, or are gone: @m is of no use behind this. */
static enum icm_code handle(struct psrp_pool *p, struct psrp_news *news, const struct psrp_message *m,
                            const struct addressee *to, struct psrp_event *event, struct icm_error *err)
{
    struct psrp_value *value = NULL;

    enum icm_code code = psrp_clixml_take(p->reader, &news->bytes, m->payload, &event->arena, &value, err);
    if (code != ICM_OK)
        return code;
    event->type = to->type->client.event;
    event->pipeline = to->pipeline;
    event->value = value;
    struct psrp_received received = {p, to->pipeline, to->type, value, event};
    return to->type->client.receive(&received, err);
}

static enum icm_code receive(struct psrp_pool *p, struct psrp_news *news, struct addressee *to,
                             struct psrp_event *event, struct icm_error *err)
{
    struct psrp_message m;

    if (psrp_pool_is_over(p)) /* late, as psrp_pool_feed would have seen had it come later */
        return ICM_AGAIN;
    to->pipeline = psrp_pool_find(p, &news->target);
    enum icm_code code = psrp_message_read(icm_buf_slice(&news->bytes), &m, err);
    if (code != ICM_OK)
        return code;
    if (m.destination != PSRP_TO_CLIENT)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.1", "a message from the server for a server");
    to->type = psrp_message_type_of(m.type);
    if (!to->type || !to->type->client.receive)
        return warn_unknown(m.type, to->type, event);

    to->pipeline = to->type->scope == PSRP_SCOPE_PIPELINE ? addressed(p, &m, news) : NULL;
    code = check_pool(p, &m, to, err);
    if (code == ICM_OK)
        code = check_state(p, to, err);
    return code == ICM_OK ? handle(p, news, &m, to, event, err) : code;
}

/* ---- the queue ---- */

void psrp_pool_begin_ending(struct psrp_pool *p, struct psrp_event *last)
{
    p->state = last->pool_state;
    p->ending.is_on = true;
    p->ending.state = p->state == PSRP_POOL_BROKEN ? PSRP_PIPELINE_FAILED : PSRP_PIPELINE_STOPPED;
    psrp_event_reset(&p->ending.last);
    p->ending.last = *last;
    memset(last, 0, sizeof *last);
}

static void end_pipeline(struct psrp_pipeline *p, enum psrp_pipeline_state state, const struct icm_error *why,
                         struct psrp_event *out)
{
    psrp_pipeline_set_ended(p, state);
    out->type = PSRP_EVENT_PIPELINE_STATE;
    out->pipeline = p;
    out->pipeline_state = state;
    if (why)
        icm_error_copy(&out->warning, why);
}

static void next_of_ending(struct psrp_pool *p, struct psrp_event *out)
{
    const struct icm_error *why = p->state == PSRP_POOL_BROKEN ? &p->ending.last.warning : NULL;

    for (struct psrp_pipeline *pipeline = p->pipelines; pipeline; pipeline = pipeline->next)
        if (!psrp_pipeline_has_ended(pipeline)) {
            end_pipeline(pipeline, p->ending.state, why, out);
            return;
        }
    *out = p->ending.last;
    memset(&p->ending, 0, sizeof p->ending);
}

static void end_pool(struct psrp_pool *p, enum psrp_pool_state state, const struct icm_error *why)
{
    struct psrp_event last = {.type = PSRP_EVENT_POOL_STATE, .pool_state = state};

    if (why)
        icm_error_copy(&last.warning, why);
    psrp_pool_begin_ending(p, &last);
}

/* What cannot be accepted ends what it was for: its pipeline, or the pool. */
static enum icm_code refuse(struct psrp_pool *p, struct psrp_pipeline *pipeline, const struct icm_error *why,
                            struct psrp_event *out)
{
    psrp_event_reset(out);
    if (!pipeline) {
        end_pool(p, PSRP_POOL_BROKEN, why);
        return ICM_AGAIN;
    }
    if (psrp_pipeline_has_ended(pipeline))
        return ICM_AGAIN;
    end_pipeline(pipeline, PSRP_PIPELINE_FAILED, why, out);
    return ICM_OK;
}

static enum icm_code message_event(struct psrp_pool *p, struct psrp_news *news, struct psrp_event *out)
{
    struct addressee to = {0};
    struct icm_error why = {0};

    enum icm_code code = receive(p, news, &to, out, &why);
    if (code != ICM_OK && code != ICM_AGAIN)
        code = refuse(p, to.pipeline, &why, out);
    icm_error_reset(&why);
    return code;
}

static enum icm_code pipeline_end_event(struct psrp_pool *p, struct psrp_news *news, struct psrp_event *out)
{
    struct psrp_pipeline *pipeline = news->pipeline;
    struct icm_error why = {0};

    if (psrp_pipeline_has_ended(pipeline))
        return ICM_AGAIN;
    if (pipeline->end.is_orderly && pipeline->is_stopped) {
        end_pipeline(pipeline, PSRP_PIPELINE_STOPPED, NULL, out);
        return ICM_OK;
    }
    if (pipeline->end.is_orderly)
        icm_fail(&why, ICM_SYNTAX, "MS-PSRP 3.1.5.4.21", "the server ended the pipeline without saying its state");
    else
        icm_error_copy(&why, &pipeline->end.why);
    end_pipeline(pipeline, PSRP_PIPELINE_FAILED, &why, out);
    icm_error_reset(&why);
    return ICM_OK;
}

static enum icm_code pool_end_event(struct psrp_pool *p, struct psrp_news *news, struct psrp_event *out)
{
    bool is_orderly = p->end.is_orderly;

    if (!psrp_pool_is_over(p))
        end_pool(p, is_orderly ? PSRP_POOL_CLOSED : PSRP_POOL_BROKEN, is_orderly ? NULL : &p->end.why);
    return ICM_AGAIN; /* the events come from the ending */
}

static enum icm_code connected_event(struct psrp_pool *p, struct psrp_news *news, struct psrp_event *out)
{
    if (p->state != PSRP_POOL_NEGOTIATION_SUCCEEDED && p->state != PSRP_POOL_OPENING)
        return ICM_AGAIN;
    p->state = out->pool_state = PSRP_POOL_OPENED;
    out->type = PSRP_EVENT_POOL_STATE;
    return ICM_OK;
}

static enum icm_code (*const news_events[PSRP_NEWS_KIND_COUNT])(struct psrp_pool *p, struct psrp_news *news,
                                                                struct psrp_event *out) = {
    [PSRP_NEWS_MESSAGE] = message_event,
    [PSRP_NEWS_PIPELINE_END] = pipeline_end_event,
    [PSRP_NEWS_POOL_END] = pool_end_event,
    [PSRP_NEWS_CONNECTED] = connected_event,
    [PSRP_NEWS_LEFT] = psrp_pool_left_event,
    [PSRP_NEWS_REJOINED] = psrp_pool_rejoined_event,
};

enum icm_code psrp_pool_next_event(struct psrp_pool *p, struct psrp_event *out, struct icm_error *err)
{
    for (;;) {
        struct psrp_event event = {.pool_id = p->id};

        if (p->ending.is_on) {
            next_of_ending(p, &event);
            *out = event;
            return ICM_OK;
        }
        struct psrp_news *news = psrp_pool_take_news(p);
        if (!news)
            return ICM_AGAIN;
        enum icm_code code = news_events[news->kind](p, news, &event);
        psrp_news_free(news);
        if (code == ICM_OK) {
            *out = event;
            return ICM_OK;
        }
        psrp_event_reset(&event); /* it said nothing */
    }
}

/* What a client sends: messages written, SecureStrings in them sealed, and those that have to wait for the session key
 * held back, with what comes behind them. MS-PSRP 3.1.1.1.3, 3.1.5.4.3. */
#include "psrp/pool_private.h"

#include <stdlib.h>

/* ---- writing ---- */

/* While a message is written: what has a key is sealed, else a gap is left for it. */
struct sealing {
    const struct psrp_pool *pool;
    struct psrp_held *message;
};

static enum icm_code leave_gap(struct psrp_held *m, size_t at, struct icm_slice text, struct icm_error *err)
{
    struct psrp_gap *gaps = reallocarray(m->gaps, m->gap_count + 1, sizeof *gaps);

    if (!gaps)
        return icm_nomem(err);
    m->gaps = gaps;
    gaps[m->gap_count++] = (struct psrp_gap){at, text.size};
    icm_buf_add(&m->texts, text);
    return icm_buf_check(&m->texts, err);
}

static enum icm_code seal(void *context, struct icm_slice text, struct icm_buf *out, struct icm_error *err)
{
    struct sealing *s = context;

    return psrp_pool_can_seal(s->pool) ? psrp_pool_seal(s->pool, text, out, err)
                                       : leave_gap(s->message, out->size, text, err);
}

static struct psrp_message header_of(const struct psrp_pool *p, const struct psrp_pipeline *pipeline, uint32_t type)
{
    return (struct psrp_message){
        .destination = PSRP_TO_SERVER,
        .type = type,
        .pool_id = p->id,
        .pipeline_id = pipeline ? pipeline->id : (struct icm_guid){{0}},
    };
}

enum icm_code psrp_pool_write(struct psrp_pool *p, uint32_t type, const struct psrp_value *value, struct icm_buf *out,
                              struct icm_error *err)
{
    struct psrp_message header = header_of(p, NULL, type);

    return psrp_message_write(out, &header, value, err);
}

enum icm_code psrp_pool_push(struct psrp_pool *p, struct psrp_target *t, enum psrp_stream stream,
                             struct icm_buf *message, struct icm_error *err)
{
    if (p->on_message)
        p->on_message(p->on_message_context, true, icm_buf_slice(message));
    return psrp_fragmenter_push(t->out[stream], message, err);
}

/* ---- holding back ---- */

static void held_reset(struct psrp_held *m)
{
    icm_buf_reset(&m->bytes);
    icm_buf_reset(&m->texts);
    free(m->gaps);
}

static size_t size_of(const struct psrp_held *m)
{
    return m->bytes.size + m->texts.size;
}

static void drop_first(struct psrp_held_queue *q)
{
    struct psrp_held *m = q->first;

    q->first = m->next;
    q->size -= size_of(m);
    held_reset(m);
    free(m);
}

void psrp_held_drop(struct psrp_held_queue *q)
{
    while (q->first)
        drop_first(q);
    q->end = NULL;
}

/* @m is the queue's then, and empty */
static enum icm_code hold(struct psrp_held_queue *q, struct psrp_held *m, struct icm_error *err)
{
    struct psrp_held *held = malloc(sizeof *held);

    if (!held)
        return icm_nomem(err);
    *held = *m;
    memset(m, 0, sizeof *m);
    *(q->first ? &q->end->next : &q->first) = held;
    q->end = held;
    q->size += size_of(held);
    return ICM_OK;
}

static bool is_creation(uint32_t type)
{
    return type == PSRP_CREATE_PIPELINE || type == PSRP_GET_COMMAND_METADATA;
}

bool psrp_pipeline_is_held(const struct psrp_pipeline *p)
{
    const struct psrp_target *t = &p->target;

    return t->held[PSRP_STREAM_INPUT].first && psrp_fragmenter_waiting(t->out[PSRP_STREAM_INPUT]) == 0 &&
           psrp_fragmenter_taken(t->out[PSRP_STREAM_INPUT]) == 0;
}

static bool holds_creation(const struct psrp_pool *p)
{
    for (const struct psrp_pipeline *pipeline = p->pipelines; pipeline; pipeline = pipeline->next)
        if (psrp_pipeline_is_held(pipeline))
            return true;
    return false;
}

/* Streams keep their order, and so do the creations of pipelines. */
static bool has_to_wait(const struct psrp_pool *p, const struct psrp_target *t, enum psrp_stream stream, uint32_t type)
{
    return t->held[stream].first || (is_creation(type) && holds_creation(p));
}

enum icm_code psrp_pool_send(struct psrp_pool *p, struct psrp_pipeline *pipeline, enum psrp_stream stream,
                             uint32_t type, const struct psrp_value *value, struct icm_error *err)
{
    ICM_OWN(held_reset) struct psrp_held m = {0};
    struct psrp_target *t = pipeline ? &pipeline->target : &p->target;
    struct psrp_message header = header_of(p, pipeline, type);
    struct sealing sealing = {p, &m};
    const struct psrp_clixml_sealer sealer = {seal, &sealing};

    enum icm_code code = psrp_message_write_sealed(&m.bytes, &header, value, &sealer, err);
    if (code == ICM_OK && m.gap_count > 0)
        code = psrp_pool_ask_for_key(p, err);
    if (code != ICM_OK)
        return code;
    return m.gap_count > 0 || has_to_wait(p, t, stream, type) ? hold(&t->held[stream], &m, err)
                                                              : psrp_pool_push(p, t, stream, &m.bytes, err);
}

/* ---- letting go ---- */

static enum icm_code fill(const struct psrp_pool *p, const struct psrp_held *m, struct icm_buf *out,
                          struct icm_error *err)
{
    struct icm_slice bytes = icm_buf_slice(&m->bytes), texts = icm_buf_slice(&m->texts);
    enum icm_code code = ICM_OK;
    size_t from = 0;

    for (size_t i = 0; i < m->gap_count && code == ICM_OK; i++) {
        const struct psrp_gap *gap = &m->gaps[i];

        icm_buf_add(out, icm_slice_of(bytes.data + from, gap->at - from));
        code = psrp_pool_seal(p, icm_slice_of(texts.data, gap->size), out, err);
        texts = icm_slice_from(texts, gap->size);
        from = gap->at;
    }
    icm_buf_add(out, icm_slice_from(bytes, from));
    return code == ICM_OK ? icm_buf_check(out, err) : code;
}

static enum icm_code release(struct psrp_pool *p, struct psrp_target *t, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    for (int stream = 0; stream < PSRP_STREAM_COUNT; stream++)
        while (t->held[stream].first && code == ICM_OK) {
            ICM_OWN(icm_buf_reset) struct icm_buf whole = {0};

            code = fill(p, t->held[stream].first, &whole, err);
            if (code == ICM_OK)
                code = psrp_pool_push(p, t, (enum psrp_stream)stream, &whole, err);
            if (code == ICM_OK)
                drop_first(&t->held[stream]);
        }
    return code;
}

enum icm_code psrp_pool_release(struct psrp_pool *p, struct icm_error *err)
{
    enum icm_code code = release(p, &p->target, err);

    for (struct psrp_pipeline *pipeline = p->pipelines; pipeline && code == ICM_OK; pipeline = pipeline->next)
        code = release(p, &pipeline->target, err);
    return code;
}

static bool holds_secret(const struct psrp_target *t)
{
    for (int stream = 0; stream < PSRP_STREAM_COUNT; stream++)
        for (const struct psrp_held *m = t->held[stream].first; m; m = m->next)
            if (m->gap_count > 0)
                return true;
    return false;
}

static void drop_all(struct psrp_target *t)
{
    for (int stream = 0; stream < PSRP_STREAM_COUNT; stream++)
        psrp_held_drop(&t->held[stream]);
}

static void fail(struct psrp_pool *p, struct psrp_target *t, struct psrp_end *end, const struct icm_error *why,
                 bool is_first)
{
    if (!holds_secret(t))
        return;
    drop_all(t);
    if (is_first)
        psrp_pool_tell_failure_first(p, end, why);
    else
        psrp_pool_tell_end(p, end, false, why);
}

/* Of the pool's own messages only answers to host calls can wait, for which the server would wait for ever. */
void psrp_pool_fail_held(struct psrp_pool *p, const struct icm_error *why, bool is_first)
{
    struct icm_error err = {0};

    fail(p, &p->target, &p->end, why, is_first);
    for (struct psrp_pipeline *pipeline = p->pipelines; pipeline; pipeline = pipeline->next)
        fail(p, &pipeline->target, &pipeline->end, why, is_first);
    if (psrp_pool_release(p, &err) != ICM_OK)
        psrp_pool_break(p, &err);
    icm_error_reset(&err);
}

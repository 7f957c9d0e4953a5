#include "psrp/server_private.h"

#include "psrp/payload.h"
#include "psrp/record.h"

#include <stdio.h>
#include <stdlib.h>

static const struct icm_guid no_guid;

/* ---- life ---- */

static enum icm_code new_defragmenters(struct psrp_defragmenter *in[PSRP_STREAM_COUNT], struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    for (int i = 0; code == ICM_OK && i < PSRP_STREAM_COUNT; i++)
        code = psrp_defragmenter_new(&in[i], PSRP_MESSAGE_MAX, err);
    return code;
}

enum icm_code psrp_server_new(struct psrp_server **out, struct icm_error *err)
{
    struct psrp_server *s = calloc(1, sizeof *s);

    if (!s)
        return icm_nomem(err);
    s->end_of_messages = &s->first;
    s->next_object_id = 1;
    enum icm_code code = psrp_clixml_reader_new(&s->reader, err);
    if (code == ICM_OK)
        code = new_defragmenters(s->in, err);
    if (code == ICM_OK)
        *out = s;
    else
        psrp_server_free(s);
    return code;
}

static void pipeline_free(struct psrp_server_pipeline *p)
{
    for (int i = 0; i < PSRP_STREAM_COUNT; i++)
        psrp_defragmenter_free(p->in[i]);
    free(p);
}

static struct psrp_server_message *take_message(struct psrp_server *s)
{
    struct psrp_server_message *m = s->first;

    if (!m)
        return NULL;
    s->first = m->next;
    if (!s->first)
        s->end_of_messages = &s->first;
    return m;
}

static void message_free(struct psrp_server_message *m)
{
    icm_buf_reset(&m->bytes);
    free(m);
}

static void drop_batch(struct psrp_server *s)
{
    struct psrp_server_batch *b = s->batches;

    s->batches = b->next;
    if (!s->batches)
        s->last_batch = NULL;
    psrp_fragmenter_free(b->messages);
    free(b);
}

static void forget(struct psrp_server *s, struct psrp_server_pipeline **link)
{
    struct psrp_server_pipeline *p = *link;

    *link = p->next;
    s->pipeline_count--;
    s->forgotten[s->forgotten_count++ % PSRP_SERVER_FORGOTTEN] = p->id;
    pipeline_free(p);
}

void psrp_server_free(struct psrp_server *s)
{
    if (!s)
        return;
    for (struct psrp_server_message *m; (m = take_message(s));)
        message_free(m);
    while (s->pipelines)
        forget(s, &s->pipelines);
    while (s->batches)
        drop_batch(s);
    for (int i = 0; i < PSRP_STREAM_COUNT; i++)
        psrp_defragmenter_free(s->in[i]);
    psrp_clixml_reader_free(s->reader);
    free(s);
}

void psrp_server_event_reset(struct psrp_server_event *e)
{
    icm_arena_reset(&e->arena);
    memset(e, 0, sizeof *e);
}

/* ---- pipelines ---- */

static struct psrp_server_pipeline **find(struct psrp_server *s, const struct icm_guid *pipeline_id)
{
    struct psrp_server_pipeline **link = &s->pipelines;

    while (*link && !icm_guid_equal(&(*link)->id, pipeline_id))
        link = &(*link)->next;
    return link;
}

static bool is_forgotten(const struct psrp_server *s, const struct icm_guid *pipeline_id)
{
    size_t count = s->forgotten_count < PSRP_SERVER_FORGOTTEN ? s->forgotten_count : PSRP_SERVER_FORGOTTEN;

    for (size_t i = 0; i < count; i++)
        if (icm_guid_equal(&s->forgotten[i], pipeline_id))
            return true;
    return false;
}

/* A pipeline begins with the first bytes that are for it. */
static enum icm_code find_or_add(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                 struct psrp_server_pipeline **out, struct icm_error *err)
{
    *out = *find(s, pipeline_id);
    if (*out)
        return ICM_OK;
    if (s->pipeline_count == PSRP_SERVER_PIPELINES_MAX)
        return icm_fail(err, ICM_LIMIT, NULL, "more than %d pipelines at once", PSRP_SERVER_PIPELINES_MAX);
    struct psrp_server_pipeline *p = calloc(1, sizeof *p);
    if (!p)
        return icm_nomem(err);
    p->id = *pipeline_id;
    enum icm_code code = new_defragmenters(p->in, err);
    if (code != ICM_OK) {
        pipeline_free(p);
        return code;
    }
    p->next = s->pipelines;
    s->pipelines = p;
    s->pipeline_count++;
    *out = p;
    return ICM_OK;
}

/* ---- out ---- */

static enum icm_code add_batch(struct psrp_server *s, const struct icm_guid *target, struct icm_error *err)
{
    struct psrp_server_batch *b = calloc(1, sizeof *b);

    if (!b)
        return icm_nomem(err);
    enum icm_code code = psrp_fragmenter_new(&b->messages, &s->next_object_id, err);
    if (code != ICM_OK) {
        free(b);
        return code;
    }
    b->target = *target;
    if (s->last_batch)
        s->last_batch->next = b;
    else
        s->batches = b;
    s->last_batch = b;
    return ICM_OK;
}

static enum icm_code send(struct psrp_server *s, const struct psrp_message *header, const struct psrp_value *value,
                          struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf message = {0};

    enum icm_code code = psrp_message_write(&message, header, value, err);
    if (code == ICM_OK && !(s->last_batch && icm_guid_equal(&s->last_batch->target, &header->pipeline_id)))
        code = add_batch(s, &header->pipeline_id, err);
    size_t size = message.size;
    if (code == ICM_OK)
        code = psrp_fragmenter_push(s->last_batch->messages, &message, err);
    if (code == ICM_OK)
        s->waiting += size;
    return code;
}

enum icm_code psrp_server_send(struct psrp_server *s, const struct icm_guid *pipeline_id, uint32_t type,
                               const struct psrp_value *value, struct icm_error *err)
{
    struct psrp_message header = {
        .destination = PSRP_TO_CLIENT,
        .type = type,
        .pool_id = s->pool_id,
        .pipeline_id = pipeline_id ? *pipeline_id : no_guid,
    };

    if (pipeline_id && !*find(s, pipeline_id))
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.4", "the pipeline has ended, or never began");
    return send(s, &header, value, err);
}

enum icm_code psrp_server_send_capability(struct psrp_server *s, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_message header = {.destination = PSRP_TO_CLIENT, .type = PSRP_SESSION_CAPABILITY};
    char version[16];

    snprintf(version, sizeof version, "2.%d", s->answered_minor);
    struct psrp_value *value = psrp_payload_capability(&a, icm_slice_text(version));
    return value ? send(s, &header, value, err) : icm_nomem(err);
}

static struct psrp_value *version_value(struct icm_arena *a, const char *text)
{
    return psrp_value_text(a, PSRP_VERSION, icm_slice_text(text));
}

static bool add(struct icm_arena *a, struct psrp_value *dictionary, const char *key, struct psrp_value *value)
{
    return psrp_value_add_entry(a, dictionary, psrp_value_string(a, key), value);
}

static struct psrp_value *private_data(struct icm_arena *a)
{
    struct psrp_value *v = psrp_value_object(a, NULL), *data = psrp_value_primitive_dictionary(a);
    struct psrp_value *versions = psrp_value_primitive_dictionary(a);

    bool whole = v && add(a, versions, "PSVersion", version_value(a, "7.6.0")) &&
                 add(a, versions, "PSEdition", psrp_value_string(a, "Core")) &&
                 add(a, versions, "PSRemotingProtocolVersion", version_value(a, "2.4")) &&
                 add(a, versions, "SerializationVersion", version_value(a, PSRP_SERIALIZATION_VERSION)) &&
                 add(a, versions, "WSManStackVersion", version_value(a, "3.0")) &&
                 add(a, data, "PSVersionTable", versions) && psrp_value_add_note(a, v, "ApplicationPrivateData", data);
    return whole ? v : NULL;
}

enum icm_code psrp_server_accept(struct psrp_server *s, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};

    if (s->state != PSRP_POOL_OPENING)
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.4.2", "no client waits for its runspace pool");
    struct psrp_value *data = private_data(&a);
    if (!data)
        return icm_nomem(err);
    enum icm_code code = psrp_server_send_capability(s, err);
    if (code == ICM_OK)
        code = psrp_server_send(s, NULL, PSRP_APPLICATION_PRIVATE_DATA, data, err);
    return code == ICM_OK ? psrp_server_pool_state(s, PSRP_POOL_OPENED, err) : code;
}

enum icm_code psrp_server_pool_state(struct psrp_server *s, enum psrp_pool_state state, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *value = psrp_payload_state(&a, "RunspaceState", (int32_t)state, NULL);

    enum icm_code code = value ? psrp_server_send(s, NULL, PSRP_RUNSPACEPOOL_STATE, value, err) : icm_nomem(err);
    if (code == ICM_OK)
        s->state = state;
    return code;
}

enum icm_code psrp_server_pipeline_state(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                         enum psrp_pipeline_state state, const struct psrp_value *reason,
                                         struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *value = psrp_payload_state(&a, "PipelineState", (int32_t)state, reason);
    bool is_end = state == PSRP_PIPELINE_STOPPED || state == PSRP_PIPELINE_COMPLETED || state == PSRP_PIPELINE_FAILED;

    enum icm_code code = value ? psrp_server_send(s, pipeline_id, PSRP_PIPELINE_STATE, value, err) : icm_nomem(err);
    if (code == ICM_OK && is_end)
        forget(s, find(s, pipeline_id));
    return code;
}

struct psrp_value *psrp_server_error_record(struct icm_arena *a, struct icm_slice message, const char *id,
                                            int32_t category)
{
    struct psrp_error_words words = {.message = message, .id = id, .category = category};

    return psrp_record_error(a, &words);
}

static enum icm_code pull_batch(struct psrp_server_batch *b, size_t room, struct icm_buf *out, struct icm_error *err)
{
    size_t before = out->size;
    enum icm_code code = psrp_fragmenter_pull(b->messages, room, out, err);

    while (code == ICM_OK && room - (out->size - before) >= PSRP_FRAGMENT_MIN)
        code = psrp_fragmenter_pull(b->messages, room - (out->size - before), out, err);
    return code == ICM_AGAIN ? ICM_OK : code;
}

enum icm_code psrp_server_pull(struct psrp_server *s, size_t room, struct icm_guid *target, struct icm_buf *out,
                               struct icm_error *err)
{
    while (s->batches && psrp_fragmenter_waiting(s->batches->messages) == 0) /* memory was short when it was to be filled */
        drop_batch(s);
    struct psrp_server_batch *b = s->batches;
    if (!b)
        return ICM_AGAIN;
    size_t before = psrp_fragmenter_waiting(b->messages);
    enum icm_code code = pull_batch(b, room, out, err);
    size_t after = psrp_fragmenter_waiting(b->messages);
    s->waiting -= before - after;
    if (code != ICM_OK)
        return code;
    *target = b->target;
    if (after == 0)
        drop_batch(s);
    return ICM_OK;
}

size_t psrp_server_waiting(const struct psrp_server *s)
{
    return s->waiting;
}

/* ---- in ---- */

/* What the real engine does with a client that breaks the rules: it closes the pool unasked, without a reason. */
static void close_pool(struct psrp_server *s)
{
    if (!icm_guid_is_zero(&s->pool_id) && psrp_server_pool_state(s, PSRP_POOL_CLOSING, NULL) == ICM_OK)
        psrp_server_pool_state(s, PSRP_POOL_CLOSED, NULL);
    s->state = PSRP_POOL_CLOSED;
}

static enum icm_code join(struct psrp_server *s, struct psrp_defragmenter *in, const struct icm_guid *target,
                          struct icm_slice fragments, struct icm_error *err)
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

    if (s->state == PSRP_POOL_CLOSED || (pipeline_id && is_forgotten(s, pipeline_id)))
        return ICM_OK; /* late data */
    if (pipeline_id)
        code = find_or_add(s, pipeline_id, &pipeline, err);
    if (code == ICM_OK)
        code = join(s, pipeline ? pipeline->in[stream] : s->in[stream], pipeline_id ? pipeline_id : &no_guid,
                    fragments, err);
    if (code != ICM_OK)
        close_pool(s);
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

static enum icm_code serve(struct psrp_server *s, const struct psrp_server_message *message,
                           struct psrp_server_event *event, struct icm_error *err)
{
    struct psrp_message m;

    enum icm_code code = psrp_message_read(icm_buf_slice(&message->bytes), &m, err);
    if (code != ICM_OK)
        return code;
    const struct psrp_message_type *type = psrp_message_type_of(m.type);
    if (m.destination != PSRP_TO_SERVER || !type || !type->server.serve)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.1", "a message of type 0x%08x for a server", m.type);
    if (s->state != PSRP_POOL_BEFORE_OPEN && !icm_guid_equal(&m.pool_id, &s->pool_id))
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.1", "%s for another runspace pool", type->name);

    struct psrp_server_pipeline *pipeline = NULL;
    if (type->scope == PSRP_SCOPE_PIPELINE) {
        pipeline = *find(s, icm_guid_is_zero(&m.pipeline_id) ? &message->target : &m.pipeline_id);
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

enum icm_code psrp_server_next_event(struct psrp_server *s, struct psrp_server_event *out, struct icm_error *err)
{
    struct psrp_server_message *m;

    if (give_input_end(s, out))
        return ICM_OK;
    while ((m = take_message(s))) {
        struct psrp_server_event event = {0};
        enum icm_code code = s->state == PSRP_POOL_CLOSED ? ICM_AGAIN : serve(s, m, &event, err);

        message_free(m);
        if (code == ICM_OK) {
            *out = event;
            return ICM_OK;
        }
        psrp_server_event_reset(&event);
        if (code != ICM_AGAIN) {
            close_pool(s);
            return code;
        }
    }
    return ICM_AGAIN;
}

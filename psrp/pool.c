#include "psrp/pool_private.h"

#include "psrp/payload.h"

#include <stdlib.h>

/* ---- life ---- */

enum icm_code psrp_target_init(struct psrp_target *t, struct psrp_pool *pool, struct icm_error *err)
{
    enum icm_code code = psrp_defragmenter_new(&t->in, pool->message_max, err);

    for (int i = 0; code == ICM_OK && i < PSRP_STREAM_COUNT; i++)
        code = psrp_fragmenter_new(&t->out[i], &pool->next_object_id, err);
    return code;
}

void psrp_target_reset(struct psrp_target *t)
{
    psrp_defragmenter_free(t->in);
    for (int i = 0; i < PSRP_STREAM_COUNT; i++) {
        psrp_fragmenter_free(t->out[i]);
        psrp_held_drop(&t->held[i]);
    }
    memset(t, 0, sizeof *t);
}

/* @text is "2.N": this is the only major version there is */
static bool read_minor(const char *text, int *minor)
{
    int64_t value;

    if (strncmp(text, "2.", 2) != 0 || !icm_parse_i64(icm_slice_text(text + 2), 0, INT16_MAX, &value))
        return false;
    *minor = (int)value;
    return true;
}

/* 2.4 has no session key: SecureStrings go in clear, which takes a transport that hides them. engine.md 3 */
static enum icm_code choose_version(struct psrp_pool *p, const struct psrp_pool_options *o, const char **version,
                                    struct icm_error *err)
{
    *version = o->protocol_version ? o->protocol_version : "2.3";
    if (!read_minor(*version, &p->announced_minor))
        return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.2.1", "protocol version %.20s, of which only 2.x exist", *version);
    if (p->announced_minor >= PSRP_CLEAR_MINOR && !o->is_encrypted) {
        p->announced_minor = PSRP_CLEAR_MINOR - 1;
        *version = "2.3";
    }
    return ICM_OK;
}

static enum icm_code check_options(const struct psrp_pool_options *o, struct icm_error *err)
{
    if (o->min_runspaces < 0 || o->max_runspaces < 0 || (o->max_runspaces > 0 && o->min_runspaces > o->max_runspaces))
        return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.2.2", "a runspace pool of %d to %d runspaces", o->min_runspaces,
                        o->max_runspaces);
    if (o->thread_options < 0 || o->thread_options > 3)
        return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.3.6", "thread options %d, 0 to 3", o->thread_options);
    if (o->apartment_state < 0 || o->apartment_state > PSRP_APARTMENT_UNKNOWN)
        return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.3.7", "apartment state %d, 0 to %d", o->apartment_state,
                        PSRP_APARTMENT_UNKNOWN);
    return ICM_OK;
}

static enum icm_code write_init(struct psrp_pool *p, const struct psrp_pool_options *o, struct icm_arena *a,
                                struct icm_error *err)
{
    int32_t min = o->min_runspaces > 0 ? o->min_runspaces : 1;
    struct psrp_opening opening = {
        .min_runspaces = min,
        .max_runspaces = o->max_runspaces > 0 ? o->max_runspaces : min,
        .thread_options = o->thread_options,
        .apartment_state = o->apartment_state,
        .application_arguments = o->application_arguments,
    };

    if (o->host)
        opening.host = *o->host;
    struct psrp_value *value = psrp_payload_init(a, &opening);
    return value ? psrp_pool_write(p, PSRP_INIT_RUNSPACEPOOL, value, &p->init, err) : icm_nomem(err);
}

/* written now, while the caller's arguments are there; psrp_pool_open or psrp_pool_connect lets it out */
static enum icm_code write_opening(struct psrp_pool *p, const struct psrp_pool_options *o, const char *version,
                                   struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_value *capability = psrp_payload_capability(&a, icm_slice_text(version));

    if (!capability)
        return icm_nomem(err);
    enum icm_code code = psrp_pool_send(p, NULL, PSRP_STREAM_INPUT, PSRP_SESSION_CAPABILITY, capability, err);
    return code == ICM_OK ? write_init(p, o, &a, err) : code;
}

static void set_fields(struct psrp_pool *p, const struct psrp_pool_options *o)
{
    p->minor = -1;
    p->message_max = o->message_max ? o->message_max : PSRP_MESSAGE_MAX;
    p->pipeline_max = o->pipeline_max;
    p->on_message = o->on_message;
    p->on_message_context = o->on_message_context;
    p->next_object_id = 1;
    p->end_of_news = &p->first;
    p->end.news.kind = PSRP_NEWS_POOL_END;
    p->connected.kind = PSRP_NEWS_CONNECTED;
    p->left.news.kind = PSRP_NEWS_LEFT;
    p->rejoined.news.kind = PSRP_NEWS_REJOINED;
    p->has_host = o->host && o->host->has_host;
    p->wants_events = o->wants_events;
    p->min_runspaces = o->min_runspaces;
    p->max_runspaces = o->max_runspaces;
    p->id = o->pool_id;
}

static enum icm_code take_reader(struct psrp_pool *p, const struct psrp_pool_options *o, struct icm_error *err)
{
    enum icm_code code = o->reader ? ICM_OK : psrp_clixml_reader_new(&p->own_reader, err);

    p->reader = o->reader ? o->reader : p->own_reader;
    return code;
}

static enum icm_code init(struct psrp_pool *p, const struct psrp_pool_options *o, struct icm_error *err)
{
    const char *version;

    set_fields(p, o);
    enum icm_code code = check_options(o, err);
    if (code == ICM_OK)
        code = choose_version(p, o, &version, err);
    if (code == ICM_OK && icm_guid_is_zero(&p->id))
        code = icm_guid_random(&p->id, err);
    if (code == ICM_OK)
        code = take_reader(p, o, err);
    if (code == ICM_OK)
        code = psrp_secret_new(&p->secret, err);
    if (code == ICM_OK)
        code = psrp_target_init(&p->target, p, err);
    return code == ICM_OK ? write_opening(p, o, version, err) : code;
}

enum icm_code psrp_pool_new(struct psrp_pool **out, const struct psrp_pool_options *options, struct icm_error *err)
{
    struct psrp_pool *p = calloc(1, sizeof *p);

    if (!p)
        return icm_nomem(err);
    enum icm_code code = init(p, options, err);
    if (code != ICM_OK) {
        psrp_pool_free(p);
        return code;
    }
    *out = p;
    return ICM_OK;
}

struct psrp_news *psrp_pool_take_news(struct psrp_pool *p)
{
    struct psrp_news *news = p->first;

    if (!news)
        return NULL;
    p->first = news->next;
    if (!p->first)
        p->end_of_news = &p->first;
    p->undecoded -= news->bytes.size;
    return news;
}

/* an end is part of what it ends */
void psrp_news_free(struct psrp_news *news)
{
    if (news->kind != PSRP_NEWS_MESSAGE)
        return;
    icm_buf_reset(&news->bytes);
    free(news);
}

void psrp_pool_free(struct psrp_pool *p)
{
    if (!p)
        return;
    for (struct psrp_news *news; (news = psrp_pool_take_news(p));)
        psrp_news_free(news);
    while (p->pipelines)
        psrp_pipeline_free(p->pipelines);
    psrp_target_reset(&p->target);
    psrp_clixml_reader_free(p->own_reader);
    psrp_secret_free(p->secret);
    psrp_pool_drop_questions(p);
    icm_buf_reset(&p->init);
    psrp_event_reset(&p->ending.last);
    icm_error_reset(&p->end.why);
    icm_error_reset(&p->key_error);
    icm_error_reset(&p->left.why);
    icm_error_reset(&p->rejoined.why);
    free(p);
}

const struct icm_guid *psrp_pool_id(const struct psrp_pool *p)
{
    return &p->id;
}

enum psrp_pool_state psrp_pool_state(const struct psrp_pool *p)
{
    return p->state;
}

int psrp_pool_protocol_minor(const struct psrp_pool *p)
{
    return p->minor;
}

/* An old server asks for a key in the middle of a pipeline, on the pool's own stream. */
static bool may_ask_for_key(const struct psrp_pool *p)
{
    for (const struct psrp_pipeline *pipeline = p->pipelines; pipeline; pipeline = pipeline->next)
        if (!psrp_pipeline_has_ended(pipeline))
            return p->minor < PSRP_OFFERED_KEY_MINOR;
    return false;
}

bool psrp_pool_expects_message(const struct psrp_pool *p)
{
    if (p->state == PSRP_POOL_BEFORE_OPEN || p->state == PSRP_POOL_DISCONNECTED || psrp_pool_is_over(p) ||
        p->end.is_told)
        return false;
    return p->state != PSRP_POOL_OPENED || p->wants_events || p->expects_private_data || p->questions || p->is_key_due || may_ask_for_key(p);
}

enum icm_code psrp_pool_check_opened(const struct psrp_pool *p, const char *section, struct icm_error *err)
{
    if (p->state == PSRP_POOL_OPENED && !p->end.is_told && !p->is_leaving)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, section, "the runspace pool is %s",
                    p->is_leaving || p->state == PSRP_POOL_DISCONNECTED ? "disconnected" : "not open");
}

/* ---- out ---- */

static const struct psrp_target *target_of(const struct psrp_pool *p, const struct psrp_pipeline *pipeline)
{
    return pipeline ? &pipeline->target : &p->target;
}

static enum icm_code check_fresh(const struct psrp_pool *p, struct icm_error *err)
{
    if (p->state == PSRP_POOL_BEFORE_OPEN)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, "MS-PSRP 3.1.4.1", "the runspace pool was opened before");
}

enum icm_code psrp_pool_open(struct psrp_pool *p, struct icm_error *err)
{
    enum icm_code code = check_fresh(p, err);

    if (code == ICM_OK)
        code = psrp_pool_push(p, &p->target, PSRP_STREAM_INPUT, &p->init, err);
    if (code != ICM_OK)
        return code;
    p->min_runspaces = p->min_runspaces > 0 ? p->min_runspaces : 1;
    p->max_runspaces = p->max_runspaces > 0 ? p->max_runspaces : p->min_runspaces;
    p->state = PSRP_POOL_NEGOTIATION_SENT;
    return ICM_OK;
}

enum icm_code psrp_pool_connect(struct psrp_pool *p, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    bool is_said = p->min_runspaces > 0 && p->max_runspaces > 0; /* the real server reads both or none */
    enum icm_code code = check_fresh(p, err);

    if (code != ICM_OK)
        return code;
    if (p->announced_minor < PSRP_CONNECT_MINOR)
        return icm_fail(err, ICM_UNSUPPORTED, "MS-PSRP 3.1.4.10",
                        "connecting takes protocol 2.%d, and 2.%d is to be announced", PSRP_CONNECT_MINOR,
                        p->announced_minor);
    struct psrp_value *value =
        psrp_payload_connect(&a, is_said ? p->min_runspaces : 0, is_said ? p->max_runspaces : 0);
    code = value ? psrp_pool_send(p, NULL, PSRP_STREAM_INPUT, PSRP_CONNECT_RUNSPACEPOOL, value, err) : icm_nomem(err);
    if (code != ICM_OK)
        return code;
    icm_buf_reset(&p->init);
    p->is_connecting = p->expects_private_data = true;
    psrp_defragmenter_allow_gap(p->target.in);
    p->state = PSRP_POOL_NEGOTIATION_SENT;
    return ICM_OK;
}

static bool may_send(const struct psrp_pool *p)
{
    return p->state != PSRP_POOL_BEFORE_OPEN && p->state != PSRP_POOL_DISCONNECTED && !psrp_pool_is_over(p) &&
           !p->end.is_told;
}

enum icm_code psrp_pool_pull(struct psrp_pool *p, struct psrp_pipeline *pipeline, enum psrp_stream stream, size_t room,
                             struct icm_buf *out, struct icm_error *err)
{
    struct psrp_fragmenter *f = target_of(p, pipeline)->out[stream];
    bool is_creation = pipeline && psrp_fragmenter_taken(f) == 0;
    size_t before = out->size;

    if (!may_send(p))
        return ICM_AGAIN;
    enum icm_code code = psrp_fragmenter_pull(f, room, out, err);
    /* CREATE_PIPELINE ends its packet: the engine loses input that comes in the same one */
    while (code == ICM_OK && room - (out->size - before) >= PSRP_FRAGMENT_MIN &&
           !(is_creation && psrp_fragmenter_taken(f) > 0))
        code = psrp_fragmenter_pull(f, room - (out->size - before), out, err);
    return code == ICM_AGAIN && out->size > before ? ICM_OK : code;
}

size_t psrp_pool_waiting(const struct psrp_pool *p, const struct psrp_pipeline *pipeline, enum psrp_stream stream)
{
    const struct psrp_target *t = target_of(p, pipeline);

    return may_send(p) ? psrp_fragmenter_waiting(t->out[stream]) + t->held[stream].size : 0;
}

/* ---- in ---- */

void psrp_pool_tell(struct psrp_pool *p, struct psrp_news *news)
{
    news->next = NULL;
    *p->end_of_news = news;
    p->end_of_news = &news->next;
    p->undecoded += news->bytes.size;
}

void psrp_pool_tell_first(struct psrp_pool *p, struct psrp_news *news)
{
    news->next = p->first;
    if (!p->first)
        p->end_of_news = &news->next;
    p->first = news;
}

/* false: it was told before */
static bool mark_end(struct psrp_end *end, bool is_orderly, const struct icm_error *why)
{
    if (end->is_told)
        return false;
    end->is_told = true;
    end->is_orderly = is_orderly;
    if (why)
        icm_error_copy(&end->why, why);
    return true;
}

void psrp_pool_tell_end(struct psrp_pool *p, struct psrp_end *end, bool is_orderly, const struct icm_error *why)
{
    if (mark_end(end, is_orderly, why))
        psrp_pool_tell(p, &end->news);
}

void psrp_pool_tell_failure_first(struct psrp_pool *p, struct psrp_end *end, const struct icm_error *why)
{
    if (mark_end(end, false, why))
        psrp_pool_tell_first(p, &end->news);
}

void psrp_pool_break(struct psrp_pool *p, const struct icm_error *why)
{
    psrp_pool_tell_end(p, &p->end, false, why);
}

void psrp_pool_closed(struct psrp_pool *p)
{
    psrp_pool_tell_end(p, &p->end, true, NULL);
}

static enum icm_code add_message(struct psrp_pool *p, const struct psrp_pipeline *pipeline, struct icm_buf *bytes,
                                 struct icm_error *err)
{
    struct psrp_news *news = calloc(1, sizeof *news);

    if (!news) {
        icm_buf_reset(bytes);
        return icm_nomem(err);
    }
    news->kind = PSRP_NEWS_MESSAGE;
    news->target = pipeline ? pipeline->id : (struct icm_guid){{0}};
    icm_buf_move(&news->bytes, bytes);
    psrp_pool_tell(p, news);
    if (p->on_message)
        p->on_message(p->on_message_context, false, icm_buf_slice(&news->bytes));
    return ICM_OK;
}

/* MaximumReceivedDataSizePerCommand: what comes for one command, all its streams together. */
static enum icm_code count(struct psrp_pool *p, struct psrp_pipeline *pipeline, size_t size, struct icm_error *err)
{
    if (!pipeline || p->pipeline_max == 0)
        return ICM_OK;
    pipeline->target.received += size;
    if (pipeline->target.received <= p->pipeline_max)
        return ICM_OK;
    icm_fail(err, ICM_LIMIT, NULL, "more than %llu bytes were received for one command",
             (unsigned long long)p->pipeline_max);
    if (icm_error_fault(err))
        icm_set_text(&err->fault->remedy,
                     "raise -SessionOption MaximumReceivedDataSizePerCommand, or let the script give less");
    return ICM_LIMIT;
}

static enum icm_code join(struct psrp_pool *p, const struct psrp_pipeline *pipeline, struct icm_slice fragments,
                          struct icm_error *err)
{
    struct psrp_defragmenter *in = target_of(p, pipeline)->in;
    struct icm_buf message = {0};
    enum icm_code code, lost = psrp_defragmenter_feed(in, fragments, err);

    while ((code = psrp_defragmenter_next(in, &message, err)) == ICM_OK) /* what came before the failure counts */
        if ((code = add_message(p, pipeline, &message, err)) != ICM_OK)
            return code;
    return lost;
}

enum icm_code psrp_pool_feed(struct psrp_pool *p, struct psrp_pipeline *pipeline, struct icm_slice fragments,
                             struct icm_error *err)
{
    const struct psrp_end *end = pipeline ? &pipeline->end : &p->end;
    struct icm_error why = {0};

    if (psrp_pool_is_over(p) || p->end.is_told || end->is_told) /* late data */
        return ICM_OK;
    enum icm_code code = count(p, pipeline, fragments.size, &why);
    if (code == ICM_OK)
        code = join(p, pipeline, fragments, &why);
    if (code == ICM_OK)
        return ICM_OK;
    if (pipeline)
        psrp_pipeline_fail(pipeline, &why);
    else
        psrp_pool_break(p, &why);
    icm_error_copy(err, &why);
    icm_error_reset(&why);
    return code;
}

size_t psrp_pool_undecoded(const struct psrp_pool *p)
{
    return p->undecoded;
}

struct psrp_pipeline *psrp_pool_find(struct psrp_pool *p, const struct icm_guid *pipeline_id)
{
    struct psrp_pipeline *found = p->pipelines;

    while (found && !icm_guid_equal(&found->id, pipeline_id))
        found = found->next;
    return found;
}

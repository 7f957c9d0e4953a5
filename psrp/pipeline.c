#include "psrp/pool_private.h"

#include "psrp/payload.h"

#include <stdlib.h>

/* ---- making one ---- */

static void link_in(struct psrp_pipeline *p, struct psrp_pool *pool)
{
    p->pool = pool;
    p->state = PSRP_PIPELINE_RUNNING;
    p->has_host = pool->has_host;
    p->end.news.kind = PSRP_NEWS_PIPELINE_END;
    p->end.news.pipeline = p;
    p->next = pool->pipelines;
    pool->pipelines = p;
}

/* with what begins it: a message of @type */
static enum icm_code begin(struct psrp_pipeline **out, struct psrp_pool *pool, uint32_t type,
                           const struct psrp_value *value, struct icm_error *err)
{
    struct psrp_pipeline *p = calloc(1, sizeof *p);

    if (!p)
        return icm_nomem(err);
    link_in(p, pool);
    enum icm_code code = icm_guid_random(&p->id, err);
    if (code == ICM_OK)
        code = psrp_target_init(&p->target, pool, err);
    if (code == ICM_OK)
        code = psrp_pool_send(pool, p, PSRP_STREAM_INPUT, type, value, err);
    if (code == ICM_OK)
        *out = p;
    else
        psrp_pipeline_free(p);
    return code;
}

enum icm_code psrp_pipeline_create(struct psrp_pipeline **out, struct psrp_pool *pool,
                                   const struct psrp_creation *creation, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    const struct psrp_host_info *host = creation->host;
    struct psrp_pipeline *p = NULL;
    struct psrp_value *value = NULL;

    enum icm_code code = psrp_pool_check_opened(pool, "MS-PSRP 3.1.4.3", err);
    if (code == ICM_OK)
        code = psrp_payload_create_pipeline(&a, creation, pool->minor, &value, err);
    if (code == ICM_OK)
        code = begin(&p, pool, PSRP_CREATE_PIPELINE, value, err);
    if (code != ICM_OK)
        return code;
    p->has_open_input = creation->has_input;
    p->has_host = pool->has_host || (host && host->has_host && !host->use_runspace_host);
    *out = p;
    return ICM_OK;
}

enum icm_code psrp_pipeline_query(struct psrp_pipeline **out, struct psrp_pool *pool,
                                  const struct psrp_metadata_query *query, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    enum icm_code code = psrp_pool_check_opened(pool, "MS-PSRP 3.1.4.3", err);

    if (code != ICM_OK)
        return code;
    struct psrp_value *value = psrp_payload_get_metadata(&a, query);
    return value ? begin(out, pool, PSRP_GET_COMMAND_METADATA, value, err) : icm_nomem(err);
}

enum icm_code psrp_pipeline_connect(struct psrp_pipeline **out, struct psrp_pool *pool,
                                    const struct icm_guid *pipeline_id, struct icm_error *err)
{
    static const char section[] = "MS-PSRP 3.1.4.10";
    enum icm_code code = psrp_pool_check_opened(pool, section, err);

    if (code == ICM_OK && psrp_pool_find(pool, pipeline_id))
        code = icm_fail(err, ICM_STATE, section, "the pipeline is connected to already");
    if (code != ICM_OK)
        return code;
    struct psrp_pipeline *p = calloc(1, sizeof *p);
    if (!p)
        return icm_nomem(err);
    link_in(p, pool);
    p->id = *pipeline_id;
    code = psrp_target_init(&p->target, pool, err);
    if (code != ICM_OK) {
        psrp_pipeline_free(p);
        return code;
    }
    psrp_defragmenter_allow_gap(p->target.in);
    *out = p;
    return ICM_OK;
}

enum icm_code psrp_pipeline_new(struct psrp_pipeline **out, struct psrp_pool *pool, const struct psrp_script *script,
                                struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    struct psrp_parameter *parameters = icm_arena_take(&a, (script->argument_count + 1) * sizeof *parameters);

    if (!parameters)
        return icm_nomem(err);
    for (size_t i = 0; i < script->argument_count; i++)
        parameters[i].value = script->arguments[i];
    struct psrp_command command = {
        .text = script->text,
        .is_script = true,
        .parameters = parameters,
        .parameter_count = script->argument_count,
    };
    struct psrp_creation creation = {
        .commands = &command,
        .command_count = 1,
        .has_input = script->has_input,
        .add_to_history = true,
        .redirect_error_output = true,
        .apartment_state = PSRP_APARTMENT_UNKNOWN,
    };
    return psrp_pipeline_create(out, pool, &creation, err);
}

/* ---- its end ---- */

static void forget_news(struct psrp_pool *pool, const struct psrp_news *news)
{
    struct psrp_news **link = &pool->first;

    while (*link && *link != news)
        link = &(*link)->next;
    if (!*link)
        return;
    *link = news->next;
    if (!*link)
        pool->end_of_news = link;
}

void psrp_pipeline_free(struct psrp_pipeline *p)
{
    if (!p)
        return;
    struct psrp_pipeline **link = &p->pool->pipelines;
    while (*link != p)
        link = &(*link)->next;
    *link = p->next;
    if (p->end.is_told)
        forget_news(p->pool, &p->end.news);
    psrp_target_reset(&p->target);
    icm_error_reset(&p->end.why);
    free(p);
}

const struct icm_guid *psrp_pipeline_id(const struct psrp_pipeline *p)
{
    return &p->id;
}

void psrp_pipeline_set_id(struct psrp_pipeline *p, const struct icm_guid *pipeline_id)
{
    p->id = *pipeline_id;
}

enum psrp_pipeline_state psrp_pipeline_state(const struct psrp_pipeline *p)
{
    return p->state;
}

bool psrp_pipeline_has_ended(const struct psrp_pipeline *p)
{
    return p->state == PSRP_PIPELINE_STOPPED || p->state == PSRP_PIPELINE_COMPLETED || p->state == PSRP_PIPELINE_FAILED;
}

/* Whether input still reaches anybody, be it after a reconnect. */
static bool takes_input(const struct psrp_pipeline *p)
{
    return (p->state == PSRP_PIPELINE_RUNNING || p->state == PSRP_PIPELINE_DISCONNECTED) && !p->end.is_told;
}

static enum icm_code check_input(const struct psrp_pipeline *p, struct icm_error *err)
{
    if (p->has_open_input)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, "MS-PSRP 3.1.4.4", "the pipeline's input was ended, or never announced");
}

enum icm_code psrp_pipeline_input(struct psrp_pipeline *p, const struct psrp_value *value, struct icm_error *err)
{
    enum icm_code code = check_input(p, err);

    if (code != ICM_OK || !takes_input(p))
        return code;
    return psrp_pool_send(p->pool, p, PSRP_STREAM_INPUT, PSRP_PIPELINE_INPUT, value, err);
}

enum icm_code psrp_pipeline_end_input(struct psrp_pipeline *p, struct icm_error *err)
{
    enum icm_code code = check_input(p, err);

    if (code == ICM_OK && takes_input(p))
        code = psrp_pool_send(p->pool, p, PSRP_STREAM_INPUT, PSRP_END_OF_PIPELINE_INPUT, NULL, err);
    if (code == ICM_OK)
        p->has_open_input = false;
    return code;
}

void psrp_pipeline_stop(struct psrp_pipeline *p)
{
    if (p->state != PSRP_PIPELINE_RUNNING)
        return;
    p->state = PSRP_PIPELINE_STOPPING;
    p->is_stopped = true;
    if (psrp_pipeline_is_held(p)) /* the server never heard of it */
        psrp_pipeline_transport_ended(p);
    psrp_fragmenter_drop(p->target.out[PSRP_STREAM_INPUT], 1); /* CREATE_PIPELINE is not input */
    psrp_held_drop(&p->target.held[PSRP_STREAM_INPUT]);
}

void psrp_pipeline_set_ended(struct psrp_pipeline *p, enum psrp_pipeline_state state)
{
    p->state = state;
    for (int i = 0; i < PSRP_STREAM_COUNT; i++) {
        psrp_fragmenter_drop(p->target.out[i], 0);
        psrp_held_drop(&p->target.held[i]);
    }
}

void psrp_pipeline_transport_ended(struct psrp_pipeline *p)
{
    psrp_pool_tell_end(p->pool, &p->end, true, NULL);
}

void psrp_pipeline_fail(struct psrp_pipeline *p, const struct icm_error *why)
{
    psrp_pool_tell_end(p->pool, &p->end, false, why);
}

void psrp_pipeline_set_tag(struct psrp_pipeline *p, void *tag)
{
    p->tag = tag;
}

void *psrp_pipeline_tag(const struct psrp_pipeline *p)
{
    return p->tag;
}

#include "cli/endpoint_warmth.h"

#include "cli/endpoint_link.h"
#include "psrp/pool.h"

#include <stdlib.h>

/* the ways that scripts mostly take: parameters, input, the pipeline, objects, and the module of the everyday cmdlets */
static const char script[] = "& { param($a) $input | ForEach-Object { $_ } ; Write-Output $a ; [pscustomobject]@{ A = $a } } 1";

struct endpoint_warmth {
    struct endpoint_link *link;
    struct psrp_pool *pool;
    struct psrp_pipeline *pipeline;
    struct icm_error failure;
    enum icm_code code;
};

static void on_output(void *up, const struct icm_guid *target, struct icm_slice fragments)
{
    struct endpoint_warmth *w = up;

    if (w->code == ICM_OK)
        w->code = psrp_pool_feed(w->pool, icm_guid_is_zero(target) ? NULL : w->pipeline, fragments, &w->failure);
}

static void on_opened(void *up)
{
}

static void on_ended(void *up, const struct icm_guid *target)
{
}

static void on_done(void *up, uint64_t ticket)
{
}

static const struct endpoint_sink sink = {
    .output = on_output, .opened = on_opened, .ended = on_ended, .done = on_done};

/* what the pool wants to say goes to the link; @pipeline NULL is the pool itself */
static enum icm_code pull(struct endpoint_warmth *w, struct psrp_pipeline *pipeline, struct icm_buf *out,
                          struct icm_error *err)
{
    enum icm_code code;

    while ((code = psrp_pool_pull(w->pool, pipeline, PSRP_STREAM_INPUT, ENDPOINT_LINK_DATA_MAX, out, err)) == ICM_OK)
        continue;
    return code == ICM_AGAIN ? ICM_OK : code;
}

static enum icm_code open_pool(struct endpoint_warmth *w, struct icm_error *err)
{
    static const struct icm_guid session;
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    enum icm_code code = psrp_pool_open(w->pool, err);

    if (code == ICM_OK)
        code = pull(w, NULL, &bytes, err);
    return code == ICM_OK ? endpoint_link_data(w->link, 0, &session, false, &bytes, err) : code;
}

static enum icm_code run_script(struct endpoint_warmth *w, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf bytes = {0};
    struct psrp_script run = {.text = icm_slice_text(script)};
    enum icm_code code = psrp_pipeline_new(&w->pipeline, w->pool, &run, err);

    if (code == ICM_OK)
        code = pull(w, w->pipeline, &bytes, err);
    return code == ICM_OK ? endpoint_link_command(w->link, 0, psrp_pipeline_id(w->pipeline), &bytes, err) : code;
}

enum icm_code endpoint_warmth_new(struct endpoint_warmth **out, struct icm_error *err)
{
    static const struct psrp_pool_options options = {.apartment_state = PSRP_APARTMENT_UNKNOWN};
    struct endpoint_warmth *w = calloc(1, sizeof *w);

    if (!w)
        return icm_nomem(err);
    enum icm_code code = endpoint_link_new(&w->link, &sink, w, err);
    if (code == ICM_OK)
        code = psrp_pool_new(&w->pool, &options, err);
    if (code == ICM_OK)
        code = open_pool(w, err);
    if (code != ICM_OK)
        endpoint_warmth_free(w);
    else
        *out = w;
    return code;
}

void endpoint_warmth_free(struct endpoint_warmth *w)
{
    if (!w)
        return;
    psrp_pool_free(w->pool);
    endpoint_link_free(w->link);
    icm_error_reset(&w->failure);
    free(w);
}

static enum icm_code on_event(struct endpoint_warmth *w, const struct psrp_event *e, struct icm_error *err)
{
    if (e->type == PSRP_EVENT_POOL_STATE && e->pool_state == PSRP_POOL_OPENED)
        return run_script(w, err);
    if (e->type == PSRP_EVENT_POOL_STATE && e->pool_state == PSRP_POOL_BROKEN)
        return icm_fail(err, ICM_IO, NULL, "the engine does not open a runspace pool");
    if (e->type == PSRP_EVENT_PIPELINE_STATE && psrp_pipeline_has_ended(e->pipeline))
        endpoint_link_close(w->link);
    return ICM_OK;
}

enum icm_code endpoint_warmth_feed(struct endpoint_warmth *w, struct icm_slice bytes, struct icm_error *err)
{
    struct psrp_event event;
    enum icm_code code = endpoint_link_feed(w->link, bytes, err);

    if (code == ICM_OK && w->code != ICM_OK) {
        icm_error_copy(err, &w->failure);
        return w->code;
    }
    while (code == ICM_OK && (code = psrp_pool_next_event(w->pool, &event, err)) == ICM_OK) {
        code = on_event(w, &event, err);
        psrp_event_reset(&event);
    }
    return code == ICM_AGAIN ? ICM_OK : code;
}

struct icm_buf *endpoint_warmth_out(struct endpoint_warmth *w)
{
    return endpoint_link_out(w->link);
}

bool endpoint_warmth_is_done(const struct endpoint_warmth *w)
{
    return endpoint_link_is_closed(w->link);
}

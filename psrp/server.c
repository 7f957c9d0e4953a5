#include "psrp/server_private.h"

#include <stdlib.h>

static const struct icm_guid no_guid;

/* ---- life ---- */

enum icm_code psrp_server_new_streams(struct psrp_defragmenter *in[PSRP_STREAM_COUNT], struct icm_error *err)
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
    s->answered_minor = -1;
    enum icm_code code = psrp_clixml_reader_new(&s->reader, err);
    if (code == ICM_OK)
        code = psrp_secret_new(&s->secret, err);
    if (code == ICM_OK)
        code = psrp_server_new_streams(s->in, err);
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

struct psrp_server_message *psrp_server_take_message(struct psrp_server *s)
{
    struct psrp_server_message *m = s->first;

    if (!m)
        return NULL;
    s->first = m->next;
    if (!s->first)
        s->end_of_messages = &s->first;
    return m;
}

void psrp_server_message_free(struct psrp_server_message *m)
{
    icm_buf_reset(&m->bytes);
    free(m);
}

void psrp_server_drop_batch(struct psrp_server *s)
{
    struct psrp_server_batch *b = s->batches;

    s->batches = b->next;
    if (!s->batches)
        s->last_batch = NULL;
    psrp_fragmenter_free(b->messages);
    free(b);
}

void psrp_server_forget(struct psrp_server *s, struct psrp_server_pipeline **link)
{
    struct psrp_server_pipeline *p = *link;

    *link = p->next;
    s->pipeline_count--;
    s->forgotten[s->forgotten_count++ % PSRP_SERVER_FORGOTTEN] = p->id;
    psrp_server_drop_calls(s, &p->id);
    pipeline_free(p);
}

void psrp_server_free(struct psrp_server *s)
{
    if (!s)
        return;
    for (struct psrp_server_message *m; (m = psrp_server_take_message(s));)
        psrp_server_message_free(m);
    while (s->pipelines)
        psrp_server_forget(s, &s->pipelines);
    while (s->batches)
        psrp_server_drop_batch(s);
    for (int i = 0; i < PSRP_STREAM_COUNT; i++)
        psrp_defragmenter_free(s->in[i]);
    psrp_server_drop_calls(s, NULL);
    psrp_clixml_reader_free(s->reader);
    psrp_secret_free(s->secret);
    icm_error_reset(&s->lost);
    free(s);
}

void psrp_server_event_reset(struct psrp_server_event *e)
{
    icm_arena_reset(&e->arena);
    memset(e, 0, sizeof *e);
}

/* ---- pipelines ---- */

struct psrp_server_pipeline **psrp_server_find(struct psrp_server *s, const struct icm_guid *pipeline_id)
{
    struct psrp_server_pipeline **link = &s->pipelines;

    while (*link && !icm_guid_equal(&(*link)->id, pipeline_id))
        link = &(*link)->next;
    return link;
}

bool psrp_server_has_forgotten(const struct psrp_server *s, const struct icm_guid *pipeline_id)
{
    size_t count = s->forgotten_count < PSRP_SERVER_FORGOTTEN ? s->forgotten_count : PSRP_SERVER_FORGOTTEN;

    for (size_t i = 0; i < count; i++)
        if (icm_guid_equal(&s->forgotten[i], pipeline_id))
            return true;
    return false;
}

/* A pipeline begins with the first bytes that are for it. */
enum icm_code psrp_server_find_or_add(struct psrp_server *s, const struct icm_guid *pipeline_id,
                                      struct psrp_server_pipeline **out, struct icm_error *err)
{
    *out = *psrp_server_find(s, pipeline_id);
    if (*out)
        return ICM_OK;
    if (s->pipeline_count == PSRP_SERVER_PIPELINES_MAX)
        return icm_fail(err, ICM_LIMIT, NULL, "more than %d pipelines at once", PSRP_SERVER_PIPELINES_MAX);
    struct psrp_server_pipeline *p = calloc(1, sizeof *p);
    if (!p)
        return icm_nomem(err);
    p->id = *pipeline_id;
    enum icm_code code = psrp_server_new_streams(p->in, err);
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

enum icm_code psrp_server_begin(struct psrp_server *s, const struct icm_guid *pipeline_id, struct icm_error *err)
{
    struct psrp_server_pipeline *pipeline;

    if (*psrp_server_find(s, pipeline_id))
        return icm_fail(err, ICM_STATE, "MS-PSRP 3.2.5.4", "a pipeline of this id is there already");
    for (size_t i = 0; i < PSRP_SERVER_FORGOTTEN; i++)
        if (icm_guid_equal(&s->forgotten[i], pipeline_id))
            s->forgotten[i] = no_guid; /* which is nobody's */
    return psrp_server_find_or_add(s, pipeline_id, &pipeline, err);
}

int32_t psrp_server_busy(const struct psrp_server *s)
{
    int32_t count = 0;

    for (const struct psrp_server_pipeline *p = s->pipelines; p; p = p->next)
        count += p->state == PSRP_PIPELINE_RUNNING;
    return count < s->max_runspaces ? count : s->max_runspaces;
}

void psrp_server_runspaces(const struct psrp_server *s, int32_t *min, int32_t *max, int32_t *busy)
{
    *min = s->min_runspaces;
    *max = s->max_runspaces;
    *busy = psrp_server_busy(s);
}

int psrp_server_protocol_minor(const struct psrp_server *s)
{
    return s->answered_minor;
}

/* A server's calls to its client's host: made, remembered, answered. MS-PSRP 2.2.2.15, 2.2.2.16, 2.2.2.27, 2.2.2.28. */
#include "psrp/server_private.h"

#include <stdlib.h>

/* Host calls wait for their answers, whoever made them. */
enum icm_code psrp_server_note_call(struct psrp_server *s, const struct icm_guid *target,
                                    const struct psrp_value *value, struct icm_error *err)
{
    int64_t call_id, method;

    if (!psrp_value_integer(psrp_value_member(value, "ci"), &call_id) ||
        !psrp_value_integer(psrp_value_member(value, "mi"), &method))
        return icm_fail(err, ICM_USAGE, "MS-PSRP 2.2.2.27", "a host call without its numbers (ci and mi)");
    if (call_id == PSRP_HOST_CALL_VOID)
        return ICM_OK;
    if (s->call_count == PSRP_SERVER_CALLS_MAX)
        return icm_fail(err, ICM_LIMIT, "MS-PSRP 2.2.2.27", "more than %d host calls without an answer",
                        PSRP_SERVER_CALLS_MAX);
    struct psrp_server_call *call = calloc(1, sizeof *call);
    if (!call)
        return icm_nomem(err);
    *call = (struct psrp_server_call){s->calls, *target, call_id, method};
    s->calls = call;
    s->call_count++;
    return ICM_OK;
}

static void drop_call(struct psrp_server *s, struct psrp_server_call **link)
{
    struct psrp_server_call *call = *link;

    *link = call->next;
    s->call_count--;
    free(call);
}

void psrp_server_drop_calls(struct psrp_server *s, const struct icm_guid *target)
{
    for (struct psrp_server_call **link = &s->calls; *link;)
        if (!target || icm_guid_equal(&(*link)->target, target))
            drop_call(s, link);
        else
            link = &(*link)->next;
}

enum icm_code psrp_server_take_call(struct psrp_server *s, const struct icm_guid *target,
                                    const struct psrp_host_response *response, struct icm_error *err)
{
    struct psrp_server_call **link = &s->calls;

    while (*link && !((*link)->call_id == response->call_id && icm_guid_equal(&(*link)->target, target)))
        link = &(*link)->next;
    if (!*link)
        return ICM_AGAIN;
    if ((*link)->method != response->method)
        return icm_fail(err, ICM_SYNTAX, "MS-PSRP 2.2.2.28", "an answer to host method %lld for a call of %lld",
                        (long long)response->method, (long long)(*link)->method);
    drop_call(s, link);
    return ICM_OK;
}

static int64_t *last_call_id(struct psrp_server *s, const struct icm_guid *pipeline_id)
{
    struct psrp_server_pipeline *pipeline = pipeline_id ? *psrp_server_find(s, pipeline_id) : NULL;

    return pipeline ? &pipeline->last_call_id : &s->last_call_id;
}

enum icm_code psrp_server_host_call(struct psrp_server *s, const struct icm_guid *pipeline_id, int64_t method,
                                    const struct psrp_value *parameters, int64_t *call_id, struct icm_error *err)
{
    ICM_OWN(icm_arena_reset) struct icm_arena a = {0};
    int64_t *last = last_call_id(s, pipeline_id);
    struct psrp_host_call call = {
        .call_id = call_id ? *last + 1 : PSRP_HOST_CALL_VOID,
        .method = method,
        .parameters = parameters,
    };
    struct psrp_value *value = psrp_host_call_value(&a, &call);

    if (!value)
        return icm_nomem(err);
    enum icm_code code = psrp_server_send(
        s, pipeline_id, pipeline_id ? PSRP_PIPELINE_HOST_CALL : PSRP_RUNSPACEPOOL_HOST_CALL, value, err);
    if (code == ICM_OK && call_id)
        *call_id = ++*last;
    return code;
}

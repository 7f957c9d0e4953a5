/* The user's pools on a computer and the pipelines in them, asked for without opening one. DSP0226 8; MS-WSMV 3.1.4.4.
 */
#include "psrp/over_wsman_state.h"

#include "wsman/names.h"
#include "wsman/trace.h"

#include <stdlib.h>

enum {
    POOLS_MAX = 4096,     /* a computer has some dozen */
    PIPELINES_MAX = 4096, /* of one pool */
    PULLS_MAX = 1024,     /* answers to one enumeration */
};

struct listed_pipelines {
    struct psrp_listed_pipeline *first;
    size_t count, room;
};

struct psrp_over_list {
    struct over_wsman *over;
    struct wsman_lane *lane;
    psrp_over_wsman_listed done;
    void *context;
    struct icm_arena arena;
    struct psrp_listed_pool *pools;
    struct listed_pipelines *pipelines; /* of the pool of the same number */
    size_t count, room;
    size_t at; /* the pool whose pipelines are asked for; SIZE_MAX: the pools themselves are */
    char shell_id[ICM_GUID_TEXT + 1];
    struct wsman_listing listing;
    unsigned pulls;
};

void psrp_over_list_free(struct psrp_over_list *list)
{
    if (!list)
        return;
    wsman_lane_free(list->lane);
    for (size_t i = 0; i < list->count; i++)
        free(list->pipelines[i].first);
    free(list->pools);
    free(list->pipelines);
    icm_arena_reset(&list->arena);
    free(list);
}

/* The last thing that is done: whoever is told may free the transport. */
static void finish(struct psrp_over_list *list, const struct icm_error *why)
{
    list->over->list = NULL;
    for (size_t i = 0; i < list->count; i++) {
        list->pools[i].pipelines = list->pipelines[i].first;
        list->pools[i].pipeline_count = list->pipelines[i].count;
    }
    list->done(list->context, why ? NULL : list->pools, why ? 0 : list->count, why);
    psrp_over_list_free(list);
}

/* ---- what is listed ---- */

/* room for one more in an array that grows by doubling */
static bool make_room(void **array, size_t *room, size_t count, size_t size)
{
    size_t wanted = *room ? *room * 2 : 16;

    if (count < *room)
        return true;
    void *grown = reallocarray(*array, wanted, size);
    if (!grown)
        return false;
    *array = grown;
    *room = wanted;
    return true;
}

static bool make_pool_room(struct psrp_over_list *list)
{
    size_t room = list->room;

    if (!make_room((void **)&list->pipelines, &room, list->count, sizeof *list->pipelines))
        return false;
    return make_room((void **)&list->pools, &list->room, list->count, sizeof *list->pools);
}

static const char *keep(struct psrp_over_list *list, struct icm_slice text, bool *failed)
{
    struct icm_slice copy = {0};

    if (text.size == 0)
        return "";
    if (!icm_arena_copy(&list->arena, text, &copy))
        *failed = true;
    return (const char *)copy.data;
}

static bool is_powershell(struct icm_slice resource_uri)
{
    static const char prefix[] = WSMAN_NS_POWERSHELL "/";

    return resource_uri.size >= sizeof prefix - 1 &&
           icm_slice_equal_nocase(icm_slice_of(resource_uri.data, sizeof prefix - 1), icm_slice_text(prefix));
}

static enum icm_code add_pool(struct psrp_over_list *list, const struct wsman_shell_info *shell, struct icm_error *err)
{
    struct psrp_listed_pool pool = {
        .is_disconnected = icm_slice_equal_nocase(shell->state, icm_slice_text("Disconnected")),
        .idle_timeout_ms = shell->idle_timeout_ms,
        .run_time_ms = shell->run_time_ms,
        .inactivity_ms = shell->inactivity_ms,
    };
    bool failed = false;

    if (!is_powershell(shell->resource_uri) || !icm_guid_parse(shell->shell_id, &pool.pool_id))
        return ICM_OK; /* a command shell is no pool */
    if (list->count == POOLS_MAX)
        return icm_fail(err, ICM_LIMIT, NULL, "the computer lists more than %d sessions", POOLS_MAX);
    pool.name = keep(list, shell->name, &failed);
    pool.resource_uri = keep(list, shell->resource_uri, &failed);
    pool.owner = keep(list, shell->owner, &failed);
    pool.client_ip = keep(list, shell->client_ip, &failed);
    pool.process_id = keep(list, shell->process_id, &failed);
    pool.state = keep(list, shell->state, &failed);
    pool.buffer_mode = keep(list, shell->buffer_mode, &failed);
    if (failed || !make_pool_room(list))
        return icm_nomem(err);
    list->pipelines[list->count] = (struct listed_pipelines){0};
    list->pools[list->count++] = pool;
    return ICM_OK;
}

static enum icm_code add_pipeline(struct psrp_over_list *list, const struct wsman_command_info *command,
                                  struct icm_error *err)
{
    struct listed_pipelines *all = &list->pipelines[list->at];
    struct psrp_listed_pipeline pipeline = {.state = ""};
    bool failed = false;

    if (!icm_guid_parse(command->command_id, &pipeline.pipeline_id))
        return ICM_OK;
    if (all->count == PIPELINES_MAX)
        return icm_fail(err, ICM_LIMIT, NULL, "the computer lists more than %d pipelines of one session",
                        PIPELINES_MAX);
    pipeline.state = keep(list, command->state, &failed);
    if (failed || !make_room((void **)&all->first, &all->room, all->count, sizeof *all->first))
        return icm_nomem(err);
    all->first[all->count++] = pipeline;
    return ICM_OK;
}

static enum icm_code take_items(struct psrp_over_list *list, const struct wsman_message *reply, struct icm_error *err)
{
    enum icm_code code = ICM_OK;

    if (list->at == SIZE_MAX)
        for (const struct wsman_shell_info *shell = reply->shells; shell && code == ICM_OK; shell = shell->next)
            code = add_pool(list, shell, err);
    else
        for (const struct wsman_command_info *c = reply->commands; c && code == ICM_OK; c = c->next)
            code = add_pipeline(list, c, err);
    return code;
}

/* ---- asking ---- */

static enum icm_code post(struct psrp_over_list *list, enum icm_code code, struct wsman_request *request,
                          struct icm_error *err)
{
    struct over_wsman *o = list->over;

    if (code != ICM_OK)
        return code;
    wsman_trace_envelope(o->trace, o->computer, true, 0, icm_buf_slice(&request->envelope));
    code = wsman_lane_post(list->lane, request, err);
    wsman_request_reset(request);
    return code;
}

/* the next enumeration. ICM_AGAIN: there is none */
static enum icm_code enumerate(struct psrp_over_list *list, struct icm_error *err)
{
    struct wsman_request request = {0};

    list->pulls = 0;
    if (list->at != SIZE_MAX) {
        if (list->at >= list->count)
            return ICM_AGAIN;
        icm_guid_format_upper(&list->pools[list->at].pool_id, list->shell_id);
        list->listing.shell_id = list->shell_id;
    }
    enum icm_code code = wsman_shell_enumerate(list->over->shell, &list->listing, &request, err);
    return post(list, code, &request, err);
}

static enum icm_code go_on(struct psrp_over_list *list, const struct wsman_message *reply, struct icm_error *err)
{
    struct wsman_request request = {0};

    if (!reply || reply->is_end_of_sequence || reply->enumeration_context.size == 0) {
        list->at++; /* from SIZE_MAX to the first pool */
        return enumerate(list, err);
    }
    if (++list->pulls > PULLS_MAX)
        return icm_fail(err, ICM_LIMIT, "DSP0226 8", "an enumeration of more than %d answers", PULLS_MAX);
    enum icm_code code = wsman_shell_pull(list->over->shell, &list->listing, reply->enumeration_context, &request, err);
    return post(list, code, &request, err);
}

static enum icm_code judge(struct psrp_over_list *list, const struct wsman_exchange *exchange, struct icm_error *err)
{
    struct over_wsman *o = list->over;

    if (o->trace && exchange->body.size > 0)
        wsman_trace_envelope(o->trace, o->computer, false, exchange->status, exchange->body);
    if (exchange->code != ICM_OK) {
        icm_error_copy(err, exchange->err);
        return exchange->code;
    }
    return wsman_shell_take(o->shell, exchange->request, exchange->status, exchange->reply, err);
}

static void on_reply(void *context, const struct wsman_exchange *exchange)
{
    struct psrp_over_list *list = context;
    struct icm_error err = {0};
    enum icm_code code = judge(list, exchange, &err);
    const struct wsman_message *reply = code == ICM_OK ? exchange->reply : NULL;

    if (code == ICM_FAULT && list->at != SIZE_MAX) {
        icm_error_reset(&err); /* the pool has gone meanwhile, or the server does not list commands */
        code = ICM_OK;
    }
    if (code == ICM_OK && reply)
        code = take_items(list, reply, &err);
    if (code == ICM_OK)
        code = go_on(list, reply, &err);
    if (code != ICM_OK)
        finish(list, code == ICM_AGAIN ? NULL : &err);
    icm_error_reset(&err);
}

enum icm_code psrp_over_wsman_list(struct psrp_transport *t, psrp_over_wsman_listed done, void *context,
                                   struct icm_error *err)
{
    struct over_wsman *o = (struct over_wsman *)t;

    if (o->list)
        return icm_fail(err, ICM_STATE, NULL, "the computer is being asked already");
    struct psrp_over_list *list = calloc(1, sizeof *list);
    if (!list)
        return icm_nomem(err);
    *list = (struct psrp_over_list){.over = o, .done = done, .context = context, .at = SIZE_MAX};
    enum icm_code code = wsman_lane_new(&list->lane, o->http, &o->target, on_reply, list, err);
    if (code == ICM_OK) {
        wsman_lane_keep_body(list->lane, o->trace != NULL);
        code = enumerate(list, err);
    }
    if (code != ICM_OK) {
        psrp_over_list_free(list);
        return code;
    }
    o->list = list;
    return ICM_OK;
}

#include "tests/psrp/recorded_client.h"

#include <stdlib.h>

#include "psrp/server_private.h" /* which takes the same messages apart */

/* ---- life ---- */

void recorded_client_init(struct recorded_client *c, const char *name)
{
    *c = (struct recorded_client){0};
    recorded_keys_read(&c->keys, name);
    if (c->keys.session_key.size == 0)
        return;
    assert_int_equal(psrp_secret_new(&c->secret, NULL), ICM_OK);
    assert_int_equal(psrp_secret_set_session_key(c->secret, icm_buf_slice(&c->keys.session_key), NULL), ICM_OK);
}

static void call_free(struct recorded_call *call)
{
    psrp_event_reset(&call->event);
    free(call);
}

static void drop_calls(struct recorded_client *c)
{
    for (struct recorded_call *call; (call = c->calls);) {
        c->calls = call->next;
        call_free(call);
    }
}

void recorded_client_reset(struct recorded_client *c)
{
    drop_calls(c);
    psrp_pool_free(c->pool);
    psrp_secret_free(c->secret);
    recorded_keys_reset(&c->keys);
    icm_buf_reset(&c->version);
}

void recorded_client_keep_call(struct recorded_client *c, struct psrp_event *event)
{
    struct recorded_call *call = calloc(1, sizeof *call);

    assert_non_null(call);
    call->event = *event;
    call->next = c->calls;
    c->calls = call;
}

const struct psrp_secret *recorded_client_keys(const struct recorded_client *c)
{
    return psrp_pool_protocol_minor(c->pool) >= PSRP_CLEAR_MINOR ? NULL : c->secret;
}

/* ---- opening ---- */

/* one message of the recorded client */
struct word {
    struct recorded_client *c;
    const struct psrp_message *m;
    struct icm_arena *a;
    struct psrp_value *value;
};

typedef enum icm_code say(const struct word *w, struct icm_error *err);

/* The pool announces its version together with what it opens. */
static enum icm_code say_capability(const struct word *w, struct icm_error *err)
{
    icm_buf_clear(&w->c->version);
    icm_buf_add(&w->c->version, psrp_value_text_of(psrp_value_member(w->value, "protocolversion")));
    w->c->has_capability = true;
    return ICM_OK;
}

/* A pool for these options and the announced version, in place of the one before. */
static enum icm_code new_pool(const struct word *w, struct psrp_pool_options *options, struct icm_error *err)
{
    struct recorded_client *c = w->c;

    if (!c->has_capability)
        return icm_fail(err, ICM_STATE, NULL, "no SESSION_CAPABILITY in front");
    c->has_capability = false;
    drop_calls(c);
    psrp_pool_free(c->pool);
    c->pool = NULL;
    options->pool_id = w->m->pool_id;
    options->protocol_version = icm_buf_text(&c->version);
    options->is_encrypted = true; /* a pipe hides what it carries */
    enum icm_code code = psrp_pool_new(&c->pool, options, err);
    c->has_foreign_version = code == ICM_USAGE;
    if (c->has_foreign_version) {
        options->protocol_version = NULL;
        code = psrp_pool_new(&c->pool, options, err);
    }
    if (code == ICM_OK && c->keys.pair.size > 0)
        code = psrp_secret_set_key_pair(c->pool->secret, icm_buf_slice(&c->keys.pair), err);
    return code;
}

static enum icm_code say_init(const struct word *w, struct icm_error *err)
{
    struct psrp_opening opening;

    if (w->c->pool && !psrp_pool_is_over(w->c->pool))
        return psrp_pool_open(w->c->pool, err);
    enum icm_code code = psrp_server_read_opening(w->value, &opening, err);
    if (code != ICM_OK)
        return code;
    struct psrp_pool_options options = {
        .min_runspaces = opening.min_runspaces,
        .max_runspaces = opening.max_runspaces,
        .application_arguments = opening.application_arguments,
        .thread_options = opening.thread_options,
        .apartment_state = opening.apartment_state,
        .host = &opening.host,
    };
    code = new_pool(w, &options, err);
    return code == ICM_OK ? psrp_pool_open(w->c->pool, err) : code;
}

static int32_t number_of(const struct psrp_value *value, const char *name)
{
    int64_t number = 0;

    psrp_value_integer(psrp_value_member(value, name), &number);
    return (int32_t)number;
}

static enum icm_code say_connect(const struct word *w, struct icm_error *err)
{
    struct psrp_pool_options options = {
        .min_runspaces = number_of(w->value, "MinRunspaces"),
        .max_runspaces = number_of(w->value, "MaxRunspaces"),
        .apartment_state = 2,
    };

    enum icm_code code = new_pool(w, &options, err);
    return code == ICM_OK ? psrp_pool_connect(w->c->pool, err) : code;
}

/* ---- the open pool ---- */

/* Ours is to ask by the recorded number, by which the recorded answer comes. */
static enum icm_code take_number(const struct word *w, struct icm_error *err)
{
    int64_t call_id;

    if (!psrp_value_integer(psrp_value_member(w->value, "ci"), &call_id))
        return icm_fail(err, ICM_SYNTAX, NULL, "a question without a number");
    w->c->pool->last_call_id = call_id - 1;
    return ICM_OK;
}

static enum icm_code say_max_runspaces(const struct word *w, struct icm_error *err)
{
    enum icm_code code = take_number(w, err);

    return code == ICM_OK ? psrp_pool_set_max_runspaces(w->c->pool, number_of(w->value, "MaxRunspaces"), NULL, err)
                          : code;
}

static enum icm_code say_min_runspaces(const struct word *w, struct icm_error *err)
{
    enum icm_code code = take_number(w, err);

    return code == ICM_OK ? psrp_pool_set_min_runspaces(w->c->pool, number_of(w->value, "MinRunspaces"), NULL, err)
                          : code;
}

static enum icm_code say_get_available(const struct word *w, struct icm_error *err)
{
    enum icm_code code = take_number(w, err);

    return code == ICM_OK ? psrp_pool_get_available(w->c->pool, NULL, err) : code;
}

static enum icm_code say_reset(const struct word *w, struct icm_error *err)
{
    enum icm_code code = take_number(w, err);

    return code == ICM_OK ? psrp_pool_reset_runspace(w->c->pool, NULL, err) : code;
}

/* A client sends its key where it wants to open what came sealed; the server may have asked for it already. */
static enum icm_code say_public_key(const struct word *w, struct icm_error *err)
{
    static const uint8_t sealed[16];
    struct psrp_value secret = {.kind = PSRP_SECURESTRING, .as.text = {sealed, sizeof sealed}};
    struct icm_buf text = {0};

    if (psrp_pool_protocol_minor(w->c->pool) >= PSRP_CLEAR_MINOR) {
        w->c->needs_no_key = true; /* there is none, and ours does not ask */
        return ICM_AGAIN;
    }
    enum icm_code code = psrp_pool_reveal(w->c->pool, &secret, &text, err);
    icm_buf_reset(&text);
    return code == ICM_AGAIN ? ICM_OK : code;
}

/* ---- pipelines ---- */

static enum icm_code say_create(const struct word *w, struct icm_error *err)
{
    struct psrp_creation creation;
    struct psrp_pipeline *pipeline;

    enum icm_code code = psrp_server_read_creation(w->value, w->a, &creation, err);
    if (code == ICM_OK)
        code = psrp_pipeline_create(&pipeline, w->c->pool, &creation, err);
    if (code == ICM_OK)
        psrp_pipeline_set_id(pipeline, &w->m->pipeline_id);
    return code;
}

static enum icm_code say_query(const struct word *w, struct icm_error *err)
{
    struct psrp_metadata_query query;
    struct psrp_pipeline *pipeline;

    enum icm_code code = psrp_server_read_query(w->value, w->a, &query, err);
    if (code == ICM_OK)
        code = psrp_pipeline_query(&pipeline, w->c->pool, &query, err);
    if (code == ICM_OK)
        psrp_pipeline_set_id(pipeline, &w->m->pipeline_id);
    return code;
}

/* ICM_AGAIN: what is said to a pipeline that has ended nobody hears. */
static enum icm_code find_live(const struct word *w, struct psrp_pipeline **out, struct icm_error *err)
{
    *out = psrp_pool_find(w->c->pool, &w->m->pipeline_id);
    if (!*out)
        return icm_fail(err, ICM_STATE, NULL, "a pipeline that was not created");
    return psrp_pipeline_has_ended(*out) ? ICM_AGAIN : ICM_OK;
}

static enum icm_code say_input(const struct word *w, struct icm_error *err)
{
    struct psrp_pipeline *pipeline;

    enum icm_code code = find_live(w, &pipeline, err);
    return code == ICM_OK ? psrp_pipeline_input(pipeline, w->value, err) : code;
}

static enum icm_code say_input_end(const struct word *w, struct icm_error *err)
{
    struct psrp_pipeline *pipeline;

    enum icm_code code = find_live(w, &pipeline, err);
    return code == ICM_OK ? psrp_pipeline_end_input(pipeline, err) : code;
}

/* ---- host calls ---- */

static bool is_of(const struct recorded_call *call, const struct word *w, int64_t call_id)
{
    const struct psrp_pipeline *pipeline = call->event.pipeline;
    bool is_same = pipeline ? icm_guid_equal(psrp_pipeline_id(pipeline), &w->m->pipeline_id)
                            : icm_guid_is_zero(&w->m->pipeline_id);

    return is_same && call->event.call.call_id == call_id;
}

static struct recorded_call *take_call(const struct word *w, int64_t call_id)
{
    struct recorded_call **link = &w->c->calls;

    while (*link && !is_of(*link, w, call_id))
        link = &(*link)->next;
    struct recorded_call *call = *link;
    if (call)
        *link = call->next;
    return call;
}

/* what the recorded client's host failed with */
static const char *reason(const struct psrp_value *error, struct icm_buf *out)
{
    if (!error)
        return NULL;
    icm_buf_add(out, psrp_value_text_of(psrp_value_member(psrp_value_member(error, "Exception"), "Message")));
    return icm_buf_text(out);
}

static enum icm_code say_host_response(const struct word *w, struct icm_error *err)
{
    struct psrp_host_response response;
    struct icm_buf why = {0};

    enum icm_code code = psrp_host_response_read(w->value, &response, err);
    if (code != ICM_OK)
        return code;
    struct recorded_call *call = take_call(w, response.call_id);
    if (!call)
        return ICM_OK; /* the pool has answered already, having no host */
    code = psrp_pool_answer(w->c->pool, &call->event, response.result, reason(response.error, &why), err);
    icm_buf_reset(&why);
    call_free(call);
    return code;
}

/* ---- the table ---- */

static const struct saying {
    uint32_t type;
    bool needs_pool;
    say *say;
} sayings[] = {
    {PSRP_SESSION_CAPABILITY, false, say_capability},
    {PSRP_INIT_RUNSPACEPOOL, false, say_init},
    {PSRP_CONNECT_RUNSPACEPOOL, false, say_connect},
    {PSRP_SET_MAX_RUNSPACES, true, say_max_runspaces},
    {PSRP_SET_MIN_RUNSPACES, true, say_min_runspaces},
    {PSRP_GET_AVAILABLE_RUNSPACES, true, say_get_available},
    {PSRP_RESET_RUNSPACE_STATE, true, say_reset},
    {PSRP_PUBLIC_KEY, true, say_public_key},
    {PSRP_CREATE_PIPELINE, true, say_create},
    {PSRP_GET_COMMAND_METADATA, true, say_query},
    {PSRP_PIPELINE_INPUT, true, say_input},
    {PSRP_END_OF_PIPELINE_INPUT, true, say_input_end},
    {PSRP_RUNSPACEPOOL_HOST_RESPONSE, true, say_host_response},
    {PSRP_PIPELINE_HOST_RESPONSE, true, say_host_response},
};

enum icm_code recorded_client_say(struct recorded_client *c, const struct psrp_message *m, struct icm_arena *a,
                                  struct psrp_value *value, struct icm_error *err)
{
    const struct word w = {c, m, a, value};

    for (size_t i = 0; i < ICM_COUNT(sayings); i++) {
        if (sayings[i].type != m->type)
            continue;
        if (sayings[i].needs_pool && !c->pool)
            return icm_fail(err, ICM_STATE, NULL, "no runspace pool was opened");
        if (c->pool && value)
            recorded_open_secrets(a, value, recorded_client_keys(c));
        return sayings[i].say(&w, err);
    }
    return icm_fail(err, ICM_UNSUPPORTED, NULL, "a message that no client sends");
}

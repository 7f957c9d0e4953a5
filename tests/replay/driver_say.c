/* The messages of a recorded client, each as the call of ours that makes it. */
#include "psrp/pool_private.h"
#include "psrp/server_private.h" /* which takes the same messages apart */
#include "tests/replay/driver_private.h"
#include "tests/replay/match.h"

#include <stdlib.h>

/* one message, and whom it is for */
struct word {
    struct replay_driver *d;
    struct replay_step *step;
    struct psrp_message message;
    struct icm_arena *a;
    struct psrp_value *value;
    struct replay_live *shell, *command; /* the same where it is for the shell */
};

typedef enum icm_code say(struct word *w, struct icm_error *err);

/* ---- secrets ---- */

static void renew_secret(void *context, struct psrp_value *secret)
{
    struct word *w = context;
    struct psrp_session *session = w->shell->session;
    struct icm_buf text = {0};
    bool is_clear_form = session && psrp_pool_protocol_minor(psrp_session_pool(session)) >= PSRP_CLEAR_MINOR;

    if (secret->is_clear)
        return;
    if (!is_clear_form || psrp_secret_open(NULL, secret->as.text, &text, NULL) != ICM_OK)
        icm_buf_add_text(&text, "sealed with a key that is gone");
    secret->is_clear = icm_arena_copy(w->a, icm_buf_slice(&text), &secret->as.text);
    icm_buf_reset(&text);
}

/* ---- the pool ---- */

static struct psrp_pool *pool_of(const struct word *w)
{
    return w->shell->session ? psrp_session_pool(w->shell->session) : NULL;
}

static int32_t number_of(const struct psrp_value *value, const char *name)
{
    int64_t number = 0;

    psrp_value_integer(psrp_value_member(value, name), &number);
    return (int32_t)number;
}

/* Ours asks by the recorded number, by which the recorded answer comes. */
static enum icm_code ask(struct word *w, const char *what, struct icm_error *err)
{
    struct psrp_pool *pool = pool_of(w);
    int64_t call_id;

    if (!psrp_value_integer(psrp_value_member(w->value, "ci"), &call_id))
        return icm_fail(err, ICM_SYNTAX, NULL, "a question without a number");
    pool->last_call_id = call_id - 1;
    enum icm_code code = ICM_OK;
    if (!what)
        code = w->message.type == PSRP_RESET_RUNSPACE_STATE ? psrp_pool_reset_runspace(pool, NULL, err)
                                                            : psrp_pool_get_available(pool, NULL, err);
    else
        code = w->message.type == PSRP_SET_MAX_RUNSPACES
                   ? psrp_pool_set_max_runspaces(pool, number_of(w->value, what), NULL, err)
                   : psrp_pool_set_min_runspaces(pool, number_of(w->value, what), NULL, err);
    psrp_session_pump(w->shell->session);
    return code;
}

static enum icm_code say_max(struct word *w, struct icm_error *err)
{
    return ask(w, "MaxRunspaces", err);
}

static enum icm_code say_min(struct word *w, struct icm_error *err)
{
    return ask(w, "MinRunspaces", err);
}

static enum icm_code say_question(struct word *w, struct icm_error *err)
{
    return ask(w, NULL, err);
}

/* Ours sends its key when it has something sealed to open. */
static enum icm_code say_public_key(struct word *w, struct icm_error *err)
{
    static const uint8_t sealed[16];
    struct psrp_value secret = {.kind = PSRP_SECURESTRING, .as.text = {sealed, sizeof sealed}};
    struct icm_buf text = {0};

    enum icm_code code = psrp_pool_reveal(pool_of(w), &secret, &text, err);
    icm_buf_reset(&text);
    psrp_session_pump(w->shell->session);
    return code == ICM_AGAIN ? ICM_OK : code;
}

/* ---- pipelines ---- */

static enum icm_code say_create(struct word *w, struct icm_error *err)
{
    struct psrp_creation creation;

    enum icm_code code = psrp_server_read_creation(w->value, w->a, &creation, err);
    if (code == ICM_OK)
        code = psrp_session_create(w->shell->session, &creation, &w->command->pipeline, err);
    w->command->has_begun = code == ICM_OK;
    return code;
}

static enum icm_code say_query(struct word *w, struct icm_error *err)
{
    struct psrp_metadata_query query;

    enum icm_code code = psrp_server_read_query(w->value, w->a, &query, err);
    if (code == ICM_OK)
        code = psrp_session_query(w->shell->session, &query, &w->command->pipeline, err);
    w->command->has_begun = code == ICM_OK;
    return code;
}

/* What is said to a pipeline that has ended nobody hears. */
static enum icm_code say_input(struct word *w, struct icm_error *err)
{
    if (!w->command->pipeline || psrp_pipeline_has_ended(w->command->pipeline))
        return ICM_OK;
    enum icm_code code = w->message.type == PSRP_PIPELINE_INPUT
                             ? psrp_pipeline_input(w->command->pipeline, w->value, err)
                             : psrp_pipeline_end_input(w->command->pipeline, err);
    psrp_session_pump(w->shell->session);
    return code;
}

/* ---- host calls ---- */

static struct replay_call *take_call(struct replay_driver *d, int64_t call_id)
{
    struct replay_call **at = &d->calls;

    while (*at && (*at)->event.call.call_id != call_id)
        at = &(*at)->next;
    struct replay_call *call = *at;
    if (call)
        *at = call->next;
    return call;
}

/* Where the recorded client has refused for want of a host, ours has done so by itself. */
static enum icm_code say_response(struct word *w, struct icm_error *err)
{
    struct psrp_host_response response;
    struct icm_buf why = {0};

    enum icm_code code = psrp_host_response_read(w->value, &response, err);
    struct replay_call *call = code == ICM_OK ? take_call(w->d, response.call_id) : NULL;
    if (!call)
        return code == ICM_OK ? ICM_AGAIN : code;
    if (response.error)
        icm_buf_add(&why,
                    psrp_value_text_of(psrp_value_member(psrp_value_member(response.error, "Exception"), "Message")));
    code = psrp_session_answer(w->shell->session, &call->event, response.result,
                               response.error ? icm_buf_text(&why) : NULL, err);
    icm_buf_reset(&why);
    psrp_event_reset(&call->event);
    free(call);
    return code;
}

/* ---- the table ---- */

static const struct {
    uint32_t type;
    say *say;
} sayings[] = {
    {PSRP_SET_MAX_RUNSPACES, say_max},
    {PSRP_SET_MIN_RUNSPACES, say_min},
    {PSRP_GET_AVAILABLE_RUNSPACES, say_question},
    {PSRP_RESET_RUNSPACE_STATE, say_question},
    {PSRP_PUBLIC_KEY, say_public_key},
    {PSRP_CREATE_PIPELINE, say_create},
    {PSRP_GET_COMMAND_METADATA, say_query},
    {PSRP_PIPELINE_INPUT, say_input},
    {PSRP_END_OF_PIPELINE_INPUT, say_input},
    {PSRP_RUNSPACEPOOL_HOST_RESPONSE, say_response},
    {PSRP_PIPELINE_HOST_RESPONSE, say_response},
};

static enum icm_code say_it(struct word *w, struct icm_error *err)
{
    if (!w->shell->session || psrp_pool_state(pool_of(w)) != PSRP_POOL_OPENED)
        return ICM_AGAIN;
    replay_each_secret(w->value, renew_secret, w, 0);
    for (size_t i = 0; i < ICM_COUNT(sayings); i++)
        if (sayings[i].type == w->message.type)
            return sayings[i].say(w, err);
    return icm_fail(err, ICM_UNSUPPORTED, NULL, "message type 0x%08x, which no client sends", w->message.type);
}

static enum icm_code read_message(struct replay_driver *d, const struct replay_message *m, struct word *w,
                                  struct icm_error *err)
{
    enum icm_code code = psrp_message_read(icm_buf_slice(&m->bytes), &w->message, err);

    if (code == ICM_OK && w->message.payload.size > 0)
        code = psrp_clixml_read(d->reader, w->message.payload, w->a, &w->value, err);
    return code;
}

enum icm_code replay_driver_say(struct replay_driver *d, struct replay_step *s, const struct replay_message *m,
                                struct icm_error *err)
{
    struct icm_arena a = {0};
    struct word w = {
        .d = d, .step = s, .a = &a, .shell = &d->lives[replay_driver_shell_of(d, s)], .command = &d->lives[s->target]};

    enum icm_code code = read_message(d, m, &w, err);
    if (code == ICM_OK)
        code = say_it(&w, err);
    icm_arena_reset(&a);
    return code;
}

/* ---- opening ---- */

/* another id than the recorded client's, and the same in each run */
static struct icm_guid other_id(const struct icm_guid *recorded)
{
    struct icm_guid id = *recorded;

    for (size_t i = 0; i < sizeof id.bytes; i++)
        id.bytes[i] ^= (uint8_t)(0x11 * (i % 3 + 1));
    return id;
}

static char *text_of(struct icm_slice text)
{
    return text.size > 0 ? strndup((const char *)text.data, text.size) : NULL;
}

/* Where an answer is late on purpose, it is too late for the recorded client. pypsrp_psrp_key_exchange_timeout */
static uint32_t key_timeout_ms(const struct replay_driver *d)
{
    for (size_t i = 0; i < d->capture->row_count; i++)
        if (d->capture->rows[i].delay_ms > 0)
            return 1;
    return 0;
}

typedef enum icm_code open_session(struct psrp_session **out, struct psrp_drive *d, struct psrp_transport *transport,
                                   const struct psrp_session_options *options, struct icm_error *err);

static enum icm_code open_with(struct replay_driver *d, struct replay_step *s, const struct psrp_pool_options *pool,
                               open_session *begin, struct icm_error *err)
{
    const struct replay_envelope *e = &s->request.envelope;
    char *configuration = text_of(s->request.resource_uri),
         *name = text_of(replay_envelope_get(e, "s:Body/rsp:Shell@Name"));
    int64_t idle_ms = 0;
    wsman_duration_read(replay_envelope_get(e, "s:Body/rsp:Shell/rsp:IdleTimeOut"), &idle_ms);
    const struct psrp_over_wsman_options over = {
        .url = replay_server_url(d->server),
        .computer = "server",
        .configuration = configuration,
        .authentication = "Basic",
        .user = REPLAY_USER,
        .password = icm_slice_text(REPLAY_PASSWORD),
        .allow_unencrypted = true,
        .no_machine_profile = replay_envelope_count(e, "s:Header/w:OptionSet/w:Option[WINRS_NOPROFILE]") > 0,
        .shell_name = name,
        .idle_timeout_ms = idle_ms,
        .pool_id = pool->pool_id,
    };
    const struct psrp_session_options session = {
        .pool = *pool, .computer = "server", .tag = (void *)s->target, .key_timeout_ms = key_timeout_ms(d)};
    struct psrp_transport *transport = NULL;

    enum icm_code code = psrp_over_wsman_new(&transport, d->wsman, &over, err);
    if (code == ICM_OK)
        code = begin(&d->lives[s->target].session, d->drive, transport, &session, err);
    free(configuration);
    free(name);
    return code;
}

enum icm_code replay_driver_open(struct replay_driver *d, struct replay_step *s, struct icm_error *err)
{
    const struct replay_target *t = &d->dialogue->targets[s->target];
    struct icm_arena a = {0};
    struct word capability = {.a = &a}, init = {.a = &a};
    struct psrp_opening opening;

    if (t->recorded.count < 2)
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "the recorded client opens no pool");
    enum icm_code code = read_message(d, &t->recorded.messages[0], &capability, err);
    if (code == ICM_OK)
        code = read_message(d, &t->recorded.messages[1], &init, err);
    if (code == ICM_OK)
        code = psrp_server_read_opening(init.value, &opening, err);
    struct icm_buf version = {0};
    if (code == ICM_OK) {
        icm_buf_add(&version, psrp_value_text_of(psrp_value_member(capability.value, "protocolversion")));
        const struct psrp_pool_options pool = {
            .pool_id = other_id(&init.message.pool_id),
            .min_runspaces = opening.min_runspaces,
            .max_runspaces = opening.max_runspaces,
            .application_arguments = opening.application_arguments,
            .protocol_version = icm_buf_text(&version),
            .is_encrypted = true, /* as far as the recording goes */
            .thread_options = opening.thread_options,
            .apartment_state = opening.apartment_state,
            .host = &opening.host,
        };
        code = open_with(d, s, &pool, psrp_session_open, err);
    }
    d->lives[s->target].said = 2;
    d->lives[s->target].has_begun = code == ICM_OK;
    icm_buf_reset(&version);
    icm_arena_reset(&a);
    return code;
}

enum icm_code replay_driver_connect_pool(struct replay_driver *d, struct replay_step *s, const struct icm_guid *pool_id,
                                         struct icm_error *err)
{
    const struct replay_target *t = &d->dialogue->targets[s->target];
    struct icm_arena a = {0};
    struct word connect = {.a = &a};

    if (t->recorded.count < s->first_message + 2)
        return icm_fail(err, ICM_UNSUPPORTED, NULL, "the recorded client connects to no pool");
    enum icm_code code = read_message(d, &t->recorded.messages[s->first_message + 1], &connect, err);
    if (code == ICM_OK) {
        const struct psrp_pool_options pool = {
            .pool_id = *pool_id,
            .min_runspaces = number_of(connect.value, "MinRunspaces"),
            .max_runspaces = number_of(connect.value, "MaxRunspaces"),
            .is_encrypted = true,
            .apartment_state = PSRP_APARTMENT_UNKNOWN,
        };
        code = open_with(d, s, &pool, psrp_session_connect, err);
    }
    d->lives[s->target].said = s->end_message;
    icm_arena_reset(&a);
    return code;
}

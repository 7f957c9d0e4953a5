/* What a server makes of each message: the handlers of the table in message.c. Scope, destination and state have been
 * checked. */
#include "psrp/server_private.h"

#include "psrp/payload.h"

enum { OWN_MINOR = 4, CONNECT_MINOR = 2, RESET_MINOR = 3 };

/* ---- negotiation ---- */

/* The real engine answers 2.0 to 2.3 with what it heard, anything else with its own version. */
static int answer_to(int64_t major, int64_t minor)
{
    return major == 2 && minor < OWN_MINOR ? (int)minor : OWN_MINOR;
}

/* An unacceptable client gets our versions and then silence, as the real engine does: it is to give up itself. */
enum icm_code psrp_serve_capability(struct psrp_served *m, struct icm_error *err)
{
    int64_t major, minor, serialization_major, serialization_minor;
    struct icm_slice ps = psrp_value_text_of(psrp_value_member(m->value, "PSVersion"));

    if (!psrp_payload_read_version(psrp_value_member(m->value, "protocolversion"), &major, &minor) ||
        !psrp_payload_read_version(psrp_value_member(m->value, "SerializationVersion"), &serialization_major,
                                   &serialization_minor))
        return icm_fail(err, ICM_SYNTAX, m->type->section, "SESSION_CAPABILITY without its versions");

    bool is_fit = major == 2 && serialization_major == 1 && icm_slice_is(ps, PSRP_PS_VERSION);
    if (m->server->is_left && (!is_fit || minor < CONNECT_MINOR))
        return icm_fail(err, ICM_UNSUPPORTED, m->type->section,
                        "a client that connects with versions that are not ours");
    m->server->pool_id = m->message->pool_id;
    m->server->answered_minor = answer_to(major, minor);
    if (!m->server->is_left)
        m->server->opened_minor = m->server->answered_minor;
    else if (m->server->answered_minor > m->server->opened_minor)
        m->server->answered_minor = m->server->opened_minor; /* what runs in the pool speaks as it was begun */
    m->server->state = is_fit ? PSRP_POOL_NEGOTIATION_SUCCEEDED : PSRP_POOL_CLOSED;
    enum icm_code code = psrp_server_send_capability(m->server, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

static enum icm_code check_opens(const struct psrp_served *m, bool is_connect, struct icm_error *err)
{
    if (m->server->state == PSRP_POOL_NEGOTIATION_SUCCEEDED && m->server->is_left == is_connect)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, m->type->section, "%s for a runspace pool that %s", m->type->name,
                    is_connect ? "no client has left" : "is there already");
}

enum icm_code psrp_serve_init(struct psrp_served *m, struct icm_error *err)
{
    enum icm_code code = check_opens(m, false, err);

    if (code == ICM_OK)
        code = psrp_server_read_opening(m->value, &m->event->opening, err);
    if (code != ICM_OK)
        return code;
    m->server->min_runspaces = m->event->opening.min_runspaces;
    m->server->max_runspaces = m->event->opening.max_runspaces;
    m->server->state = PSRP_POOL_OPENING;
    return ICM_OK;
}

static bool is_or_unsaid(const struct psrp_value *value, int32_t number)
{
    int64_t said;

    return !psrp_value_integer(value, &said) || said == number;
}

/* Who connects may say how many runspaces it believes there are; the real engine refuses other numbers. */
enum icm_code psrp_serve_connect(struct psrp_served *m, struct icm_error *err)
{
    struct psrp_server *s = m->server;
    enum icm_code code = check_opens(m, true, err);

    if (code != ICM_OK)
        return code;
    if (!is_or_unsaid(psrp_value_member(m->value, "MinRunspaces"), s->min_runspaces) ||
        !is_or_unsaid(psrp_value_member(m->value, "MaxRunspaces"), s->max_runspaces))
        return icm_fail(err, ICM_STATE, m->type->section,
                        "CONNECT_RUNSPACEPOOL for another number of runspaces than %d to %d", s->min_runspaces,
                        s->max_runspaces);
    m->event->opening.min_runspaces = s->min_runspaces;
    m->event->opening.max_runspaces = s->max_runspaces;
    s->state = PSRP_POOL_OPENING;
    return ICM_OK;
}

/* ---- the session key ---- */

enum icm_code psrp_serve_public_key(struct psrp_served *m, struct icm_error *err)
{
    ICM_OWN(icm_buf_reset) struct icm_buf answer = {0};
    const struct psrp_value *key = psrp_value_member(m->value, "PublicKey");

    if (!key || key->kind != PSRP_STRING)
        return icm_fail(err, ICM_SYNTAX, m->type->section, "PUBLIC_KEY without its key");
    enum icm_code code = psrp_secret_answer(m->server->secret, key->as.text, &answer, err);
    return code == ICM_OK ? psrp_server_send_session_key(m->server, icm_buf_slice(&answer), err) : code;
}

/* ---- the number of runspaces ---- */

static enum icm_code read_call_id(const struct psrp_served *m, int64_t *out, struct icm_error *err)
{
    if (psrp_value_integer(psrp_value_member(m->value, "ci"), out))
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, m->type->section, "%s without its number (ci)", m->type->name);
}

static enum icm_code answer_set(struct psrp_served *m, int32_t *limit, int64_t number, bool is_possible,
                                struct icm_error *err)
{
    const struct psrp_value answer = {.kind = PSRP_BOOL, .as.boolean = is_possible};

    enum icm_code code = read_call_id(m, &m->event->call_id, err);
    if (code == ICM_OK)
        code = psrp_server_send_availability(m->server, m->event->call_id, &answer, err);
    if (code != ICM_OK)
        return code;
    if (!is_possible || number == *limit)
        return ICM_AGAIN;
    *limit = (int32_t)number;
    m->event->opening.min_runspaces = m->server->min_runspaces;
    m->event->opening.max_runspaces = m->server->max_runspaces;
    return ICM_OK;
}

static enum icm_code read_number(const struct psrp_served *m, const char *name, int64_t *out, struct icm_error *err)
{
    if (psrp_value_integer(psrp_value_member(m->value, name), out))
        return ICM_OK;
    return icm_fail(err, ICM_SYNTAX, m->type->section, "%s without %s", m->type->name, name);
}

enum icm_code psrp_serve_set_max(struct psrp_served *m, struct icm_error *err)
{
    int64_t number;
    enum icm_code code = read_number(m, "MaxRunspaces", &number, err);

    if (code != ICM_OK)
        return code;
    return answer_set(m, &m->server->max_runspaces, number, number >= m->server->min_runspaces && number <= INT32_MAX,
                      err);
}

enum icm_code psrp_serve_set_min(struct psrp_served *m, struct icm_error *err)
{
    int64_t number;
    enum icm_code code = read_number(m, "MinRunspaces", &number, err);

    if (code != ICM_OK)
        return code;
    return answer_set(m, &m->server->min_runspaces, number, number >= 1 && number <= m->server->max_runspaces, err);
}

enum icm_code psrp_serve_get_available(struct psrp_served *m, struct icm_error *err)
{
    const struct psrp_value answer = {.kind = PSRP_I32,
                                      .as.i64 = m->server->max_runspaces - psrp_server_busy(m->server)};
    int64_t call_id;

    enum icm_code code = read_call_id(m, &call_id, err);
    if (code == ICM_OK)
        code = psrp_server_send_availability(m->server, call_id, &answer, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

/* A runspace that works cannot be made anew under its pipeline. */
enum icm_code psrp_serve_reset(struct psrp_served *m, struct icm_error *err)
{
    enum icm_code code = read_call_id(m, &m->event->call_id, err);

    if (code != ICM_OK)
        return code;
    if (psrp_server_busy(m->server) == 0 && m->server->answered_minor >= RESET_MINOR)
        return ICM_OK;
    code = psrp_server_answer_reset(m->server, m->event->call_id, false, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

/* ---- pipelines ---- */

static void start(struct psrp_server_pipeline *p, bool has_input)
{
    p->state = PSRP_PIPELINE_RUNNING;
    p->has_open_input = has_input;
    p->owes_input_end = !has_input;
}

enum icm_code psrp_serve_create_pipeline(struct psrp_served *m, struct icm_error *err)
{
    struct psrp_creation *creation = &m->event->creation;
    enum icm_code code = psrp_server_read_creation(m->value, &m->event->arena, creation, err);

    if (code != ICM_OK)
        return code;
    m->event->script = creation->commands[0].text;
    start(m->pipeline, creation->has_input);
    return ICM_OK;
}

enum icm_code psrp_serve_metadata(struct psrp_served *m, struct icm_error *err)
{
    enum icm_code code = psrp_server_read_query(m->value, &m->event->arena, &m->event->query, err);

    if (code != ICM_OK)
        return code;
    start(m->pipeline, false);
    m->pipeline->owes_input_end = false; /* nobody waits for it: this is a question, not a script */
    return ICM_OK;
}

/* A late answer is dropped: the pipeline may have been stopped while the user thought. */
enum icm_code psrp_serve_host_response(struct psrp_served *m, struct icm_error *err)
{
    static const struct icm_guid no_guid;
    enum icm_code code = psrp_host_response_read(m->value, &m->event->response, err);

    if (code != ICM_OK)
        return code;
    return psrp_server_take_call(m->server, m->pipeline ? &m->pipeline->id : &no_guid, &m->event->response, err);
}

static enum icm_code check_input(const struct psrp_served *m, struct icm_error *err)
{
    if (m->pipeline->has_open_input)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, m->type->section, "%s for a pipeline whose input has ended", m->type->name);
}

enum icm_code psrp_serve_input(struct psrp_served *m, struct icm_error *err)
{
    return check_input(m, err); /* the value is the event */
}

enum icm_code psrp_serve_input_end(struct psrp_served *m, struct icm_error *err)
{
    enum icm_code code = check_input(m, err);

    m->pipeline->has_open_input = false;
    m->event->value = NULL;
    return code;
}

/* What a server makes of each message: the handlers of the table in message.c. Scope, destination and state have been checked. */
#include "psrp/server_private.h"

#include "psrp/payload.h"

enum { OWN_MINOR = 4 }; /* 2.4: SecureStrings need no session key, which this server does not have */

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

    m->server->pool_id = m->message->pool_id;
    m->server->answered_minor = answer_to(major, minor);
    if (major == 2 && serialization_major == 1 && icm_slice_is(ps, PSRP_PS_VERSION)) {
        m->server->state = PSRP_POOL_NEGOTIATION_SUCCEEDED;
        return ICM_AGAIN;
    }
    m->server->state = PSRP_POOL_CLOSED;
    enum icm_code code = psrp_server_send_capability(m->server, err);
    return code == ICM_OK ? ICM_AGAIN : code;
}

enum icm_code psrp_serve_init(struct psrp_served *m, struct icm_error *err)
{
    int64_t min, max;

    if (m->server->state != PSRP_POOL_NEGOTIATION_SUCCEEDED)
        return icm_fail(err, ICM_STATE, m->type->section, "INIT_RUNSPACEPOOL twice");
    if (!psrp_value_integer(psrp_value_member(m->value, "MinRunspaces"), &min) ||
        !psrp_value_integer(psrp_value_member(m->value, "MaxRunspaces"), &max) || min < 1 || max < min)
        return icm_fail(err, ICM_SYNTAX, m->type->section, "INIT_RUNSPACEPOOL without proper numbers of runspaces");
    m->server->state = PSRP_POOL_OPENING;
    return ICM_OK;
}

static const struct psrp_value *first_command(const struct psrp_value *creation)
{
    const struct psrp_value *powershell = psrp_value_member(creation, "PowerShell");
    const struct psrp_value *commands = psrp_value_member(powershell, "Cmds");

    if (!commands || (commands->kind != PSRP_LIST && commands->kind != PSRP_ENUMERABLE) || !commands->as.list->first)
        return NULL;
    return psrp_value_member(commands->as.list->first->value, "Cmd");
}

static bool is_true(const struct psrp_value *value)
{
    return value && value->kind == PSRP_BOOL && value->as.boolean;
}

static void start(struct psrp_server_pipeline *p, bool has_input)
{
    p->state = PSRP_PIPELINE_RUNNING;
    p->has_open_input = has_input;
    p->owes_input_end = !has_input;
}

enum icm_code psrp_serve_create_pipeline(struct psrp_served *m, struct icm_error *err)
{
    const struct psrp_value *command = first_command(m->value);

    if (!command || command->kind != PSRP_STRING)
        return icm_fail(err, ICM_SYNTAX, m->type->section, "CREATE_PIPELINE without a command");
    m->event->script = psrp_value_text_of(command);
    start(m->pipeline, !is_true(psrp_value_member(m->value, "NoInput")));
    return ICM_OK;
}

enum icm_code psrp_serve_metadata(struct psrp_served *m, struct icm_error *err)
{
    start(m->pipeline, false);
    m->pipeline->owes_input_end = false; /* nobody waits for it: this is a question, not a script */
    return ICM_OK;
}

enum icm_code psrp_serve_value(struct psrp_served *m, struct icm_error *err)
{
    return ICM_OK; /* the value is the event */
}

static enum icm_code check_input(const struct psrp_served *m, struct icm_error *err)
{
    if (m->pipeline->has_open_input)
        return ICM_OK;
    return icm_fail(err, ICM_STATE, m->type->section, "%s for a pipeline whose input has ended", m->type->name);
}

enum icm_code psrp_serve_input(struct psrp_served *m, struct icm_error *err)
{
    return check_input(m, err);
}

enum icm_code psrp_serve_input_end(struct psrp_served *m, struct icm_error *err)
{
    enum icm_code code = check_input(m, err);

    m->pipeline->has_open_input = false;
    m->event->value = NULL;
    return code;
}
